"""Verify every morning that nothing was lost or counted twice.

Compares what was received, annotated, triaged, delivered and indexed.

**When it is red.** The message names the line that differs, with both sides; `escucha verify` prints all of them. A line about the
search engine is repaired by `escucha index --rebuild`. Any other line is a defect of Escucha: keep a copy (`make backup`) and report it.
"""

from typing import Any

from airflow.sdk import DAG, CronTriggerTimetable, task

from core.errors import EscuchaError
from dags.policy import CITY, _, dag_settings, for_each_town, pool


@task(pool=pool("steps"), multiple_outputs=False, task_display_name=_("verify"))
def verify() -> dict[str, int]:
    """Compare both sides of every reconciliation line; fail on any difference."""
    from pipeline import all_steps as steps

    def compare(context: Any) -> dict[str, int]:
        lines = steps.verify(context)
        different = [f"{line.name}: {line.left} is not {line.right}" for line in lines if line.ok is False]
        if different:
            raise EscuchaError(f"verify: {'; '.join(different)}")
        return {"lines": len(lines), "asked": sum(line.ok is not None for line in lines)}

    return for_each_town("verify", compare)


with DAG(
    schedule=CronTriggerTimetable("30 5 * * *", timezone=CITY.timezone),
    tags=["escucha", "verify"],
    **dag_settings("verify", _("Escucha {city}: verify"), __doc__, unpaused=True),
):
    verify()
