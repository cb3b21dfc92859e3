"""Collect the new posts of one source and check for deletions.

A successful collection updates the asset `escucha/posts`. There is one DAG per configured source, so that each can be paused separately.
The asset starts `escucha_process`, which labels and triages what was stored. When `collect` fails the asset is not updated; pages stored
before the failure are processed all the same, because `escucha_process` also runs every five minutes.

**When it is red.** The network refused or does not respond, or has had no new post for longer than `quiet_after` (reported once per
silence); the log names the source and, for a missing secret, the variable to set. Clear the red task, or wait for the next run: it
continues from the last stored page.
"""

from datetime import timedelta

from airflow.sdk import DAG, DeltaTriggerTimetable, task

from dags.policy import CITIES, POSTS, _, dag_settings, minutes_between, pool, run_step, towns_having

HAVING = towns_having("source")


@task(pool=pool("sources"), multiple_outputs=False, outlets=[POSTS], task_display_name=_("collect"))
def collect(source: str) -> dict[str, int]:
    """Collect new posts, each page with its cursor; check for deletions."""
    return run_step("collect", source, towns=HAVING[source])


for name, towns in HAVING.items():
    every = min(minutes_between(name, CITIES[town.name].sources[name]) for town in towns)
    with DAG(
        schedule=DeltaTriggerTimetable(timedelta(minutes=every)),
        tags=["escucha", "collect"],
        **dag_settings("collect", _("Escucha {city}: collect {source}"), __doc__, source=name),
    ):
        collect(name)
