"""Give the tests of reminders a context with a mail server."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from core.config.settings import Settings
from ledger.database import Ledger
from pipeline.context import Context
from tests.support.escalate_rig import MADRID, told_to
from tests.support.ledger_facts import SALT
from tests.support.mail_server import MailServer


@pytest.fixture
def context(ledger: Ledger, server: MailServer, tmp_path: Path) -> Context:
    settings = Settings(home=tmp_path, smtp_url=SecretStr(f"smtp://127.0.0.1:{server.port}"))
    return Context(city=told_to(MADRID), settings=settings, salt=SALT, ledger=ledger, sources={}, city_path=MADRID.path)
