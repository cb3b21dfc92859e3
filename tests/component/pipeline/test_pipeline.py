"""Rules of the pipeline's steps: whoever works alone makes room for others, and who asked for a rest is left in peace."""

from collections.abc import Callable
from datetime import timedelta

import pytest

from core.config.source_options import Deletions
from core.records.collection import Page
from ledger import leases
from ledger.processing import decisions
from pipeline import all_steps as steps
from pipeline.context import worker
from tests.support.played import Played, raw

pytest_plugins = ("tests.support.played_fixtures",)
Make = Callable[..., Played]
DAY, HOUR = timedelta(days=1), timedelta(hours=1)


def test_triage_gives_its_lease_back_so_that_the_next_worker_need_not_wait(played: Make) -> None:
    town = played()
    steps.triage(town.context)
    assert leases.holders(town.ledger) == set()
    assert leases.hold(town.ledger, "triage", "another:1", town.clock, HOUR)


def test_triage_gives_its_lease_back_when_it_fails(played: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    town = played()

    def fails(*_: object) -> object:
        assert leases.holders(town.ledger) == {worker()}
        raise OSError("the disk is full")

    monkeypatch.setattr(decisions, "untriaged", fails)
    with pytest.raises(OSError, match="the disk is full"):
        steps.triage(town.context)
    assert leases.hold(town.ledger, "triage", "another:1", town.clock, HOUR)


def test_triage_leaves_the_work_to_the_worker_that_is_at_it(played: Make) -> None:
    town = played()
    assert leases.hold(town.ledger, "triage", "another:1", town.clock, HOUR)
    assert steps.triage(town.context) == {"decided": 0}
    assert leases.holders(town.ledger) == {"another:1"}


@pytest.mark.parametrize(("rests_for", "asked"), [(2 * HOUR, []), (-HOUR, [["1"]])], ids=["rests", "rested"])
def test_a_source_that_asked_for_a_rest_is_not_asked_what_was_deleted(played: Make, rests_for: timedelta, asked: list[list[str]]) -> None:
    town = played(deletions=Deletions(every=DAY, younger_than=10 * DAY, a_day=500))
    later = town.clock + 25 * HOUR
    until = (later + rests_for).isoformat()
    town.collect(Page(raws=(raw("1"),), cursor={"rests": {"search": until}}))
    town.gone = lambda native_ids: dict.fromkeys(native_ids, True)
    counts = town.collect(after=25 * HOUR)
    assert town.asked == asked
    assert counts.get("gone", 0) == len(asked)


def test_an_empty_queue_loads_no_model(played: Make) -> None:
    context = played().context
    assert steps.classify(context) == {"classified": 0}
    assert {"session", "tokenizer"}.isdisjoint(vars(context.annotator.inference.encoder))
