"""Annotation posts: lists with filters that the database applies, and all that is known of one post."""

from collections.abc import Iterator
from datetime import datetime
from typing import Any, Literal, TypedDict, Unpack

from sqlalchemy import ColumnElement, Select, func, select

from core.annotation import Annotation
from core.post import EXAMPLE, Post
from core.read_models import PostRecord
from core.records import Record, UtcDatetime
from ledger import mapping, schema
from ledger.database import Ledger
from ledger.processing import labels as label_columns
from ledger.read.post_records import post_fact_of, posts_with_all

Order = Literal["newest", "oldest", "received", "actionable"]
AT_ONCE = 1000

_posts, _labels = schema.posts.c, schema.labels.c
_ORDERS: dict[Order, tuple[ColumnElement[Any], ...]] = {
    "newest": (_posts.created_at.desc(), _posts.post_id.desc()),
    "oldest": (_posts.created_at, _posts.post_id),
    "received": (_posts.received_at.desc(), _posts.post_id.desc()),
    "actionable": (_labels.actionable_score.desc().nulls_last(), _posts.created_at.desc(), _posts.post_id.desc()),
}
_EQUAL: dict[str, ColumnElement[Any]] = {
    **{name: _posts[name] for name in ("source", "kind", "own", "author", "thread", "decision", "state", "case_kind")},
    **{
        name: _labels[name]
        for name in ("topic", "sentiment", "intent", "actionable", "relevance", "spam", "district", "barrio")
    },
    "case_key": schema.case_posts.c.case_key,
    "language": func.coalesce(_labels.language, _posts.network_language),
}


class PostFilters(TypedDict, total=False):
    """Which posts; a filter that is None is not set."""

    since: datetime | None
    """Written at this moment or later."""
    until: datetime | None
    """Written before this moment."""
    text: str | None
    """These words stand in it just so (large and small letters alike)."""
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
    language: str | None


class Correction(Record):
    """A person's word on a label."""

    post_id: str
    question: str
    value: str | bool
    who: str
    why: str
    at: UtcDatetime


def post_records(
    ledger: Ledger,
    *,
    order: Order = "newest",
    limit: int | None = None,
    offset: int = 0,
    **filters: Unpack[PostFilters],
) -> Iterator[PostRecord]:
    """The posts that pass all filters, one after the other, all from one moment."""
    statement = _filtered(posts_with_all(), filters).order_by(*_ORDERS[order]).limit(limit).offset(offset)
    with ledger.read() as connection:
        for row in connection.execution_options(yield_per=AT_ONCE).execute(statement):
            yield post_fact_of(row)


def count_posts(ledger: Ledger, **filters: Unpack[PostFilters]) -> int:
    """How many posts pass all filters."""
    ids = _filtered(posts_with_all().with_only_columns(_posts.post_id), filters).subquery()
    with ledger.read() as connection:
        return int(connection.execute(select(func.count()).select_from(ids)).scalar_one())


def _filtered(statement: Select[Any], filters: PostFilters) -> Select[Any]:
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
        else:
            statement = statement.where(_EQUAL[name] == value)
    return statement


def post_record(ledger: Ledger, post_id: str) -> PostRecord | None:
    """All that is known of one post; None when the ledger has none of this id."""
    with ledger.read() as connection:
        row = connection.execute(posts_with_all().where(_posts.post_id == post_id)).one_or_none()
    return None if row is None else post_fact_of(row)


def post_of(ledger: Ledger, post_id: str) -> Post | None:
    """The post itself, without its origin."""
    with ledger.read() as connection:
        row = connection.execute(select(schema.posts).where(_posts.post_id == post_id)).one_or_none()
    return None if row is None else mapping.post_of(row)


def thread(ledger: Ledger, thread: str) -> list[PostRecord]:
    """The posts of a conversation, oldest first; its first message has the conversation's name as its id."""
    statement = posts_with_all().where((_posts.thread == thread) | (_posts.post_id == thread))
    with ledger.read() as connection:
        return [post_fact_of(row) for row in connection.execute(statement.order_by(*_ORDERS["oldest"]))]


def annotation_of(ledger: Ledger, post_id: str, corrected: bool = True) -> Annotation | None:
    """What the reader found, with corrections laid over it unless told otherwise; None before the post was read."""
    readings = schema.readings
    with ledger.read() as connection:
        row = connection.execute(select(readings).where(readings.c.post_id == post_id)).one_or_none()
        said = label_columns.corrections_of(connection, [post_id]).get(post_id, {}) if corrected else {}
    return None if row is None else mapping.reading_of(row, said)


def corrections_of(ledger: Ledger, post_id: str) -> list[Correction]:
    """Every correction of a post, oldest first; of each question the last one holds."""
    columns = schema.corrections.c
    statement = select(*(columns[name] for name in Correction.model_fields)).where(columns.post_id == post_id)
    with ledger.read() as connection:
        return [Correction(**row) for row in connection.execute(statement.order_by(columns.id)).mappings()]


def origin_of(ledger: Ledger, post_id: str) -> str | None:
    """Native id and link, encrypted; None when they were forgotten."""
    origins = schema.origins.c
    with ledger.read() as connection:
        found: str | None = connection.execute(
            select(origins.origin).where(origins.post_id == post_id)
        ).scalar_one_or_none()
    return found
