"""Fixtures that tests of the portal share."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.database import Ledger, open_ledger
from tests.support.ledger_facts import SALT


@pytest.fixture
def portal_ledger(tmp_path: Path) -> Iterator[Ledger]:
    """Provide an empty ledger in a file.

    Not called `ledger`: the plugin `tests.support.ledger_fixtures` has one of that name, on each database.
    """
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", SALT)
    yield ledger
    ledger.close()
