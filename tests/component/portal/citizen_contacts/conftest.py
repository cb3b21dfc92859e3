"""Give the tests of citizens' addresses a mail server and a portal."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ledger.database import Ledger
from pipeline.context import Context
from tests.support.citizen_reports import SPANISH, context_of, ledger_with_journal
from tests.support.mail_server import MailServer, mail_server
from tests.support.portal_facts import client_of


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    with ledger_with_journal(tmp_path) as ledger:
        yield ledger


@pytest.fixture
def context(tmp_path: Path, ledger: Ledger, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> Context:
    return context_of(tmp_path, ledger, server, monkeypatch)


@pytest.fixture
def client(context: Context) -> TestClient:
    return client_of(context, headers=SPANISH)
