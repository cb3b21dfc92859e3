"""From the tables to the flat record of a post: labels as people corrected them, the decision, the case."""

from typing import Any

from sqlalchemy import Row, Select, select

from core.read_models import PostRecord
from ledger import schema
from ledger.mapping import PLACES

_OF_POST = ("post_id", "source", "kind", "own", "author", "text", "created_at", "received_at", "edited_at")
_OF_POST_TOO = ("replayed_from", "thread", "reply_to", "decision", "month", "version")
_OF_LABELS = (
    "sentiment", "sentiment_score", "intent", "intent_score", "topic", "topic_score", "actionable", "actionable_score",
    "relevance", "relevance_score", "spam", "spam_score", "model", "place", "district", "barrio", "lat", "lon",
)  # fmt: skip


def posts_with_all() -> Select[Any]:
    """Everything a fact needs, one row a post; a post that was not read yet has no labels."""
    posts, labels, case_posts = schema.posts, schema.labels, schema.case_posts
    return (
        select(
            *(posts.c[name] for name in (*_OF_POST, *_OF_POST_TOO)),
            posts.c.decision_reason,
            posts.c.case_kind,
            posts.c.case_kind_reason,
            posts.c.network_language,
            *(labels.c[name] for name in _OF_LABELS),
            labels.c.language,
            labels.c.corrected,
            labels.c.places,
            case_posts.c.case_key,
        )
        .outerjoin(labels, labels.c.post_id == posts.c.post_id)
        .outerjoin(case_posts, case_posts.c.post_id == posts.c.post_id)
    )


def post_fact_of(row: Row[Any]) -> PostRecord:
    """The fact of such a row."""
    fields = {name: getattr(row, name) for name in (*_OF_POST, *_OF_POST_TOO, *_OF_LABELS)}
    return PostRecord(
        **fields,
        replay=row.replayed_from is not None,
        language=row.language or row.network_language,
        corrected=tuple(row.corrected or ()),
        places=PLACES.validate_json(row.places) if row.places else (),
        reason=row.decision_reason,
        case_kind=row.case_kind,
        case_kind_reason=row.case_kind_reason or None,
        case_key=row.case_key,
    )
