"""Test the contact of a report: kept apart, confirmed, mailed once, erased."""

import json
import re
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from core.config.settings import Settings
from core.errors import ConfigurationError, UnavailableError
from escucha.commands.status import format_citizen_mails
from ledger import leases, read
from ledger.cases import history, workflow
from ledger.citizens import contacts
from ledger.database import Ledger, open_ledger
from ledger.delivery import contact_mails
from ledger.retention import forget, suppressions
from ledger.retention.suppression_journal import Journal
from pipeline import citizens, export, notify as notifying
from pipeline.casework import answers
from pipeline.context import Context, now
from pipeline.notify import ATTEMPTS, LEASE_NAME, notify
from pipeline.privacy import erase
from portal.pages import report_form
from tests.component.portal.test_citizen_reports import REPORT, open_its_case, send, token_of
from tests.support.deployment import ROOT, environment, write_profile
from tests.support.ledger_facts import SALT
from tests.support.mail_server import MailServer, mail_server
from tests.support.portal_facts import client_of, portal_context

ANA = "ana.canaria@example.org"
SPANISH = {"accept-language": "es"}


@pytest.fixture
def server() -> Iterator[MailServer]:
    with mail_server() as running:
        yield running


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    journal = Journal(tmp_path / "suppressions.jsonl", SALT)
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", SALT, journal=journal)
    suppressions.catch_up(ledger)
    yield ledger
    ledger.close()


@pytest.fixture
def context(tmp_path: Path, ledger: Ledger, server: MailServer, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setattr(report_form, "FASTEST_S", 0)
    found = portal_context(tmp_path, ledger)
    mailed = found.settings.model_copy(update={"smtp_url": SecretStr(f"smtp://127.0.0.1:{server.port}")})
    return replace(found, settings=mailed)


@pytest.fixture
def client(context: Context) -> TestClient:
    return client_of(context, headers=SPANISH)


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


def test_the_address_is_confirmed_by_a_button_behind_the_link_of_a_mail(
    client: TestClient, context: Context, server: MailServer
) -> None:
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


def test_nothing_is_mailed_to_an_address_that_is_not_confirmed(
    client: TestClient, context: Context, server: MailServer
) -> None:
    send(client, contact=ANA)
    notify(context)
    key = open_its_case(context.ledger)
    workflow.change(context.ledger, key, "assigned", "ana", "", now())
    assert notify(context)["notified"] == 0
    assert len(server.taken) == 1


def test_each_change_and_each_answer_is_mailed_once(client: TestClient, context: Context, server: MailServer) -> None:
    path, to_mails = confirmed(client, context, server)
    key = open_its_case(context.ledger)
    assert notify(context)["notified"] == 0  # a case was opened: no change of its state
    workflow.change(context.ledger, key, "assigned", "ana", "interno", now())
    assert [notify(context)["notified"] for _ in range(2)] == [1, 0]
    receipt = citizens.find_receipt(context, *path.split("/")[2:])
    assert receipt is not None
    [drafted] = answers.draft(context, [receipt.post_id], "Se cambia esta noche.", "es", "ana")
    assert notify(context)["notified"] == 0  # a draft is no answer
    answers.approve(context, drafted, "eva")
    assert notify(context)["notified"] == 0  # nor is an approved one, until it is published
    answers.publish(context, drafted, "eva")
    assert [notify(context)["notified"] for _ in range(2)] == [1, 0]
    workflow.change(context.ledger, key, "resolved", "ana", "", now())
    assert [notify(context)["notified"] for _ in range(2)] == [1, 0]
    first, second, third = (text(mail) for _, mail in server.taken)
    assert ": En tramitación en el servicio competente" in first
    assert "interno" not in first
    assert "Se cambia esta noche." in second
    assert ": Resuelto" in third
    assert all(path in one and to_mails in one for one in (first, second, third))
    assert server.taken[0][1]["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"


def test_what_changed_before_the_confirmation_is_not_mailed(
    client: TestClient, context: Context, server: MailServer
) -> None:
    send(client, contact=ANA)
    notify(context)
    key = open_its_case(context.ledger)
    workflow.change(context.ledger, key, "assigned", "ana", "", now())
    client.post(link(server.taken[0][1]), data={"confirm": "yes"})
    assert notify(context)["notified"] == 0


def test_a_merged_case_is_followed(client: TestClient, context: Context, server: MailServer) -> None:
    from ledger.schema import cases
    from tests.support.portal_facts import open_cases

    confirmed(client, context, server)
    key = open_its_case(context.ledger)
    (into,) = open_cases(context.ledger, [3])
    with context.ledger.write() as connection:
        history.add_step(connection, key, "merged", now(), "ana", "")
        connection.execute(cases.update().where(cases.c.case_key == key).values(merged_into=into))
    workflow.change(context.ledger, into, "resolved", "ana", "", now())
    assert notify(context)["notified"] == 1
    assert text(server.taken[0][1]).count("\n- ") == 2


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
    "address",
    ["ana", "ana@example", "a@example.org, b@example.org", "Ana <a@example.org>", "a@example.org\nBcc: b@x.es"],
)
def test_an_address_that_is_none_is_named_and_nothing_is_stored(
    client: TestClient, ledger: Ledger, address: str
) -> None:
    answer = client.post("/report", data={**REPORT, "contact": address, "token": token_of(client)})
    assert answer.status_code == 422
    assert 'aria-describedby="contact-hint contact-fault"' in answer.text
    assert list(read.post_records(ledger)) == []


def test_without_a_mail_server_no_address_is_asked_for_or_kept(
    tmp_path: Path, ledger: Ledger, context: Context
) -> None:
    silent = client_of(portal_context(tmp_path, ledger))
    assert 'name="contact"' not in silent.get("/report").text
    number = send(silent, contact=ANA).split("/")[2]
    assert read.contact(ledger, number=number) is None
    assert 'name="contact"' in client_of(context).get("/report").text


def test_the_address_is_in_no_text_export_or_file_of_the_ledger(
    client: TestClient, context: Context, tmp_path: Path
) -> None:
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
    [(1, "not confirmed", None, True), (3, "not confirmed", None, False), (15, "no mail sent", None, True),
     (17, "no mail sent", None, False), (100, "confirmed", None, True), (29, "confirmed", "resolved", True),
     (31, "confirmed", "resolved", False), (31, "confirmed", "answered", True)],
)  # fmt: skip
def test_an_address_is_kept_only_while_it_serves(
    client: TestClient,
    context: Context,
    server: MailServer,
    days: int,
    asked: str,
    state: str | None,
    is_kept: bool,
) -> None:
    path = (confirmed(client, context, server) if asked == "confirmed" else [send(client, contact=ANA)])[0]
    if asked == "not confirmed":
        assert notify(context)["notified"] == 1
    if state is not None:
        key = open_its_case(context.ledger)
        workflow.change(context.ledger, key, state, "ana", "", now())  # type: ignore[arg-type]
    notifying.erase_unneeded(context, now() + timedelta(days=days))
    assert (read.contact(context.ledger, number=path.split("/")[2]) is not None) is is_kept


def test_a_server_that_refuses_or_is_down_is_tried_again_later_and_status_says_so(
    client: TestClient, context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(client, contact=ANA)
    server.refused[ANA] = f"451 greylisted {ANA}"
    assert [notify(context)["notified"] for _ in range(2)] == [0, 0]  # refused, then it waits; no step fails for it
    waits = contact_mails.state(context.ledger)
    assert (waits.waiting, waits.given_up, "451" in waits.reason, ANA in waits.reason) == (1, 0, True, False)
    assert "mails to citizens: 1 waiting" in format_citizen_mails(waits)
    server.refused.clear()
    later = now() + timedelta(minutes=6)
    monkeypatch.setattr(notifying, "now", lambda: later)
    nowhere = context.settings.model_copy(update={"smtp_url": SecretStr("smtp://127.0.0.1:1")})
    with pytest.raises(UnavailableError):
        notify(replace(context, settings=nowhere))
    much_later = later + timedelta(minutes=11)
    monkeypatch.setattr(notifying, "now", lambda: much_later)
    assert [notify(context)["notified"] for _ in range(2)] == [1, 0]
    assert "mails to citizens: none waiting" in format_citizen_mails(contact_mails.state(context.ledger))


def test_a_mail_that_is_refused_for_good_is_given_up(
    client: TestClient, context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirmed(client, context, server)
    key = open_its_case(context.ledger)
    workflow.change(context.ledger, key, "assigned", "ana", "", now())
    server.refused[ANA] = "550 no such user"
    for attempt in range(ATTEMPTS):
        later = now() + timedelta(days=attempt + 1)
        monkeypatch.setattr(notifying, "now", lambda later=later: later)
        assert notify(context)["notified"] == 0
    monkeypatch.setattr(notifying, "now", lambda: now() + timedelta(days=20))
    assert notify(context)["notified"] == 0
    given_up = contact_mails.state(context.ledger)
    assert given_up.given_up == 1
    assert "1 GIVEN UP: escucha notify --retry-given-up" in format_citizen_mails(given_up)
    server.refused.clear()
    sent_before = len(server.taken)
    assert notify(context, retry_given_up=True)["notified"] == 1
    assert notify(context, retry_given_up=True)["notified"] == 0
    assert (len(server.taken) - sent_before, contact_mails.state(context.ledger).given_up) == (1, 0)
    audited = [one.why for one in read.audit(context.ledger) if one.what == "retry_citizen_mails"]
    assert audited == ["1"]


def test_a_long_outage_of_the_mail_server_costs_no_mail_a_try(
    client: TestClient, context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(client, contact=ANA)
    nowhere = replace(
        context, settings=context.settings.model_copy(update={"smtp_url": SecretStr("smtp://127.0.0.1:1")})
    )
    for hour in range(ATTEMPTS + 2):
        later = now() + timedelta(hours=hour)
        monkeypatch.setattr(notifying, "now", lambda later=later: later)
        with pytest.raises(UnavailableError):
            notify(nowhere)
    tomorrow = now() + timedelta(days=1)
    monkeypatch.setattr(notifying, "now", lambda: tomorrow)
    assert notify(context)["notified"] == 1


def test_a_stranger_fills_no_mailbox_with_requests_to_confirm(
    client: TestClient, context: Context, server: MailServer
) -> None:
    for n in range(contacts.MOST_UNCONFIRMED + 2):
        number = citizens.store_report(context, {"id": f"flood-{n}", "sender": "portal", "text": f"Farola rota {n}"})
        assert number is not None
        citizens.store_contact(context, number, ANA, "es")
    assert notify(context)["notified"] == contacts.MOST_UNCONFIRMED


def test_while_one_process_mails_another_does_not(client: TestClient, context: Context, server: MailServer) -> None:
    send(client, contact=ANA)
    assert leases.hold(context.ledger, LEASE_NAME, "other:1:1", now(), timedelta(minutes=1))
    assert (notify(context)["notified"], server.taken) == (0, [])


@pytest.mark.slow
@pytest.mark.parametrize(("point", "before"), [("notify.claimed:1", 0), ("notify.sent:1", 1)])
def test_a_kill_loses_no_mail_and_two_processes_send_each_once(
    tmp_path: Path, server: MailServer, point: str, before: int
) -> None:
    (tmp_path / "posts.jsonl").write_text("")
    profile = write_profile(tmp_path, tmp_path / "posts.jsonl")
    home = tmp_path / "home"
    env = environment(home, profile, ESCUCHA_SMTP_URL=f"smtp://127.0.0.1:{server.port}")

    def start(env: dict[str, str]) -> subprocess.Popen[bytes]:
        return subprocess.Popen([sys.executable, "-m", "escucha.cli", "notify"], env=env, cwd=ROOT)

    assert start(env).wait(120) == 0  # creates home and salt
    salt = Settings(home=home).salt_bytes()
    ledger = open_ledger(f"sqlite:///{home / 'ledger.sqlite'}", salt)
    context = replace(portal_context(home, ledger), salt=salt)
    item = {"id": "1", "sender": "portal", "text": "Alumbrado. La farola lleva un mes fundida"}
    number = citizens.store_report(context, item)
    assert number is not None
    citizens.store_contact(context, number, ANA, "es")
    ledger.close()
    assert start(env | {"ESCUCHA_FAULT_AT": point}).wait(120) == -signal.SIGKILL
    assert len(server.taken) == before
    both = [start(env) for _ in range(2)]
    assert [one.wait(120) for one in both] == [0, 0]
    assert len(server.taken) == before + 1
    assert len({mail["Message-ID"] for _, mail in server.taken}) == 1
