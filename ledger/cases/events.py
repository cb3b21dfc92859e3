"""Write the events of cases into the outbox.

Each is written in the transaction that changes the case. Cases that were replayed from an archive, or are made of examples, have no events.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import uuid4

from sqlalchemy import Connection, Row, select

from core.records.case_event import EventName
from core.records.post import is_example
from ledger import schema
from ledger.mapping import CHUNK

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
        "queued": False,
    }
