"""Format the outbox as text."""

from collections.abc import Iterator

from core.records.outbox import OUTBOX_KINDS, OUTBOX_STATES, OutboxKind, OutboxRow
from ledger import read
from ledger.database import Ledger

MOST = 200
"""Messages listed of one state."""


def lines(ledger: Ledger, kind: OutboxKind | None) -> Iterator[str]:
    """Return a line for each kind.

    Of a chosen one each message that was not sent follows.
    """
    for one in OUTBOX_KINDS if kind is None else (kind,):
        sums = read.outbox_sums(ledger, one)
        yield f"{one}: {', '.join(f'{state} {sums[state]:,}' for state in OUTBOX_STATES)}"
    if kind is None:
        yield from (f"{one}: {state} {n:,}" for one, state, n in read.outside_counts(ledger))
    else:
        for state in OUTBOX_STATES:
            if state != "sent":
                yield from map(_line, read.outbox(ledger, kind=kind, state=state, limit=MOST))


def _line(row: OutboxRow) -> str:
    again = f", not before {row.not_before:%Y-%m-%d %H:%M} UTC" if row.not_before and row.state == "pending" else ""
    why = f": {row.reason}" if row.reason else ""
    return f"{row.id} {row.state} {row.subject} to {row.receiver} by {row.channel}, attempts {row.attempt}{again}{why}"
