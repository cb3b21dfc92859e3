"""Write the events of cases, and plan the messages about them.

Each is written in the transaction that changes the case. Cases that were replayed from an archive, or are made of examples, have no events.
"""

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, delete, select

from core.records.case_event import CaseEvent, EventName
from core.records.outbox import WEBHOOK, Due
from core.records.post import is_example
from ledger import schema
from ledger.database import Ledger
from ledger.database.writing import writing
from ledger.mapping import CHUNK
from ledger.outbox.planning import plan_one

PLANNED_AT_ONCE = 200
_events = schema.case_events

_cases = schema.cases.c
_FIELDS = (_cases.case_key, _cases.topic, _cases.department, _cases.kind, _cases.state, _cases.received_at)
_MORE = (_cases.due_at, _cases.posts, _cases.authors, _cases.revision, _cases.replay, _cases.source)


def record(connection: Connection, case_keys: Sequence[str], name: EventName, at: datetime, other: Mapping[str, str] | None = None) -> None:
    """Write one event for each of these cases, as they are now.

    `other`: fields that name another case, such as `merged_into`.
    """
    rows: list[dict[str, Any]] = []
    keys = sorted(case_keys)
    for start in range(0, len(keys), CHUNK):
        some = _cases.case_key.in_(keys[start : start + CHUNK])
        found = connection.execute(select(*_FIELDS, *_MORE).where(some).order_by(_cases.case_key)).all()
        rows += [_event(row, name, at, other or {}) for row in found if not row.replay and not is_example(row.source)]
    if rows:
        connection.execute(schema.case_events.insert(), rows)


def _event(row: Row[Any], name: EventName, at: datetime, other: Mapping[str, str]) -> dict[str, Any]:
    data = {
        "case": row.case_key,
        "service": row.topic,
        "department": row.department,
        "kind": row.kind,
        "state": row.state,
        "received_at": row.received_at.isoformat(),
        "due_at": row.due_at.isoformat(),
        "posts": row.posts,
        "authors": row.authors,
    }
    return {
        "event_id": f"evt_{uuid4().hex}",
        "case_key": row.case_key,
        "name": name,
        "sequence": row.revision,
        "at": at,
        "data": {**data, **other},
    }


def plan(ledger: Ledger, wanted: Mapping[str, Collection[str]], now: datetime) -> None:
    """Turn each new event into a message for each receiver.

    The events of one case are a thread; the id of the event is that of its messages.

    Args:
        wanted: names of events by the address of the receiver.
    """
    new = select(_events).order_by(_events.c.id).limit(PLANNED_AT_ONCE).with_for_update()
    while True:
        with writing(ledger) as connection:
            # Another worker waits here until these are planned: a later event of a case never comes before an earlier one.
            found = connection.execute(new).all()
            for row in found:
                event = CaseEvent(id=row.event_id, name=row.name, case_key=row.case_key, sequence=row.sequence, at=row.at, data=row.data)
                for url in sorted(url for url, names in wanted.items() if event.name in names):
                    plan_one(connection, "event", _message(event, url), now)
            connection.execute(delete(_events).where(_events.c.id.in_([row.id for row in found])))
        if len(found) < PLANNED_AT_ONCE:
            return


def _message(event: CaseEvent, url: str) -> Due:
    return Due(
        subject=event.id,
        receiver=url,
        channel=WEBHOOK + url,
        thread=event.case_key,
        data=event.model_dump(mode="json"),
        message_id=event.id,
    )
