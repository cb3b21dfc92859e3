"""Send approved answers to citizens, and mail them changes of their reports.

Answers go to the network where the citizen asked.

Nothing is sent unless the profile has `[answers] send = true`, and no answer is sent without the approval of a person on the desk.

**When it is red.** A network is unavailable or rejects the login: the log names it. Approved answers stay approved, and the next run sends
them. An answer with an unknown outcome is looked up on its network before it is sent again. `notify`: the mail server
does not respond or refuses; mails are kept, and `escucha status` says how many.
"""

from datetime import timedelta

from airflow.sdk import DAG, DeltaTriggerTimetable, chain, task

from dags.policy import _, dag_settings, fail_with_any, pool, run_step


@task(pool=pool("steps"), multiple_outputs=False, task_display_name=_("answer"))
def answer() -> dict[str, int]:
    """Send approved answers."""
    return run_step("answer")


@task(pool=pool("steps"), multiple_outputs=False, trigger_rule="all_done", task_display_name=_("notify"))
def notify() -> dict[str, int]:
    """Mail citizens the changes of their reports."""
    return run_step("notify")


with DAG(
    schedule=DeltaTriggerTimetable(timedelta(minutes=5)),
    tags=["escucha", "answers"],
    **dag_settings("answer", _("Escucha {city}: send answers"), __doc__, unpaused=True),
):
    steps = [answer(), notify()]
    chain(*steps)
    fail_with_any(steps)
