"""Run a deployment whose only source is X, on loopback.

With what its ledger has recorded as spent.
"""

from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.config.settings import load_settings
from ledger.ingest import spending
from pipeline.context import Context, open_context
from tests.support.deployment import NOTICE
from tests.support.stubs.x import XStub

NOW = datetime(2026, 11, 24, 12, 0, tzinfo=UTC)
PROFILE = (
    """
name = "Madrid"
handles = ["@MADRID", "@Lineamadrid"]
"""
    + NOTICE
    + """[questions.relevance]
names = ["Madrid"]
[sources.x]
base_url = "{url}"
{x}
[[departments]]
name = "Atención"
topics = ["other"]
"""
)


def profile(folder: Path, stub: XStub, x: str) -> Path:
    path = folder / "city.toml"
    path.write_text(PROFILE.format(url=stub.url, x=x), encoding="utf-8")
    return path


class Town:
    """Hold a deployment whose only source is X, with its own clock."""

    def __init__(self, folder: Path, monkeypatch: pytest.MonkeyPatch, stub: XStub) -> None:
        self.folder, self.stub = folder, stub
        monkeypatch.setenv("ESCUCHA_HOME", str(folder / "home"))
        monkeypatch.setenv("ESCUCHA_X_BEARER_TOKEN", "token-of-test")

    def open(self, table: str) -> Context:
        self.context = open_context(profile(self.folder, self.stub, table), load_settings())
        return self.context.__enter__()


def spent(context: Context) -> spending.Spent:
    return spending.spent(context.ledger, "x", datetime.now(UTC))
