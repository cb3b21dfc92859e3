"""Give the tests of early warning a context with a month of posts."""

from pathlib import Path

import pytest
from pydantic import SecretStr

from core.config.profile.warnings import WarningRules
from core.config.settings import Settings
from ledger.database import Ledger
from pipeline.context import Context
from tests.support.alert_rig import SECRET, hook_to
from tests.support.ledger_facts import SALT
from tests.support.mail_server import MailServer
from tests.support.receiver import Receiver
from tests.support.warning_rig import MADRID, history


@pytest.fixture
def context(ledger: Ledger, server: MailServer, there: Receiver, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setenv("ESCUCHA_WEBHOOK_SECRET", SECRET)
    rules = WarningRules(to=("prensa@example.org",), webhooks=True)
    city = MADRID.model_copy(update={"warnings": rules, "webhooks": (hook_to(there),)})
    settings = Settings(home=tmp_path, smtp_url=SecretStr(f"smtp://127.0.0.1:{server.port}"))
    history(ledger)
    return Context(city=city, settings=settings, salt=SALT, ledger=ledger, sources={}, city_path=MADRID.path)
