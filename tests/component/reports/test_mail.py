"""Reports by mail, over a real SMTP server: each mail once, none lost, nobody kept from theirs by another's refusal."""

import signal
import subprocess
import sys
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import SecretStr

from core.config.city import City
from core.config.settings import Settings
from core.errors import ConfigurationError, EscuchaError, UnavailableError
from core.smtp import send
from ledger import read
from ledger.outbox import planning
from pipeline.context import Context, now
from pipeline.outbox.sending import send as send_mails
from pipeline.report_mails import PROVISIONAL, ReportMails
from pipeline.steps import report as reporting
from reports.make import FORMATS
from reports.output.email import compose
from reports.publish import Rendered, write_report
from tests.support.clock import set_clock
from tests.support.deployment import PROFILE, ROOT, environment
from tests.support.ledger_facts import SALT
from tests.support.mail_server import MailServer, certificate, mail_server
from tests.support.report_facts import CITY, NOW, small_ledger

TO = ("ana@example.org", "luis@example.org")


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Context]:
    """A week to report, without slides: no mail carries them."""
    monkeypatch.delitem(FORMATS, "odp")
    ledger = small_ledger(tmp_path)
    yield Context(city=sent_to(*TO), settings=Settings(home=tmp_path), salt=SALT, ledger=ledger, sources={}, city_path=CITY.path)
    ledger.close()


def sent_to(*to: str, **more: object) -> City:
    weekly = CITY.reports["weekly"].model_copy(update={"to": to})
    return CITY.model_copy(update={"reports": {"weekly": weekly}, **more})


def by(context: Context, server: MailServer | None, url: str = "smtp://127.0.0.1:{port}", **more: object) -> Context:
    """The house with this mail server."""
    address = SecretStr(url.format(port=server.port if server else 1))
    context.settings = context.settings.model_copy(update={"smtp_url": address, **more})
    return context


def served(server: MailServer) -> list[tuple[str, str]]:
    return sorted((recipient, str(mail["Content-Language"])) for recipient, mail in server.taken)


EACH = sorted((recipient, language) for recipient in TO for language in ("en", "es"))


def test_each_recipient_gets_each_language_once_and_a_second_run_sends_none(context: Context) -> None:
    with mail_server() as server:
        first = reporting.report(by(context, server), "weekly")
        again = reporting.report(context, None)
    assert served(server) == EACH
    assert (first["written"], first["mailed"], first["sent before"]) == (2, 4, 0)
    assert (again["written"], again.get("mailed", 0), again["sent before"]) == (2, 0, 4)


def test_a_mail_has_its_text_the_page_and_the_pdf(context: Context) -> None:
    with mail_server() as server:
        reporting.report(by(context, server, desk_url="https://escucha.madrid.example/"), "weekly")
    mail = next(mail for recipient, mail in server.taken if recipient == TO[0] and mail["Content-Language"] == "es")
    assert "Informe semanal · Madrid: Del " in mail["Subject"]
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail.is_multipart()
    text, page, paper = mail.iter_parts()
    assert "Ni mensajes ni casos" in text.get_content() or "Mensajes sobre la ciudad" in text.get_content()
    assert "https://escucha.madrid.example/reports" in text.get_content()
    assert (page.get_content_type(), page.get_content_charset()) == ("text/html", "utf-8")
    assert page.get_content().startswith('<!doctype html>\n<html lang="es">')
    assert str(page.get_filename()).startswith("weekly_2")
    assert paper.get_content().startswith(b"%PDF-")
    assert str(paper.get_filename()).endswith(".es.pdf")
    assert TO[1] not in mail.as_string()


def test_without_a_server_or_without_recipients_reports_are_written_and_nobody_is_asked(context: Context) -> None:
    assert reporting.report(context, None)["written"] == 2
    context.city = sent_to()
    assert reporting.report(by(context, None), None)["written"] == 2  # nothing listens on port 1


def test_a_server_that_is_down_is_told_and_the_next_run_sends(context: Context) -> None:
    with pytest.raises(EscuchaError, match=r"127\.0\.0\.1 does not answer as a mail server.*4 mails are left for the next run"):
        reporting.report(by(context, None), "weekly")
    assert list((context.settings.home / "open_data").iterdir()) != []
    (folder,) = (context.settings.home / "reports" / "weekly").iterdir()
    waiting = read.outbox(context.ledger, kind="report", receiver=TO[0])
    assert {(one.state, one.attempt) for one in waiting} == {("pending", 0)}
    assert {one.subject.removesuffix(PROVISIONAL) for one in waiting} == {f"{folder.name} weekly.{language}" for language in ("en", "es")}
    with mail_server() as server:
        assert reporting.report(by(context, server), "weekly")["mailed"] == 4
    assert served(server) == EACH


@pytest.mark.parametrize("answer", ["550 no such user", "450 try again later"])
def test_a_refused_recipient_keeps_nobody_from_theirs_and_is_tried_again(
    context: Context, answer: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    with mail_server() as server:
        server.refused[TO[0]] = answer
        assert reporting.report(by(context, server), "weekly")["mailed"] == 2
        assert served(server) == [(TO[1], "en"), (TO[1], "es")]
        left = read.outbox_left(context.ledger, "report")
        assert (left.waiting, left.reason) == (2, f"mail to [address]: the server answered {answer}")
        server.refused.clear()
        set_clock(monkeypatch, now() + timedelta(minutes=2))
        assert reporting.report(context, "weekly")["mailed"] == 2
    assert served(server) == EACH


def test_an_address_that_is_refused_for_days_is_given_up_in_words_and_makes_no_run_fail(
    context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    context.city = sent_to(*TO)
    start = now()
    with mail_server() as server:
        server.refused[TO[0]] = "550 no such user"
        by(context, server)
        for hours in range(0, 96, 6):
            set_clock(monkeypatch, start + timedelta(hours=hours))
            send_mails(context, ReportMails(write_report(CITY, context.settings, context.ledger, "weekly", NOW)))
    assert read.outbox_sums(context.ledger, "report") == {"sent": 2, "refused": 2}
    assert read.refused_receivers(context.ledger, "report") == {TO[0]: "mail to [address]: the server answered 550 no such user"}


def test_a_refusal_for_good_and_one_for_now_are_told_apart(context: Context) -> None:
    with mail_server() as server:
        by(context, server)
        server.refused = {TO[0]: "550 no such user", TO[1]: "451 busy"}
        with pytest.raises(ConfigurationError):
            send(context.settings.smtp_url, compose(context.settings, one_report(context), TO[0], "L"))
        with pytest.raises(UnavailableError):
            send(context.settings.smtp_url, compose(context.settings, one_report(context), TO[1], "L"))


def one_report(context: Context) -> Rendered:
    return write_report(context.city, context.settings, context.ledger, "weekly", NOW)[0]


@pytest.mark.parametrize(
    "recipient", ["ana@example.org\r\nBcc: all@example.org", "ana", "", "a@b@c", "ana@example.org, eva@example.org", "@"]
)
def test_a_recipient_that_is_no_address_gets_no_mail_and_the_others_do(context: Context, recipient: str) -> None:
    context.city = sent_to(recipient, TO[1])
    with mail_server() as server:
        reporting.report(by(context, server), "weekly")
    reasons = {one.reason for one in read.outbox(context.ledger, state="refused")}
    assert [one.startswith("[reports.weekly] to: ") and one.endswith(" is not an e-mail address") for one in reasons] == [True]
    assert served(server) == [(TO[1], "en"), (TO[1], "es")]


def test_no_header_can_be_smuggled_in_through_the_citys_name(context: Context) -> None:
    context.city = sent_to(TO[0], name="Madrid\r\nBcc: all@example.org\r\n\r\n<b>gone</b>\u2028x")
    with mail_server() as server:
        reporting.report(by(context, server), "weekly")
    assert served(server) == [(TO[0], "en"), (TO[0], "es")]
    for _recipient, mail in server.taken:
        assert mail["Bcc"] is None
        assert "Madrid Bcc: all@example.org <b>gone</b> x" in mail["Subject"]


def test_a_sender_that_is_no_address_is_named(context: Context) -> None:
    with mail_server() as server:
        by(context, server, mail_from="nobody\nX: y")
        with pytest.raises(ConfigurationError, match=r"ESCUCHA_MAIL_FROM: .* is not an e-mail address"):
            compose(context.settings, one_report(context), TO[0], "L")
        by(context, server, mail_from="Escucha Madrid <escucha@madrid.example>")
        mail = compose(context.settings, one_report(context), TO[0], "L")
    assert mail["From"] == "Escucha Madrid <escucha@madrid.example>"
    assert mail["Message-ID"].endswith("@madrid.example>")


def test_the_message_id_is_the_same_for_the_same_mail_and_no_other(context: Context) -> None:
    ids = {
        planning.message_id(ledger, "report", f"2026-W47 weekly.{language}", recipient)
        for language in ("es", "en")
        for recipient in TO
        for ledger in ("L1", "L2")
    }
    assert len(ids) == 8
    assert planning.message_id("L1", "report", "2026-W47 weekly.es", TO[0].upper()) in ids


def test_starttls_is_used_when_offered_with_login_and_the_certificate_is_checked(
    context: Context, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tls, authority = certificate(tmp_path)
    with mail_server(tls=tls, login=True) as server:
        by(context, server, "smtp://escucha:p%40ss%20word@127.0.0.1:{port}")
        with pytest.raises(EscuchaError, match=r"its certificate is not trusted .*SSL_CERT_FILE"):
            reporting.report(context, "weekly")
        assert (server.taken, server.users) == ([], [])
        monkeypatch.setenv("SSL_CERT_FILE", str(authority))
        assert reporting.report(context, "weekly")["mailed"] == 4
        assert server.encrypted == [True] * 4
        assert server.users == ["escucha"]
        by(context, server, "smtp://escucha:wrong@127.0.0.1:{port}")
        with pytest.raises(ConfigurationError, match="authentication failed") as refused:
            send(context.settings.smtp_url, compose(context.settings, one_report(context), TO[0], "L"))
    assert "wrong" not in str(refused.value)


@pytest.mark.allow_hosts(["127.0.0.2"])
def test_a_password_never_travels_openly_to_another_machine(context: Context) -> None:
    with mail_server(login=True, host="127.0.0.2") as server:
        by(context, server, "smtp://escucha:p%40ss%20word@127.0.0.2:{port}")
        with pytest.raises(EscuchaError, match="offers no encryption"):
            reporting.report(context, "weekly")
        assert (server.taken, server.users) == ([], [])


@pytest.mark.parametrize("url", ["http://a", "smtp://", "mail.example.org:25", "smtp://h:99999", "smtp://h:x"])
def test_a_wrong_address_of_the_server_says_how_to_write_it(context: Context, url: str) -> None:
    by(context, None, url)
    with pytest.raises(ConfigurationError, match="ESCUCHA_SMTP_URL: write smtp://host:25"):
        send(context.settings.smtp_url, compose(context.settings, one_report(context), TO[0], "L"))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("point", "before", "after"),
    [("report.planned:1", 0, 4), ("report.claimed:1", 0, 4), ("report.sent:1", 1, 4), ("report.sent:3", 3, 2)],
    ids=["before the first claim", "between claim and sending", "between the first sending and its note", "after two whole mails"],
)
def test_a_kill_loses_no_mail_and_what_comes_twice_has_the_same_message_id(tmp_path: Path, point: str, before: int, after: int) -> None:
    profile = tmp_path / "city.toml"
    gazetteer = ROOT / "cities" / "madrid"
    posts = tmp_path / "posts.jsonl"
    posts.write_text("")
    text = PROFILE.format(gazetteer=gazetteer, posts=posts, act=0.6, review=0.3, archive="")
    profile.write_text(f'{text}to = ["{TO[0]}", "{TO[1]}"]\n')
    with mail_server() as server:
        env = environment(tmp_path / "home", profile, ESCUCHA_SMTP_URL=f"smtp://127.0.0.1:{server.port}")
        assert report_in_a_process(env | {"ESCUCHA_FAULT_AT": point}) == -signal.SIGKILL
        assert len(server.taken) == before
        assert report_in_a_process(env) == 0
        assert len(server.taken) == before + after
        assert report_in_a_process(env) == 0
        assert len(server.taken) == before + after
    assert sorted(set(served(server))) == EACH
    assert len({mail["Message-ID"] for _recipient, mail in server.taken}) == 4


def report_in_a_process(env: dict[str, str]) -> int:
    command = [sys.executable, "-m", "escucha.cli", "report", "weekly"]
    done = subprocess.run(command, env=env, cwd=ROOT, capture_output=True, timeout=120, check=False)
    if done.returncode > 0:
        raise AssertionError(done.stderr.decode())
    return done.returncode
