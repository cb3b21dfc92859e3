"""Map posts, annotations and cases to rows and back."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from itertools import islice
from typing import Any, TypeVar

from pydantic import TypeAdapter
from sqlalchemy import Row, Table

from core.records.annotation import Annotation, Label, Place
from core.records.case import Case
from core.records.post import REACH, Post
from ledger import schema

One = TypeVar("One")
CHUNK = 500
"""Ids in one statement: far below the limit of either database."""

LABELS: TypeAdapter[dict[str, Label]] = TypeAdapter(dict[str, Label])
PLACES: TypeAdapter[tuple[Place, ...]] = TypeAdapter(tuple[Place, ...])

ANNOTATION = tuple(schema.annotations.c[name] for name in ("embedding", "labels", "model", "truncated", "features"))
"""Columns of an annotation."""
_FIELDS = ("post_id", "source", "kind", "own", "author", "text", "created_at", "received_at", "edited_at")
_MORE_FIELDS = ("replayed_from", "thread", "reply_to", "style", *REACH, "followers_band", "lat", "lon", "service")


def post_values(post: Post, run_id: str) -> dict[str, Any]:
    """Return the row of a new post."""
    fields = {name: getattr(post, name) for name in (*_FIELDS, *_MORE_FIELDS)}
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


def requeue_values() -> dict[str, Any]:
    """Return the values that queue a post for annotation again.

    A worker that is annotating it now loses its lease.
    """
    return changed_values(schema.posts) | {"state": "pending", "state_reason": None, "annotate_worker": None, "annotate_until": None}


def changed_values(table: Table) -> dict[str, Any]:
    """Return the values of every change: higher version, pending in the index.

    A worker that is writing the older version there keeps its lease: two writers of one document could overtake each other.
    """
    return {"version": table.c.version + 1, "index_state": "pending", "index_reason": None}


def post_of(row: Row[Any]) -> Post:
    """Return the post of a row; its origin is in another table."""
    fields = {name: getattr(row, name) for name in (*_FIELDS, *_MORE_FIELDS)}
    return Post(**fields, language=row.network_language)


def annotation_of(row: Row[Any], corrections: dict[str, str | bool]) -> Annotation:
    """Return the annotation of a row, with people's corrections applied."""
    return Annotation(
        post_id=row.post_id,
        embedding=bytes(row.embedding),
        labels=apply_corrections(LABELS.validate_json(row.labels), corrections),
        model=row.model,
        truncated=row.truncated,
        features=None if corrections else row.features,
    )


def apply_corrections(labels: dict[str, Label], corrections: dict[str, str | bool]) -> dict[str, Label]:
    """Apply corrections to labels: a person overrides the model.

    >>> spam = Label(question="spam", value=True, score=0.8, model="m@1")
    >>> apply_corrections({"spam": spam}, {"spam": False})["spam"].value
    False
    """
    return labels | {question: _corrected(question, value) for question, value in corrections.items()}


def _corrected(question: str, value: str | bool) -> Label:
    """Return the label of a correction.

    A person is sure; the score of a yes-or-no question is the probability of yes.
    """
    return Label(question=question, value=value, score=0.0 if value is False else 1.0, model="person")


def case_of(row: Row[Any], post_ids: tuple[str, ...]) -> Case:
    """Return the case of a row."""
    names = ("incident_key", "title", "topic", "department", "priority", "reason", "received_at", "due_at", "place")
    more = ("district", "barrio", "lat", "lon", "state", "system", "reference", "replay", "kind", "priority_points", "topic_guess")
    return Case(key=row.case_key, post_ids=post_ids, **{name: getattr(row, name) for name in (*names, *more)})


def case_values(case: Case) -> dict[str, Any]:
    """Return the row of a case that is opened now."""
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
        "vote_due": False,
        "index_state": "pending",
        "in_engine": False,
    }


def is_lease_expired(until: datetime | None, now: datetime) -> bool:
    """Tell whether a lease has expired, or was never taken."""
    return until is None or until <= now


def chunks(items: Iterable[One]) -> Iterator[list[One]]:
    """Yield the items in lists of at most CHUNK."""
    remaining = iter(items)
    while some := list(islice(remaining, CHUNK)):
        yield some
