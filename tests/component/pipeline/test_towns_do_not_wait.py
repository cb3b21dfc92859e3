"""What runs for one town in a process makes no other town wait."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from types import SimpleNamespace
from typing import Any, cast

import pytest

from core.config.settings import Settings
from core.config.towns import towns_of
from core.runtime import locks
from desk.pages.reporting import forecast
from ledger.processing import decisions
from pipeline.context import Context, open_context
from pipeline.portal import at_once
from pipeline.steps import receive, report
from tests.support.province import WORDS, write_town


@pytest.fixture
def towns(tmp_path: Path) -> Iterator[list[Context]]:
    settings = Settings(home=tmp_path / "home", towns=",".join(str(write_town(tmp_path, town)) for town in WORDS))
    with ExitStack() as stack:
        yield [stack.enter_context(open_context(one.profile, one.settings)) for one in towns_of(settings, Path("unused"))]


def hold_all(context: Context) -> ExitStack:
    """Hold every lock that work on this town takes, as slow work would."""
    held = ExitStack()
    for (_what, ledger_id), lock in list(locks._locks.items()):
        if ledger_id == context.ledger.ledger_id:
            held.enter_context(lock)
    return held


def test_an_inbox_a_report_and_a_forecast_of_one_town_hold_up_none_of_another(
    towns: list[Context], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(report, "WAIT_S", 0.2)
    monkeypatch.setattr(at_once, "_annotate", lambda *_: None)
    monkeypatch.setattr(at_once, "_decide", lambda *_: None)

    def work(context: Context) -> list[object]:
        answers = iter([False, True, True])
        monkeypatch.setattr(decisions, "is_settled", lambda *_: next(answers))
        with report._writing(context, "weekly"):
            pass
        return [
            receive.receive(context, [{"id": "1", "text": "La papelera de la calle Toledo está rota"}])[0].result,
            at_once.decide_at_once(context, "p", wait_s=0.2),
            len(forecast._outlook(cast(Any, SimpleNamespace(context=context))).series) >= 0,
        ]

    here, there = towns
    assert work(here) == ["stored", True, True]  # and so its locks are known
    with hold_all(here) as held:
        assert work(there) == ["stored", True, True]
        held.close()
    assert {what for what, ledger_id in locks._locks if ledger_id == there.ledger.ledger_id} == {
        "inbox",
        "decide at once",
        "report",
        "forecast",
    }


def test_the_answers_of_one_town_are_indexed_while_anothers_are(towns: list[Context]) -> None:
    here, there = towns
    assert here.indexing is not there.indexing
