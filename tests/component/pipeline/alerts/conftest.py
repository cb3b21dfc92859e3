"""Give the tests of alerts a mail server, a receiver and a context."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger.database import Ledger
from pipeline.context import Context
from tests.support.alert_rig import SECRET, context_of
from tests.support.mail_server import MailServer, mail_server
from tests.support.receiver import Receiver, receiver


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    monkeypatch.setenv("ESCUCHA_WEBHOOK_SECRET", SECRET)
    with receiver() as running:
        yield running


@pytest.fixture
def context(ledger: Ledger, server: MailServer, there: Receiver, tmp_path: Path) -> Context:
    return context_of(ledger, server, there, tmp_path)
