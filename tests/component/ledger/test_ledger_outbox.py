"""The outbox on either database: planned once, claimed by one worker, settled by the claim that holds."""

import threading
from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from core.errors import ChangeRefusedError
from core.records.outbox import MAIL, Due, OutboxRow
from ledger import leases, read, schema
from ledger.database import Ledger
from ledger.database.writing import writing
from ledger.outbox import channels, claims, people, planning
from ledger.reconciliation import balance_sheet

pytest_plugins = ("tests.support.ledger_fixtures",)
NOW = datetime(2026, 11, 23, 7, tzinfo=UTC)
LEASE = timedelta(minutes=10)


def due(n: int = 1, **more: object) -> Due:
    return Due.model_validate({"subject": f"case {n}", "receiver": "team Parks", "channel": MAIL, **more})


def plan(ledger: Ledger, *dues: Due) -> int:
    return planning.plan(ledger, "staff", dues, NOW)


def claim(ledger: Ledger, worker: str = "a:1:1", at: datetime = NOW) -> OutboxRow:
    found = claims.claim(ledger, "staff", worker, at, LEASE)
    assert found is not None
    return found


def only(ledger: Ledger) -> OutboxRow:
    [row] = read.outbox(ledger)
    return row


def test_a_message_is_planned_once_and_keeps_its_id(ledger: Ledger) -> None:
    assert plan(ledger, due(), due(2)) == 2
    assert plan(ledger, due(), due(2)) == 0
    ids = {one.message_id for one in read.outbox(ledger)}
    assert len(ids) == 2
    assert all(len(one) == 32 for one in ids)


def test_an_item_is_told_once_and_a_mail_that_tells_none_is_not_planned(ledger: Ledger) -> None:
    assert plan(ledger, due(1, items=(("C-1", "50"), ("C-2", "50")))) == 1
    assert plan(ledger, due(2, items=(("C-1", "50"), ("C-1", "80")))) == 1
    assert plan(ledger, due(3, items=(("C-1", "50"),))) == 0
    first, second = (claim(ledger).items for _ in range(2))
    assert (first, second) == ((("C-1", "50"), ("C-2", "50")), (("C-1", "80"),))


def test_many_workers_claim_each_message_once(ledger: Ledger) -> None:
    plan(ledger, *(due(n) for n in range(12)))
    claimed: list[int] = []

    def work(name: str) -> None:
        while (one := claims.claim(ledger, "staff", name, NOW, LEASE)) is not None:
            claimed.append(one.id)

    workers = [threading.Thread(target=work, args=(f"host:{n}:1",)) for n in range(3)]
    for one in workers:
        one.start()
    for one in workers:
        one.join()
    assert len(claimed) == len(set(claimed)) == 12


def test_a_lost_claim_neither_renews_nor_settles(ledger: Ledger) -> None:
    plan(ledger, due())
    lost = claim(ledger, "slow:1:1")
    assert claims.claim(ledger, "staff", "other:1:1", NOW, LEASE) is None
    later = NOW + LEASE
    holds = claim(ledger, "other:1:1", later)
    assert (lost.attempt, holds.attempt) == (1, 2)
    assert not claims.renew(ledger, lost, "slow:1:1", later, LEASE)
    assert not claims.settle(ledger, lost, "slow:1:1", "sent", "", later)
    assert claims.renew(ledger, holds, "other:1:1", later, LEASE)
    assert claims.settle(ledger, holds, "other:1:1", "sent", "", later)
    assert (only(ledger).state, only(ledger).attempt) == ("sent", 2)


def test_a_claim_is_lost_also_to_a_worker_of_the_same_attempt_number(ledger: Ledger) -> None:
    """A failure that counts no attempt lowers the number: the worker tells the claims apart."""
    plan(ledger, due())
    lost = claim(ledger, "slow:1:1")
    other = claim(ledger, "other:1:1", NOW + LEASE)
    assert claims.settle(ledger, other, "other:1:1", "pending", "down", NOW + LEASE, counts=False)
    again = claim(ledger, "third:1:1", NOW + LEASE)
    assert again.attempt == other.attempt
    assert not claims.renew(ledger, other, "other:1:1", NOW + LEASE, LEASE)
    assert not claims.renew(ledger, lost, "slow:1:1", NOW + LEASE, LEASE)
    assert claims.renew(ledger, again, "third:1:1", NOW + LEASE, LEASE)


def test_a_dead_worker_is_known_and_its_message_is_claimed_at_once(ledger: Ledger) -> None:
    plan(ledger, due())
    claim(ledger, "dead:1:1")
    assert leases.holders(ledger) == {"dead:1:1"}
    leases.release_all(ledger, "dead:1:1")
    assert claim(ledger, "alive:1:1").attempt == 2


def test_messages_of_one_thread_and_receiver_leave_in_their_order(ledger: Ledger) -> None:
    plan(ledger, due(1, thread="w"), due(2, thread="w"), due(3, thread="w", receiver="team Noise"), due(4))
    assert {claim(ledger).subject for _ in range(3)} == {"case 1", "case 3", "case 4"}
    assert claims.claim(ledger, "staff", "a:1:1", NOW, LEASE) is None
    first = next(one for one in read.outbox(ledger) if one.subject == "case 1")
    assert claims.settle(ledger, first, "a:1:1", "refused", "550", NOW)
    assert claim(ledger).subject == "case 2"


def test_a_channel_that_rests_is_not_claimed(ledger: Ledger) -> None:
    plan(ledger, due(1), due(2, channel="webhook https://a.example"))
    found = claims.claim(ledger, "staff", "a:1:1", NOW, LEASE, {MAIL})
    assert found is not None
    assert found.subject == "case 2"
    channels.rest(ledger, MAIL, "busy", NOW + timedelta(hours=1))
    assert claims.claim(ledger, "staff", "a:1:1", NOW, LEASE) is None
    assert claim(ledger, at=NOW + timedelta(hours=1)).subject == "case 1"


def test_a_message_that_is_withdrawn_while_a_worker_composes_it_is_not_sent(ledger: Ledger) -> None:
    plan(ledger, due())
    row = claim(ledger)
    with writing(ledger) as connection:
        assert planning.withdraw_waiting(connection, schema.outbox.c.id == row.id, "paused", NOW) == 1
    assert not claims.renew(ledger, row, "a:1:1", NOW, LEASE)
    assert not claims.settle(ledger, row, "a:1:1", "pending", "late", NOW)
    assert only(ledger).state == "withdrawn"
    assert claims.settle(ledger, row, "a:1:1", "sent", "", NOW)  # it had left a moment before
    assert only(ledger).state == "sent"


def test_a_discarded_message_can_become_due_again(ledger: Ledger) -> None:
    plan(ledger, due(items=(("C-1", "50"),)))
    claims.discard(ledger, claim(ledger), "a:1:1")
    assert read.outbox(ledger) == []
    assert plan(ledger, due(items=(("C-1", "50"),))) == 1


def test_a_person_tries_again_or_withdraws_and_both_are_audited(ledger: Ledger) -> None:
    plan(ledger, due())
    number = only(ledger).id
    people.withdraw(ledger, number, "ana", NOW)
    assert (only(ledger).state, only(ledger).reason) == ("withdrawn", "withdrawn by ana")
    with pytest.raises(ChangeRefusedError, match="has changed meanwhile"):
        people.withdraw(ledger, number, "ana", NOW)
    people.retry(ledger, number, "eva", NOW)
    assert claims.settle(ledger, claim(ledger), "a:1:1", "sent", "", NOW)
    for act in (people.retry, people.withdraw):
        with pytest.raises(ChangeRefusedError, match="has changed meanwhile"):
            act(ledger, number, "ana", NOW)
        with pytest.raises(ChangeRefusedError, match="no message 77"):
            act(ledger, 77, "ana", NOW)
    audited = [(one.who, one.what) for one in reversed(read.audit(ledger))]
    assert audited == [("ana", "outbox_withdrawn"), ("eva", "outbox_retried")]


def test_the_balance_of_each_kind_holds_and_notices_a_lost_row(ledger: Ledger) -> None:
    plan(ledger, *(due(n) for n in range(4)))
    claims.settle(ledger, claim(ledger), "a:1:1", "sent", "", NOW)
    claims.discard(ledger, claim(ledger), "a:1:1")
    people.withdraw(ledger, read.outbox(ledger)[0].id, "ana", NOW)
    assert Counter(one.state for one in read.outbox(ledger)) == {"sent": 1, "withdrawn": 1, "pending": 1}
    [line] = [one for one in balance_sheet(ledger, None) if one.name.startswith("outbox of staff")]
    assert (line.left, line.right, line.ok) == (3, 3, True)
    with writing(ledger) as connection:
        connection.execute(schema.outbox.delete().where(schema.outbox.c.state == "pending"))
    [line] = [one for one in balance_sheet(ledger, None) if one.name.startswith("outbox of staff")]
    assert (line.left, line.right, line.ok) == (3, 2, False)
