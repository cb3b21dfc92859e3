"""What all DAGs have in common: their names, how often a step is tried again, how long it may take, and who is alerted when it stays red.

Every file here only says *when*; what is done is in `pipeline/`. It is read again before every task, so it must not
load a model or the library of a network: those are loaded inside the tasks.
"""

import os
from collections.abc import Sequence
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any

from airflow.sdk import Asset, Context, RetryDecision, RetryPolicy, task

from core.config.city import load_city
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
CITY = load_city(CITY_PATH)

SETTINGS = load_settings()

POSTS = Asset(f"{SETTINGS.airflow_prefix}/posts")
"""Posts in the ledger of this city that may wait to be processed: updated by each successful collection."""

_ = translator(CITY.languages[0], "dags")
"""Display names are in the city's first language; DAG ids, which commands and interfaces use, are in English."""

READERS = SETTINGS.readers
"""Tasks that read at the same time, each a process of its own (docs/how-to/scale.md): the ledger lends every post to one of them."""

LONGEST_WAIT = timedelta(minutes=30)
"""A network that asks for a longer rest is left to a later run: one waiting task holds up its whole source."""

FOR_A_PERSON = (
    ConfigurationError,
    BudgetSpentError,
    RefusedError,
    SourceIsQuietError,
    TooManyCasesError,
    TooManyPostsError,
    ClockError,
)
"""Trying again does not help: somebody has to set, pay, look or approve something."""


class AsLongAsAsked(RetryPolicy):
    """Wait as long as the network asked; do not retry what only a person can mend; else the usual pause."""

    def evaluate(
        self,
        exception: BaseException,
        try_number: int,  # noqa: ARG002  Airflow's own signature
        max_tries: int,  # noqa: ARG002
        context: Context | None = None,  # noqa: ARG002
    ) -> RetryDecision:
        """Decide after a failure."""
        if isinstance(exception, FOR_A_PERSON) or getattr(exception, "fatal", False):
            return RetryDecision.fail("only a person can mend this")
        asked = getattr(exception, "retry_after", None)
        if asked is None:
            return RetryDecision.default()
        if timedelta(seconds=asked) > LONGEST_WAIT:
            return RetryDecision.fail(f"the network asked to wait {asked:.0f} s: a later run will read on")
        return RetryDecision.retry(timedelta(seconds=asked), f"the network asked to wait {asked:.0f} s")

    def serialize(self) -> dict[str, Any]:
        """Name of this policy for the schedule's stored form."""
        return {"__type": type(self).__name__}


def tell(context: Context) -> None:
    """Tell the people named in the environment that a task stays red."""
    from pipeline.alerts import alert, reason
    from pipeline.context import now

    ti = context["ti"]
    alert(SETTINGS, CITY, f"{ti.dag_id}.{ti.task_id}", reason(context.get("exception")), str(ti.run_id), now())


COMMON: dict[str, Any] = {
    # No start date: with one, Airflow makes up for the last due time at the very first start, and mails a report nobody waits for.
    "catchup": False,  # a cursor says what to read next: a missed run needs no making up for
    "max_active_runs": 1,
    "dagrun_timeout": timedelta(hours=2),
    "default_args": {
        "owner": "escucha",
        "retries": 2,
        "retry_delay": timedelta(seconds=30),
        "retry_exponential_backoff": 2.0,
        "max_retry_delay": timedelta(minutes=5),
        "execution_timeout": timedelta(minutes=15),
        "retry_policy": AsLongAsAsked(),
        "on_failure_callback": tell,
    },
}
AT_ONCE = {"is_paused_upon_creation": False}
"""Not held back while the first pass runs: only the DAGs that collect and process posts are."""


def named(step: str, words: str, source: str | None = None) -> dict[str, str]:
    """Return id and display name of a DAG; the prefix keeps the ids of several cities in one Airflow apart."""
    more = () if source is None else (source,)
    return {
        "dag_id": SETTINGS.dag_id(step, *more),
        "dag_display_name": words.format(city=CITY.name, source=source),
    }


def step(name: str, *what: str) -> dict[str, int]:
    """Run one step of the story, for one source or report where the step takes one; only its counts go back to Airflow, as one value."""
    pipeline = import_module("pipeline.steps")
    with pipeline.open_context(CITY_PATH, SETTINGS) as context:
        counts: dict[str, int] = getattr(pipeline, name)(context, *what)
    return counts


@task(
    pool="steps",
    trigger_rule="one_failed",
    retries=0,
    on_failure_callback=None,
    execution_timeout=timedelta(minutes=5),
    task_display_name=_("any failure"),
)
def any_failure() -> None:
    """Fail when any step failed: Airflow judges a run by its last tasks alone, and later steps go on after a failure."""
    raise EscuchaError("a step of this run failed: its own task says which and why")


def fail_with_any(steps: Sequence[Any]) -> None:
    """Make the run red when any of these tasks is, whatever comes after it. The failed task has told people already."""
    watcher = any_failure()
    for one in steps:
        one >> watcher


def minutes_between(source: str, table: dict[str, Any]) -> int:
    """Return `every` of a source: the profile's, else its default; its collector is not imported, because that is slow."""
    return int(table["every"]) if "every" in table else default_options(source).every
