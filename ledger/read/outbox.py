"""Query the outbox: what left, what waits, what was refused and why."""

from collections import Counter
from collections.abc import Sequence
from typing import TypedDict, Unpack, cast

from sqlalchemy import ColumnElement, and_, func, select

from core.records import Record, UtcDatetime
from core.records.outbox import WAITS, OutboxKind, OutboxRow, OutboxState
from ledger import schema
from ledger.database import Ledger
from ledger.outbox.rows import items_of, row_of

_table = schema.outbox


class OutboxCount(Record):
    """Count the messages of a kind in a state."""

    kind: OutboxKind
    state: OutboxState
    messages: int


class OutboxLeft(Record):
    """Count the messages of a kind that are not sent."""

    waiting: int
    refused: int
    reason: str
    """Of the last failure; empty: none."""
    last_at: UtcDatetime | None
    """When the last one was sent."""


class UnusableChannel(Record):
    """Describe a channel that failed."""

    channel: str
    failures: int
    """One after another."""
    not_before: UtcDatetime | None
    """It rests until then."""
    stopped_at: UtcDatetime | None
    """It wants no more; a person resumes it."""
    reason: str


class OutboxFilters(TypedDict, total=False):
    """Choose messages; what is absent or None chooses nothing."""

    kind: OutboxKind | None
    state: OutboxState | None
    receiver: str | None
    subject: str | None


def outbox(ledger: Ledger, *, offset: int = 0, limit: int = 100, **filters: Unpack[OutboxFilters]) -> list[OutboxRow]:
    """Return messages, the newest first, without their items."""
    statement = select(_table).where(*_chosen(filters)).order_by(_table.c.id.desc()).offset(offset).limit(limit)
    with ledger.read() as connection:
        return [row_of(row) for row in connection.execute(statement)]


def count_outbox(ledger: Ledger, **filters: Unpack[OutboxFilters]) -> int:
    """Count messages."""
    with ledger.read() as connection:
        statement = select(func.count()).select_from(_table).where(*_chosen(filters))
        return int(connection.execute(statement).scalar_one())


def _chosen(filters: OutboxFilters) -> list[ColumnElement[bool]]:
    return [_table.c[name] == value for name, value in filters.items() if value is not None]


def outbox_row(ledger: Ledger, number: int) -> OutboxRow | None:
    """Return one message with its items; None: there is none."""
    with ledger.read() as connection:
        row = connection.execute(select(_table).where(_table.c.id == number)).one_or_none()
        return None if row is None else row_of(row, items_of(connection, number))


def outbox_counts(ledger: Ledger) -> list[OutboxCount]:
    """Count the messages by kind and state."""
    statement = select(_table.c.kind, _table.c.state, func.count().label("messages"))
    statement = statement.group_by(_table.c.kind, _table.c.state).order_by(_table.c.kind, _table.c.state)
    with ledger.read() as connection:
        return [OutboxCount(**row) for row in connection.execute(statement).mappings()]


def ticket_counts(ledger: Ledger) -> dict[OutboxState, int]:
    """Count the deliveries of tickets, which have a table of their own.

    In the outbox's terms.
    """
    found: Counter[OutboxState] = Counter()
    states = schema.deliveries.c.state
    with ledger.read() as connection:
        for state, n in connection.execute(select(states, func.count()).group_by(states)).tuples():
            found[cast(OutboxState, "refused" if state == "gone" else state)] += n
    return dict(found)


def outbox_sums(ledger: Ledger, kind: OutboxKind) -> Counter[str]:
    """Count the messages of a kind by state."""
    return Counter({one.state: one.messages for one in outbox_counts(ledger) if one.kind == kind})


def sent_with_suffix_alone(ledger: Ledger, kind: OutboxKind, suffix: str) -> dict[str, list[str]]:
    """Return who got a subject with a suffix, but not without.

    Receivers by subject, without the suffix; a message without it that was given up or withdrawn is not owed any more.
    """
    plain = _table.alias("plain")
    whole = select(plain.c.id).where(
        plain.c.kind == kind,
        plain.c.receiver == _table.c.receiver,
        plain.c.subject + suffix == _table.c.subject,
        plain.c.state.not_in(WAITS),
    )
    chosen = (_table.c.kind == kind) & (_table.c.state == "sent") & _table.c.subject.endswith(suffix, autoescape=True)
    statement = select(_table.c.subject, _table.c.receiver).where(chosen, ~whole.exists()).order_by(_table.c.id)
    found: dict[str, list[str]] = {}
    with ledger.read() as connection:
        for subject, receiver in connection.execute(statement).tuples():
            found.setdefault(subject.removesuffix(suffix), []).append(receiver)
    return found


def mailed_items(ledger: Ledger, states: Sequence[str]) -> set[tuple[str, str]]:
    """Return what mails to staff tell about cases in these states."""
    items, cases = schema.outbox_items.c, schema.cases.c
    of_case = schema.outbox_items.join(schema.cases, cases.case_key == items.subject)
    statement = select(items.subject, items.what).select_from(of_case)
    with ledger.read() as connection:
        rows = connection.execute(statement.where(items.kind == "staff", cases.state.in_(states)))
        return {(row.subject, row.what) for row in rows}


def refused_receivers(ledger: Ledger, kind: OutboxKind) -> dict[str, str]:
    """Return who gets no message of a kind, and why.

    A later one that was sent ends it.
    """
    later = _table.alias()
    taken = select(later.c.id).where(
        later.c.kind == kind, later.c.receiver == _table.c.receiver, later.c.state == "sent", later.c.changed_at > _table.c.made_at
    )
    statement = select(_table.c.receiver, _table.c.reason).where(_table.c.kind == kind, _table.c.state == "refused")
    with ledger.read() as connection:
        return dict(connection.execute(statement.where(~taken.exists()).order_by(_table.c.id)).tuples().all())


def unusable_channels(ledger: Ledger) -> list[UnusableChannel]:
    """Return the channels that failed and have not worked since."""
    table = schema.outbox_channels
    with ledger.read() as connection:
        return [UnusableChannel(**row) for row in connection.execute(select(table).order_by(table.c.channel)).mappings()]


def waiting_channels(ledger: Ledger, kind: OutboxKind) -> set[str]:
    """Return the channels over which messages of a kind wait."""
    with ledger.read() as connection:
        return set(
            connection.execute(select(_table.c.channel).distinct().where(_table.c.kind == kind, _table.c.state.in_(WAITS))).scalars()
        )


def outbox_left(ledger: Ledger, kind: OutboxKind, receiver: str | None = None) -> OutboxLeft:
    """Count the messages of a kind that wait or were refused.

    `receiver`: None for all.
    """
    mine = and_(*_chosen({"kind": kind, "receiver": receiver}))
    counted = select(_table.c.state, func.count()).where(mine).group_by(_table.c.state)
    unsent = mine & _table.c.state.in_((*WAITS, "refused")) & (_table.c.reason != "")
    last = select(_table.c.reason).where(unsent).order_by(_table.c.changed_at.desc()).limit(1)
    with ledger.read() as connection:
        sums = Counter(dict(connection.execute(counted).tuples().all()))
        reason = connection.execute(last).scalar_one_or_none()
        last_at = connection.execute(select(func.max(_table.c.changed_at)).where(mine, _table.c.state == "sent"))
        return OutboxLeft(
            waiting=sum(sums[state] for state in WAITS), refused=sums["refused"], reason=reason or "", last_at=last_at.scalar_one()
        )
