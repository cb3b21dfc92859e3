"""Write the due reports of the profile and mail them once.

Runs in the city's time zone; each recipient gets one mail. One task per `[reports.NAME]` table. Every due time runs all of them: a report
that is not due writes the same files again and sends no second mail. A second DAG sends every hour what people subscribed to on the desk.

While posts of its days are not read yet, a report waits: its task is `up_for_reschedule`, its log says for how many posts, and it comes
back every five minutes. After three hours it is written all the same, says in its first line how many are missing, and is written again
when they have been read.

**When it is red.** The mail server refuses or does not respond (the files are written all the same; the log names the recipient), or a
font or a disk is missing. Clear the red task: the same interval gives the same files.
"""

from datetime import timedelta
from typing import Any

from airflow.sdk import DAG, MultipleCronTriggerTimetable, PokeReturnValue, task

from dags.policy import CITIES, CITY, _, dag_settings, pool, run_step, towns_having

HAVING = towns_having("report")
DUE = sorted({report.schedule for city in CITIES.values() for report in city.reports.values()})


def at(*crons: str) -> MultipleCronTriggerTimetable:
    """Return a schedule by the city's clock that makes up for nothing.

    By default Airflow runs the past due time of a new DAG within a tenth of its interval: three days for a monthly report.
    """
    return MultipleCronTriggerTimetable(*crons, timezone=CITY.timezone, run_immediately=timedelta(0))


COMES_BACK: dict[str, Any] = {
    "mode": "reschedule",
    "poke_interval": timedelta(minutes=5),
    "timeout": timedelta(hours=4),
    "execution_timeout": timedelta(minutes=30),
}
"""A task that looks again while posts of its days are not read yet, three hours at most (reports/build/waiting.py), without a slot."""
WAITS = timedelta(hours=5)


def ended(counts: dict[str, int]) -> PokeReturnValue:
    """Return the counts of a step; a report that waits comes back."""
    return PokeReturnValue(is_done=not counts.get("waiting"), xcom_value=counts)


@task.sensor(pool=pool("steps"), **COMES_BACK)
def write(report: str) -> PokeReturnValue:
    """Write one report of the last closed interval and mail it."""
    return ended(run_step("report", report, towns=HAVING[report]))


with DAG(
    schedule=at(*DUE) if DUE else None,
    tags=["escucha", "report"],
    **dag_settings("report", _("Escucha {city}: reports"), __doc__, limit=WAITS),
):
    for name in HAVING:
        write.override(task_id=name)(name)


@task(pool=pool("steps"), multiple_outputs=False, execution_timeout=timedelta(minutes=30), task_display_name=_("renew"))
def renew() -> dict[str, int]:
    """Write reports again that could not wait for all posts."""
    return run_step("renew_provisional")


@task.sensor(pool=pool("steps"), **COMES_BACK)
def send() -> PokeReturnValue:
    """Mail each report that people subscribed to, once."""
    return ended(run_step("send_subscriptions"))


with DAG(
    schedule=at("0 * * * *"),
    tags=["escucha", "subscriptions"],
    **dag_settings(
        "subscriptions",
        _("Escucha {city}: subscriptions to reports"),
        __doc__,
        "Mail each report that people subscribed to, once, and write provisional reports again.",
        limit=WAITS,
    ),
):
    renew()
    send()
