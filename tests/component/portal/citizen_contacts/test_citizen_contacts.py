"""Test the address of a citizen: kept apart, confirmed, erased everywhere.

What is mailed to it: `test_citizen_mails.py`.
"""

import json
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from core.errors import ConfigurationError
from ledger import read
from ledger.cases import workflow
from ledger.citizens import contacts
from ledger.database import Ledger
from ledger.retention import forget, suppressions
from pipeline import export
from pipeline.context import Context, now
from pipeline.portal import citizens
from pipeline.privacy import erase
from pipeline.steps import notify as notifying
from pipeline.steps.notify import notify
from tests.support.citizen_reports import ANA, REPORT, confirmed, link, open_its_case, send, token_of
from tests.support.mail_server import MailServer
from tests.support.portal_facts import client_of, portal_context


def test_the_address_is_confirmed_by_a_button_behind_the_link_of_a_mail(client: TestClient, context: Context, server: MailServer) -> None:
    path = send(client, contact=ANA)
    assert "Enviamos un enlace" in client.get(path).text
    assert [notify(context)["notified"] for _ in range(2)] == [1, 0]
    [(to, mail)] = server.taken
    assert (to, mail["Content-Language"], mail["Auto-Submitted"]) == (ANA, "es", "auto-generated")
    assert mail["List-Unsubscribe"] is None
    number = path.split("/")[2]
    client.get(link(mail))  # mail programs open links by themselves
    before = read.contact(context.ledger, number=number)
    client.post(link(mail), data={"confirm": "yes"})
    after = read.contact(context.ledger, number=number)
    assert before is not None
    assert after is not None
    assert (before.confirmed_at is None, after.confirmed_at is None) == (True, False)
    assert "en cada cambio" in client.get(path).text


def test_nothing_is_mailed_to_an_address_that_is_not_confirmed(client: TestClient, context: Context, server: MailServer) -> None:
    send(client, contact=ANA)
    notify(context)
    key = open_its_case(context.ledger)
    workflow.change(context.ledger, key, "assigned", "ana", "", now())
    assert notify(context)["notified"] == 0
    assert len(server.taken) == 1


@pytest.mark.parametrize("form", [{"end": "yes"}, {"List-Unsubscribe": "One-Click"}])
def test_the_mails_end_with_one_click_and_the_address_is_erased(
    client: TestClient, context: Context, server: MailServer, form: dict[str, str]
) -> None:
    path, to_mails = confirmed(client, context, server)
    assert "se ha borrado" in client.post(to_mails, data=form).text
    key = open_its_case(context.ledger)
    workflow.change(context.ledger, key, "resolved", "ana", "", now())
    assert notify(context)["notified"] == 0
    assert read.contact(context.ledger, number=path.split("/")[2]) is None
    assert client.get(to_mails).status_code == 404
    assert client.get(path).status_code == 200


def test_a_link_for_another_report_or_a_guessed_one_does_nothing(client: TestClient, context: Context) -> None:
    number = send(client, contact=ANA).split("/")[2]
    assert client.post(f"/mails/{number}/{'0' * 32}", data={"end": "yes"}).status_code == 404
    assert client.post(f"/mails/0000000000/{'0' * 32}", data={"end": "yes"}).status_code == 404
    assert read.contact(context.ledger, number=number) is not None


@pytest.mark.parametrize(
    "address", ["ana", "ana@example", "a@example.org, b@example.org", "Ana <a@example.org>", "a@example.org\nBcc: b@x.es"]
)
def test_an_address_that_is_none_is_named_and_nothing_is_stored(client: TestClient, ledger: Ledger, address: str) -> None:
    answer = client.post("/report", data={**REPORT, "contact": address, "token": token_of(client)})
    assert answer.status_code == 422
    assert 'aria-describedby="contact-hint contact-fault"' in answer.text
    assert list(read.post_records(ledger)) == []


def test_without_a_mail_server_no_address_is_asked_for_or_kept(tmp_path: Path, ledger: Ledger, context: Context) -> None:
    silent = client_of(portal_context(tmp_path, ledger))
    assert 'name="contact"' not in silent.get("/report").text
    number = send(silent, contact=ANA).split("/")[2]
    assert read.contact(ledger, number=number) is None
    assert 'name="contact"' in client_of(context).get("/report").text


def test_the_address_is_in_no_text_export_or_file_of_the_ledger(client: TestClient, context: Context, tmp_path: Path) -> None:
    send(client, contact=ANA)
    open_its_case(context.ledger)
    for what in ("posts", "labels", "cases", "corrections"):
        assert ANA not in json.dumps(list(export.lines(context.ledger, what, "jsonl")))
    assert ANA.encode() not in b"".join(path.read_bytes() for path in tmp_path.glob("ledger.sqlite*"))


def test_a_forgotten_report_takes_its_address_along(client: TestClient, context: Context, server: MailServer) -> None:
    path, _ = confirmed(client, context, server)
    forget.forget_older(context.ledger, now() + timedelta(days=400), now())
    assert read.contact(context.ledger, number=path.split("/")[2]) is None


def test_a_citizen_has_the_address_erased_everywhere(client: TestClient, context: Context) -> None:
    numbers = [send(client, contact=one).split("/")[2] for one in (ANA, ANA.upper(), "luis@example.org")]
    assert erase.erase_contact(context, f" {ANA} ") == {"erased": 2}
    kept = [read.contact(context.ledger, number=number) is not None for number in numbers]
    assert kept == [False, False, True]
    with pytest.raises(ConfigurationError, match="no report has this address"):
        erase.erase_contact(context, ANA)
    assert ANA not in str([(line.subject, line.why) for line in read.audit_lines(context.ledger)])


def test_an_erased_address_does_not_come_back_with_a_backup(client: TestClient, context: Context) -> None:
    number = send(client, contact=ANA).split("/")[2]
    stored = read.contact(context.ledger, number=number)
    assert stored is not None
    citizens.end_mails(context, stored)
    contacts.store_contact(context.ledger, number, stored.address, stored.address_hash, "es", now())  # restored
    assert suppressions.catch_up(context.ledger) == 1
    assert read.contact(context.ledger, number=number) is None


@pytest.mark.parametrize(
    ("days", "asked", "state", "is_kept"),
    [
        (1, "not confirmed", None, True),
        (3, "not confirmed", None, False),
        (15, "no mail sent", None, True),
        (17, "no mail sent", None, False),
        (100, "confirmed", None, True),
        (29, "confirmed", "resolved", True),
        (31, "confirmed", "resolved", False),
        (31, "confirmed", "answered", True),
    ],
)
def test_an_address_is_kept_only_while_it_serves(
    client: TestClient, context: Context, server: MailServer, days: int, asked: str, state: str | None, is_kept: bool
) -> None:
    path = (confirmed(client, context, server) if asked == "confirmed" else [send(client, contact=ANA)])[0]
    if asked == "not confirmed":
        assert notify(context)["notified"] == 1
    if state is not None:
        key = open_its_case(context.ledger)
        workflow.change(context.ledger, key, state, "ana", "", now())  # type: ignore[arg-type]
    notifying.erase_unneeded(context, now() + timedelta(days=days))
    assert (read.contact(context.ledger, number=path.split("/")[2]) is not None) is is_kept


def test_a_stranger_fills_no_mailbox_with_requests_to_confirm(client: TestClient, context: Context, server: MailServer) -> None:
    for n in range(contacts.MOST_UNCONFIRMED + 2):
        number = citizens.store_report(context, {"id": f"flood-{n}", "sender": "portal", "text": f"Farola rota {n}"})
        assert number is not None
        citizens.store_contact(context, number, ANA, "es")
    assert notify(context)["notified"] == contacts.MOST_UNCONFIRMED
