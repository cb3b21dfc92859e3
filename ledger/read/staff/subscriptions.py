"""Query subscriptions to reports, and their mails."""

from sqlalchemy import select

from core.records.subscription import Subscription, SubscriptionMail
from ledger import schema
from ledger.database import Ledger

_table, _outbox = schema.subscriptions, schema.outbox


def subscriptions(ledger: Ledger, owner: str | None = None, *, active_only: bool = False) -> list[Subscription]:
    """List the subscriptions of one owner, or of all.

    Those that have ended are left out.
    """
    statement = select(_table).where(_table.c.state == "active" if active_only else _table.c.state != "ended")
    if owner is not None:
        statement = statement.where(_table.c.owner == owner)
    with ledger.read() as connection:
        rows = connection.execute(statement.order_by(_table.c.owner, _table.c.since, _table.c.id)).mappings()
        return [Subscription(**row) for row in rows]


def subscription(ledger: Ledger, id_: str) -> Subscription | None:
    """Return a subscription, ended ones too; None when there is none."""
    with ledger.read() as connection:
        row = connection.execute(select(_table).where(_table.c.id == id_)).mappings().one_or_none()
    return None if row is None else Subscription(**row)


def subscription_mails(ledger: Ledger, id_: str, limit: int = 60) -> list[SubscriptionMail]:
    """List the mails of a subscription, the latest period first."""
    mine = (_outbox.c.kind == "subscription") & _outbox.c.subject.startswith(f"{id_} ", autoescape=True)
    statement = select(_outbox).where(mine).order_by(_outbox.c.subject.desc()).limit(limit)
    same = ("id", "state", "attempt", "reason", "changed_at")
    with ledger.read() as connection:
        return [
            SubscriptionMail(
                subscription=id_,
                period=row.subject.removeprefix(f"{id_} "),
                start=row.data["start"],
                end=row.data["end"],
                receiver=row.receiver.removeprefix("user "),
                **{name: getattr(row, name) for name in same},
            )
            for row in connection.execute(statement)
        ]
