"""A stretch that could not be read is recorded once, shown, and closed when a later run has read it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from core.city import load_city
from core.fact import Options
from core.page import Budget, Gap, Page
from core.post import Raw
from core.settings import Settings
from escucha import pipeline
from escucha.house import House, Source
from ledger import read
from ledger.open import open_ledger
from tests.seeded import MADRID, SALT

NOW = datetime.now(UTC)


def page(number: int, **more: Any) -> Page:
    raw = Raw(
        source="x", native_id=str(number), text="Hay un bache", created_at=NOW - timedelta(hours=1), received_at=NOW
    )
    return Page(raws=(raw,), cursor={"at": number}, **more)


def test_a_gap_is_noted_once_however_many_runs_it_takes_and_closed_when_it_is_filled(tmp_path: Path) -> None:
    runs = iter(
        [
            [page(1, gap=Gap(stream="mentions", newer_than="100", older_than="900", reason="page_cap"))],
            [page(2, gap=Gap(stream="mentions", newer_than="100", older_than="500", reason="page_cap"))],
            [page(3, filled=("mentions",))],
        ]
    )

    def collect(*_: object) -> Iterator[Page]:
        yield from next(runs)

    settings = Settings(home=tmp_path)
    ledger = open_ledger(settings.ledger, SALT)
    source = Source(name="x", module=SimpleNamespace(collect=collect), options=Options(), secrets=None, missing=[])
    house = House(load_city(MADRID), settings, SALT, ledger, {"x": source}, MADRID)
    pipeline.collect(house)
    pipeline.collect(house)
    assert [(gap.stream, gap.older_than, gap.state) for gap in read.gaps(ledger)] == [("mentions", "500", "open")]
    pipeline.collect(house)
    assert [gap.state for gap in read.gaps(ledger)] in ([], ["filled"])
    assert [state.open_gaps for state in read.sources(ledger)] == [0]
    ledger.close()


def test_the_time_of_a_run_ends_its_pages() -> None:
    moments = iter([NOW, NOW + timedelta(minutes=1), NOW + timedelta(minutes=5)])
    budget = Budget(now=NOW, until=NOW + timedelta(minutes=4), pages=50, _clock=lambda: next(moments))
    assert [budget.page() for _ in range(3)] == [True, True, False]
