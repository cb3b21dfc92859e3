"""Test the mails to citizens: each change once, whatever the server does."""

import signal
import subprocess
import sys
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr
from starlette.testclient import TestClient

from contact_centre.webhooks.outcome import ATTEMPTS
from core.config.settings import Settings
from core.errors import UnavailableError
from escucha.commands.status import format_citizen_mails
from ledger import read
from ledger.cases import workflow
from ledger.cases.history import entries as history
from ledger.database import open_ledger
from ledger.database.writing import writing
from pipeline.casework.answering import answers
from pipeline.context import Context, now
from pipeline.portal import citizens
from pipeline.steps.notify import notify
from tests.support.citizen_reports import ANA, confirmed, link, open_its_case, send, text
from tests.support.clock import set_clock
from tests.support.deployment import ROOT, environment, write_profile
from tests.support.mail_server import MailServer
from tests.support.portal_facts import portal_context


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


def test_a_mail_with_a_question_says_where_to_reply(client: TestClient, context: Context, server: MailServer) -> None:
    path, _ = confirmed(client, context, server)
    open_its_case(context.ledger)
    receipt = citizens.find_receipt(context, *path.split("/")[2:])
    assert receipt is not None
    [key] = answers.draft(context, [receipt.post_id], "¿En qué número está?", "es", "ana", asks=True)
    answers.approve(context, key, "eva")
    answers.publish(context, key, "eva")
    assert notify(context)["notified"] == 1
    said = text(server.taken[0][1])
    assert said.index("¿En qué número está?") < said.index("conteste en la página de su aviso") < said.index(path)


def test_what_changed_before_the_confirmation_is_not_mailed(client: TestClient, context: Context, server: MailServer) -> None:
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
    with writing(context.ledger) as connection:
        history.add_step(connection, key, "merged", now(), "ana", "")
        connection.execute(cases.update().where(cases.c.case_key == key).values(merged_into=into))
    workflow.change(context.ledger, into, "resolved", "ana", "", now())
    assert notify(context)["notified"] == 1
    assert text(server.taken[0][1]).count("\n- ") == 2


def test_a_server_that_refuses_or_is_down_is_tried_again_later_and_status_says_so(
    client: TestClient, context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(client, contact=ANA)
    server.refused[ANA] = f"451 greylisted {ANA}"
    assert [notify(context)["notified"] for _ in range(2)] == [0, 0]  # refused, then it waits; no step fails for it
    waits = read.outbox_left(context.ledger, "citizen")
    assert (waits.waiting, waits.refused, "451" in waits.reason, ANA in waits.reason) == (1, 0, True, False)
    assert "mails to citizens: 1 waiting" in format_citizen_mails(waits)
    server.refused.clear()
    later = now() + timedelta(minutes=6)
    set_clock(monkeypatch, later)
    nowhere = context.settings.model_copy(update={"smtp_url": SecretStr("smtp://127.0.0.1:1")})
    with pytest.raises(UnavailableError):
        notify(replace(context, settings=nowhere))
    much_later = later + timedelta(minutes=11)
    set_clock(monkeypatch, much_later)
    assert [notify(context)["notified"] for _ in range(2)] == [1, 0]
    assert "mails to citizens: none waiting" in format_citizen_mails(read.outbox_left(context.ledger, "citizen"))


def test_a_mail_that_is_refused_for_good_is_given_up(
    client: TestClient, context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    confirmed(client, context, server)
    key = open_its_case(context.ledger)
    workflow.change(context.ledger, key, "assigned", "ana", "", now())
    server.refused[ANA] = "550 no such user"
    for attempt in range(ATTEMPTS):
        later = now() + timedelta(days=attempt + 1)
        set_clock(monkeypatch, later)
        assert notify(context)["notified"] == 0
    set_clock(monkeypatch, now() + timedelta(days=20))
    assert notify(context)["notified"] == 0
    given_up = read.outbox_left(context.ledger, "citizen")
    assert given_up.refused == 1
    assert "1 GIVEN UP: escucha notify --retry-given-up" in format_citizen_mails(given_up)
    server.refused.clear()
    sent_before = len(server.taken)
    assert notify(context, retry_given_up=True)["notified"] == 1
    assert notify(context, retry_given_up=True)["notified"] == 0
    assert (len(server.taken) - sent_before, read.outbox_left(context.ledger, "citizen").refused) == (1, 0)
    audited = [one.why for one in read.audit(context.ledger) if one.what == "outbox_retried"]
    assert audited == ["1"]


def test_a_long_outage_of_the_mail_server_costs_no_mail_a_try(
    client: TestClient, context: Context, server: MailServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(client, contact=ANA)
    nowhere = replace(context, settings=context.settings.model_copy(update={"smtp_url": SecretStr("smtp://127.0.0.1:1")}))
    for hour in range(ATTEMPTS + 2):
        later = now() + timedelta(hours=hour)
        set_clock(monkeypatch, later)
        with pytest.raises(UnavailableError):
            notify(nowhere)
    tomorrow = now() + timedelta(days=1)
    set_clock(monkeypatch, tomorrow)
    assert notify(context)["notified"] == 1


@pytest.mark.slow
@pytest.mark.parametrize(("point", "before"), [("citizen.planned:1", 0), ("citizen.claimed:1", 0), ("citizen.sent:1", 1)])
def test_a_kill_loses_no_mail_and_two_processes_send_each_once(tmp_path: Path, server: MailServer, point: str, before: int) -> None:
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
