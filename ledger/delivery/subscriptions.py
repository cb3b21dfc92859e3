"""Store subscriptions to reports. Their mails are the kind `subscription` of the outbox."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import ColumnElement, false, or_, select, update

from core.errors import ChangeRefusedError
from core.records.outbox import OutboxKind
from core.records.subscription import Subscription, SubscriptionState
from ledger import schema
from ledger.cases.history import entries as history
from ledger.database import Ledger
from ledger.database.writing import writing
from ledger.outbox import planning

KIND: OutboxKind = "subscription"
_table, _outbox = schema.subscriptions, schema.outbox
AUDITED: dict[SubscriptionState, str] = {"active": "subscription_resumed", "paused": "subscription_paused", "ended": "subscription_ended"}


def make(ledger: Ledger, one: Subscription, who: str, now: datetime) -> None:
    """Store a new subscription."""
    with writing(ledger) as connection:
        connection.execute(_table.insert().values(**one.model_dump()))
        history.audit(connection, who, "subscription_made", one.id, f"{one.report}, {one.every}", now)


def set_state(ledger: Ledger, id_: str, state: SubscriptionState, who: str, why: str, now: datetime) -> bool:
    """Pause, resume or end a subscription; False: it is in this state.

    One that has ended stays so. Its mails that wait are withdrawn, unless it is resumed.

    Raises:
        ChangeRefusedError: there is no such subscription, or it has ended.
    """
    with writing(ledger) as connection:
        before = connection.execute(select(_table.c.state).where(_table.c.id == id_).with_for_update()).scalar()
        if before == state:
            return False
        if before is None or before == "ended":
            raise ChangeRefusedError("This subscription has ended. Make a new one.")
        values = {"state": state, "since": now} if state == "active" else {"state": state}
        connection.execute(update(_table).where(_table.c.id == id_).values(**values))
        if state != "active":
            planning.withdraw_waiting(connection, mails_of([id_]), f"the subscription was {state}", now)
        history.audit(connection, who, AUDITED[state], id_, why, now)
    return True


def mails_of(ids: Sequence[str]) -> ColumnElement[bool]:
    """Return which messages of the outbox are of these subscriptions."""
    mine = [_outbox.c.subject.startswith(f"{one} ", autoescape=True) for one in ids]
    return (_outbox.c.kind == KIND) & or_(false(), *mine)
