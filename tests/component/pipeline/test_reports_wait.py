"""A report is never written over posts that wait: it waits for them, or its first line says how many are missing."""

import logging
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path

import pytest

from core.config.settings import Settings
from core.errors import EscuchaError
from core.records.decision import Decision
from ledger import leases
from ledger.database.writing import writing
from ledger.processing import annotations, decisions
from pipeline.context import Context
from pipeline.steps import report as reporting
from pipeline.subscriptions import sending
from reports.build.asked import Asked
from reports.make import FORMATS
from reports.renew import provisional, renew
from reports.retract_quotes import numbers_in
from tests.support.clock import set_clock
from tests.support.ledger_facts import SALT, reading
from tests.support.mail_server import mail_server
from tests.support.report_facts import CITY, LEASE, POSTS, UNREAD, at, small_ledger
from tests.support.subscription_rig import by, mails, subscribed

DUE = at(23, 6)
"""The weekly report is due on Monday, 23 November, at 7:00 in Madrid; post 9, of the 21st, is not read yet."""
LAST = DUE + timedelta(hours=3)
SAYS = "Provisional: mensajes de estos días o del periodo anterior aún sin leer: 1."


@pytest.fixture(autouse=True)
def clock(monkeypatch: pytest.MonkeyPatch) -> Callable[[datetime], None]:
    def set_to(moment: datetime) -> None:
        set_clock(monkeypatch, moment)

    set_to(DUE)
    return set_to


@pytest.fixture
def context(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Context]:
    """The week to report, mailed to Ana; without slides, which no mail carries."""
    monkeypatch.delitem(FORMATS, "odp")
    ledger = small_ledger(tmp_path)
    weekly = CITY.reports["weekly"].model_copy(update={"to": ("ana@example.org",), "languages": ("es",)})
    city = CITY.model_copy(update={"reports": {"weekly": weekly}})
    yield Context(city=city, settings=Settings(home=tmp_path), salt=SALT, ledger=ledger, sources={}, city_path=CITY.path)
    ledger.close()


def read_the_post(context: Context) -> None:
    """The annotator and triage do their work on post 9."""
    post = POSTS[UNREAD][0]
    (claimed,) = annotations.claim_pending(context.ledger, "reader", 100, at(30), LEASE)
    assert claimed.post_id == post.post_id
    found = reading(post, sentiment="negative", intent="complaint", topic="noise", relevance=True)
    annotations.store_annotations(context.ledger, "reader", [found], [], at(30))


def decide(context: Context) -> None:
    assert leases.hold(context.ledger, "triage", "test", at(30), LEASE)
    assert len(decisions.untriaged(context.ledger, 100)) == 1
    no_case = Decision(post_id=POSTS[UNREAD][0].post_id, outcome="no_case", reason="below: actionable 0.40 < 0.50")
    assert decisions.store_decisions(context.ledger, "test", [no_case], at(30)) == 1
    leases.release(context.ledger, "triage", "test")


def folder(context: Context) -> Path:
    return context.settings.home / "reports" / "weekly" / "2026-11-16_2026-11-23"


def page(context: Context) -> str:
    return (folder(context) / "weekly.es.html").read_text()


def test_a_report_waits_while_a_post_of_its_week_is_not_read_or_not_decided(context: Context, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO)
    with mail_server() as server:
        for is_read in (False, True):
            if is_read:
                read_the_post(context)
            assert reporting.report(by(context, server.port), "weekly") == {"written": 0, "waiting": 1}
            assert "report weekly: 1 posts of its days are not read yet: it waits for them, until 2026-11-23 09:00 UTC" in caplog.text
            assert (folder(context).exists(), server.taken) == (False, [])
            assert not (context.settings.home / "open_data").exists()
            caplog.clear()
        decide(context)
        assert reporting.report(context, "weekly") == {"written": 1, "mailed": 1, "sent before": 0}
    assert "Provisional" not in page(context)
    assert (context.settings.home / "open_data").exists()
    assert numbers_in(folder(context)).complaints.now == 4


def test_a_report_that_waited_three_hours_says_what_is_missing_and_is_written_anew(
    context: Context, clock: Callable[[datetime], None]
) -> None:
    with mail_server() as server:
        by(context, server.port)
        clock(LAST - timedelta(seconds=1))
        assert reporting.report(context, "weekly") == {"written": 0, "waiting": 1}
        clock(LAST)
        assert reporting.report(context, "weekly") == {"written": 1, "mailed": 1, "sent before": 0}
        ((_, mail),) = server.taken
    lines = next(mail.iter_parts()).get_content().splitlines()
    assert next(line for line in lines[2:] if line).startswith(SAYS), lines
    assert SAYS in page(context)
    assert "cambia" not in page(context).split(SAYS)[1].split("</p>")[0], "what changed most is not told from a part"
    assert numbers_in(folder(context)).waiting == 1
    context.settings = context.settings.model_copy(update={"smtp_url": None})
    assert reporting.renew_provisional(context) == {"renewed": 0}
    read_the_post(context)
    assert reporting.renew_provisional(context) == {"renewed": 0}, "not decided yet"
    decide(context)
    assert reporting.renew_provisional(context) == {"renewed": 1}
    assert "Provisional" not in page(context)
    assert (numbers_in(folder(context)).waiting, numbers_in(folder(context)).complaints.now) == (0, 4)
    assert reporting.renew_provisional(context) == {"renewed": 0}


def text_of(mail: EmailMessage) -> str:
    return str(next(mail.iter_parts()).get_content())


@pytest.mark.parametrize("is_next_week", [False, True])
def test_who_was_mailed_a_provisional_report_is_mailed_the_whole_one_as_corrected(
    context: Context, clock: Callable[[datetime], None], is_next_week: bool
) -> None:
    """Also when the next report is due already, when its run was killed before it was mailed, and once."""
    with mail_server() as server:
        by(context, server.port)
        clock(LAST)
        assert reporting.report(context, "weekly") == {"written": 1, "mailed": 1, "sent before": 0}
        read_the_post(context)
        decide(context)
        if is_next_week:
            (one,) = provisional(context.settings)
            assert renew(context.city, context.settings, context.ledger, one, LAST, {}), "written, and killed then"
            clock(DUE + timedelta(days=7))
            assert reporting.renew_provisional(context) == {"renewed": 0, "mailed": 1}
        for _ in range(3):
            reporting.report(context, "weekly")
        mails = [mail for _, mail in server.taken]
    first, second = (mail for mail in mails if "16" in mail["Subject"])
    assert len(mails) == (3 if is_next_week else 2)
    assert first["Subject"].startswith("Provisional: Informe semanal")
    assert second["Subject"].startswith("Corregido: Informe semanal")
    assert first["Message-ID"] != second["Message-ID"]
    assert text_of(second).startswith("Este informe sustituye al provisional de los mismos días")
    assert "Quejas: 4, el 67\N{NO-BREAK SPACE}% de los mensajes." in text_of(second)


def test_a_corrected_report_waits_for_the_mail_server_while_the_next_report_is_written(
    context: Context, clock: Callable[[datetime], None]
) -> None:
    """It is no earlier report that nobody wants any more."""
    with mail_server() as server:
        clock(LAST)
        reporting.report(by(context, server.port), "weekly")
    read_the_post(context)
    decide(context)
    with pytest.raises(EscuchaError, match="1 mails are left for the next run"):
        reporting.renew_provisional(context)
    clock(DUE + timedelta(days=7))
    with mail_server() as server:
        reporting.report(by(context, server.port), "weekly")
        subjects = sorted(str(mail["Subject"]) for _, mail in server.taken)
    assert [one.partition(" ·")[0] for one in subjects] == ["Corregido: Informe semanal", "Informe semanal"]


def test_a_provisional_report_neither_compares_nor_says_that_there_was_nothing(context: Context, clock: Callable[[datetime], None]) -> None:
    with mail_server() as server:
        clock(LAST)
        reporting.report(by(context, server.port), "weekly")
        ((_, mail),) = server.taken
    text = text_of(mail)
    assert "Quejas: 3 hasta ahora." in text, text
    assert "ninguno" not in text
    assert "periodo anterior:" not in text


def test_a_report_that_misses_nothing_is_not_written_over_by_one_that_does(context: Context, clock: Callable[[datetime], None]) -> None:
    """Every due time runs all reports: on Tuesday the weekly one is written again, and a post of its week may have come just then."""
    read_the_post(context)
    decide(context)
    assert reporting.report(context, "weekly") == {"written": 1}
    before = page(context)
    with writing(context.ledger) as connection:
        connection.exec_driver_sql("UPDATE posts SET state = 'pending' WHERE post_id = ?", (POSTS[UNREAD][0].post_id,))
    clock(DUE + timedelta(days=1))
    assert reporting.report(context, "weekly") == {"written": 0}
    assert page(context) == before


def test_a_report_that_a_person_asks_for_says_at_once_what_is_missing(context: Context) -> None:
    asked = Asked.model_validate({"kind": "weekly", "first": "2026-11-16"})
    assert reporting.report_asked(context, asked, ("es",)) == {"written": 1}
    (written,) = context.settings.home.glob("reports/*/*/*.es.html")
    assert SAYS in written.read_text()


def test_a_provisional_report_whose_posts_were_forgotten_stays_as_it_is(context: Context, clock: Callable[[datetime], None]) -> None:
    clock(LAST)
    assert reporting.report(context, "weekly") == {"written": 1}
    read_the_post(context)
    decide(context)
    clock(DUE + context.city.retention)
    assert reporting.renew_provisional(context) == {"renewed": 0}
    assert SAYS in page(context)


@pytest.mark.parametrize("every", ["weekly", "monthly"])
def test_a_subscription_waits_for_the_posts_of_its_days_too(context: Context, clock: Callable[[datetime], None], every: str) -> None:
    one = subscribed(context, owner="ana", address="ana@example.org", every=every, hour=7, since=at(1))
    first_due = DUE if every == "weekly" else datetime(2026, 12, 1, 6, tzinfo=UTC)
    clock(first_due)
    with mail_server() as server:
        by(context, server.port)
        assert sending.send_subscriptions(context) == {"subscriptions_due": 1, "waiting": 1}
        assert (server.taken, [(mail.state, mail.attempt) for mail in mails(context, one)]) == ([], [("pending", 0)])
        assert mails(context, one)[0].reason == "1 posts of its days are not read yet"
        read_the_post(context)
        decide(context)
        clock(first_due + timedelta(minutes=5))
        assert sending.send_subscriptions(context) == {"subscriptions_due": 0, "subscriptions_sent": 1}
        ((_, mail),) = server.taken
    assert "Provisional" not in mail.as_string()


def test_a_subscription_that_waited_three_hours_says_what_is_missing(context: Context, clock: Callable[[datetime], None]) -> None:
    subscribed(context, owner="ana", address="ana@example.org", every="weekly", hour=7, since=at(1))
    clock(LAST)
    with mail_server() as server:
        assert sending.send_subscriptions(by(context, server.port))["subscriptions_sent"] == 1
    text = next(one for one in server.taken[0][1].walk() if one.get_content_type() == "text/plain").get_content()
    assert SAYS in text.replace("\n", " ")
