"""Collects the new posts of one source and asks its network for deletions; then updates the asset `escucha/posts`.

There is one DAG a configured source, so that each can be paused by itself. The asset starts `escucha_process`, which labels and decides
what was stored. When `collect` fails the asset is not updated; pages that were stored before the failure are processed all the same,
because `escucha_process` also runs every five minutes.

**When it is red.** The network refused or is away, or has brought nothing new for longer than `quiet_after` (reported once a silence);
the log names the source and, for a missing secret, the variable to set. Clear the red task, or wait for the next run: it goes on from
the last stored page.
"""

from datetime import timedelta

from airflow.sdk import DAG, DeltaTriggerTimetable, task

from dags.policy import CITY, COMMON, POSTS, _, minutes_between, named, step


@task(pool="sources", multiple_outputs=False, outlets=[POSTS], task_display_name=_("collect"))
def collect(source: str) -> dict[str, int]:
    """Read new posts and store each page together with the place to go on from; ask for posts that may have been deleted."""
    return step("collect", source)


for name, table in CITY.sources.items():
    with DAG(
        **named("collect", _("Escucha {city}: collect {source}"), source=name),
        schedule=DeltaTriggerTimetable(timedelta(minutes=minutes_between(name, table))),
        tags=["escucha", "collect"],
        doc_md=__doc__,
        **COMMON,
    ):
        collect(name)
