"""Record every five minutes that the scheduler runs.

Writes the time to the ledger, and calls `ESCUCHA_HEARTBEAT_URL` if set. The checks run outside Airflow: `escucha watch-scheduler` (under
`make run`, or by a systemd timer), the desk, and the monitoring service behind that URL, which alerts when the calls stop.

**When it is red.** The heartbeat URL does not respond: check the service behind `ESCUCHA_HEARTBEAT_URL`. Nothing else depends on it.
"""

from datetime import timedelta

from airflow.sdk import DAG, DeltaTriggerTimetable, task

from dags.policy import _, dag_settings, pool, run_step


@task(pool=pool("health"), multiple_outputs=False, task_display_name=_("heartbeat"))
def heartbeat() -> dict[str, int]:
    """Record that tasks run, and call the heartbeat URL."""
    return run_step("beat")


with DAG(
    schedule=DeltaTriggerTimetable(timedelta(minutes=5)),
    tags=["escucha", "health"],
    **dag_settings("heartbeat", _("Escucha {city}: heartbeat"), __doc__, unpaused=True),
):
    heartbeat()
