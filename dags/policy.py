"""Define what all DAGs share: names, retries, time limits and alerts.

The files here only define *when*; the work is in `pipeline/`. Airflow parses them before every task, so they must not load a model or
the library of a network: those are loaded inside the tasks.
"""

import logging
import os
from collections import Counter
from collections.abc import Callable, Sequence
from datetime import timedelta
from importlib import import_module
from pathlib import Path
from typing import Any, TypedDict

from airflow.sdk import Asset, Context, RetryDecision, RetryPolicy, task

from core.config.city import City
from core.config.overlay import load_laid
from core.config.plugins import ROOT
from core.config.settings import load_settings
from core.config.source_options import default_options
from core.config.towns import ServedTown, towns_of
from core.errors import (
    BudgetSpentError,
    ClockError,
    ConfigurationError,
    EscuchaError,
    RefusedError,
    SourceIsQuietError,
    TooManyCasesError,
    TooManyPostsError,
    UnavailableError,
)
from core.i18n.translate import translator
from core.runtime import turns

SETTINGS = load_settings()
TOWNS = towns_of(SETTINGS, Path(os.environ.get("ESCUCHA_CITY", ROOT / "cities" / "madrid.toml")), missing_too=True)
"""A task does its step for one town after another: one DAG for each town and step would be a thousand for a province, of which every task
starts a process that costs more than the step."""
log = logging.getLogger("escucha")


def _cities() -> dict[str, City]:
    """Load the profiles; of several, a wrong one stops no other town."""
    found: dict[str, City] = {}
    wrong: list[ConfigurationError] = []
    for town in TOWNS:
        try:
            found[town.name] = load_laid(town.profile, town.settings.home).city
        except ConfigurationError as error:
            log.error("%s: %s", town.name, error)
            wrong.append(error)
    if not found:
        raise wrong[0]
    return found


CITIES = _cities()
"""With what administrators changed, as of the copies in the state folders; the steps read it from the ledgers. Without those whose profile
is wrong: their steps fail, and say so."""
CITY = next(iter(CITIES.values()))
"""The first gives time zone and language of the schedules."""
NAME = CITY.name if len(TOWNS) == 1 else f"{CITY.name} + {len(TOWNS) - 1}"

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
        if _is_final(exception):
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


class TownsFailedError(EscuchaError):
    """Name the towns in which a step failed, and why in each."""

    def __init__(self, step: str, failed: dict[str, Exception]) -> None:
        super().__init__(f"{step} failed in: {', '.join(failed)}")
        self.failed = failed


def alert_failure(context: Context) -> None:
    """Alert the configured recipients that a task failed.

    Of several towns, those of each town in which it failed.
    """
    from pipeline.context import now
    from pipeline.health.alerts import alert, describe_failure

    ti, error = context["ti"], context.get("exception")
    task, run = f"{ti.dag_id}.{ti.task_id}", str(ti.run_id)
    of_towns = getattr(error, "__cause__", None)
    if not isinstance(of_towns, TownsFailedError):  # of the only city, or of none: the task took too long
        alert(SETTINGS, CITY.model_copy(update={"name": NAME}), task, describe_failure(error), run, now())
        return
    unsent: list[str] = []
    for town in TOWNS:
        if town.name in of_towns.failed:
            city = CITIES.get(town.name) or CITY.model_copy(update={"name": town.name})
            try:
                alert(town.settings, city, task, describe_failure(of_towns.failed[town.name]), run, now())
            except EscuchaError as not_sent:  # the next town's must be sent
                unsent.append(f"{town.name}: {not_sent}")
    if unsent:
        raise UnavailableError("; ".join(unsent))


TASKS: dict[str, Any] = {
    "owner": "escucha",
    "retries": 2,
    "retry_delay": timedelta(seconds=30),
    "retry_exponential_backoff": 2.0,
    "max_retry_delay": timedelta(minutes=5),
    "execution_timeout": timedelta(minutes=15),
    "retry_policy": RetryAfterPolicy(),
    "on_failure_callback": alert_failure,
}
"""What holds for each task that does not say otherwise."""


class DagSettings(TypedDict):
    """Hold what each DAG is given beside its schedule and tags."""

    dag_id: str
    dag_display_name: str
    description: str
    doc_md: str
    catchup: bool
    max_active_runs: int
    dagrun_timeout: timedelta
    default_args: dict[str, Any]
    is_paused_upon_creation: bool | None


def dag_settings(
    step: str,
    title: str,
    doc: str | None,
    summary: str = "",
    *,
    source: str | None = None,
    unpaused: bool = False,
    limit: timedelta = timedelta(hours=2),
) -> DagSettings:
    """Return what Airflow needs of a DAG.

    No start date: with one, Airflow catches up on the last due time at the very first start.

    Args:
        step: its id, without the prefix that separates several cities in one Airflow.
        title: its display name; `{city}` and `{source}` are filled in.
        doc: docstring of its file, shown with a link to the desk.
        summary: for the list of DAGs; empty: the first line of `doc`.
        source: of which it collects posts.
        unpaused: it runs during the first pass too, unlike those that collect posts, process them, and report on them.
        limit: of one run.
    """
    text = doc or ""
    link = f"[{_('Health of all sources on the desk')}]({SETTINGS.desk_address}/sources)"
    return {
        "dag_id": SETTINGS.dag_id(step, *(() if source is None else (source,))),
        "dag_display_name": title.format(city=NAME, source=source),
        "description": summary or text.partition("\n")[0],
        "doc_md": f"{text}\n{link}\n",
        "catchup": False,  # collection continues from its cursor, so a missed run needs no catch-up
        "max_active_runs": 1,
        "dagrun_timeout": limit,
        "default_args": TASKS,
        "is_paused_upon_creation": False if unpaused else None,
    }


def pool(name: str) -> str:
    """Return the pool of this city; `name` is one of pools.json.

    Two cities in one Airflow do not queue behind each other.
    """
    return SETTINGS.pool(name)


def run_step(name: str, *what: str, towns: Sequence[ServedTown] = TOWNS) -> dict[str, int]:
    """Run one step for each town; return the sums of its counts.

    `what`: a source or report, where the step takes one; then `towns` are those that have it. Only the counts go back to Airflow, as one
    value. What fails in one town is raised when the others are done, and each has its share of the task's time (`core.runtime.turns`).

    Raises:
        EscuchaError: of the only town that failed, as it was; of several, one that a retry may mend comes first.
    """
    pipeline = import_module("pipeline.all_steps")
    return for_each_town("-".join((name, *what)), lambda context: getattr(pipeline, name)(context, *what), towns)


def for_each_town(name: str, step: Callable[[Any], dict[str, int]], towns: Sequence[ServedTown] = TOWNS) -> dict[str, int]:
    """Call `step` in the open context of each town; see `run_step`."""
    pipeline = import_module("pipeline.all_steps")

    def do(town: ServedTown) -> None:
        with pipeline.open_context(town.profile, town.settings) as context:
            counts.update(step(context))

    counts: Counter[str] = Counter()
    if len(TOWNS) == 1:
        do(*towns)
        return dict(counts)
    failed: dict[str, Exception] = {}
    in_turn = sorted(towns, key=lambda town: turns.last_turn(town.settings.home, name))
    for before, town in enumerate(in_turn):
        try:
            with turns.turn(town.settings.home, name, waiting=len(in_turn) - before):
                do(town)
        except Exception as error:
            log.error("%s: %s: %s", name, town.name, error)
            failed[town.name] = error
    if failed:
        raise min(failed.values(), key=_is_final) from TownsFailedError(name, failed)
    return dict(counts)


def towns_having(kind: str) -> dict[str, list[ServedTown]]:
    """Return the towns that have each `source` or `report` in their profile."""
    found: dict[str, list[ServedTown]] = {}
    for town in (one for one in TOWNS if one.name in CITIES):
        city = CITIES[town.name]
        for one in city.sources if kind == "source" else city.reports:
            found.setdefault(one, []).append(town)
    return found


def _is_final(error: BaseException) -> bool:
    """Return whether a retry cannot mend it."""
    return isinstance(error, NOT_RETRIED) or bool(getattr(error, "fatal", False))


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
