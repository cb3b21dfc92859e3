"""From facts to rows and back: how a post, its reading and a case are written down."""

from datetime import datetime
from typing import Any

from pydantic import TypeAdapter
from sqlalchemy import Row, Table

from core.annotation import Annotation, Label, Place
from core.case import Case
from core.post import Post
from ledger import schema

CHUNK = 500
"""Ids named in one statement: far below what either database takes."""

LABELS: TypeAdapter[dict[str, Label]] = TypeAdapter(dict[str, Label])
PLACES: TypeAdapter[tuple[Place, ...]] = TypeAdapter(tuple[Place, ...])

_AS_IT_IS = ("post_id", "source", "kind", "own", "author", "text", "created_at", "received_at", "edited_at")
_AS_IT_IS_TOO = ("replayed_from", "thread", "reply_to")


def post_values(post: Post, run_id: str) -> dict[str, Any]:
    """The row of a post that has just come in."""
    fields = {name: getattr(post, name) for name in (*_AS_IT_IS, *_AS_IT_IS_TOO)}
    return fields | {
        "run_id": run_id,
        "network_language": post.language,
        "month": f"{post.created_at:%Y.%m}",
        "text_version": 1,
        "state": "pending",
        "decision": "untriaged",
        "decision_reason": "",
        "version": 1,
        "index_state": "pending",
        "in_engine": False,
    }


def unread_again() -> dict[str, Any]:
    """What makes a post wait for the reader again; whoever reads it right now loses the lease."""
    return changed(schema.posts) | {"state": "pending", "state_reason": None, "read_worker": None, "read_until": None}


def changed(table: Table) -> dict[str, Any]:
    """What every change of a post or a case brings with it: a higher version, which the search engine has yet to get.

    Who is writing the older version there keeps its lease: two writers of one document could overtake each other.
    """
    return {"version": table.c.version + 1, "index_state": "pending", "index_reason": None}


def post_of(row: Row[Any]) -> Post:
    """The post of a row; its origin stays locked away in its own table."""
    fields = {name: getattr(row, name) for name in (*_AS_IT_IS, *_AS_IT_IS_TOO)}
    return Post(**fields, language=row.network_language)


def reading_of(row: Row[Any], corrections: dict[str, str | bool]) -> Annotation:
    """The reading of a row, with people's corrections laid over the labels."""
    return Annotation(
        post_id=row.post_id,
        embedding=bytes(row.embedding),
        labels=overlaid(LABELS.validate_json(row.labels), corrections),
        model=row.model,
        truncated=row.truncated,
    )


def overlaid(labels: dict[str, Label], corrections: dict[str, str | bool]) -> dict[str, Label]:
    """What holds now: a person's word before the reader's."""
    return labels | {question: _corrected(question, value) for question, value in corrections.items()}


def _corrected(question: str, value: str | bool) -> Label:
    """A person is sure; the score of a yes-or-no question says how likely it is true."""
    return Label(question=question, value=value, score=0.0 if value is False else 1.0, model="person")


def case_of(row: Row[Any], post_ids: tuple[str, ...]) -> Case:
    """The case of a row."""
    names = ("incident_key", "title", "topic", "department", "priority", "reason", "received_at", "due_at", "place")
    more = ("district", "barrio", "lat", "lon", "state", "system", "reference", "replay", "kind")
    return Case(key=row.case_key, post_ids=post_ids, **{name: getattr(row, name) for name in (*names, *more)})


def case_values(case: Case) -> dict[str, Any]:
    """The row of a case that is opened now."""
    fields = case.model_dump(exclude={"key", "post_ids", "state", "reference"})
    return fields | {
        "case_key": case.key,
        "deliver_to": case.system,
        "state": "new",
        "month": f"{case.received_at:%Y.%m}",
        "sources": [],
        "posts": 0,
        "authors": 0,
        "forgotten": 0,
        "version": 1,
        "revision": 1,
        "index_state": "pending",
        "in_engine": False,
    }


def lease_is_over(until: datetime | None, now: datetime) -> bool:
    """True when nobody holds this any more."""
    return until is None or until <= now
