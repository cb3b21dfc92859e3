"""Follows the cases that were handed to an outside contact centre: brings home whether each was answered, resolved or rejected.

With the desk's own case book there is nothing to follow, and the task says so in a moment.

**When it is red.** The contact centre is away or refuses: `escucha check` says which. Cases keep the state last heard of, and the
next run asks again from there.
"""

from datetime import timedelta

from airflow.sdk import DAG, DeltaTriggerTimetable, task

from dags.policy import AT_ONCE, COMMON, _, named, step


@task(pool="steps", multiple_outputs=False, task_display_name=_("follow"))
def follow() -> dict[str, int]:
    """Bring home how far delivered cases have got."""
    return step("follow")


with DAG(
    **named("follow", _("Escucha {city}: follow cases")),
    schedule=DeltaTriggerTimetable(timedelta(minutes=10)),
    tags=["escucha", "cases"],
    doc_md=__doc__,
    **COMMON,
    **AT_ONCE,
):
    follow()
