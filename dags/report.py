"""Writes the reports of the profile when they are due, in the city's own time, and mails each once to each recipient.

One task a `[reports.NAME]` table. Every due time runs all of them: a report that is not due writes the same files again and mails
nobody twice.

**When it is red.** The mail server refuses or is away (the files are written all the same; the log names the recipient), or a font
or a disk is missing. Clear the red task: the same interval gives the same files.
"""

from datetime import timedelta

from airflow.sdk import DAG, MultipleCronTriggerTimetable, task

from dags.policy import AT_ONCE, CITY, COMMON, _, named, step

DUE = sorted({report.schedule for report in CITY.reports.values()})


@task(pool="steps", multiple_outputs=False, execution_timeout=timedelta(minutes=30))
def write(report: str) -> dict[str, int]:
    """Write one report of the last closed interval and mail it."""
    return step("report", report)


with DAG(
    **named("report", _("Escucha {city}: reports")),
    schedule=MultipleCronTriggerTimetable(*DUE, timezone=CITY.timezone) if DUE else None,
    tags=["escucha", "report"],
    doc_md=__doc__,
    **COMMON,
    **AT_ONCE,
):
    for name in CITY.reports:
        write.override(task_id=name)(name)
