"""Write the due reports of the profile and mail them once.

Runs in the city's time zone; each recipient gets one mail. One task per `[reports.NAME]` table. Every due time runs all of them: a report
that is not due writes the same files again and sends no second mail. A second DAG sends every hour what people subscribed to on the desk.

**When it is red.** The mail server refuses or does not respond (the files are written all the same; the log names the recipient), or a
font or a disk is missing. Clear the red task: the same interval gives the same files.
"""

from datetime import timedelta

from airflow.sdk import DAG, MultipleCronTriggerTimetable, task

from dags.policy import CITY, COMMON, _, dag_names, run_step, with_desk

DUE = sorted({report.schedule for report in CITY.reports.values()})


def at(*crons: str) -> MultipleCronTriggerTimetable:
    """Return a schedule by the city's clock that makes up for nothing.

    By default Airflow runs the past due time of a new DAG within a tenth of its interval: three days for a monthly report.
    """
    return MultipleCronTriggerTimetable(*crons, timezone=CITY.timezone, run_immediately=timedelta(0))


@task(pool="steps", multiple_outputs=False, execution_timeout=timedelta(minutes=30))
def write(report: str) -> dict[str, int]:
    """Write one report of the last closed interval and mail it."""
    return run_step("report", report)


with DAG(
    **dag_names("report", _("Escucha {city}: reports")),
    schedule=at(*DUE) if DUE else None,
    tags=["escucha", "report"],
    doc_md=with_desk(__doc__),
    **COMMON,
):
    for name in CITY.reports:
        write.override(task_id=name)(name)


@task(pool="steps", multiple_outputs=False, execution_timeout=timedelta(minutes=30))
def send() -> dict[str, int]:
    """Mail each report that people subscribed to, once."""
    return run_step("send_subscriptions")


with DAG(
    **dag_names("subscriptions", _("Escucha {city}: subscriptions to reports")),
    schedule=at("0 * * * *"),
    tags=["escucha", "subscriptions"],
    doc_md=__doc__,
    **COMMON,
):
    send()
