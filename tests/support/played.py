"""Run a deployment whose one source the test scripts.

For rules of the pipeline that hold for every network.
"""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from core.config.city import load_city
from core.config.settings import Settings
from core.config.source_options import SourceOptions
from core.records.collection import Page
from core.records.post import Raw, Reach
from ledger.database import open_ledger
from pipeline import all_steps as steps
from pipeline.context import Context
from pipeline.sources import Source
from tests.support.seeded import MADRID, SALT

NOW = datetime.now(UTC).replace(microsecond=0)


class PlayedOptions(SourceOptions):
    every: int = 10


def raw(native_id: str, source: str = "x", **more: Any) -> Raw:
    """Make a complaint of an hour ago."""
    fields = {
        "text": "Hay un bache en la calle de Alcalá",
        "created_at": NOW - timedelta(hours=1),
        "received_at": NOW,
        "author_id": f"author of {native_id}",
    }
    return Raw(source=source, native_id=native_id, **(fields | more))


CLOCKED = (
    *(
        f"pipeline.{module}"
        for module in (
            "steps.collect",
            "steps.classify",
            "steps.triage",
            "steps.forget",
            "steps.sync_deletions",
            "health.freshness",
            "budget",
        )
    ),
    "desk.pages.sources",
)
"""Modules that take the time from `pipeline.context.now`."""


def _read_at(page: Page, moment: datetime) -> Page:
    return page.model_copy(update={"raws": tuple(one.model_copy(update={"received_at": moment}) for one in page.raws)})


def turn_clock(monkeypatch: pytest.MonkeyPatch, read: Callable[[], datetime]) -> None:
    """Make every step take the time from `read`."""
    for module in CLOCKED:
        monkeypatch.setattr(f"{module}.now", read)


class Played:
    """Run a deployment with a scripted source and clock.

    `pages` are what the next runs collect, `gone` answers deletion checks; `clock` is the current time.
    """

    def __init__(self, home: Path, monkeypatch: pytest.MonkeyPatch, **options: Any) -> None:
        self.pages: list[Sequence[Page]] = []
        self.gone: Callable[[list[str]], Mapping[str, bool | Reach]] = lambda native_ids: {}
        self.asked: list[list[str]] = []
        self.clock = NOW
        turn_clock(monkeypatch, lambda: self.clock)
        settings = Settings(home=home)
        module = SimpleNamespace(collect=self._collect, find_deleted=self._gone)
        source = Source(name="x", module=module, options=PlayedOptions(**options), secrets=None, missing=[])
        self.ledger = open_ledger(settings.ledger, SALT)
        self.context = Context(load_city(MADRID), settings, SALT, self.ledger, {"x": source}, MADRID)

    def _collect(self, *_: object) -> Iterator[Page]:
        yield from self.pages.pop(0) if self.pages else ()

    def _gone(self, city: object, options: object, secrets: object, native_ids: list[str], budget: object) -> Any:
        self.asked.append(native_ids)
        return self.gone(native_ids)

    def collect(self, *pages: Page, after: timedelta = timedelta(0)) -> dict[str, int]:
        """Run it once to collect these pages, `after` the one before."""
        self.clock += after
        self.pages.append([_read_at(page, self.clock) for page in pages])
        return steps.collect(self.context)
