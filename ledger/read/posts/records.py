"""Build the flat record of a post: corrected labels, decision, case."""

from typing import Any

from sqlalchemy import ColumnElement, Row, Select, Text, case, cast, select

from core.records.decision import CHOSEN_SERVICE, COPY
from core.records.post import REACH
from core.records.read_models import PostRecord
from ledger import schema
from ledger.mapping import PLACES
from ledger.processing.labels import SCORED, UNSCORED

_OF_POST = ("post_id", "source", "kind", "own", "author", "text", "created_at", "received_at", "edited_at")
_OF_POST_TOO = ("replayed_from", "thread", "reply_to", "style", "decision", "month", "version", *REACH, "followers_band")
_OF_LABELS = tuple(
    """
    sentiment sentiment_score intent intent_score topic topic_score actionable actionable_score relevance relevance_score spam
    spam_score sensitive model place district barrio lat lon topic_certainty actionable_certainty
    """.split()
)


def select_post_records() -> Select[Any]:
    """Select the columns of a post record, one row a post.

    A post without annotation has no labels.
    """
    posts, labels, case_posts = schema.posts, schema.labels, schema.case_posts
    return (
        select(
            *(posts.c[name] for name in (*_OF_POST, *_OF_POST_TOO)),
            posts.c.decision_reason,
            posts.c.decided_by,
            posts.c.case_kind,
            posts.c.case_kind_reason,
            posts.c.network_language,
            *(labels.c[name] for name in _OF_LABELS),
            labels.c.language,
            labels.c.corrected,
            labels.c.confirmed,
            labels.c.places,
            _chosen_by_citizen().label("topic_chosen"),
            case_posts.c.case_key,
        )
        .outerjoin(labels, labels.c.post_id == posts.c.post_id)
        .outerjoin(case_posts, case_posts.c.post_id == posts.c.post_id)
    )


def _chosen_by_citizen() -> ColumnElement[bool]:
    """Return the condition for a topic in force that a citizen chose."""
    said, posts = schema.corrections.c, schema.posts.c
    last = select(said.why).where(said.post_id == posts.post_id, said.question == "topic").order_by(said.id.desc())
    corrected = cast(schema.labels.c.corrected, Text).contains('"topic"')  # most posts have none: nothing is looked up
    return case((corrected, last.limit(1).scalar_subquery() == CHOSEN_SERVICE), else_=False)


def _review_of(row: Row[Any]) -> tuple[tuple[str, ...], bool]:
    """Return what a review checked, and whether the label agrees.

    Who accepts a post says that it can be acted on, who rejects it that it cannot. A correction says it itself.
    """
    if row.decided_by is None or row.decision not in ("in_case", "no_case") or row.actionable is None:
        return (), False
    return (() if "actionable" in (row.corrected or ()) else ("actionable",)), row.actionable == (row.decision == "in_case")


def post_record_of(row: Row[Any]) -> PostRecord:
    """Return the post record of such a row."""
    corrected = tuple(row.corrected or ())
    reviewed, agrees = _review_of(row)
    by_citizen = {"topic"} if row.topic_chosen else set()
    confirmed = tuple(sorted({*(row.confirmed or ()), *(reviewed if agrees else ())} - by_citizen))
    checked = sorted({*corrected, *reviewed} - by_citizen)
    fields = {name: getattr(row, name) for name in (*_OF_POST, *_OF_POST_TOO, *_OF_LABELS)}
    if COPY in row.decision_reason and "spam" not in (row.corrected or ()):
        fields["spam"] = True
    return PostRecord(
        **fields,
        replay=row.replayed_from is not None,
        language=row.language or row.network_language,
        corrected=corrected,
        confirmed=confirmed,
        changed=tuple(one for one in checked if one not in confirmed and one in (*SCORED, *UNSCORED)),
        delay_hours=(row.received_at - row.created_at).total_seconds() / 3600,
        places=PLACES.validate_json(row.places) if row.places else (),
        reason=row.decision_reason,
        case_kind=row.case_kind,
        case_kind_reason=row.case_kind_reason or None,
        case_key=row.case_key,
    )
