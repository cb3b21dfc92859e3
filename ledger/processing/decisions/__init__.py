"""Select posts for triage and store its decisions.

The one entrance for triage: `untriaged` gives the posts to decide, `known_posts` those decided before, and `store_decisions` writes
decisions, cases and deliveries in one transaction.
"""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import select, update

from core.records.annotation import Annotation
from core.records.decision import Decision
from core.records.post import Post
from ledger import schema
from ledger.cases.history.entries import ESCUCHA
from ledger.database import Ledger
from ledger.database.writing import writing
from ledger.leases import must_hold
from ledger.mapping import ANNOTATION, annotation_of, post_of
from ledger.processing.decisions.stored_posts import StoredPosts, is_untouched, known_posts
from ledger.processing.decisions.writer import still_valid, write_decisions
from ledger.processing.labels import corrections_of

TRIAGE = "triage"


def untriaged(ledger: Ledger, limit: int, post_ids: Collection[str] | None = None) -> list[tuple[Post, Annotation]]:
    """Return annotated, undecided posts, oldest first, with corrections applied.

    With `post_ids` only of these. The ledger stores which version of each was offered: a decision about an older one is not written.
    """
    posts, annotations = schema.posts, schema.annotations
    waits = (posts.c.state == "classified") & (posts.c.decision == "untriaged")
    chosen = waits if post_ids is None else waits & posts.c.post_id.in_(sorted(post_ids))
    oldest = select(posts.c.post_id).where(chosen).order_by(posts.c.created_at, posts.c.post_id).limit(limit)
    whole = (
        select(posts, *ANNOTATION)
        .join(annotations, annotations.c.post_id == posts.c.post_id)
        .order_by(posts.c.post_id)  # rows are locked in this order everywhere; otherwise two workers could deadlock
        .with_for_update(of=posts)
    )
    with writing(ledger) as connection:
        ids = list(connection.execute(oldest).scalars())
        rows = connection.execute(whole.where(waits, posts.c.post_id.in_(ids))).all()
        offered = update(posts).where(posts.c.post_id.in_([row.post_id for row in rows]))
        connection.execute(offered.values(offered_version=posts.c.version))
        corrections = corrections_of(connection, ids)
    rows = sorted(rows, key=lambda row: (row.created_at, row.post_id))
    return [(post_of(row), annotation_of(row, corrections.get(row.post_id, {}))) for row in rows]


def is_settled(ledger: Ledger, post_id: str) -> bool:
    """Tell whether nothing is left to decide: decided, quarantined, or gone."""
    posts = schema.posts.c
    waits = select(posts.post_id).where(posts.post_id == post_id, posts.decision == "untriaged", posts.state != "quarantined")
    with ledger.read() as connection:
        return connection.execute(waits).first() is None


def store_decisions(ledger: Ledger, holder: str, decisions: Sequence[Decision], now: datetime) -> int:
    """Store decisions of triage with cases and deliveries; return how many.

    A post that was erased, edited, corrected or decided meanwhile is skipped, and with it every decision for a case that
    counts on it: these posts stay untriaged, the next round decides them.

    Raises:
        LeaseLostError: `holder` does not hold the lease `triage`.
    """
    with writing(ledger) as connection:
        must_hold(connection, TRIAGE, holder)
        posts = schema.posts.c
        valid = still_valid(connection, decisions, (posts.decision == "untriaged") & (posts.version == posts.offered_version))
        write_decisions(connection, valid, ESCUCHA, now)
    return len(valid)
