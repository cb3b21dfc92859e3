"""Move case events and the sending of answers into the outbox.

What was sent stays sent; what waits keeps its id, its attempts and its worker's claim. An answer whose message says the rest is `approved`.
"""

from datetime import UTC

import sqlalchemy as sa
from alembic import op

revision = "0.3.1"
down_revision = "0.3"

AT_ONCE = 1_000
CHANNELS = """
CREATE TABLE outbox_channels (
    channel VARCHAR NOT NULL, failures INTEGER NOT NULL, not_before {TIME}, stopped_at {TIME}, reason TEXT NOT NULL,
    CONSTRAINT pk_outbox_channels PRIMARY KEY (channel)
)
"""
STATES = {"dead": "refused"}
SAME = ("attempt", "worker", "until", "not_before", "reason")


def upgrade() -> None:
    connection = op.get_bind()
    op.execute(CHANNELS.format(TIME="DATETIME" if connection.dialect.name == "sqlite" else "TIMESTAMP WITH TIME ZONE"))
    op.execute(
        "INSERT INTO outbox_channels (channel, failures, not_before, stopped_at, reason) "
        "SELECT 'webhook ' || endpoint, failures, not_before, stopped_at, reason FROM webhook_endpoints"
    )
    _move(connection)
    op.execute("DELETE FROM webhook_deliveries")
    op.execute("DELETE FROM case_events WHERE queued")
    op.drop_table("webhook_deliveries")
    op.drop_table("webhook_endpoints")
    op.drop_index("ix_case_events_at")
    op.drop_index("ix_case_events_unqueued")
    op.drop_column("case_events", "queued")
    _move_answers(connection)
    op.drop_index("ix_answers_leaving")
    for column in ("worker", "until", "not_before", "attempt"):
        op.drop_column("answers", column)


def _move(connection: sa.Connection) -> None:
    moments = [sa.column(name, sa.DateTime(timezone=True)) for name in ("not_before", "until", "changed_at")]
    same = ("state", "attempt", "worker", "reason")
    old = sa.table("webhook_deliveries", *map(sa.column, ("event", "endpoint", *same)), *moments)
    at = sa.column("at", sa.DateTime(timezone=True))
    events = sa.table("case_events", *map(sa.column, ("id", "event_id", "case_key", "name", "sequence")), at, sa.column("data", sa.JSON))
    columns = ("kind", "subject", "receiver", "channel", "thread", "message_id", *same)
    times = [sa.column(name, sa.DateTime(timezone=True)) for name in ("not_before", "until", "made_at", "changed_at")]
    outbox = sa.table("outbox", *map(sa.column, columns), *times, sa.column("data", sa.JSON))
    found = sa.select(old, events).join(events, events.c.id == old.c.event).order_by(events.c.id, old.c.endpoint)
    count = 0
    for rows in connection.execute(found).mappings().partitions(AT_ONCE):
        connection.execute(outbox.insert(), [_message(row) for row in rows])
        count += len(rows)
    if count:
        connection.execute(sa.text("INSERT INTO outbox_counters (kind, due) VALUES ('event', :due)"), {"due": count})


def _message(row: sa.RowMapping) -> dict[str, object]:
    event = {name: row[name] for name in ("case_key", "name", "sequence", "data")}
    event |= {"id": row["event_id"], "at": row["at"].replace(tzinfo=UTC).isoformat() if row["at"].tzinfo is None else row["at"].isoformat()}
    message = {name: row[name] for name in ("attempt", "worker", "reason", "not_before", "until", "changed_at")}
    message |= {"kind": "event", "state": STATES.get(row["state"], row["state"]), "made_at": row["at"], "data": event}
    message |= {"receiver": row["endpoint"], "channel": f"webhook {row['endpoint']}", "thread": row["case_key"]}
    return message | {"subject": row["event_id"], "message_id": row["event_id"]}


def _move_answers(connection: sa.Connection) -> None:
    """Make a message of each answer that was approved.

    One that was tried before it became a draft again is among them.
    """
    kinds = {name: sa.DateTime(timezone=True) for name in ("until", "not_before", "made_at", "changed_at", "at", "approved_at", "given_at")}
    names = ("key", "post_id", "channel", "state", "text", *SAME, "at", "approved_at", "given_at")
    answers = sa.table("answers", *(sa.column(name, kinds.get(name)) for name in names)).c
    columns = ("kind", "subject", "receiver", "channel", "thread", "state", "message_id", *SAME, "made_at", "changed_at")
    outbox = sa.table("outbox", *(sa.column(name, kinds.get(name)) for name in columns), sa.column("data", sa.JSON))
    state = sa.case(
        (answers.state == "approved", "pending"),
        (answers.state.in_(("sending", "sent", "unknown", "refused")), answers.state),
        else_="withdrawn",  # copied by hand, or a draft again
    )
    made = sa.func.coalesce(answers.approved_at, answers.at)
    values = sa.select(
        sa.literal("answer"),
        answers.key,
        answers.post_id,
        answers.channel,
        sa.literal(""),
        state,
        answers.key,
        *(answers[name] for name in SAME),
        made,
        sa.func.coalesce(answers.given_at, made),
        sa.literal({}, sa.JSON),
    )
    approved = answers.state.in_(("approved", "sending", "sent", "unknown", "refused", "copied")) | (answers.attempt > 0)
    moved = connection.execute(outbox.insert().from_select([*columns, "data"], values.where(approved).order_by(made, answers.key)))
    if moved.rowcount:
        connection.execute(sa.text("INSERT INTO outbox_counters (kind, due) VALUES ('answer', :due)"), {"due": moved.rowcount})
    op.execute("UPDATE answers SET state = 'approved' WHERE state IN ('sending', 'unknown') OR (state = 'refused' AND text <> '')")
