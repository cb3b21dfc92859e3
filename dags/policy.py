"""Define what all DAGs share: names, retries, time limits and alerts.

The files here only define *when*; the work is in `pipeline/`. Airflow parses them before every task, so they must not load a model or
the library of a network: those are loaded inside the tasks.
"""

import os
from collections.abc import Sequence
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from airflow.sdk import Asset, Context, RetryDecision, RetryPolicy, task

from core.config.overlay import load_laid
from core.config.plugins import ROOT
from core.config.settings import load_settings
from core.config.source_options import default_options
from core.errors import (
    BudgetSpentError,
    ClockError,
    ConfigurationError,
    EscuchaError,
    RefusedError,
    SourceIsQuietError,
    TooManyCasesError,
    TooManyPostsError,
)
from core.i18n.translate import translator

CITY_PATH = Path(os.environ.get("ESCUCHA_CITY", ROOT / "cities" / "madrid.toml"))
SETTINGS = load_settings()

CITY = load_laid(CITY_PATH, SETTINGS.home).city
"""With what administrators changed, as of the copy in the state folder; the steps read it from the ledger."""

POSTS = Asset(f"{SETTINGS.airflow_prefix}/posts")
"""Posts of this city that wait to be processed; updated by each successful collection."""

_ = translator(CITY.languages[0], "dags")
"""Display names are in the city's first language; DAG ids, which commands and interfaces use, are in English."""

ANNOTATORS = SETTINGS.readers
"""Annotation tasks that run in parallel, one process each (docs/how-to/scale.md); the ledger leases each post to one of them."""

MAX_RETRY_AFTER = timedelta(minutes=30)
"""Maximum `retry_after` to wait for; longer pauses are left to a later run, because a waiting task blocks its whole source."""

NOT_RETRIED = (ConfigurationError, BudgetSpentError, RefusedError, SourceIsQuietError, TooManyCasesError, TooManyPostsError, ClockError)
"""Errors that a retry cannot fix: a person has to configure, pay, check or approve something."""


class RetryAfterPolicy(RetryPolicy):
    """Retry after the pause the network asked for, else as usual.

    Failures that need a person are not retried.
    """

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,  # noqa: ARG002  Airflow's signature
        max_tries: int,  # noqa: ARG002
        context: Context | None = None,  # noqa: ARG002
    ) -> RetryDecision:
        """Decide after a failure."""
        if isinstance(exception, NOT_RETRIED) or getattr(exception, "fatal", False):
            return RetryDecision.fail("not retried: a person must fix this")
        asked = getattr(exception, "retry_after", None)
        if asked is None:
            return RetryDecision.default()
        if timedelta(seconds=asked) > MAX_RETRY_AFTER:
            return RetryDecision.fail(f"the network asked to wait {asked:.0f} s: a later run will continue")
        return RetryDecision.retry(timedelta(seconds=asked), f"the network asked to wait {asked:.0f} s")

    def serialize(self) -> dict[str, Any]:
        """Return the serialised form of this policy: its name."""
        return {"__type": type(self).__name__}


def alert_failure(context: Context) -> None:
    """Alert the configured recipients that a task failed."""
    from pipeline.context import now
    from pipeline.health.alerts import alert, describe_failure

    ti = context["ti"]
    alert(SETTINGS, CITY, f"{ti.dag_id}.{ti.task_id}", describe_failure(context.get("exception")), str(ti.run_id), now())


COMMON: dict[str, Any] = {
    # No start date: with one, Airflow catches up on the last due time at the very first start.
    "catchup": False,  # collection continues from its cursor, so a missed run needs no catch-up
    "max_active_runs": 1,
    "dagrun_timeout": timedelta(hours=2),
    "default_args": {
        "owner": "escucha",
        "retries": 2,
        "retry_delay": timedelta(seconds=30),
        "retry_exponential_backoff": 2.0,
        "max_retry_delay": timedelta(minutes=5),
        "execution_timeout": timedelta(minutes=15),
        "retry_policy": RetryAfterPolicy(),
        "on_failure_callback": alert_failure,
    },
}
UNPAUSED = {"is_paused_upon_creation": False}
"""Not paused during the first pass, unlike the DAGs that collect posts, process them, and report on them."""


def dag_names(step: str, title: str, source: str | None = None) -> dict[str, str]:
    """Return id and display name of a DAG.

    The prefix separates the ids of several cities in one Airflow.
    """
    more = () if source is None else (source,)
    return {"dag_id": SETTINGS.dag_id(step, *more), "dag_display_name": title.format(city=CITY.name, source=source)}


def pool(name: str) -> str:
    """Return the pool of this city; `name` is one of pools.json.

    Two cities in one Airflow do not queue behind each other.
    """
    return SETTINGS.pool(name)


def documented(text: str | None, summary: str = "") -> dict[str, str]:
    """Return description and documentation of a DAG.

    The documentation links to the desk.

    Args:
        text: docstring of its file.
        summary: for the list of DAGs; empty: the first line of the text.
    """
    said = text or ""
    link = f"[{_('Health of all sources on the desk')}]({SETTINGS.desk_address}/sources)"
    return {"description": summary or said.partition("\n")[0], "doc_md": f"{said}\n{link}\n"}


def run_step(name: str, *what: str) -> dict[str, int]:
    """Run one step of the pipeline and return its counts.

    `what`: a source or report, where the step takes one. Only the counts go back to Airflow, as one value.
    """
    pipeline = import_module("pipeline.all_steps")
    with pipeline.open_context(CITY_PATH, SETTINGS) as context:
        counts: dict[str, int] = getattr(pipeline, name)(context, *what)
    return counts


@task(
    pool=pool("steps"),
    trigger_rule="one_failed",
    retries=0,
    on_failure_callback=None,
    execution_timeout=timedelta(minutes=5),
    task_display_name=_("any failure"),
)
def any_failure() -> None:
    """Fail when any step failed.

    Airflow rates a run by its last tasks alone, and later steps run after a failure.
    """
    raise EscuchaError("a step of this run failed: see the log of the red task")


def fail_with_any(steps: Sequence[Any]) -> None:
    """Make the run red when any of these tasks is.

    Whatever comes after it. The failed task has already sent its alert.
    """
    watcher = any_failure()
    for one in steps:
        one >> watcher


def minutes_between(source: str, table: dict[str, Any]) -> int:
    """Return `every` of a source: the profile's, else its default.

    The collector is not imported, because that is slow.
    """
    return int(table["every"]) if "every" in table else default_options(source).every
