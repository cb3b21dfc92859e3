"""Give the tests of changed cases a ledger with two cases."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from pipeline.context import Context
from tests.support.case_changes import NOW
from tests.support.seeded import open_seeded


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    """24 posts: four about containers in calle de Alcalá (a case), four about a lamp at Puerta del Sol (a case)."""
    context = open_seeded(tmp_path, 24, NOW - timedelta(hours=1))
    yield context
    context.ledger.close()
