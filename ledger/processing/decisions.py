"""Deciding: the posts that triage has to look at, and what it decided, written down in one transaction."""

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select, update

from core.annotation import Annotation
from core.decision import Decision
from core.post import Post
from ledger import schema
from ledger.cases.history import ESCUCHA
from ledger.database import Ledger
from ledger.leases import hold, must_hold, release
from ledger.mapping import post_of, reading_of
from ledger.processing.decision_writer import still_valid, write_decisions
from ledger.processing.incidents import known_posts
from ledger.processing.labels import corrections_of
from ledger.processing.memberships import file_keys, prune, unfiled

__all__ = ["file_keys", "hold", "known_posts", "prune", "release", "store_decisions", "unfiled", "untriaged"]

TRIAGE = "triage"


def untriaged(ledger: Ledger, limit: int) -> list[tuple[Post, Annotation]]:
    """Posts that were read and not decided, oldest first, with people's corrections laid over their labels.

    The ledger notes which version of each it has shown: a decision about an older one is not written.
    """
    posts, readings = schema.posts, schema.readings
    waits = (posts.c.state == "classified") & (posts.c.decision == "untriaged")
    oldest = select(posts.c.post_id).where(waits).order_by(posts.c.created_at, posts.c.post_id).limit(limit)
    whole = (
        select(posts, readings.c.embedding, readings.c.labels, readings.c.model, readings.c.truncated)
        .join(readings, readings.c.post_id == posts.c.post_id)
        .order_by(posts.c.post_id)  # rows are locked in this order everywhere, or two workers could wait for each other
        .with_for_update(of=posts)
    )
    with ledger.write() as connection:
        ids = list(connection.execute(oldest).scalars())
        rows = connection.execute(whole.where(waits, posts.c.post_id.in_(ids))).all()
        shown = update(posts).where(posts.c.post_id.in_([row.post_id for row in rows]))
        connection.execute(shown.values(offered_version=posts.c.version))
        said = corrections_of(connection, ids)
    rows = sorted(rows, key=lambda row: (row.created_at, row.post_id))
    return [(post_of(row), reading_of(row, said.get(row.post_id, {}))) for row in rows]


def store_decisions(ledger: Ledger, holder: str, decisions: Sequence[Decision], now: datetime) -> int:
    """Write what triage decided, cases and deliveries included; how many decisions were written.

    A post that was erased, edited, corrected or decided meanwhile is left alone, and with it every decision for a case that
    counts on it: these posts stay untriaged, the next round decides them.

    Raises:
        LeaseLostError: `holder` does not hold the lease `triage`.
    """
    with ledger.write() as connection:
        must_hold(connection, TRIAGE, holder)
        posts = schema.posts.c
        valid = still_valid(
            connection, decisions, (posts.decision == "untriaged") & (posts.version == posts.offered_version)
        )
        write_decisions(connection, valid, ESCUCHA, now)
    return len(valid)
