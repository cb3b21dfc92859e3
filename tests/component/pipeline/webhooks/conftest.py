"""Give the tests of case events secrets, and a context with a receiver."""

from pathlib import Path

import pytest

from ledger.database import Ledger
from pipeline.context import Context
from tests.support.receiver import Receiver
from tests.support.webhook_rig import SECRETS, context_of, hook


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESCUCHA_WEBHOOK_SECRET", SECRETS)


@pytest.fixture
def context(ledger: Ledger, there: Receiver, tmp_path: Path) -> Context:
    return context_of(ledger, tmp_path, hook(there.url))
