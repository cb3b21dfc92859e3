"""Follow the cases delivered to an outside contact centre.

Copies back whether each was answered, resolved or rejected. With the desk's case book there is nothing to follow, and the task ends at
once. Then teams and leads are mailed about cases that need them.

**When it is red.** The contact centre or the mail server does not respond or refuses: the log shows which. Cases keep their last known
state, mails are kept, and the next run continues from there.
"""

from datetime import timedelta

from airflow.sdk import DAG, DeltaTriggerTimetable, chain, task

from dags.policy import _, dag_settings, fail_with_any, pool, run_step


@task(pool=pool("steps"), multiple_outputs=False, task_display_name=_("follow"))
def follow() -> dict[str, int]:
    """Update the state of delivered cases."""
    return run_step("follow")


@task(pool=pool("steps"), multiple_outputs=False, trigger_rule="all_done", task_display_name=_("escalate"))
def escalate() -> dict[str, int]:
    """Mail teams and leads about cases that need them."""
    return run_step("escalate")


with DAG(
    schedule=DeltaTriggerTimetable(timedelta(minutes=10)),
    tags=["escucha", "cases"],
    **dag_settings("follow", _("Escucha {city}: follow cases"), __doc__, unpaused=True),
):
    steps = [follow(), escalate()]
    chain(*steps)
    fail_with_any(steps)
