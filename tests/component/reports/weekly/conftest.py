"""Give the tests of the weekly report a small ledger and its numbers."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.config.settings import Settings
from ledger.database import Ledger
from reports.build.aggregate import count
from reports.build.period import last_closed
from reports.build.statistics import Numbers
from tests.support.report_facts import CITY, NOW, small_ledger


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = small_ledger(tmp_path)
    yield ledger
    ledger.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path)


@pytest.fixture(scope="module")
def numbers(tmp_path_factory: pytest.TempPathFactory) -> Numbers:
    ledger = small_ledger(tmp_path_factory.mktemp("ledger"))
    found = count(ledger, CITY.zone, last_closed("0 7 * * MON", CITY.zone, NOW))
    ledger.close()
    return found
