"""Subscriptions on either database: their mails, and what ends them."""

import threading
from datetime import UTC, datetime, timedelta

from core.records.outbox import MAIL, Due
from core.records.subscription import Subscription
from ledger import read
from ledger.database import Ledger
from ledger.delivery import subscriptions as stored
from ledger.outbox import planning
from ledger.system import assistant_calls, users

pytest_plugins = ("tests.support.ledger_fixtures",)
NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)


def made(ledger: Ledger, count: int = 1) -> list[Subscription]:
    found = [
        Subscription(
            id=f"{n:016x}",
            owner="ana",
            address=None,
            report="summary",
            filter="",
            every="daily",
            weekday=0,
            hour=7,
            format="html",
            language="es",
            state="active",
            since=NOW,
        )
        for n in range(count)
    ]
    for one in found:
        stored.make(ledger, one, "ana", NOW)
    return found


def planned(ledger: Ledger, *of: Subscription) -> int:
    end = NOW - timedelta(hours=8)
    bounds = {"previous": end - timedelta(days=2), "start": end - timedelta(days=1), "end": end}
    data = {name: moment.isoformat() for name, moment in bounds.items()}
    dues = [Due(subject=f"{one.id} period", receiver=f"user {one.owner}", channel=MAIL, data=data) for one in of]
    return planning.plan(ledger, "subscription", dues, NOW)


def test_the_mails_of_a_subscription_are_its_own(ledger: Ledger) -> None:
    one, other = made(ledger, 2)
    assert planned(ledger, one, other) == 2
    [mail] = read.subscription_mails(ledger, one.id)
    assert (mail.period, mail.state, mail.receiver) == ("period", "pending", "ana")
    stored.set_state(ledger, one.id, "paused", "ana", "", NOW)
    states = [read.subscription_mails(ledger, each.id)[0].state for each in (one, other)]
    assert states == ["withdrawn", "pending"]


def test_the_subscriptions_of_a_removed_user_end_and_their_mails_stop(ledger: Ledger) -> None:
    for name in ("eva", "ana"):
        users.set_user(ledger, name, "hash", "admin", NOW)
    one, ended = made(ledger, 2)
    other = one.model_copy(update={"id": "f" * 16, "owner": "eva"})
    stored.make(ledger, other, "eva", NOW)
    stored.set_state(ledger, ended.id, "ended", "ana", "", NOW)
    planned(ledger, one, other)
    users.remove_user(ledger, "ana", "eva", NOW)
    found = [read.subscription(ledger, each.id) for each in (one, ended, other)]
    assert [each and each.state for each in found] == ["ended", "ended", "active"]
    assert [read.subscription_mails(ledger, each.id)[0].state for each in (one, other)] == ["withdrawn", "pending"]
    lines = [(line.who, line.subject) for line in read.audit(ledger) if line.what == "subscription_ended"]
    assert sorted(lines) == [("ana", ended.id), ("eva", one.id)]


def test_requests_at_once_never_pass_the_days_budget(ledger: Ledger) -> None:
    results: list[bool] = []

    def ask() -> None:
        results.append(assistant_calls.claim(ledger, NOW.date(), 3, "ana", "summary", "week", 10, NOW))

    workers = [threading.Thread(target=ask) for _ in range(8)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert sorted(results) == [False] * 5 + [True] * 3
