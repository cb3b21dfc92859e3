"""Query how each source does: posts a day, backlog, wanted collections."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import func, select

from core.records import Record, UtcDatetime
from ledger import schema
from ledger.database import Ledger
from ledger.read.health.source_states import Reject
from ledger.read.posts.slots import slot_of

_posts, _rejects = schema.posts.c, schema.rejects.c


class CollectRequest(Record):
    """Hold the wish of a person that a source is collected soon."""

    source: str
    who: str
    at: UtcDatetime
    is_running: bool
    """A run that began before is not over yet."""


def posts_by_day(ledger: Ledger, bounds: Sequence[datetime]) -> dict[str, list[int]]:
    """Count the posts of each source between following moments.

    Read from an index alone: no text, no labels.
    """
    days = len(bounds) - 1
    slot = slot_of(bounds).label("slot")
    statement = select(_posts.source, slot, func.count().label("posts"))
    within = statement.where(_posts.created_at >= bounds[0], _posts.created_at < bounds[-1])
    found: dict[str, list[int]] = {}
    with ledger.read() as connection:
        for row in connection.execute(within.group_by(_posts.source, slot)):
            found.setdefault(row.source, [0] * days)[row.slot] = int(row.posts)
    return found


def backlog(ledger: Ledger) -> dict[str, int]:
    """Count the posts of each source that are not decided yet."""
    statement = select(_posts.source, func.count()).where(_posts.decision == "untriaged").group_by(_posts.source)
    with ledger.read() as connection:
        return dict(connection.execute(statement).tuples().all())


def collect_requests(ledger: Ledger) -> list[CollectRequest]:
    """Return the wishes that no run has met yet, oldest first."""
    requests, runs = schema.collect_requests.c, schema.runs.c
    met = select(runs.run_id).where(runs.source == requests.source, runs.started_at >= requests.at).exists()
    latest = schema.runs.alias().c
    last = select(func.max(latest.started_at)).where(latest.source == requests.source).scalar_subquery()
    is_open = runs.ended_at.is_(None) & (runs.started_at == last)
    running = select(runs.run_id).where(runs.source == requests.source, is_open).exists().label("is_running")
    statement = select(requests.source, requests.who, requests.at, running).where(~met).order_by(requests.at)
    with ledger.read() as connection:
        return [CollectRequest(**row) for row in connection.execute(statement).mappings()]


def refused(ledger: Ledger, source: str, reason: str | None = None, limit: int = 50, offset: int = 0) -> tuple[int, list[Reject]]:
    """Count the refused records of a source, and list the latest.

    `reason`: only these; None: all.
    """
    same = _rejects.source == source
    if reason is not None:
        same &= _rejects.reason == reason
    rows = select(*(_rejects[name] for name in Reject.model_fields)).where(same).order_by(_rejects.id.desc())
    with ledger.read() as connection:
        total = int(connection.execute(select(func.count()).where(same)).scalar_one())
        found = connection.execute(rows.limit(limit).offset(offset)).mappings().all()
    return total, [Reject(**row) for row in found]
