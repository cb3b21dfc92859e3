"""Provide a deployment with a scripted source, closed at its end."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.support.played import Played


@pytest.fixture
def played(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[..., Played]]:
    """Create a deployment with such a source and these options."""
    made: list[Played] = []

    def make(**options: Any) -> Played:
        made.append(Played(tmp_path, monkeypatch, **options))
        return made[-1]

    yield make
    for one in made:
        one.ledger.close()
