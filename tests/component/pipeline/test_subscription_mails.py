"""Test what a subscriber gets: each period once, for whom, until when."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from pathlib import Path
from typing import Any

import pytest

from pipeline.context import Context, now
from pipeline.steps.report import report
from pipeline.subscriptions.due import due_period
from pipeline.subscriptions.sending import send_subscriptions
from tests.support.mail_server import mail_server
from tests.support.report_facts import CITY
from tests.support.subscription_rig import ANA, OUTSIDE, a_subscription, by, mails, states, subscribed, with_people


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    with with_people(tmp_path) as context:
        yield context


def part(mail: EmailMessage, kind: str) -> EmailMessage:
    return next(one for one in mail.walk() if one.get_content_type() == kind)


def test_each_subscriber_gets_each_period_once(context: Context) -> None:
    own, outside = subscribed(context), subscribed(context, address=OUTSIDE, language="en")
    with mail_server() as server:
        first = send_subscriptions(by(context, server.port))
        again = send_subscriptions(context)
    assert sorted(to for to, _ in server.taken) == [ANA, OUTSIDE]
    assert (first["subscriptions_due"], first["subscriptions_sent"]) == (2, 2)
    assert again == {"subscriptions_due": 0}
    assert states(context, own) == states(context, outside) == [("sent", 1)]
    assert mails(context, outside)[0].receiver == OUTSIDE


def test_escucha_report_sends_them_with_the_reports_and_a_named_report_does_not(context: Context) -> None:
    context.city = context.city.model_copy(update={"reports": {}})
    one = subscribed(context)
    with mail_server() as server:
        assert report(by(context, server.port))["subscriptions_sent"] == 1
        assert len(server.taken) == 1
    assert states(context, one) == [("sent", 1)]


def test_a_mail_says_who_it_is_for_and_how_it_ends(context: Context) -> None:
    one = subscribed(context)
    with mail_server() as server:
        send_subscriptions(by(context, server.port, desk_url="https://escucha.madrid.example/"))
    ((to, mail),) = server.taken
    link = f"https://escucha.madrid.example/unsubscribe/{one.id}/"
    assert mail["To"] == to == ANA
    assert mail["Subject"].startswith("Resumen diario · Madrid: ")
    assert mail["List-Unsubscribe"].startswith(f"<{link}")
    assert dict(mail.raw_items())["List-Unsubscribe"].startswith(f"<{link}")  # as sent: no program decodes it
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert (mail["Auto-Submitted"], mail["Content-Language"]) == ("auto-generated", "es")
    for kind in ("text/plain", "text/html"):
        assert link in part(mail, kind).get_content()
    assert mail.get_content_type() == "multipart/alternative"


def test_one_click_is_offered_by_https_alone(context: Context) -> None:
    subscribed(context)
    with mail_server() as server:
        send_subscriptions(by(context, server.port))
    mail = server.taken[0][1]
    assert mail["List-Unsubscribe"].startswith("<http://127.0.0.1:8800/unsubscribe/")
    assert mail["List-Unsubscribe-Post"] is None


@pytest.mark.parametrize(
    ("kind", "form", "media_type", "magic"),
    [
        ("summary", "pdf", "application/pdf", b"%PDF-"),
        ("response_times", "pdf", "application/pdf", b"%PDF-"),
        ("summary", "xlsx", "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", b"PK"),
        ("summary", "odp", "application/vnd.oasis.opendocument.presentation", b"PK"),
    ],
)
def test_a_file_is_attached_to_a_short_mail(context: Context, form: str, media_type: str, magic: bytes, kind: str) -> None:
    subscribed(context, format=form, report=kind)
    with mail_server() as server:
        send_subscriptions(by(context, server.port))
    mail = server.taken[0][1]
    (file,) = mail.iter_attachments()
    assert file.get_content_type() == media_type
    assert file.get_content().startswith(magic)
    assert str(file.get_filename()).startswith(kind)
    assert "El informe completo va adjunto." in part(mail, "text/html").get_content()


def moment(day: int, hour: int, minute: int = 0) -> datetime:
    """A moment of November 2026 by Madrid's clock, an hour ahead of UTC; the 16th is a Monday."""
    return datetime(2026, 11, day, hour - 1, minute, tzinfo=UTC)


@pytest.mark.parametrize(
    ("kind", "chosen", "every", "subject"),
    [
        ("department", "department=Vías públicas", "weekly", "Informe de un departamento · Vías públicas · Madrid"),
        ("district", "district=Centro", "monthly", "Informe de un distrito · Centro · Madrid"),
        ("view", "topic=noise&intent=complaint", "daily", "Informe de una vista guardada · Ruido · queja · Madrid"),
    ],
)
def test_a_report_of_a_department_a_district_or_a_view_comes_once(
    context: Context, kind: str, chosen: str, every: str, subject: str
) -> None:
    one = subscribed(context, report=kind, filter=chosen, every=every, since=now() - timedelta(days=40))
    with mail_server() as server:
        first = send_subscriptions(by(context, server.port))
        again = send_subscriptions(context)
    ((to, mail),) = server.taken
    assert (to, str(mail["Subject"]).partition(": ")[0]) == (ANA, subject)
    assert (first["subscriptions_sent"], again) == (1, {"subscriptions_due": 0})
    assert states(context, one) == [("sent", 1)]


def test_a_report_of_a_department_that_is_no_more_says_so(context: Context) -> None:
    one = subscribed(context, report="department", filter="department=Nada")
    with mail_server() as server:
        assert send_subscriptions(by(context, server.port))["subscriptions_withdrawn"] == 1
    assert server.taken == []
    assert mails(context, one)[0].reason.startswith("there is no department 'Nada'; known: ")


@pytest.mark.parametrize(
    ("schedule", "at", "period"),
    [
        ({"every": "daily", "hour": 7}, moment(17, 7), "2026-11-16_2026-11-17"),
        ({"every": "daily", "hour": 7}, moment(17, 6, 59), "2026-11-15_2026-11-16"),
        ({"every": "daily", "hour": 23}, moment(17, 7), "2026-11-15_2026-11-16"),
        ({"every": "weekly", "weekday": 0}, moment(23, 8), "2026-11-16_2026-11-23"),
        ({"every": "weekly", "weekday": 4}, moment(23, 8), "2026-11-13_2026-11-20"),
        ({"every": "weekly", "weekday": 6}, moment(22, 7), "2026-11-15_2026-11-22"),
        ({"every": "monthly"}, moment(28, 8), "2026-10-01_2026-11-01"),
    ],
)
def test_the_period_ends_at_midnight_of_the_day_it_is_sent(schedule: dict[str, Any], at: datetime, period: str) -> None:
    one = a_subscription(**schedule, since=moment(1, 1) - timedelta(days=90))
    found = due_period(one, CITY.zone, at)
    assert found is not None
    assert found.key(CITY.zone) == period


def test_nothing_that_was_due_before_a_subscription_or_its_pause_is_sent() -> None:
    one = a_subscription(hour=7, since=moment(17, 9))
    assert due_period(one, CITY.zone, moment(18, 6)) is None
    assert due_period(one, CITY.zone, moment(18, 7)) is not None
