"""Print Airflow's view of the schedules as JSON.

Run as a program, in a process that has imported nothing else before.
"""

import json
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]


def task_facts(task: Any) -> dict[str, Any]:
    limit = task.execution_timeout
    return {
        "id": task.task_id,
        "pool": task.pool,
        "retries": task.retries,
        "limit_s": limit.total_seconds() if isinstance(limit, timedelta) else None,
        "rule": str(getattr(task.trigger_rule, "value", task.trigger_rule)),
        "after": sorted(task.upstream_task_ids),
        "policy": type(task.retry_policy).__name__,
        "tells": bool(task.on_failure_callback),
        "doc": task.python_callable.__doc__,
        "owner": task.owner,
        "shown": task.task_display_name,
        "comes_back": [getattr(task, name, None) for name in ("mode", "poke_interval", "timeout")],
        "updates": [asset.name for asset in task.outlets],
        "mapped": len(task.op_kwargs_expand_input.value["worker"]) if task.is_mapped else 1,
    }


def dag_facts(dag: Any) -> dict[str, Any]:
    delta = getattr(dag.timetable, "delta", None)
    condition = getattr(dag.timetable, "asset_condition", None)
    time = getattr(dag.timetable, "timetable", dag.timetable)
    return {
        "doc": dag.doc_md,
        "description": dag.description,
        "tags": sorted(dag.tags),
        "catchup": dag.catchup,
        "runs": dag.max_active_runs,
        "limited": dag.dagrun_timeout is not None,
        "start": dag.start_date is not None,
        "every_min": delta.total_seconds() / 60 if delta is not None else None,
        "schedule": repr(time),
        "assets": [] if condition is None else [asset.name for asset in condition.objects],
        "shown": dag.dag_display_name,
        "held": dag.is_paused_upon_creation,
        "tasks": [task_facts(task) for task in dag.topological_sort()],
    }


def first_runs(dag: Any) -> dict[str, Any]:
    """Return the moments at which a new DAG would make up for a due time that has passed.

    Airflow's own scheduler code decides, at the end of each of these times after a Monday that is the first of a month, seven o'clock. The
    second fact is the run after one of the day before: a DAG that ran must not miss the due time of today.
    """
    import time_machine
    from airflow.serialization.encoders import coerce_to_core_timetable
    from airflow.timetables.base import DataInterval, TimeRestriction

    timetable, never = coerce_to_core_timetable(dag.timetable), TimeRestriction(None, None, catchup=False)
    due = datetime(2026, 6, 1, 5, tzinfo=UTC)
    made_up: list[str] = []
    for hours in (0.01, 0.3, 2.1, 16.7, 48.2, 71.9):
        late = timedelta(hours=hours)
        with time_machine.travel(due + late, tick=False):
            info = timetable.next_dagrun_info(last_automated_data_interval=None, restriction=never)
            made_up += [str(late)] if info.run_after <= due + late else []
    with time_machine.travel(due + timedelta(seconds=30), tick=False):
        before = DataInterval.exact(pendulum_of(due - timedelta(days=1)))
        after = timetable.next_dagrun_info(last_automated_data_interval=before, restriction=never)
    return {"made_up": made_up, "next": after.run_after.isoformat()}


def pendulum_of(moment: datetime) -> Any:
    """Return a moment as Airflow's code takes it."""
    import pendulum

    return pendulum.instance(moment)


def decisions() -> dict[str, list[Any]]:
    """Return the decision of the retry rule for each failure."""
    from core import errors
    from dags.policy import RetryAfterPolicy

    failures = {
        "rate limit": errors.SourceError("slow down", retry_after=90),
        "long rest": errors.SourceError("tomorrow", retry_after=86400),
        "fatal": errors.SourceError("suspended", fatal=True),
        "network": errors.SourceError("reset"),
        "configuration": errors.ConfigurationError("no key"),
        "too many cases": errors.TooManyCasesError("25 wait"),
        "too many posts": errors.TooManyPostsError("8,462 are due"),
        "wrong clock": errors.ClockError("400 days ahead"),
        "money": errors.BudgetSpentError("100 USD"),
        "silence": errors.SourceIsQuietError("nothing new"),
        "away": errors.UnavailableError("503"),
        "other": ValueError("x"),
    }
    made = {name: RetryAfterPolicy().evaluate(failure, 1, 2) for name, failure in failures.items()}
    return {n: [d.action.value, d.retry_delay.total_seconds() if d.retry_delay else None] for n, d in made.items()}


def main() -> None:
    from airflow.dag_processing.dagbag import DagBag

    before = set(sys.modules)
    bag = DagBag(str(ROOT / "dags"))
    brought = sorted({name.split(".")[0] for name in set(sys.modules) - before} | {"numpy"} & set(sys.modules))
    facts = {
        "errors": {Path(path).name: error for path, error in bag.import_errors.items()},
        "brought": brought,
        "modules": sorted(sys.modules),
        "seconds": {Path(one.file).name: one.duration.total_seconds() for one in bag.dagbag_stats},
        "dags": {dag_id: dag_facts(dag) for dag_id, dag in bag.dags.items()},
        "first_runs": {dag_id: first_runs(dag) for dag_id, dag in bag.dags.items() if {"report", "subscriptions"} & set(dag.tags)},
        "decisions": decisions() if not bag.import_errors else {},
    }
    sys.stdout.write(f"\nFACTS {json.dumps(facts)}\n")


if __name__ == "__main__":
    main()
