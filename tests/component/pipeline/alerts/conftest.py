"""Give the tests of alerts a context with a mail server and a receiver."""

from pathlib import Path

import pytest

from ledger.database import Ledger
from pipeline.context import Context
from tests.support.alert_rig import SECRET, context_of
from tests.support.mail_server import MailServer
from tests.support.receiver import Receiver


@pytest.fixture
def context(ledger: Ledger, server: MailServer, there: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setenv("ESCUCHA_WEBHOOK_SECRET", SECRET)
    return context_of(ledger, server, there, tmp_path)
