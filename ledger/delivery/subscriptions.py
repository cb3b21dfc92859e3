"""Store subscriptions to reports, and send each of their mails once.

    pending -> sending (claimed by a worker) -> sent, pending (again later), refused (by the mail server), stopped (no longer wanted)

Subscription and period identify a mail. A mail whose lease ended may have left: it is claimed again and sent with the same Message-ID.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import NamedTuple

from sqlalchemy import ColumnElement, select, update

from core.errors import ChangeRefusedError
from core.records.subscription import MailState, Subscription, SubscriptionMail, SubscriptionState
from ledger import schema
from ledger.cases.history import entries as history
from ledger.database import Ledger, insert

_table, _mails = schema.subscriptions, schema.subscription_mails
AUDITED: dict[SubscriptionState, str] = {
    "active": "subscription_resumed",
    "paused": "subscription_paused",
    "ended": "subscription_ended",
}


class Claim(NamedTuple):
    """Hold a mail that this worker sends, with its subscription."""

    subscription: Subscription
    mail: SubscriptionMail


def make(ledger: Ledger, one: Subscription, who: str, now: datetime) -> None:
    """Store a new subscription."""
    with ledger.write() as connection:
        connection.execute(_table.insert().values(**one.model_dump()))
        history.audit(connection, who, "subscription_made", one.id, f"{one.report}, {one.every}", now)


def set_state(ledger: Ledger, id_: str, state: SubscriptionState, who: str, why: str, now: datetime) -> bool:
    """Pause, resume or end a subscription; False: it is in this state.

    One that has ended stays so. Its mails that wait are stopped, unless it is resumed.

    Raises:
        ChangeRefusedError: there is no such subscription, or it has ended.
    """
    with ledger.write() as connection:
        before = connection.execute(select(_table.c.state).where(_table.c.id == id_).with_for_update()).scalar()
        if before == state:
            return False
        if before is None or before == "ended":
            raise ChangeRefusedError("This subscription has ended. Make a new one.")
        values = {"state": state, "since": now} if state == "active" else {"state": state}
        connection.execute(update(_table).where(_table.c.id == id_).values(**values))
        if state != "active":
            waiting = (_mails.c.subscription == id_) & (_mails.c.state == "pending")
            stopped = {"state": "stopped", "reason": f"the subscription was {state}", "changed_at": now}
            connection.execute(update(_mails).where(waiting).values(**stopped))
        history.audit(connection, who, AUDITED[state], id_, why, now)
    return True


def plan(ledger: Ledger, mails: Sequence[SubscriptionMail]) -> int:
    """Add mails that became due; return how many are new.

    A mail that is known, or whose subscription is not active any more, is left out.
    """
    new = 0
    with ledger.write() as connection:
        for one in mails:
            active = select(_table.c.id).where(_table.c.id == one.subscription, _table.c.state == "active")
            if connection.execute(active).first() is not None:
                row = insert(connection, _mails).values(**one.model_dump()).on_conflict_do_nothing()
                new += connection.execute(row).rowcount
    return new


def claim(ledger: Ledger, worker: str, now: datetime, lease: timedelta) -> Claim | None:
    """Claim the mail that was tried least; None: nothing is due.

    A mail that stops its worker each time it is tried thus never keeps the others waiting.
    """
    ready = (_mails.c.state == "pending") & (_mails.c.not_before.is_(None) | (_mails.c.not_before <= now))
    lost = (_mails.c.state == "sending") & (_mails.c.until.is_(None) | (_mails.c.until <= now))
    statement = select(_mails).where(ready | lost).order_by(_mails.c.attempt, _mails.c.end, _mails.c.subscription)
    with ledger.write() as connection:
        row = connection.execute(statement.limit(1).with_for_update(skip_locked=True)).one_or_none()
        if row is None:
            return None
        this = (_mails.c.subscription == row.subscription) & (_mails.c.period == row.period)
        taken = {"state": "sending", "worker": worker, "until": now + lease, "attempt": row.attempt + 1}
        connection.execute(update(_mails).where(this).values(**taken))
        of = connection.execute(select(_table).where(_table.c.id == row.subscription)).one()
        mail = {name: getattr(row, name) for name in SubscriptionMail.model_fields}
        return Claim(
            subscription=Subscription(**of._mapping),
            mail=SubscriptionMail(**mail | {"state": "sending", "attempt": row.attempt + 1}),
        )


def renew(ledger: Ledger, mail: SubscriptionMail, address: str, now: datetime, lease: timedelta) -> bool:
    """Extend the lease of a mail and note its address.

    False: the lease ended and another worker claimed it, or the subscription is not active any more.
    """
    with ledger.write() as connection:
        active = select(_table.c.id).where(_table.c.id == mail.subscription, _table.c.state == "active")
        if connection.execute(active).first() is None:
            return False
        values = {"until": now + lease, "address": address}
        return connection.execute(update(_mails).where(_claimed(mail)).values(**values)).rowcount == 1


def settle(
    ledger: Ledger,
    mail: SubscriptionMail,
    state: MailState,
    reason: str,
    now: datetime,
    not_before: datetime | None = None,
    *,
    counts: bool = True,
) -> None:
    """Store the outcome of an attempt, unless its claim was lost.

    `counts`: False where the failure says nothing about this mail, such as a mail server that is down.
    """
    attempt = mail.attempt if counts else mail.attempt - 1
    values = {"state": state, "reason": reason, "not_before": not_before, "changed_at": now, "attempt": attempt}
    with ledger.write() as connection:
        connection.execute(update(_mails).where(_claimed(mail)).values(worker=None, until=None, **values))


def retry(ledger: Ledger, id_: str, period: str, who: str, now: datetime) -> None:
    """Send a refused or stopped mail again, with the next run.

    Raises:
        ChangeRefusedError: there is no such mail, or the subscription is not active.
    """
    this = (_mails.c.subscription == id_) & (_mails.c.period == period) & _mails.c.state.in_(("refused", "stopped"))
    with ledger.write() as connection:
        state = connection.execute(select(_table.c.state).where(_table.c.id == id_).with_for_update()).scalar()
        if state != "active":
            raise ChangeRefusedError("Resume the subscription before you send its mails again.")
        values = {"state": "pending", "attempt": 0, "not_before": None, "reason": "", "changed_at": now}
        if connection.execute(update(_mails).where(this).values(**values)).rowcount != 1:
            raise ChangeRefusedError("This mail is not waiting for another attempt. Reload the page.")
        history.audit(connection, who, "subscription_mail_retried", id_, period, now)


def _claimed(mail: SubscriptionMail) -> ColumnElement[bool]:
    return (
        (_mails.c.subscription == mail.subscription)
        & (_mails.c.period == mail.period)
        & (_mails.c.state == "sending")
        & (_mails.c.attempt == mail.attempt)
    )
