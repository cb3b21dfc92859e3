"""Let a person try a message again, or withdraw it. Audited."""

from collections.abc import Collection, Mapping
from datetime import datetime

from sqlalchemy import case, select, true, update

from core.errors import ChangeRefusedError
from core.records.outbox import ENDED_UNSENT, LOOKED_FOR, OutboxKind
from ledger import schema
from ledger.cases.history import entries as history
from ledger.database import Ledger
from ledger.database.writing import writing
from ledger.outbox import channels

_table = schema.outbox
ANEW = {
    "state": "pending",
    "attempt": case((_table.c.kind.in_(LOOKED_FOR) & (_table.c.attempt > 0), 1), else_=0),  # it may have arrived
    "not_before": None,
    "reason": "",
    "worker": None,
    "until": None,
}


def retry(ledger: Ledger, number: int, who: str, now: datetime) -> None:
    """Make a message due again that was refused, withdrawn or waits.

    Its channel is used again, too, if it rests or stopped.

    Raises:
        ChangeRefusedError: there is none of this number, or it was sent or is being sent.
    """
    states = (*ENDED_UNSENT, "pending")
    _change(ledger, number, states, ANEW, "outbox_retried", who, now)


def withdraw(ledger: Ledger, number: int, who: str, now: datetime) -> None:
    """Withdraw a message that waits: it is not sent.

    Raises:
        ChangeRefusedError: there is none of this number, or it does not wait.
    """
    values = {"state": "withdrawn", "reason": f"withdrawn by {who}", "not_before": None}
    _change(ledger, number, ("pending", "unknown", "refused"), values, "outbox_withdrawn", who, now)


def _change(ledger: Ledger, number: int, states: tuple[str, ...], values: Mapping[str, object], what: str, who: str, now: datetime) -> None:
    with writing(ledger) as connection:
        row = connection.execute(select(_table).where(_table.c.id == number).with_for_update()).one_or_none()
        if row is None:
            raise ChangeRefusedError("There is no message {number} in the outbox.", number=number)
        if row.state not in states:
            raise ChangeRefusedError("Message {number} has changed meanwhile. Reload the page.", number=number)
        connection.execute(update(_table).where(_table.c.id == number).values(**values, changed_at=now))
        if values is ANEW:
            channels.resume(connection, [row.channel])
        history.audit(connection, who, what, str(number), f"{row.kind}: {row.subject}", now)


def retry_refused(ledger: Ledger, kind: OutboxKind, who: str, now: datetime, over: Collection[str] | None = None) -> int:
    """Make all refused messages of a kind due again; return their number.

    `over`: of these channels alone, which are used again, and whose waiting messages wait no longer.
    """
    mine = (_table.c.kind == kind) & (true() if over is None else _table.c.channel.in_(sorted(over)))
    refused = mine & (_table.c.state == "refused")
    with writing(ledger) as connection:
        if over is not None:
            channels.resume(connection, over)
            connection.execute(update(_table).where(mine, _table.c.state == "pending").values(not_before=None))
        count = connection.execute(update(_table).where(refused).values(**ANEW, changed_at=now)).rowcount
        if count:
            history.audit(connection, who, "outbox_retried", kind, str(count), now)
    return int(count)
