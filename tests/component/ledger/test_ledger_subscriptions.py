"""The outbox of subscriptions on either database: planned once, claimed by one worker, settled by the claim that holds."""

import threading
from datetime import UTC, datetime, timedelta

import pytest

from core.errors import ChangeRefusedError
from core.records.subscription import Subscription, SubscriptionMail
from ledger import leases, read
from ledger.database import Ledger
from ledger.delivery import subscriptions as stored
from ledger.delivery.subscriptions import Claim
from ledger.system import assistant_calls, users

pytest_plugins = ("tests.support.ledger_fixtures",)
NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
LEASE = timedelta(minutes=10)


def made(ledger: Ledger, count: int = 1) -> list[Subscription]:
    found = [
        Subscription(
            id=f"{n:016x}", owner="ana", address=None, report="summary", filter="", every="daily", weekday=0, hour=7, format="html",
            language="es", state="active", since=NOW,
        )
        for n in range(count)
    ]  # fmt: skip
    for one in found:
        stored.make(ledger, one, "ana", NOW)
    return found


def mail_of(one: Subscription, days: int = 1) -> SubscriptionMail:
    end = NOW - timedelta(hours=8)
    return SubscriptionMail(
        subscription=one.id, period=f"period {days}", previous=end - timedelta(days=2 * days), start=end - timedelta(days=days), end=end,
        state="pending", attempt=0, reason="", address="", not_before=None, changed_at=NOW,
    )  # fmt: skip


def test_a_period_is_planned_once_and_not_for_a_paused_subscription(ledger: Ledger) -> None:
    one, other = made(ledger, 2)
    stored.set_state(ledger, other.id, "paused", "ana", "", NOW)
    assert stored.plan(ledger, [mail_of(one), mail_of(other)]) == 1
    assert stored.plan(ledger, [mail_of(one), mail_of(other)]) == 0


def test_many_workers_claim_each_mail_once(ledger: Ledger) -> None:
    stored.plan(ledger, [mail_of(one) for one in made(ledger, 12)])
    claimed: list[Claim] = []

    def work(name: str) -> None:
        while (one := stored.claim(ledger, name, NOW, LEASE)) is not None:
            claimed.append(one)

    workers = [threading.Thread(target=work, args=(f"host:{n}:1",)) for n in range(3)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert len(claimed) == len({one.mail.subscription for one in claimed}) == 12


def test_a_lost_claim_neither_renews_nor_settles(ledger: Ledger) -> None:
    stored.plan(ledger, [mail_of(one) for one in made(ledger)])
    lost = stored.claim(ledger, "slow:1:1", NOW, LEASE)
    assert lost is not None
    assert stored.claim(ledger, "other:1:1", NOW, LEASE) is None
    later = NOW + LEASE
    holds = stored.claim(ledger, "other:1:1", later, LEASE)
    assert holds is not None
    assert not stored.renew(ledger, lost.mail, "a@b.example", later, LEASE)
    stored.settle(ledger, lost.mail, "refused", "too late", later)
    assert stored.renew(ledger, holds.mail, "a@b.example", later, LEASE)
    stored.settle(ledger, holds.mail, "sent", "", later)
    (mail,) = read.subscription_mails(ledger, holds.subscription.id)
    assert (mail.state, mail.attempt, mail.address) == ("sent", 2, "a@b.example")


def test_a_dead_worker_is_known_and_its_mail_is_claimed_at_once(ledger: Ledger) -> None:
    stored.plan(ledger, [mail_of(one) for one in made(ledger)])
    assert stored.claim(ledger, "dead:1:1", NOW, LEASE) is not None
    assert leases.holders(ledger) == {"dead:1:1"}
    leases.release_all(ledger, "dead:1:1")
    assert stored.claim(ledger, "alive:1:1", NOW, LEASE) is not None


def test_a_failure_of_the_server_costs_no_attempt_and_waits(ledger: Ledger) -> None:
    (one,) = made(ledger)
    stored.plan(ledger, [mail_of(one)])
    claimed = stored.claim(ledger, "a:1:1", NOW, LEASE)
    assert claimed is not None
    stored.settle(ledger, claimed.mail, "pending", "down", NOW, NOW + LEASE, counts=False)
    assert stored.claim(ledger, "a:1:1", NOW, LEASE) is None
    again = stored.claim(ledger, "a:1:1", NOW + LEASE, LEASE)
    assert again is not None
    assert again.mail.attempt == 1


def test_only_a_refused_or_stopped_mail_is_sent_again(ledger: Ledger) -> None:
    (one,) = made(ledger)
    stored.plan(ledger, [mail_of(one)])
    with pytest.raises(ChangeRefusedError, match="not waiting for another attempt"):
        stored.retry(ledger, one.id, "period 1", "ana", NOW)
    claimed = stored.claim(ledger, "a:1:1", NOW, LEASE)
    assert claimed is not None
    stored.settle(ledger, claimed.mail, "refused", "550", NOW)
    stored.retry(ledger, one.id, "period 1", "ana", NOW)
    assert read.subscription_mails(ledger, one.id)[0].state == "pending"
    stored.set_state(ledger, one.id, "ended", "ana", "", NOW)
    assert read.subscription_mails(ledger, one.id)[0].state == "stopped"
    with pytest.raises(ChangeRefusedError, match="Resume the subscription"):
        stored.retry(ledger, one.id, "period 1", "ana", NOW)


def test_the_subscriptions_of_a_removed_user_end_and_their_mails_stop(ledger: Ledger) -> None:
    for name in ("eva", "ana"):
        users.set_user(ledger, name, "hash", "admin", NOW)
    one, ended = made(ledger, 2)
    other = one.model_copy(update={"id": "f" * 16, "owner": "eva"})
    stored.make(ledger, other, "eva", NOW)
    stored.set_state(ledger, ended.id, "ended", "ana", "", NOW)
    stored.plan(ledger, [mail_of(one), mail_of(other)])
    users.remove_user(ledger, "ana", "eva", NOW)
    found = [read.subscription(ledger, each.id) for each in (one, ended, other)]
    assert [each and each.state for each in found] == ["ended", "ended", "active"]
    assert [read.subscription_mails(ledger, each.id)[0].state for each in (one, other)] == ["stopped", "pending"]
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
