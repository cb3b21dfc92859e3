"""Print the outbox, try a message again, or withdraw one."""

from argparse import Namespace
from collections.abc import Iterator

from core.records.outbox import OUTBOX_KINDS, OUTBOX_STATES, OutboxKind, OutboxRow
from escucha.commands import command, option
from escucha.commands.common import print_line
from ledger import read
from ledger.database import Ledger
from pipeline.access import accounts
from pipeline.context import open_context
from pipeline.outbox import people

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
        yield from (f"ticket: {state} {n:,}" for state, n in sorted(read.ticket_counts(ledger).items()))
    else:
        for state in OUTBOX_STATES:
            if state != "sent":
                yield from map(_line, read.outbox(ledger, kind=kind, state=state, limit=MOST))


def _line(row: OutboxRow) -> str:
    again = f", not before {row.not_before:%Y-%m-%d %H:%M} UTC" if row.not_before and row.state == "pending" else ""
    why = f": {row.reason}" if row.reason else ""
    return f"{row.id} {row.state} {row.subject} to {row.receiver} by {row.channel}, attempts {row.attempt}{again}{why}"


@command(
    "outbox",
    "print what left, what waits and what was refused and why, by kind; with --kind each message that did not leave. Sends nothing: "
    "the steps do.",
    option("--kind", choices=OUTBOX_KINDS, help="list the messages of this kind that were not sent"),
    option("--retry", type=int, metavar="ID", help="send this message with the next run of its step"),
    option("--withdraw", type=int, metavar="ID", help="send this message no more"),
)
def run(a: Namespace) -> int:
    """Print the outbox, try a message again, or withdraw one."""
    with open_context(a.city, a.settings) as context:
        if a.retry is not None:
            people.retry(context, a.retry, accounts.operator())
        if a.withdraw is not None:
            people.withdraw(context, a.withdraw, accounts.operator())
        for line in lines(context.ledger, a.kind):
            print_line(line)
    return 0
