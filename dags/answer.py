"""Send approved answers to the networks where the citizens asked.

Nothing is sent unless the profile has `[answers] send = true`, and no answer is sent without the approval of a person on the desk.

**When it is red.** A network is unavailable or rejects the login: the log names it. Approved answers stay approved, and the next run sends
them. An answer with an unknown outcome is looked up on its network before it is sent again.
"""

from datetime import timedelta

from airflow.sdk import DAG, DeltaTriggerTimetable, task

from dags.policy import COMMON, UNPAUSED, _, dag_names, run_step, with_desk


@task(pool="steps", multiple_outputs=False, task_display_name=_("answer"))
def answer() -> dict[str, int]:
    """Send approved answers."""
    return run_step("answer")


with DAG(
    **dag_names("answer", _("Escucha {city}: send answers")),
    schedule=DeltaTriggerTimetable(timedelta(minutes=5)),
    tags=["escucha", "answers"],
    doc_md=with_desk(__doc__),
    **COMMON,
    **UNPAUSED,
):
    answer()
