"""Store the addresses of citizens who want news of their reports.

A contact is given with a report, confirmed by the link of its first mail, and erased with its report, on request, or when it
is no longer needed. The suppression journal keeps an erased contact from coming back with a backup.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

from sqlalchemy import Connection, delete, func, or_, select, update

from core.records.case import OPEN
from ledger import schema
from ledger.citizens.news import CONFIRM
from ledger.database import Ledger
from ledger.database.connection import insert
from ledger.database.writing import writing
from ledger.mapping import CHUNK
from ledger.outbox import planning
from ledger.retention.suppression_journal import JournalEntry

MOST_UNCONFIRMED = 3
"""Reports with one address that may wait for its confirmation."""
NEVER_ASKED = timedelta(days=14)

_table, _outbox, _items = schema.contacts, schema.outbox, schema.outbox_items


def store_contact(ledger: Ledger, number: str, address: str, address_hash: str, language: str, now: datetime) -> None:
    """Store the contact of a receipt; one that is stored already stays.

    Nothing is stored for an address that waits for MOST_UNCONFIRMED confirmations: a stranger must not fill its mailbox.

    Args:
        ledger: the open ledger.
        number: of the receipt.
        address: encrypted.
        address_hash: keyed hash of the address.
        language: of the mails.
        now: the time.
    """
    row = {"number": number, "address": address, "address_hash": address_hash, "language": language, "given_at": now}
    waiting = (_table.c.address_hash == address_hash) & _table.c.confirmed_at.is_(None)
    with writing(ledger) as connection:
        if connection.execute(select(func.count()).where(waiting)).scalar_one() >= MOST_UNCONFIRMED:
            return
        connection.execute(insert(connection, _table).values(row).on_conflict_do_nothing())


def confirm_contact(ledger: Ledger, number: str, now: datetime) -> None:
    """Store that the address belongs to who gave it; again changes nothing."""
    last = select(func.coalesce(func.max(schema.transitions.c.id), 0)).scalar_subquery()
    with writing(ledger) as connection:
        mine = update(_table).where(_table.c.number == number, _table.c.confirmed_at.is_(None))
        connection.execute(mine.values(confirmed_at=now, after_step=last))


def erase_contact(ledger: Ledger, number: str, now: datetime) -> bool:
    """Erase one contact with its mails; False when there is none."""
    return _erase_all(ledger, [number], now) == 1


def erase_address(ledger: Ledger, address_hash: str, now: datetime) -> int:
    """Erase all contacts of an address; return how many."""
    with ledger.read() as connection:
        mine = select(_table.c.number).where(_table.c.address_hash == address_hash)
        numbers = list(connection.execute(mine).scalars())
    return _erase_all(ledger, numbers, now)


def erase_unneeded(ledger: Ledger, unconfirmed_before: datetime, ended_before: datetime, now: datetime) -> int:
    """Erase contacts that serve no purpose any more; return how many.

    Those asked before `unconfirmed_before` and not confirmed, or never asked in NEVER_ASKED more, as no mail could be sent; and those
    whose case ended, or whose report needed none, before `ended_before`.
    """
    receipts, posts, members = schema.receipts.c, schema.posts.c, schema.case_posts.c
    case, target = schema.cases.alias("case"), schema.cases.alias("target")
    key = func.coalesce(case.c.merged_into, case.c.case_key)
    last = select(func.max(schema.transitions.c.at)).where(schema.transitions.c.case_key == target.c.case_key)
    ended = target.c.state.not_in(sorted(OPEN)) & (last.scalar_subquery() < ended_before)
    without_case = (posts.decision == "no_case") & (receipts.at < ended_before)
    first = (_items.c.kind == "citizen") & (_items.c.subject == _table.c.number) & (_items.c.what == CONFIRM)
    asked = select(_outbox.c.changed_at).join(_items, _items.c.message == _outbox.c.id)
    asked = asked.where(first, _outbox.c.state == "sent")
    was_asked = or_(asked.scalar_subquery() < unconfirmed_before, _table.c.given_at < unconfirmed_before - NEVER_ASKED)
    statement = (
        select(_table.c.number)
        .join(schema.receipts, receipts.number == _table.c.number)
        .join(schema.posts, posts.post_id == receipts.post_id)
        .join(schema.case_posts, members.post_id == receipts.post_id, isouter=True)
        .join(case, case.c.case_key == members.case_key, isouter=True)
        .join(target, target.c.case_key == key, isouter=True)
        .where((_table.c.confirmed_at.is_(None) & was_asked) | ended | without_case)
    )
    with ledger.read() as connection:
        numbers = list(connection.execute(statement).scalars())
    return _erase_all(ledger, numbers, now)


def drop_contacts(connection: Connection, numbers: Sequence[str]) -> int:
    """Delete contacts and their mails in the caller's transaction."""
    planning.drop(connection, (_outbox.c.kind == "citizen") & _outbox.c.receiver.in_(numbers))
    return int(connection.execute(delete(_table).where(_table.c.number.in_(numbers))).rowcount)


def _erase_all(ledger: Ledger, numbers: Sequence[str], now: datetime) -> int:
    if numbers and ledger.journal is not None:
        ledger.journal.append([JournalEntry(act="contact", subject=one, at=now) for one in numbers])
    erased = 0
    for start in range(0, len(numbers), CHUNK):
        with writing(ledger) as connection:
            erased += drop_contacts(connection, numbers[start : start + CHUNK])
    return erased
