"""Subscriptions to reports over real SMTP servers: each mail once, whatever the server does, and none to who may not have it."""

import asyncio
import threading
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from email.message import EmailMessage
from functools import partial
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr
from sqlalchemy import update

from core import smtp
from core.config.settings import Settings
from core.errors import ChangeRefusedError, EscuchaError
from core.records.subscription import Subscription, SubscriptionMail
from ledger import leases, read, schema
from ledger.database import Ledger, open_ledger
from ledger.delivery import subscriptions as stored
from ledger.system import users
from pipeline.context import Context, now, worker
from pipeline.report import report
from pipeline.subscriptions import changes, sending
from pipeline.subscriptions.due import due_mail
from pipeline.subscriptions.links import signature
from pipeline.subscriptions.sending import send_subscriptions
from tests.support.killed_steps import ForkServer, Job
from tests.support.ledger_facts import SALT
from tests.support.mail_server import MailServer, mail_server
from tests.support.report_facts import CITY
from tests.support.toxic import toxic

ANA, LUIS, OUTSIDE = "ana@madrid.example", "luis@madrid.example", "prensa@elsewhere.example"
DAYS_AGO = timedelta(days=3)


@pytest.fixture(scope="module", autouse=True)
def children() -> Iterator[ForkServer]:
    """A warm process, forked before the first mail server starts a thread."""
    with ForkServer() as server:
        yield server


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", SALT)
    for name, role, mail in (("ana", "admin", ANA), ("luis", "reader", LUIS), ("eva", "lead", None)):
        users.set_user(ledger, name, "hash", role, now())
        users.set_mail(ledger, name, mail, "root", now())
    yield house(tmp_path, ledger)
    ledger.close()


def house(home: Path, ledger: Ledger, server: MailServer | None = None) -> Context:
    context = Context(
        city=CITY, settings=Settings(home=home), salt=SALT, ledger=ledger, sources={}, city_path=CITY.path
    )
    return by(context, server.port) if server else context


def by(context: Context, port: int, **more: object) -> Context:
    """The house with the mail server at this port."""
    address = SecretStr(f"smtp://127.0.0.1:{port}")
    context.settings = context.settings.model_copy(update={"smtp_url": address, **more})
    return context


def a_subscription(number: int = 0, owner: str = "ana", **more: Any) -> Subscription:
    """A daily one, made three days ago: one mail is due now."""
    fields: dict[str, Any] = {
        "report": "summary", "filter": "", "every": "daily", "weekday": 0, "hour": 7, "format": "html", "language": "es",
        "state": "active", "address": None, "since": now() - DAYS_AGO,
    }  # fmt: skip
    return Subscription(id=f"{number:016x}", owner=owner, **fields | more)


def subscribed(context: Context, owner: str = "ana", **more: Any) -> Subscription:
    one = a_subscription(len(read.subscriptions(context.ledger)), owner, **more)
    stored.make(context.ledger, one, owner, now())
    return one


def mails(context: Context, one: Subscription) -> list[SubscriptionMail]:
    return read.subscription_mails(context.ledger, one.id)


def states(context: Context, one: Subscription) -> list[tuple[str, int]]:
    return [(mail.state, mail.attempt) for mail in mails(context, one)]


def ids(server: MailServer) -> list[str]:
    return [mail["Message-ID"] for _, mail in server.taken]


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
    assert mails(context, outside)[0].address == OUTSIDE


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
    ],
)
def test_a_file_is_attached_to_a_short_mail(
    context: Context, form: str, media_type: str, magic: bytes, kind: str
) -> None:
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
    mail = due_mail(one, CITY.zone, at)
    assert mail is not None
    assert mail.period == period


def test_nothing_that_was_due_before_a_subscription_or_its_pause_is_sent() -> None:
    one = a_subscription(hour=7, since=moment(17, 9))
    assert due_mail(one, CITY.zone, moment(18, 6)) is None
    assert due_mail(one, CITY.zone, moment(18, 7)) is not None


def test_a_disabled_account_gets_nothing_more(context: Context) -> None:
    own, outside = subscribed(context, "luis"), subscribed(context, "eva", address=OUTSIDE)
    users.set_disabled(context.ledger, "luis", True, "ana", now())
    users.set_disabled(context.ledger, "eva", True, "ana", now())
    with mail_server() as server:
        assert send_subscriptions(by(context, server.port))["subscriptions_stopped"] == 2
    assert server.taken == []
    for one in (own, outside):
        assert states(context, one) == [("stopped", 1)]
        assert "is disabled" in mails(context, one)[0].reason


def test_who_is_no_lead_any_more_sends_nothing_outside(context: Context) -> None:
    one = subscribed(context, "eva", address=OUTSIDE)
    users.set_role(context.ledger, "eva", "agent", "ana", now())
    with mail_server() as server:
        send_subscriptions(by(context, server.port))
    assert (server.taken, states(context, one)) == ([], [("stopped", 1)])


def test_an_account_that_is_disabled_while_its_mail_waits_gets_none(context: Context) -> None:
    one = subscribed(context, "luis")
    with mail_server() as server:
        server.refused[LUIS] = "450 later"
        send_subscriptions(by(context, server.port))
        users.set_disabled(context.ledger, "luis", True, "ana", now())
        server.refused.clear()
        due_again(context)
        send_subscriptions(context)
    assert (server.taken, states(context, one)) == ([], [("stopped", 2)])


def due_again(context: Context) -> None:
    """Let the pauses of all mails end."""
    with context.ledger.write() as connection:
        connection.execute(update(schema.subscription_mails).values(not_before=None))


@pytest.mark.parametrize(("answer", "attempts"), [("550 no such user", 3), ("450 try again later", 4)])
def test_a_server_that_takes_half_the_recipients_keeps_nobody_from_theirs(
    context: Context, monkeypatch: pytest.MonkeyPatch, answer: str, attempts: int
) -> None:
    monkeypatch.setattr(sending, "ATTEMPTS", 4)
    refused, taken = subscribed(context, "luis"), subscribed(context, "ana")
    with mail_server() as server:
        server.refused[LUIS] = answer
        for _attempt in range(attempts + 2):
            send_subscriptions(by(context, server.port))
            due_again(context)
        assert [to for to, _ in server.taken] == [ANA]
        assert states(context, taken) == [("sent", 1)]
        assert states(context, refused) == [("refused", attempts)]
        assert answer in mails(context, refused)[0].reason
        server.refused.clear()
        changes.retry(context, refused, mails(context, refused)[0].period, "luis")
        send_subscriptions(context)
        assert sorted(to for to, _ in server.taken) == [ANA, LUIS]
    assert states(context, refused) == [("sent", 1)]


@pytest.fixture
def hasty(monkeypatch: pytest.MonkeyPatch) -> None:
    """Give up on a server after a fraction of a second, and on its goodbye at once."""
    monkeypatch.setattr(smtp, "TIMEOUT_S", 0.3)
    monkeypatch.setattr(smtp, "HAND_OVER_S", 0.5)
    monkeypatch.setattr(smtp, "GOODBYE_S", 0.1)


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("poison", ["refuse", "closed", "silence", "drip", "bytes"])
def test_a_server_that_does_not_answer_loses_no_mail_and_costs_no_attempt(context: Context, poison: str) -> None:
    first, second = subscribed(context), subscribed(context, language="en")
    with (
        toxic(poison, hello=b"" if poison == "bytes" else b"220 hello\r\n") as server,
        pytest.raises(EscuchaError, match="does not answer as a mail server"),
    ):
        send_subscriptions(by(context, server.port))
    assert states(context, first) == [("pending", 0)]
    assert "does not answer as a mail server" in mails(context, first)[0].reason
    due_again(context)
    with mail_server() as well:
        send_subscriptions(by(context, well.port))
    assert len(set(ids(well))) == len(ids(well)) == 2
    assert states(context, first) == states(context, second) == [("sent", 1)]


@pytest.mark.usefixtures("hasty")
@pytest.mark.parametrize("fault", ["drops", "hangs", "garbage"])
def test_a_mail_that_was_taken_without_an_answer_comes_again_with_the_same_id(context: Context, fault: str) -> None:
    one = subscribed(context)
    with mail_server() as server:
        keep = server.handle_DATA

        async def misbehave(smtp_server: Any, session: Any, envelope: Any) -> str:
            await keep(smtp_server, session, envelope)
            if fault == "drops":
                smtp_server.transport.abort()
            if fault == "hangs":
                await asyncio.sleep(1)
            return "\x00\xff garbage"

        server.handle_DATA = misbehave  # type: ignore[method-assign, assignment]
        send_subscriptions(by(context, server.port))
        assert states(context, one) == [("pending", 1)]
        server.handle_DATA = keep  # type: ignore[method-assign]
        due_again(context)
        send_subscriptions(context)
    assert states(context, one) == [("sent", 2)]
    assert len(server.taken) == 2
    assert len(set(ids(server))) == 1


def test_two_workers_at_once_send_each_mail_once(context: Context, tmp_path: Path) -> None:
    for n in range(6):
        subscribed(context, hour=n)
    with mail_server() as server:
        workers = [threading.Thread(target=send_once, args=(tmp_path, server.port)) for _ in range(2)]
        for one in workers:
            one.start()
        for one in workers:
            one.join()
    assert len(ids(server)) == len(set(ids(server))) == 6


def send_once(home: Path, port: int) -> None:
    with closing(open_ledger(f"sqlite:///{home / 'ledger.sqlite'}", SALT)) as ledger:
        send_subscriptions(by(house(home, ledger), port))


@pytest.mark.slow
@pytest.mark.parametrize(
    ("point", "before"),
    [("claimed:1", 0), ("connected:1", 0), ("sent:1", 1), ("claimed:2", 1), ("sent:2", 2)],
)
def test_a_kill_loses_no_mail_and_what_comes_twice_has_the_same_id(
    context: Context, tmp_path: Path, children: ForkServer, point: str, before: int
) -> None:
    first, second = subscribed(context), subscribed(context, language="en")
    context.ledger.close()
    with mail_server() as server:
        work = partial(send_once, tmp_path, server.port)
        assert children.run(Job(work, {"ESCUCHA_FAULT_AT": f"subscriptions.{point}"})) == "killed"
        assert len(server.taken) == before
        for holder in leases.holders(context.ledger):
            leases.release_all(context.ledger, holder)
        assert children.run(Job(work)) == "done"
        sent = len(server.taken)
        assert children.run(Job(work)) == "done"
        assert len(server.taken) == sent
    assert len(set(ids(server))) == 2
    assert sent == 2 + ("sent" in point)
    assert {state for one in (first, second) for state, _ in states(context, one)} == {"sent"}


def test_a_mail_that_kills_its_worker_does_not_keep_the_others_waiting(context: Context) -> None:
    subscribed(context)
    subscribed(context, language="en")
    send_subscriptions(context)  # plans; no server is set
    killed = stored.claim(context.ledger, "dead:1:1", now(), timedelta(minutes=10))
    assert killed is not None
    leases.release_all(context.ledger, "dead:1:1")
    following = stored.claim(context.ledger, worker(), now(), timedelta(minutes=10))
    assert following is not None
    assert following.mail.subscription != killed.mail.subscription


def test_a_worker_whose_lease_ended_sends_nothing(context: Context) -> None:
    one = subscribed(context)
    send_subscriptions(context)  # plans
    slow = stored.claim(context.ledger, "slow:1:1", now(), timedelta(seconds=0))
    assert slow is not None
    with mail_server() as server:
        send_subscriptions(by(context, server.port))
        assert not stored.renew(context.ledger, slow.mail, ANA, now(), timedelta(minutes=10))
        stored.settle(context.ledger, slow.mail, "pending", "too late", now())
    assert (len(server.taken), states(context, one)) == (1, [("sent", 2)])


def test_a_pause_holds_and_an_end_stops_what_waits(context: Context) -> None:
    one = subscribed(context)
    send_subscriptions(context)  # plans; no server is set
    changes.set_state(context, one, "paused", "ana")
    with mail_server() as server:
        assert send_subscriptions(by(context, server.port)) == {"subscriptions_due": 0}
        assert states(context, one) == [("stopped", 0)]
        changes.set_state(context, one, "active", "ana")
        assert send_subscriptions(context) == {"subscriptions_due": 0}  # only what is due from now on
        changes.set_state(context, one, "ended", "ana")
        with pytest.raises(ChangeRefusedError, match="has ended"):
            changes.set_state(context, one, "active", "ana")
    assert server.taken == []
    done = [line.what for line in read.audit(context.ledger, one.id)]
    assert done == ["subscription_ended", "subscription_resumed", "subscription_paused", "subscription_made"]


def wanted(**more: Any) -> changes.Wanted:
    return changes.Wanted(**{"report": "summary", **more})


def test_a_person_subscribes_for_himself_and_a_lead_for_others(context: Context) -> None:
    own = changes.subscribe(context, wanted(filters={"topic": "noise", "period": "week"}), "luis")
    assert (own.filter, own.address, own.owner) == ("topic=noise", None, "luis")
    assert changes.subscribe(context, wanted(address=OUTSIDE), "eva").address == OUTSIDE
    with pytest.raises(ChangeRefusedError, match="Only a lead or an administrator"):
        changes.subscribe(context, wanted(address=OUTSIDE), "luis")
    with pytest.raises(ChangeRefusedError, match="no mail address"):
        changes.subscribe(context, wanted(), "eva")
    with pytest.raises(ChangeRefusedError, match="already"):
        changes.subscribe(context, wanted(filters={"topic": "noise"}), "luis")


@pytest.mark.parametrize(
    "wrong",
    [
        {"report": "../../etc"}, {"every": "hourly"}, {"weekday": 7}, {"hour": 24}, {"format": "exe"}, {"language": "xx"},
        {"address": "a@b.example, c@d.example"}, {"address": "a@b.example\r\nBcc: c@d.example"},
    ],
)  # fmt: skip
def test_what_is_not_offered_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ChangeRefusedError):
        changes.prepare(wanted(**wrong), "ana")


def test_a_link_ends_its_own_subscription_and_no_other(context: Context) -> None:
    one, other = subscribed(context), subscribed(context, language="en")
    assert changes.by_link(context, one.id, signature(SALT, other.id)) is None
    assert changes.by_link(context, one.id, "") is None
    assert changes.by_link(context, "none", signature(SALT, "none")) is None
    found = changes.by_link(context, one.id, signature(SALT, one.id))
    assert found == one
    assert changes.end_by_link(context, found)
    assert not changes.end_by_link(context, found)
    assert [left.id for left in read.subscriptions(context.ledger)] == [other.id]


def test_without_users_the_machine_itself_subscribes_an_address(context: Context) -> None:
    with context.ledger.write() as connection:
        connection.execute(schema.users.delete())
    one = changes.subscribe(context, wanted(address=OUTSIDE, every="daily"), "desk")
    with pytest.raises(ChangeRefusedError, match="give an address"):
        changes.subscribe(context, wanted(), "desk")
    assert one.address == OUTSIDE
