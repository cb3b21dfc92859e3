"""Collect the sources that an administrator asked for ("Try now").

Every five minutes it looks for requests in the ledger; without any the task is skipped, and nothing else starts. A request is met by the
same step as a scheduled collection, with the source's budget, pauses and cursor; what was stored starts `escucha_process`.

**When it is red.** The network refused or does not respond; the log names the source. It is not tried again: ask again on the desk, or
wait for the source's own run.
"""

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, task
from airflow.sdk.exceptions import AirflowSkipException

from dags.policy import CITY, POSTS, _, dag_settings, pool, run_step


@task(
    pool=pool("sources"),
    multiple_outputs=False,
    outlets=[POSTS],
    execution_timeout=timedelta(minutes=30),
    task_display_name=_("collect what was asked for"),
)
def requested() -> dict[str, int]:
    """Collect the sources that were asked for, or skip."""
    counts = run_step("collect_requested")
    if not counts:
        raise AirflowSkipException("no source was asked for")
    return counts


with DAG(
    schedule=CronTriggerTimetable("*/5 * * * *", timezone=CITY.timezone),
    tags=["escucha", "collect"],
    **dag_settings("requested", _("Escucha {city}: collect on demand"), __doc__, unpaused=True),
):
    requested()
