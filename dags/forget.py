"""Forgets what is older than the city promised to keep it (`retention` in the profile): every night, in the city's own time.

Texts, labels, places and documents go; counters stay, and a forgotten post that is delivered again is refused.

Refused, with nothing forgotten, when the clock is not plausible (it lies behind what the ledger knows, or everything seems to have
stood still for more than ten days) and when more posts are due than one run may forget: the log says how many, and names the command.

**When it is red.** The promise made to citizens is not being kept: mend it the same day. Read the log. Is the clock right? Is `retention`
in the profile right? Then `escucha forget --approve N`, with the number the log names; else mend the clock and run `escucha forget`.
"""

from datetime import timedelta

from airflow.sdk import DAG, CronTriggerTimetable, task

from dags.policy import AT_ONCE, CITY, COMMON, _, named, step


@task(pool="steps", multiple_outputs=False, task_display_name=_("forget"), execution_timeout=timedelta(hours=1))
def forget() -> dict[str, int]:
    """Remove what is too old."""
    return step("forget")


with DAG(
    **named("forget", _("Escucha {city}: forget old posts")),
    schedule=CronTriggerTimetable("30 3 * * *", timezone=CITY.timezone),
    tags=["escucha", "retention"],
    doc_md=__doc__,
    **COMMON,
    **AT_ONCE,
):
    forget()
