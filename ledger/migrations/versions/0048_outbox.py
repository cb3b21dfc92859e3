"""Bring all that has to leave into one outbox.

What was sent stays sent. What waited waits on, with the id it had: should it have arrived before a kill, its copy is recognised.
"""

import hashlib
from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0048"
down_revision = "0047"

TIME = sa.DateTime(timezone=True)
NUMBER = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
WAITING = "state IN ('pending', 'sending', 'unknown') AND thread != ''"


def upgrade() -> None:
    _create()
    connection = op.get_bind()
    ledger_id = connection.execute(sa.text("SELECT value FROM meta WHERE name = 'ledger_id'")).scalar_one_or_none()
    mover = _Mover(connection, ledger_id or "")
    _move_alerts(mover)
    _move_warnings(mover)
    _move_subscriptions(mover)
    _move_staff(mover)
    _move_citizens(mover)
    _move_reports(mover)
    mover.count()
    _drop()


def _create() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", NUMBER, nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("receiver", sa.String(), nullable=False),
        sa.Column("channel", sa.String(), nullable=False),
        sa.Column("thread", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("attempt", sa.Integer(), nullable=False),
        sa.Column("not_before", TIME, nullable=True),
        sa.Column("worker", sa.String(), nullable=True),
        sa.Column("until", TIME, nullable=True),
        sa.Column("reason", sa.Text(), nullable=False),
        sa.Column("message_id", sa.String(), nullable=False),
        sa.Column("data", sa.JSON(), nullable=False),
        sa.Column("made_at", TIME, nullable=False),
        sa.Column("changed_at", TIME, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("kind", "subject", "receiver", name="uq_outbox_identity"),
    )
    op.create_index("ix_outbox_state", "outbox", ["kind", "state"])
    op.create_index(op.f("ix_outbox_receiver"), "outbox", ["receiver"])
    op.create_index("ix_outbox_thread", "outbox", ["thread", "receiver"], sqlite_where=sa.text(WAITING), postgresql_where=sa.text(WAITING))
    op.create_table(
        "outbox_items",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("subject", sa.String(), nullable=False),
        sa.Column("what", sa.String(), nullable=False),
        sa.Column("message", NUMBER, nullable=False),
        sa.ForeignKeyConstraint(["message"], ["outbox.id"], name=op.f("fk_outbox_items_message")),
        sa.PrimaryKeyConstraint("kind", "subject", "what", name=op.f("pk_outbox_items")),
    )
    op.create_index(op.f("ix_outbox_items_message"), "outbox_items", ["message"])
    op.create_table(
        "outbox_counters",
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("due", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("kind", name=op.f("pk_outbox_counters")),
    )


def _drop() -> None:
    for name in ("ix_warning_deliveries_state", "ix_view_messages_state", "ix_subscription_mails_state"):
        op.drop_index(name)
    for name in ("ix_case_mails_batch", "ix_case_mails_unfinished", "ix_contact_mails_batch", "ix_contact_mails_unfinished"):
        op.drop_index(name)
    for name in ("warning_deliveries", "subscription_mails", "case_mails", "contact_mails", "sent_reports"):
        op.drop_table(name)
    for name in ("state", "attempt", "not_before", "reason", "changed_at"):
        op.drop_column("view_messages", name)


outbox = sa.table(
    "outbox",
    sa.column("id"),
    sa.column("kind"),
    sa.column("subject"),
    sa.column("receiver"),
    sa.column("channel"),
    sa.column("thread"),
    sa.column("state"),
    sa.column("attempt"),
    sa.column("not_before", TIME),
    sa.column("worker"),
    sa.column("until", TIME),
    sa.column("reason"),
    sa.column("message_id"),
    sa.column("data", sa.JSON),
    sa.column("made_at", TIME),
    sa.column("changed_at", TIME),
)
items = sa.table("outbox_items", sa.column("kind"), sa.column("subject"), sa.column("what"), sa.column("message"))
counters = sa.table("outbox_counters", sa.column("kind"), sa.column("due"))


class _Mover:
    """Write rows of the outbox, and count them by kind."""

    def __init__(self, connection: sa.Connection, ledger_id: str) -> None:
        self.connection, self.ledger_id, self.due = connection, ledger_id, Counter[str]()

    def rows(self, table: str, **typed: Any) -> Iterable[Mapping[str, Any]]:
        """Return the rows of an old table, with times as such."""
        columns = sa.inspect(self.connection).get_columns(table)
        kinds = {one["name"]: TIME if isinstance(one["type"], sa.DateTime) else None for one in columns} | typed
        old = sa.table(table, *(sa.column(name, kind) for name, kind in kinds.items()))
        return [dict(one) for one in self.connection.execute(sa.select(old)).mappings()]

    def add(self, kind: str, subject: str, receiver: str, channel: str, **values: Any) -> None:
        """Write one message; `items` are what it tells."""
        told = values.pop("items", ())
        row = {"thread": "", "not_before": None, "worker": None, "until": None, "reason": "", "data": {}} | values
        row |= {"kind": kind, "subject": subject, "receiver": receiver, "channel": channel}
        number = self.connection.execute(outbox.insert().values(**row).returning(outbox.c.id)).scalar_one()
        for one, what in told:
            told_item = {"kind": kind, "subject": one, "what": what, "message": number}
            self.connection.execute(items.insert().values(**told_item))
        self.due[kind] += 1

    def hashed(self, what: str) -> str:
        """Return the id that an earlier version made of this."""
        return hashlib.sha256(f"{self.ledger_id}\n{what}".encode()).hexdigest()[:32]

    def count(self) -> None:
        """Write the left sides of the balance."""
        for kind, due in sorted(self.due.items()):
            self.connection.execute(counters.insert().values(kind=kind, due=due))


def _ended(state: str, reason: str) -> str:
    """Return the state of a message that was `dead`."""
    if state != "dead":
        return state
    withdrawn = not reason or any(one in reason for one in ("was removed", "were erased", "in the profile"))
    return "withdrawn" if withdrawn else "refused"


def _move_alerts(mover: _Mover) -> None:
    alerts = {one["id"]: one for one in mover.rows("view_alerts")}
    for one in sorted(mover.rows("view_messages"), key=lambda one: int(one["id"])):
        alert, made_at = alerts[one["alert"]], _moment(one["made_at"])
        old = mover.hashed(f"view alert {one['alert']} {one['id']} {made_at.isoformat()}")
        mover.add(
            "alert",
            str(one["id"]),
            alert["owner"],
            alert["channel"],
            state=_ended(one["state"], one["reason"]),
            attempt=one["attempt"],
            not_before=_utc(one["not_before"]),
            reason=one["reason"],
            message_id=f"view_{old}",
            made_at=made_at,
            changed_at=_moment(one["changed_at"]),
        )


def _move_warnings(mover: _Mover) -> None:
    notices = {one["id"]: one for one in mover.rows("warning_notices")}
    for one in sorted(mover.rows("warning_deliveries"), key=lambda one: (int(one["notice"]), str(one["receiver"]))):
        notice = notices[one["notice"]]
        number, sequence = notice["warning"], notice["sequence"]
        way, _, receiver = str(one["receiver"]).partition(" ")
        old = mover.hashed(f"warning {number} {sequence} {one['receiver']}")
        mover.add(
            "warning",
            f"{number} {sequence}",
            receiver,
            "mail" if way == "mail" else one["receiver"],
            thread=str(number),
            state=_ended(one["state"], one["reason"]),
            attempt=one["attempt"],
            not_before=_utc(one["not_before"]),
            reason=one["reason"],
            message_id=f"warn_{old}",
            made_at=_moment(notice["at"]),
            changed_at=_moment(one["changed_at"]),
        )


def _move_subscriptions(mover: _Mover) -> None:
    subscriptions = {one["id"]: one for one in mover.rows("subscriptions")}
    for one in sorted(mover.rows("subscription_mails"), key=lambda one: (one["end"], one["subscription"])):
        of, period = subscriptions[one["subscription"]], one["period"]
        mover.add(
            "subscription",
            f"{of['id']} {period}",
            of["address"] or f"user {of['owner']}",
            "mail",
            state="withdrawn" if one["state"] == "stopped" else one["state"],
            attempt=one["attempt"],
            not_before=_utc(one["not_before"]),
            worker=one["worker"],
            until=_utc(one["until"]),
            reason=one["reason"],
            message_id=mover.hashed(f"subscription\n{of['id']}\n{period}"),
            made_at=_moment(one["changed_at"]),
            changed_at=_moment(one["changed_at"]),
            data={name: _moment(one[name]).isoformat() for name in ("previous", "start", "end")},
        )


def _move_staff(mover: _Mover) -> None:
    for (batch, audience), rows in _batches(mover.rows("case_mails"), "audience"):
        first = rows[0]
        refused = {"state": "refused", "reason": first["given_up"]}
        mover.add(
            "staff",
            batch,
            audience,
            "mail",
            attempt=first["refusals"],
            not_before=_utc(first["not_before"]),
            **(refused if first["given_up"] else _mailed(first)),
            message_id=mover.hashed(batch),
            made_at=_moment(first["claimed_at"]),
            changed_at=_moment(first["mailed_at"] or first["claimed_at"]),
            items=[(one["case_key"], one["what"]) for one in rows],
        )


def _move_citizens(mover: _Mover) -> None:
    for (batch, number), rows in _batches(mover.rows("contact_mails"), "number"):
        first = rows[0]
        state = {"state": "refused"} if first["given_up"] and not first["mailed_at"] else _mailed(first)
        mover.add(
            "citizen",
            batch,
            number,
            "mail",
            attempt=first["attempts"],
            not_before=_utc(first["not_before"]),
            reason=first["reason"],
            **state,
            message_id=mover.hashed(batch),
            made_at=_moment(first["claimed_at"]),
            changed_at=_moment(first["mailed_at"] or first["claimed_at"]),
            items=[(number, one["what"]) for one in rows],
        )


def _move_reports(mover: _Mover) -> None:
    for one in sorted(mover.rows("sent_reports"), key=lambda one: (one["claimed_at"], one["report"], one["recipient"])):
        name, _, language = one["report"].rpartition(".")
        old = mover.hashed("\n".join([name, one["interval"], language, one["recipient"].lower()]))
        mover.add(
            "report",
            f"{one['interval']} {one['report']}",
            one["recipient"],
            "mail",
            **_mailed(one),
            attempt=0,
            message_id=old,
            made_at=_moment(one["claimed_at"]),
            changed_at=_moment(one["mailed_at"] or one["claimed_at"]),
        )


def _mailed(row: Mapping[str, Any]) -> dict[str, str]:
    """Return the state of a mail that was claimed.

    One without a time may have been taken by the server: its process was killed.
    """
    return {"state": "sent" if row["mailed_at"] else "pending"}


def _batches(rows: Iterable[Mapping[str, Any]], receiver: str) -> list[tuple[tuple[str, str], list[Mapping[str, Any]]]]:
    """Return the rows of each mail, the earliest first."""
    found: dict[tuple[str, str], list[Mapping[str, Any]]] = {}
    for one in sorted(rows, key=lambda one: (one["claimed_at"], one["what"])):
        found.setdefault((one["batch"], one[receiver]), []).append(one)
    return list(found.items())


def _moment(value: datetime) -> datetime:
    """Return a time in UTC, as the ledger reads it."""
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def _utc(value: datetime | None) -> datetime | None:
    return None if value is None else _moment(value)
