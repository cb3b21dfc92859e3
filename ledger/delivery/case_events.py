"""Deliver case events to webhooks, at least once, in order per case.

    pending -> sending (claimed by a worker) -> sent, pending (tried again later), dead (tried too often)

A delivery whose lease expired may have arrived: it is sent again with the same event id, by which the receiver drops the copy.
The outcome of an attempt that was given up changes nothing.
"""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from typing import Any

from sqlalchemy import ColumnElement, Connection, delete, func, or_, select, update

from core.records import Record, UtcDatetime
from core.records.case_event import CaseEvent
from ledger import schema
from ledger.database import Ledger, insert
from ledger.database.writing import writing

KEPT = timedelta(days=30)
"""How long events and dead deliveries are kept."""
_events, _table, _endpoints = schema.case_events, schema.webhook_deliveries, schema.webhook_endpoints
_UNFINISHED = ("pending", "sending")
QUEUE_AT_ONCE = 1_000


class ClaimedEvent(Record):
    """Hold one claimed delivery."""

    number: int
    endpoint: str
    event: CaseEvent
    attempt: int
    """1 for the first."""
    failures: int
    """Of the endpoint, one after another."""


class EndpointState(Record):
    """Describe what waits for one endpoint, and its last failure."""

    endpoint: str
    pending: int
    dead: int
    stopped_at: UtcDatetime | None
    failures: int
    reason: str


def queue(ledger: Ledger, wanted: Mapping[str, Collection[str]], now: datetime) -> int:
    """Write the deliveries of new events; return how many.

    Args:
        wanted: names of events by endpoint.
    """
    total = 0
    while True:
        with writing(ledger) as connection:
            # Another worker waits here until these are written: a later event of a case is never queued before an earlier one.
            new = select(_events).where(~_events.c.queued).order_by(_events.c.id).limit(QUEUE_AT_ONCE)
            found = connection.execute(new.with_for_update()).all()
            rows = [
                {
                    "event": one.id,
                    "endpoint": endpoint,
                    "case_key": one.case_key,
                    "state": "pending",
                    "attempt": 0,
                    "reason": "",
                    "changed_at": now,
                }
                for one in found
                for endpoint, names in sorted(wanted.items())
                if one.name in names
            ]
            if rows:
                connection.execute(_table.insert(), rows)
            connection.execute(update(_events).where(_events.c.id.in_([one.id for one in found])).values(queued=True))
        total += len(rows)
        if len(found) < QUEUE_AT_ONCE:
            return total


def claim(ledger: Ledger, endpoints: Collection[str], worker: str, now: datetime, lease: timedelta) -> ClaimedEvent | None:
    """Claim the delivery that was tried least, oldest first.

    None: nothing can be sent to these endpoints now.
    """
    ready = select(_table.c.event, _table.c.endpoint).where(_ready(endpoints, now))
    first = ready.order_by(_table.c.attempt, _table.c.event).limit(1).with_for_update(skip_locked=True, of=_table)
    with writing(ledger) as connection:
        found = connection.execute(first).one_or_none()
        if found is None:
            return None
        this = (_table.c.event == found.event) & (_table.c.endpoint == found.endpoint)
        taken = {"state": "sending", "worker": worker, "until": now + lease, "changed_at": now}
        taken |= {"attempt": _table.c.attempt + 1}
        attempt = connection.execute(update(_table).where(this).values(**taken).returning(_table.c.attempt)).scalar_one()
        event = connection.execute(select(_events).where(_events.c.id == found.event)).one()
        failed = select(_endpoints.c.failures).where(_endpoints.c.endpoint == found.endpoint)
        failures = connection.execute(failed).scalar_one_or_none() or 0
    made = CaseEvent(id=event.event_id, name=event.name, case_key=event.case_key, sequence=event.sequence, at=event.at, data=event.data)
    return ClaimedEvent(number=event.id, endpoint=found.endpoint, event=made, attempt=attempt, failures=failures)


def _ready(endpoints: Collection[str], now: datetime) -> ColumnElement[bool]:
    earlier = _table.alias("earlier")
    # A lease that expired is claimed again; until then the later events of the case wait.
    waits = select(earlier.c.event).where(
        earlier.c.case_key == _table.c.case_key,
        earlier.c.endpoint == _table.c.endpoint,
        earlier.c.event < _table.c.event,
        earlier.c.state.in_(_UNFINISHED),
    )
    paused = select(_endpoints.c.endpoint).where(
        _endpoints.c.endpoint == _table.c.endpoint, or_(_endpoints.c.stopped_at.is_not(None), _endpoints.c.not_before > now)
    )
    due = or_(_table.c.not_before.is_(None), _table.c.not_before <= now)
    expired = or_(_table.c.until.is_(None), _table.c.until <= now)
    states = ((_table.c.state == "pending") & due) | ((_table.c.state == "sending") & expired)
    return _table.c.endpoint.in_(sorted(endpoints)) & states & ~waits.exists() & ~paused.exists()


def renew(ledger: Ledger, due: ClaimedEvent, now: datetime, lease: timedelta) -> bool:
    """Extend a claim directly before its event is sent.

    False: the lease ended and another worker claimed it. Nothing may be sent then.
    """
    with writing(ledger) as connection:
        return bool(connection.execute(update(_table).where(_current(due)).values(until=now + lease)).rowcount)


def mark_sent(ledger: Ledger, due: ClaimedEvent, now: datetime) -> bool:
    """Store that the receiver took an event; False if known already."""
    with writing(ledger) as connection:
        if not _settle(connection, due, now, state="sent", reason="", not_before=None):
            return False
        recovered = (_endpoints.c.endpoint == due.endpoint) & _endpoints.c.stopped_at.is_(None)
        connection.execute(delete(_endpoints).where(recovered))
    return True


def mark_failed(ledger: Ledger, due: ClaimedEvent, reason: str, now: datetime, not_before: datetime | None) -> bool:
    """Store a failure: tried again at `not_before`, or dead when None.

    False if the attempt was given up meanwhile.
    """
    state = "dead" if not_before is None else "pending"
    with writing(ledger) as connection:
        return _settle(connection, due, now, state=state, reason=reason, not_before=not_before)


def pause(ledger: Ledger, endpoint: str, reason: str, until: datetime) -> None:
    """Send nothing to an endpoint until a moment."""
    _note_failure(ledger, endpoint, {"reason": reason, "not_before": until})


def stop(ledger: Ledger, endpoint: str, reason: str, now: datetime) -> None:
    """Send nothing to an endpoint until a person retries it."""
    _note_failure(ledger, endpoint, {"reason": reason, "stopped_at": now})


def _note_failure(ledger: Ledger, endpoint: str, new: Mapping[str, object]) -> None:
    with writing(ledger) as connection:
        statement = insert(connection, _endpoints).values(endpoint=endpoint, failures=1, **new)
        again = {"failures": _endpoints.c.failures + 1, **new}
        connection.execute(statement.on_conflict_do_update(index_elements=["endpoint"], set_=again))


def _settle(connection: Connection, due: ClaimedEvent, now: datetime, **new: object) -> bool:
    values = {"worker": None, "until": None, "changed_at": now, **new}
    return bool(connection.execute(update(_table).where(_current(due)).values(**values)).rowcount)


def _current(due: ClaimedEvent) -> ColumnElement[bool]:
    mine = (_table.c.event == due.number) & (_table.c.endpoint == due.endpoint)
    return mine & (_table.c.state == "sending") & (_table.c.attempt == due.attempt)


def retry(ledger: Ledger, endpoints: Collection[str], now: datetime) -> int:
    """Queue the dead deliveries of these endpoints again; return how many.

    Pauses and stops of the endpoints end.
    """
    dead = (_table.c.state == "dead") & _table.c.endpoint.in_(sorted(endpoints))
    waiting = (_table.c.state == "pending") & _table.c.endpoint.in_(sorted(endpoints))
    with writing(ledger) as connection:
        connection.execute(delete(_endpoints).where(_endpoints.c.endpoint.in_(sorted(endpoints))))
        connection.execute(update(_table).where(waiting).values(not_before=None))
        fresh: dict[str, Any] = {"state": "pending", "attempt": 0, "not_before": None, "changed_at": now}
        return int(connection.execute(update(_table).where(dead).values(**fresh)).rowcount)


def states(ledger: Ledger, endpoints: Collection[str]) -> list[EndpointState]:
    """Return the state of each of these endpoints."""
    counts = (
        select(
            _table.c.endpoint,
            func.count().filter(_table.c.state.in_(_UNFINISHED)).label("pending"),
            func.count().filter(_table.c.state == "dead").label("dead"),
            func.max(_table.c.reason).filter(_table.c.state.in_(("pending", "dead"))).label("reason"),
        )
        .where(_table.c.endpoint.in_(sorted(endpoints)))
        .group_by(_table.c.endpoint)
    )
    with ledger.read() as connection:
        counted = {row.endpoint: row for row in connection.execute(counts)}
        failed = {row.endpoint: row for row in connection.execute(select(_endpoints))}
    found = []
    for one in endpoints:
        count, failure = counted.get(one), failed.get(one)
        found.append(
            EndpointState(
                endpoint=one,
                pending=count.pending if count else 0,
                dead=count.dead if count else 0,
                stopped_at=failure.stopped_at if failure else None,
                failures=failure.failures if failure else 0,
                reason=(failure.reason if failure else "") or (count.reason if count else "") or "",
            )
        )
    return found


def prune(ledger: Ledger, endpoints: Collection[str], now: datetime) -> int:
    """Delete old events; return how many.

    An event that still waits for one of these endpoints stays.
    """
    waits = select(_table.c.event).where(
        _table.c.event == _events.c.id, _table.c.endpoint.in_(sorted(endpoints)), _table.c.state.in_(_UNFINISHED)
    )
    old = select(_events.c.id).where(_events.c.at < now - KEPT, _events.c.queued, ~waits.exists())
    with writing(ledger) as connection:
        ids = list(connection.execute(old.limit(QUEUE_AT_ONCE)).scalars())
        if ids:
            connection.execute(delete(_table).where(_table.c.event.in_(ids)))
            connection.execute(delete(_events).where(_events.c.id.in_(ids)))
    return len(ids)
