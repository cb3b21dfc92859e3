"""Query early warnings, and the posts from which they are made."""

import json
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import ColumnElement, Row, func, or_, select

from core.records import Record, UtcDatetime
from core.records.post import is_example
from ledger import schema
from ledger.database import Ledger

SURE = 0.5
"""Probability from which a resolved place counts."""
AREAS = ("district", "barrio")
"""Kinds of places whose middle says nothing of where a post is."""
_posts, _labels, _warnings = schema.posts.c, schema.labels.c, schema.warnings.c


class SeenPost(Record):
    """Hold what early warning takes from a post."""

    post_id: str
    at: UtcDatetime
    author: str | None
    source: str
    text: str
    topic: str | None
    case_kind: str | None
    relevant: bool
    made_up: bool
    """Replayed or an example."""
    places: tuple[tuple[str, str], ...]
    """Kind and official name."""
    point: tuple[float, float] | None
    """Where it is, in WGS 84: the point that it gives, else that of the place most surely named. None: neither is known."""
    service: str | None
    """Topic of the service that its citizen chose; None: chose none."""
    style: str | None
    """Of a post from a file: network, platform or letter; None: as its source says."""
    receipt: bool
    """Its citizen has the number of a receipt: it came by a form or by Open311."""


class EarlyWarning(Record):
    """Describe an early warning."""

    number: int
    kind: str
    subject: str
    started_at: UtcDatetime
    detected_at: UtcDatetime
    last_at: UtcDatetime
    ended_at: UtcDatetime | None
    people: int
    counted: int
    expected: float
    window_s: int
    score: float
    also: tuple[tuple[str, str], ...]
    shown: tuple[str, ...]
    example: bool
    announced: int


class WarningNotice(Record):
    """Describe one notice of a warning."""

    warning: int
    sequence: int
    change: str
    """`started`, `grew` or `ended`."""
    people: int
    at: UtcDatetime


def _counts(since: datetime) -> tuple[ColumnElement[bool], ...]:
    """Return the conditions under which early warning counts a post."""
    return (_posts.created_at >= since, _posts.own.is_(False), _labels.spam.is_not(True), _posts.state == "classified")


def seen_posts(ledger: Ledger, since: datetime, limit: int) -> list[SeenPost]:
    """Return the posts that count, written since a moment, newest first.

    At most `limit`."""
    columns = (
        _posts.post_id,
        _posts.created_at,
        _posts.author,
        _posts.source,
        _posts.text,
        _posts.case_kind,
        _posts.replayed_from,
        _posts.service,
        _posts.style,
        _posts.lat,
        _posts.lon,
        _labels.topic,
        _labels.relevance,
        _labels.places,
        _labels.district,
        _labels.barrio,
        schema.receipts.c.number,
    )
    statement = (
        select(*columns)
        .join(schema.labels, _labels.post_id == _posts.post_id)
        .outerjoin(schema.receipts, schema.receipts.c.post_id == _posts.post_id)
        .where(*_counts(since))
        .order_by(_posts.created_at.desc(), _posts.post_id)
        .limit(limit)
    )
    with ledger.read() as connection:
        return [_seen(row) for row in connection.execute(statement)]


def count_seen(ledger: Ledger, since: datetime, limit: int, until: datetime | None = None) -> int:
    """Return how many posts early warning counts in a span.

    At most `limit`."""
    before = () if until is None else (_posts.created_at < until,)
    some = select(_posts.post_id).join(schema.labels, _labels.post_id == _posts.post_id).where(*_counts(since), *before).limit(limit)
    with ledger.read() as connection:
        return int(connection.execute(select(func.count()).select_from(some.subquery())).scalar_one())


def _seen(row: Row[Any]) -> SeenPost:
    named = [one for one in json.loads(row.places or "[]") if one["name"] and one["sure"] >= SURE]
    return SeenPost.model_construct(
        post_id=row.post_id,
        at=row.created_at,
        author=row.author,
        source=row.source,
        text=row.text,
        topic=row.topic,
        case_kind=row.case_kind,
        relevant=row.relevance is not False,
        made_up=row.replayed_from is not None or is_example(row.source),
        places=_places(row, named),
        service=row.service,
        style=row.style,
        point=(row.lat, row.lon) if row.lat is not None else _point(named),
        receipt=row.number is not None,
    )


def _places(row: Row[Any], named: Sequence[dict[str, Any]]) -> tuple[tuple[str, str], ...]:
    found = [("district", row.district), ("barrio", row.barrio), *((one["kind"], one["name"]) for one in named)]
    return tuple(sorted({(kind, name) for kind, name in found if name}))


def _point(named: Sequence[dict[str, Any]]) -> tuple[float, float] | None:
    """Return the point of the place most surely named; areas have none."""
    known = [one for one in named if one["kind"] not in AREAS and one.get("lat") is not None]
    best = max(known, key=lambda one: float(one["sure"]), default=None)
    return None if best is None else (best["lat"], best["lon"])


def warnings(ledger: Ledger, *, open_only: bool = False, since: datetime | None = None, limit: int = 100) -> list[EarlyWarning]:
    """Return warnings, newest first.

    Args:
        ledger: the ledger.
        open_only: only those that still go on.
        since: only those that still went on at this moment or later.
        limit: the most to return.
    """
    wanted: list[ColumnElement[bool]] = []
    if open_only:
        wanted.append(_warnings.ended_at.is_(None))
    if since is not None:
        wanted.append(or_(_warnings.ended_at.is_(None), _warnings.last_at >= since))
    statement = select(schema.warnings).where(*wanted).order_by(_warnings.detected_at.desc(), _warnings.id.desc())
    with ledger.read() as connection:
        return [_warning(row) for row in connection.execute(statement.limit(limit))]


def warning(ledger: Ledger, number: int) -> EarlyWarning | None:
    """Return a warning; None if there is none of this number."""
    with ledger.read() as connection:
        row = connection.execute(select(schema.warnings).where(_warnings.id == number)).one_or_none()
    return None if row is None else _warning(row)


def warning_notice(ledger: Ledger, number: int, sequence: int) -> WarningNotice | None:
    """Return a notice of a warning; None if there is none."""
    table = schema.warning_notices
    columns = [table.c[name] for name in WarningNotice.model_fields]
    statement = select(*columns).where(table.c.warning == number, table.c.sequence == sequence)
    with ledger.read() as connection:
        row = connection.execute(statement).mappings().one_or_none()
    return None if row is None else WarningNotice(**row)


def warning_posts(ledger: Ledger, number: int) -> list[str]:
    """Return the ids of a warning's posts, oldest first."""
    table = schema.warning_posts
    of_warning = select(table.c.post_id).join(schema.posts, _posts.post_id == table.c.post_id)
    statement = of_warning.where(table.c.warning == number).order_by(_posts.created_at, _posts.post_id)
    with ledger.read() as connection:
        return list(connection.execute(statement).scalars())


def _warning(row: Row[Any]) -> EarlyWarning:
    names = [name for name in EarlyWarning.model_fields if name not in ("number", "also", "shown")]
    also = tuple((kind, name) for kind, name in row.also)
    return EarlyWarning(number=row.id, also=also, shown=tuple(row.shown), **{name: getattr(row, name) for name in names})
