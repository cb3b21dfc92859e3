"""Shows every five minutes that the scheduler lives: writes it into the ledger, and calls `ESCUCHA_HEARTBEAT_URL` where one is set.

What looks at it runs outside Airflow: `escucha watch-scheduler` (under `make run`, or by a timer of systemd), the desk, and whoever
answers at that address, who raises the alarm when the calls stay away.

**When it is red.** The address of the heartbeat does not answer: look at the service behind `ESCUCHA_HEARTBEAT_URL`. Nothing else waits
for it.
"""

from datetime import timedelta

from airflow.sdk import DAG, DeltaTriggerTimetable, task

from dags.rules import AT_ONCE, COMMON, step


@task(pool="health", multiple_outputs=False)
def heartbeat() -> dict[str, int]:
    """Write down that tasks are run, and tell the outside."""
    return step("beat")


with DAG(
    dag_id="heartbeat",
    schedule=DeltaTriggerTimetable(timedelta(minutes=5)),
    tags=["escucha", "health"],
    doc_md=__doc__,
    **COMMON,
    **AT_ONCE,
):
    heartbeat()
