"""Forget posts older than `retention` in the profile, every night.

Runs in the city's time zone. Texts, labels, places and documents are removed; counters stay, and a forgotten post that is received again
is rejected.

Refused, with nothing forgotten, when the clock is not plausible (behind the times in the ledger, or nothing seems to have happened for
more than ten days) and when more posts are due than one run may forget: the log has the number, and names the command.

**When it is red.** Posts are kept longer than citizens were promised: fix it the same day. Read the log. Is the clock right? Is
`retention` in the profile right? Then `escucha forget --approve N`, with the number from the log; else fix the clock and run
`escucha forget`.
"""

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, task

from dags.policy import CITY, _, dag_settings, pool, run_step


@task(pool=pool("steps"), multiple_outputs=False, task_display_name=_("forget"), execution_timeout=timedelta(hours=1))
def forget() -> dict[str, int]:
    """Remove posts older than the retention."""
    return run_step("forget")


with DAG(
    schedule=CronTriggerTimetable("30 3 * * *", timezone=CITY.timezone),
    tags=["escucha", "retention"],
    **dag_settings("forget", _("Escucha {city}: forget old posts"), __doc__, unpaused=True),
):
    forget()
