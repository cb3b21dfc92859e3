"""A person asks for a collection; it is met once, by whatever run comes first."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.errors import ChangeRefusedError, SourceError
from ledger import read
from ledger.ingest import cursors
from ledger.system import heartbeat
from pipeline import all_steps as steps
from pipeline.context import Context
from pipeline.sources import Source
from pipeline.steps import collect as collecting, collect_requested as requested, sync_deletions
from tests.support.played import NOW, PlayedOptions
from tests.support.seeded import open_seeded

MINUTE = timedelta(minutes=1)


def source(name: str, fails: bool = False, missing: tuple[str, ...] = ()) -> Source:
    def collect(*_: Any) -> Iterator[Any]:
        if fails:
            raise SourceError(f"{name} does not answer")
        yield from ()

    return Source(name, SimpleNamespace(collect=collect), PlayedOptions(every=60), None, list(missing))


@pytest.fixture
def set_clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    def at(moment: datetime) -> None:
        for module in (requested, collecting):
            monkeypatch.setattr(module, "now", lambda: moment)

    at(NOW)
    return at


@pytest.fixture
def context(tmp_path: Path, set_clock: Callable[[datetime], None], monkeypatch: pytest.MonkeyPatch) -> Iterator[Context]:
    made = open_seeded(tmp_path, 0, NOW)
    made.sources.update(x=source("x"), y=source("y", fails=True), z=source("z", missing=("ESCUCHA_Z",)))
    monkeypatch.setattr(sync_deletions, "sync_deletions", lambda *_: {})
    yield made
    made.ledger.close()


def runs(context: Context) -> list[str]:
    return sorted(one.source for one in read.runs(context.ledger))


def test_what_was_asked_for_is_collected_once_and_audited(context: Context, set_clock: Callable[[datetime], None]) -> None:
    assert requested.request_collection(context, "x", "ana")
    assert not requested.request_collection(context, "x", "eva")
    assert [(one.source, one.who) for one in read.collect_requests(context.ledger)] == [("x", "ana")]
    set_clock(NOW + MINUTE)
    assert steps.collect_requested(context)["requested"] == 1
    assert steps.collect_requested(context) == {}
    assert runs(context) == ["x"]
    assert [(one.who, one.what, one.subject) for one in read.audit(context.ledger)] == [("ana", "collect requested", "x")]


def test_a_scheduled_run_meets_it_as_well(context: Context, set_clock: Callable[[datetime], None]) -> None:
    requested.request_collection(context, "x", "ana")
    set_clock(NOW + MINUTE)
    steps.collect(context, "x")
    assert read.collect_requests(context.ledger) == []
    assert steps.collect_requested(context) == {}
    set_clock(NOW + 2 * MINUTE)
    assert requested.request_collection(context, "x", "eva"), "the old request is over"


def test_one_that_is_being_collected_waits_and_one_that_was_killed_does_not(
    context: Context, set_clock: Callable[[datetime], None]
) -> None:
    cursors.begin_run(context.ledger, "x", NOW - MINUTE)
    requested.request_collection(context, "x", "ana")
    assert steps.collect_requested(context) == {}
    set_clock(NOW + 20 * MINUTE)
    assert steps.collect_requested(context)["requested"] == 1


def test_a_source_that_refuses_is_red_once_and_holds_up_no_other(context: Context, set_clock: Callable[[datetime], None]) -> None:
    for name in ("y", "x"):
        requested.request_collection(context, name, "ana")
    set_clock(NOW + MINUTE)
    with pytest.raises(SourceError, match="y does not answer") as failure:
        steps.collect_requested(context)
    assert failure.value.fatal, "a person asks again"
    assert runs(context) == ["x", "y"]
    assert steps.collect_requested(context) == {}


def test_a_source_that_is_off_or_unknown_is_refused_in_words(context: Context) -> None:
    with pytest.raises(ChangeRefusedError, match="set ESCUCHA_Z"):
        requested.request_collection(context, "z", "ana")
    with pytest.raises(ChangeRefusedError, match="no such source"):
        requested.request_collection(context, "w", "ana")


def test_a_request_for_a_source_that_was_removed_meanwhile_is_dropped(context: Context) -> None:
    requested.request_collection(context, "x", "ana")
    del context.sources["x"]
    assert steps.collect_requested(context) == {}
    assert read.collect_requests(context.ledger) == []


def test_it_says_when_it_runs_or_that_the_scheduler_is_dead(context: Context) -> None:
    assert requested.runs_at(context, NOW) is None
    heartbeat.beat(context.ledger, NOW)
    after = requested.runs_at(context, NOW)
    assert after is not None
    assert timedelta(0) < after - NOW <= 5 * MINUTE
    assert after.minute % 5 == 0
    assert requested.runs_at(context, NOW + 12 * MINUTE) is None
