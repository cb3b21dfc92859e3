"""What is to leave the house is a row of the ledger first: one delivery opens a case outside, each further one adds a note."""

from datetime import datetime

from sqlalchemy import Connection, select

from ledger import schema

CASEBOOK = "casebook"
"""The ledger's own cases, worked on the desk: nothing leaves the house."""


def enqueue(connection: Connection, case_key: str, system: str, post_id: str, now: datetime) -> None:
    """Have this post delivered with its case: in a delivery nobody has tried yet, else in a new one.

    What was tried once is never changed: the contact centre may know it already, under its note key.
    """
    if system == CASEBOOK:
        return
    deliveries = schema.deliveries.c
    known = select(deliveries.id, deliveries.state, deliveries.attempt).where(deliveries.case_key == case_key)
    # Locked: a worker that claims it at the same moment would send it without this post.
    rows = connection.execute(known.order_by(deliveries.id).with_for_update()).all()
    untried = next((row.id for row in rows if row.state == "pending" and row.attempt == 0), None)
    if untried is None:
        untried = _new(connection, case_key, system, post_id, now, is_first=not rows)
    connection.execute(schema.delivery_posts.insert(), {"delivery_id": untried, "post_id": post_id})


def _new(connection: Connection, case_key: str, system: str, post_id: str, now: datetime, is_first: bool) -> int:
    row = {
        "case_key": case_key,
        "system": system,
        "kind": "open" if is_first else "append",
        # The first post names the note: the same post gives the same key, whatever was restored in between.
        "note_key": "" if is_first else f"{case_key}.{post_id}",
        "state": "pending",
        "attempt": 0,
        "made_at": now,
        "changed_at": now,
    }
    made = connection.execute(schema.deliveries.insert().values(row).returning(schema.deliveries.c.id))
    return int(made.scalar_one())
