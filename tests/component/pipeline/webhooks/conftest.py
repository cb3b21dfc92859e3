"""Give the tests of case events a receiver, secrets and a context."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from contact_centre.webhooks import sending
from ledger.database import Ledger
from pipeline.context import Context
from tests.support.receiver import Receiver, receiver
from tests.support.webhook_rig import (
    SECRETS,
    context_of,
    hook,
)


@pytest.fixture(autouse=True)
def secret(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESCUCHA_WEBHOOK_SECRET", SECRETS)
    monkeypatch.setattr(sending, "WHOLE_S", 1.0)


@pytest.fixture
def there() -> Iterator[Receiver]:
    with receiver() as running:
        yield running


@pytest.fixture
def context(ledger: Ledger, there: Receiver, tmp_path: Path) -> Context:
    return context_of(ledger, tmp_path, hook(there.url))
