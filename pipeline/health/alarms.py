"""Find everything that is wrong.

One list for the light on every page, `escucha status` and the watch.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from ledger import read
from ledger.system import heartbeat
from pipeline.context import Context
from pipeline.health.freshness import quiet_sources
from pipeline.health.heartbeat import BEAT_SLACK, EVERY, MISSED
from pipeline.health.watch_state import LOOKED_AT_MOST, Kind, load_state

SLACK = timedelta(minutes=15)
"""Added for a source and for the worker: a run may queue, takes some minutes, and may be retried."""
DONE = "done"


@dataclass(frozen=True)
class Alarm:
    """Hold one thing that is wrong."""

    kind: Kind
    """`source`: it is not collected any more; `never`: it never was; `failing`: its last run ended with an error; `quiet`: it brings
    nothing new; `search`: the search engine does not answer; `profile`, `ledger`: nothing can start without them."""
    since: datetime | None = None
    """None: never, or unknown."""
    name: str = ""
    """Of the source, or the section of the profile."""
    every_minutes: int = 0
    """How often the source should be collected."""
    why: str = ""
    """What the program said."""

    @property
    def key(self) -> str:
        """Identify what is wrong, however long it lasts."""
        return f"{self.kind} {self.name}".strip()

    def __str__(self) -> str:
        """Return a sentence for mail and the command line."""
        when = "never" if self.since is None else f"{self.since:%Y-%m-%d %H:%M} UTC"
        match self.kind:
            case "scheduler" if self.since is None:
                return "the scheduler has never run: check that Airflow is running and that its DAG heartbeat is not paused"
            case "scheduler":
                return f"the scheduler last ran at {when}"
            case "worker":
                return f"posts wait, and no worker has annotated any since {when}"
            case "source":
                return f"{self.name} was last collected at {when}; it should run every {self.every_minutes} minutes"
            case "never":
                return f"{self.name} has never been collected; it should run every {self.every_minutes} minutes"
            case "failing":
                return f"{self.name} failed at {when}: {self.why}"
            case "quiet":
                return f"{self.name}: nothing new since {when}"
            case "settings":
                return f"a change of [{self.name}] on the desk is not used: {self.why}"
            case "search":
                return f"the search engine has not answered since {when}"
            case "profile":
                return f"the profile cannot be used: {self.why}"
            case "ledger":
                return f"the database cannot be used: {self.why}"


def alarms(context: Context, at: datetime) -> list[Alarm]:
    """Return what is wrong, the worst first; empty while all is well."""
    found = [*_seen_by_the_watch(context, at), *overdue(context, at)]
    quiet = (Alarm("quiet", since, name) for name, since in quiet_sources(context, at))
    for one in (*_failing_sources(context), *quiet):
        if one.name not in {other.name for other in found}:
            found.append(one)
    return found + [Alarm("settings", name=section, why=str(why)) for section, why in context.overlay_problems.items()]


def overdue(context: Context, at: datetime) -> list[Alarm]:
    """Return each heartbeat, worker or source that does not run."""
    return [*_overdue_scheduler(context, at), *_overdue_worker(context, at), *_overdue_sources(context, at)]


def _seen_by_the_watch(context: Context, at: datetime) -> Iterator[Alarm]:
    """Yield what only the watch sees, if it looked a moment ago.

    A desk that runs on has the profile of its start, and does not know whether there should be a scheduler.
    """
    state = load_state(context.settings)
    if state.looked_at is None or at - state.looked_at > LOOKED_AT_MOST:
        return
    for one in state.known:
        if one.kind in ("profile", "ledger"):
            yield Alarm(one.kind, one.first_seen, why=one.text)
        elif one.kind == "scheduler" and heartbeat.last_beat(context.ledger) is None:
            yield Alarm("scheduler")


def _overdue_scheduler(context: Context, at: datetime) -> Iterator[Alarm]:
    last = heartbeat.last_beat(context.ledger)
    if last is not None and at - last > MISSED * EVERY + BEAT_SLACK:
        yield Alarm("scheduler", last)


def _overdue_worker(context: Context, at: datetime) -> Iterator[Alarm]:
    """Yield the worker when it has stopped and posts wait for it.

    The DAG `escucha_process` runs every five minutes too.
    """
    last = heartbeat.last_worker_beat(context.ledger)
    if last is not None and at - last > MISSED * EVERY + SLACK and read.waiting(context.ledger).pending:
        yield Alarm("worker", last)


def _overdue_sources(context: Context, at: datetime) -> Iterator[Alarm]:
    """Yield the sources whose runs are missing, and those that never ran."""
    runs = heartbeat.last_runs(context.ledger)
    for name, source in context.sources.items():
        every, last = source.options.every, runs.get(name)
        if source.off:
            continue
        if last is None:
            yield Alarm("never", None, name, every)
        elif at - last > MISSED * timedelta(minutes=every) + SLACK:
            yield Alarm("source", last, name, every)


def _failing_sources(context: Context) -> Iterator[Alarm]:
    """Yield the sources whose last finished run ended with an error."""
    for name, (at, outcome) in heartbeat.last_outcomes(context.ledger).items():
        source = context.sources.get(name)
        if source is not None and not source.off and outcome != DONE:
            yield Alarm("failing", at, name, source.options.every, outcome)
