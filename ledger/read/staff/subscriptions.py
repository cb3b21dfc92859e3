"""Query subscriptions to reports, and their mails."""

from sqlalchemy import select

from core.records.subscription import Subscription, SubscriptionMail
from ledger import schema
from ledger.database import Ledger

_table, _mails = schema.subscriptions, schema.subscription_mails


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
    columns = (_mails.c[name] for name in SubscriptionMail.model_fields)
    statement = select(*columns).where(_mails.c.subscription == id_).order_by(_mails.c.end.desc()).limit(limit)
    with ledger.read() as connection:
        return [SubscriptionMail(**row) for row in connection.execute(statement).mappings()]
