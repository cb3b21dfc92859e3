"""Query posts: filtered lists, and everything about one post.

The database applies the filters.
"""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal, TypedDict, Unpack

from sqlalchemy import ColumnElement, Select, false, func, select

from core.records import Record, UtcDatetime
from core.records.annotation import BORDER, Annotation
from core.records.area import Area
from core.records.post import EXAMPLE, Post
from core.records.read_models import PostRecord
from ledger import mapping, schema
from ledger.cases.counts import is_spam
from ledger.database import Ledger
from ledger.processing import labels as label_columns
from ledger.read.posts.areas import in_area
from ledger.read.posts.records import post_record_of, select_post_records

Order = Literal["newest", "oldest", "received", "actionable"]
BATCH_SIZE = 1000

_posts, _labels = schema.posts.c, schema.labels.c
_ORDERS: dict[Order, tuple[ColumnElement[Any], ...]] = {
    "newest": (_posts.created_at.desc(), _posts.post_id.desc()),
    "oldest": (_posts.created_at, _posts.post_id),
    "received": (_posts.received_at.desc(), _posts.post_id.desc()),
    "actionable": (_labels.actionable_score.desc().nulls_last(), _posts.created_at.desc(), _posts.post_id.desc()),
}
_EQUAL: dict[str, ColumnElement[Any]] = {
    **{name: _posts[name] for name in ("source", "kind", "own", "author", "thread", "decision", "state", "case_kind")},
    **{name: _labels[name] for name in ("topic", "sentiment", "intent", "actionable", "relevance", "district", "barrio")},
    "spam": is_spam(),
    "case_key": schema.case_posts.c.case_key,
    "language": func.coalesce(_labels.language, _posts.network_language),
}


class PostFilters(TypedDict, total=False):
    """Describe filters for posts; None: not set."""

    since: datetime | None
    """Written at this moment or later."""
    until: datetime | None
    """Written before this moment."""
    text: str | None
    """The text contains this string, ignoring case."""
    source: str | None
    kind: str | None
    own: bool | None
    author: str | None
    thread: str | None
    decision: str | None
    state: Literal["pending", "classified", "quarantined"] | None
    """The search engine holds classified posts only."""
    replay: bool | None
    example: bool | None
    """Written as an example, or not."""
    case_key: str | None
    case_kind: str | None
    topic: str | None
    sentiment: str | None
    intent: str | None
    actionable: bool | None
    relevance: bool | None
    spam: bool | None
    district: str | None
    barrio: str | None
    located: bool | None
    """Its district is known, or not."""
    asks_action: bool | None
    """A service can act on it, and it was not decided that it needs no case: `dashboards.boards.parts.ACTIONABLE`."""
    area: Area | None
    """Its place is a point in this area."""
    language: str | None


class Correction(Record):
    """Hold a person's correction of a label."""

    post_id: str
    question: str
    value: str | bool
    who: str
    why: str
    at: UtcDatetime


def post_records(
    ledger: Ledger, *, order: Order = "newest", limit: int | None = None, offset: int = 0, **filters: Unpack[PostFilters]
) -> Iterator[PostRecord]:
    """Yield the posts that match all filters, from one snapshot."""
    statement = filtered(select_post_records(), filters).order_by(*_ORDERS[order]).limit(limit).offset(offset)
    with ledger.read() as connection:
        for row in connection.execution_options(yield_per=BATCH_SIZE).execute(statement):
            yield post_record_of(row)


def count_posts(ledger: Ledger, **filters: Unpack[PostFilters]) -> int:
    """Count the posts that match all filters."""
    ids = filtered(select_post_records().with_only_columns(_posts.post_id), filters).subquery()
    with ledger.read() as connection:
        return int(connection.execute(select(func.count()).select_from(ids)).scalar_one())


def filtered(statement: Select[Any], filters: PostFilters) -> Select[Any]:
    """Restrict a query of posts and labels to those that match."""
    given: dict[str, Any] = {name: value for name, value in filters.items() if value is not None}
    for name, value in given.items():
        if name == "since":
            statement = statement.where(_posts.created_at >= value)
        elif name == "until":
            statement = statement.where(_posts.created_at < value)
        elif name == "replay":
            statement = statement.where(_posts.replayed_from.is_not(None) if value else _posts.replayed_from.is_(None))
        elif name == "example":
            is_example = _posts.source.startswith(EXAMPLE, autoescape=True)
            statement = statement.where(is_example if value else ~is_example)
        elif name == "text":
            statement = statement.where(_posts.text.icontains(value, autoescape=True))
        elif name == "located":
            statement = statement.where(_labels.district.is_not(None) if value else _labels.district.is_(None))
        elif name == "asks_action":
            asks = func.coalesce(_labels.actionable, false()) & (_posts.decision != "no_case")
            statement = statement.where(asks if value else ~asks)
        elif name == "area":
            statement = statement.where(in_area(_labels.lat, _labels.lon, value))
        else:
            statement = statement.where(_EQUAL[name] == value)
    return statement


def post_record(ledger: Ledger, post_id: str) -> PostRecord | None:
    """Return one post record; None when there is none with this id."""
    with ledger.read() as connection:
        row = connection.execute(select_post_records().where(_posts.post_id == post_id)).one_or_none()
    return None if row is None else post_record_of(row)


def post_of(ledger: Ledger, post_id: str) -> Post | None:
    """Return the post itself, without its origin; None when unknown."""
    with ledger.read() as connection:
        row = connection.execute(select(schema.posts).where(_posts.post_id == post_id)).one_or_none()
    return None if row is None else mapping.post_of(row)


def thread(ledger: Ledger, thread: str) -> list[PostRecord]:
    """List the posts of a thread, oldest first.

    The thread's id is the id of its first post.
    """
    statement = select_post_records().where((_posts.thread == thread) | (_posts.post_id == thread))
    with ledger.read() as connection:
        return [post_record_of(row) for row in connection.execute(statement.order_by(*_ORDERS["oldest"]))]


def annotation_of(ledger: Ledger, post_id: str, corrected: bool = True) -> Annotation | None:
    """Return the annotation of a post; None before it was annotated.

    Corrections are applied unless `corrected` is False.
    """
    annotations = schema.annotations
    with ledger.read() as connection:
        row = connection.execute(select(annotations).where(annotations.c.post_id == post_id)).one_or_none()
        corrections = label_columns.corrections_of(connection, [post_id]).get(post_id, {}) if corrected else {}
    return None if row is None else mapping.annotation_of(row, corrections)


def corrections_of(ledger: Ledger, post_id: str) -> list[Correction]:
    """List the corrections of a post, oldest first.

    Of each question the last one holds.
    """
    columns = schema.corrections.c
    statement = select(*(columns[name] for name in Correction.model_fields)).where(columns.post_id == post_id)
    with ledger.read() as connection:
        return [Correction(**row) for row in connection.execute(statement.order_by(columns.id)).mappings()]


def posts_at_border(ledger: Ledger, question: str) -> frozenset[str]:
    """Return the posts that staff last put at the question's border."""
    columns = schema.corrections.c
    statement = select(columns.post_id, columns.value).where(columns.question == question).order_by(columns.id)
    with ledger.read() as connection:
        last = {row.post_id: row.value for row in connection.execute(statement)}
    return frozenset(post_id for post_id, value in last.items() if value == BORDER)


def origin_of(ledger: Ledger, post_id: str) -> str | None:
    """Return native id and URL, encrypted; None when forgotten."""
    origins = schema.origins.c
    with ledger.read() as connection:
        found: str | None = connection.execute(select(origins.origin).where(origins.post_id == post_id)).scalar_one_or_none()
    return found
