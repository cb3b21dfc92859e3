"""Track mails about cases: each thing is mailed once for each case.

The rows of a mail are claimed together, before it is sent. A process that is killed leaves them unfinished, and the next
run sends the same mail again, with the same Message-ID. The caller holds a named lease.
"""

import hashlib
from collections import defaultdict
from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select, update

from core.records import Record
from ledger import schema
from ledger.database import Ledger, insert

_table = schema.case_mails
Item = tuple[str, str]
"""Case key, and what is mailed about it."""


class CaseMail(Record):
    """Hold one mail: its addressees, and what it says about which cases."""

    batch: str
    """The same cases and audience give the same batch, on which the Message-ID is based."""
    audience: str
    items: tuple[Item, ...]
    refusals: int = 0
    """How often the mail server refused its address before."""


def claim(ledger: Ledger, audience: str, items: Collection[Item], now: datetime) -> str | None:
    """Claim what one mail says; None: all of it was claimed before."""
    batch = hashlib.sha256(repr((audience, sorted(items))).encode()).hexdigest()[:32]
    rows = [
        {"case_key": key, "what": what, "batch": batch, "audience": audience, "claimed_at": now}
        for key, what in sorted(items)
    ]
    with ledger.write() as connection:
        new = [connection.execute(insert(connection, _table).on_conflict_do_nothing(), row).rowcount for row in rows]
    return batch if any(new) else None


def unfinished(ledger: Ledger, now: datetime) -> list[CaseMail]:
    """Return the mails that are claimed and to be sent now."""
    ready = _table.c.not_before.is_(None) | (_table.c.not_before <= now)
    statement = select(_table).where(_table.c.mailed_at.is_(None), _table.c.given_up.is_(None), ready)
    found: dict[tuple[str, str, int], list[Item]] = defaultdict(list)
    with ledger.read() as connection:
        for row in connection.execute(statement.order_by(_table.c.batch, _table.c.case_key, _table.c.what)):
            found[row.batch, row.audience, row.refusals].append((row.case_key, row.what))
    return [
        CaseMail(batch=batch, audience=to, items=tuple(items), refusals=refusals)
        for (batch, to, refusals), items in found.items()
    ]


def mark_refused(ledger: Ledger, batch: str, not_before: datetime | None, why: str) -> None:
    """Store that the mail server refused the address.

    None as `not_before`: the mail is given up.
    """
    values = {"not_before": not_before, "given_up": why if not_before is None else None}
    with ledger.write() as connection:
        mine = update(_table).where(_table.c.batch == batch, _table.c.mailed_at.is_(None))
        connection.execute(mine.values(refusals=_table.c.refusals + 1, **values))


def given_up(ledger: Ledger) -> dict[str, str]:
    """Return who gets no mail, by audience, and why.

    A later mail that was taken ends it.
    """
    later = _table.alias()
    taken = select(later.c.batch).where(later.c.audience == _table.c.audience, later.c.mailed_at > _table.c.claimed_at)
    statement = select(_table.c.audience, _table.c.given_up).where(_table.c.given_up.is_not(None), ~taken.exists())
    with ledger.read() as connection:
        return dict(connection.execute(statement.order_by(_table.c.claimed_at)).tuples().all())


def mark_mailed(ledger: Ledger, batch: str, now: datetime) -> None:
    """Store that the mail server took a mail."""
    with ledger.write() as connection:
        connection.execute(update(_table).where(_table.c.batch == batch).values(mailed_at=now))


def release(ledger: Ledger, batch: str) -> None:
    """Release the rows of a mail that was certainly not sent."""
    with ledger.write() as connection:
        connection.execute(_table.delete().where(_table.c.batch == batch, _table.c.mailed_at.is_(None)))


def claimed(ledger: Ledger, states: Sequence[str]) -> set[Item]:
    """Return what was claimed for cases in these states."""
    cases = schema.cases.c
    of_case = _table.join(schema.cases, cases.case_key == _table.c.case_key)
    statement = select(_table.c.case_key, _table.c.what).select_from(of_case).where(cases.state.in_(states))
    with ledger.read() as connection:
        return {(row.case_key, row.what) for row in connection.execute(statement)}
