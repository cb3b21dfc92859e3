"""Shows every five minutes that the scheduler lives: writes it into the ledger, and calls `ESCUCHA_HEARTBEAT_URL` where one is set.

What looks at it runs outside Airflow: `escucha watch-scheduler` (under `make run`, or by a timer of systemd), the desk, and whoever
answers at that address, who raises the alarm when the calls stay away.

**When it is red.** The address of the heartbeat does not answer: look at the service behind `ESCUCHA_HEARTBEAT_URL`. Nothing else waits
for it.
"""

from datetime import timedelta

from airflow.sdk import DAG, DeltaTriggerTimetable, task

from dags.policy import AT_ONCE, COMMON, _, named, step


@task(pool="health", multiple_outputs=False, task_display_name=_("heartbeat"))
def heartbeat() -> dict[str, int]:
    """Write down that tasks are run, and tell the outside."""
    return step("beat")


with DAG(
    **named("heartbeat", _("Escucha {city}: sign of life")),
    schedule=DeltaTriggerTimetable(timedelta(minutes=5)),
    tags=["escucha", "health"],
    doc_md=__doc__,
    **COMMON,
    **AT_ONCE,
):
    heartbeat()
