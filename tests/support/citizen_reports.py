"""Send reports of citizens by the portal's form, leave an address with them, and confirm it."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from email.message import EmailMessage
from pathlib import Path

import httpx
import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from core.records.annotation import Annotation, Label
from core.records.post import Post
from ledger import read
from ledger.database import Ledger, open_ledger
from ledger.processing import annotations
from ledger.retention import suppressions
from ledger.retention.suppression_journal import Journal
from pipeline.context import Context, now
from pipeline.steps.notify import notify
from pipeline.steps.triage import triage
from portal.pages import report_form
from tests.support.ledger_facts import LEASE, SALT, decide, into_case, read_all, reading
from tests.support.mail_server import MailServer
from tests.support.portal_facts import portal_context

REPORT = {
    "service": "street_lighting",
    "place": "Plaza de Lavapiés 3",
    "description": "La farola lleva un mes fundida, no se ve nada",
    "photo": "",
}
ANA = "ana.canaria@example.org"
SPANISH = {"accept-language": "es"}


def token_of(client: TestClient | httpx.Client) -> str:
    found = re.search(r'name="token" value="([^"]+)"', client.get("/report").text)
    assert found is not None
    return found[1]


def send(client: TestClient, **more: str) -> str:
    """Send a report; return the path of its receipt."""
    answer = client.post("/report", data={**REPORT, "token": token_of(client), **more}, follow_redirects=False)
    assert answer.status_code == 303, answer.text
    return answer.headers["location"].partition("?")[0]


def open_its_case(ledger: Ledger) -> str:
    read_all(ledger)
    (record,) = read.post_records(ledger)
    post = read.post_of(ledger, record.post_id)
    assert post is not None
    (decision,) = into_case(post)
    assert decide(ledger, [decision]) == 1
    assert decision.case is not None
    return decision.case.key


def asking(context: Context) -> Context:
    """Return the context of a city that decides a topic from a certainty of .50 on."""
    triage = context.city.triage.model_copy(update={"topic": 0.5})
    return replace(context, city=context.city.model_copy(update={"triage": triage}))


def uncertain(post: Post) -> Annotation:
    """Annotate a post about a lamp, perhaps."""
    found = reading(post, places=())
    topic = Label(
        question="topic", value="street_lighting", score=0.4, model="reader@1", runners_up=(("traffic_parking", 0.3), ("noise", 0.1))
    )
    sure = Label(question="actionable", value=True, score=0.99, model="reader@1")
    return found.model_copy(update={"labels": found.labels | {"topic": topic, "actionable": sure}})


def triage_uncertain(context: Context) -> None:
    """Annotate what was reported, uncertain about its topic, and triage it."""
    while claimed := annotations.claim_pending(context.ledger, "reader", 10, now(), LEASE):
        annotations.store_annotations(context.ledger, "reader", [uncertain(one) for one in claimed], [], now())
    triage(context)


def text(mail: EmailMessage) -> str:
    return str(mail.get_content()).replace("\r\n", "\n")


def link(mail: EmailMessage) -> str:
    found = re.search(r"http://127\.0\.0\.1:\d+(/mails/\S+)", text(mail))
    assert found is not None
    return found[1]


def confirmed(client: TestClient, context: Context, server: MailServer) -> tuple[str, str]:
    """Send a report with an address and confirm it; return receipt path and mails path."""
    path = send(client, contact=ANA)
    notify(context)
    to_mails = link(server.taken[-1][1])
    assert client.post(to_mails, data={"confirm": "yes"}).status_code == 200
    server.taken.clear()
    return path, to_mails


@contextmanager
def ledger_with_journal(home: Path) -> Iterator[Ledger]:
    """Open an empty ledger that notes erasures in a journal."""
    journal = Journal(home / "suppressions.jsonl", SALT)
    ledger = open_ledger(f"sqlite:///{home / 'ledger.sqlite'}", SALT, journal=journal)
    suppressions.catch_up(ledger)
    yield ledger
    ledger.close()


def context_of(home: Path, ledger: Ledger, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> Context:
    """Return a portal's context with this mail server; forms may be sent at once."""
    monkeypatch.setattr(report_form, "FASTEST_S", 0)
    found = portal_context(home, ledger)
    mailed = found.settings.model_copy(update={"smtp_url": SecretStr(f"smtp://127.0.0.1:{server.port}")})
    return replace(found, settings=mailed)
