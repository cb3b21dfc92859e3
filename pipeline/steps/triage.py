"""Triage classified posts into case, review or no case.

There is one case for each incident.
"""

import logging
from collections import Counter
from collections.abc import Sequence
from datetime import timedelta

from core.records.annotation import Annotation
from core.records.decision import Decision
from core.records.post import Post
from core.runtime import garbage_collection
from core.runtime.failpoints import failpoint
from ledger import leases
from ledger.processing import decisions, memberships
from pipeline.casework import fields, kinds, priorities
from pipeline.casework.answering import votes
from pipeline.context import Context, now, worker
from pipeline.counts import Counts, format_counts
from triage import decide, keys_of
from triage.made_forms import FeatureCache

log = logging.getLogger("escucha")

BATCH = 512
"""Posts decided at a time, in one transaction."""
LEASE = timedelta(minutes=10)
AWAITED = "report "
"""Prefix of the lease of a report whose citizen waits for the receipt; the post's id follows (`pipeline.portal.at_once`)."""
KEYS_KEPT = timedelta(days=90)
"""How long the match keys of a post are kept: longer than any two posts are compared, so that an archive can be replayed."""


def triage(context: Context) -> Counts:
    """Decide case, review or no case for each classified post.

    There is one case an incident; one worker runs triage at a time.
    """
    total: Counter[str] = Counter(decided=0)
    if not leases.hold(context.ledger, "triage", worker(), now(), LEASE):
        log.info("triage: another worker is running it")
        return dict(total)
    try:
        while unfiled := memberships.posts_without_keys(context.ledger, BATCH):
            memberships.store_keys(context.ledger, {post.post_id: keys_of(context.city, post, annotation) for post, annotation in unfiled})
        kinds.back_fill(context, worker())
        fields.vote_due(context, worker())
        priorities.prioritise_due(context, worker())
        while batch := _next(context):
            decided = decide_batch(context, batch, context.feature_cache)
            total.update(Counter(d.outcome for d in decided), decided=len(decided), cases=sum(d.opens for d in decided))
            log.info("triage: %s", format_counts(total))
            leases.hold(context.ledger, "triage", worker(), now(), LEASE)
        memberships.prune(context.ledger, (now() - KEYS_KEPT).timestamp())
    finally:
        leases.release(context.ledger, "triage", worker())
    return dict(total)


def _next(context: Context) -> Sequence[tuple[Post, Annotation]]:
    """Return the next posts: those whose citizens wait for their receipts first."""
    awaited = leases.names(context.ledger, AWAITED, now())
    first = decisions.untriaged(context.ledger, BATCH, awaited) if awaited else []
    return first or decisions.untriaged(context.ledger, BATCH)


def decide_batch(context: Context, batch: Sequence[tuple[Post, Annotation]], cache: FeatureCache | None = None) -> list[Decision]:
    """Decide these posts and store it.

    The caller holds the lease of triage. `batch`: as `decisions.untriaged` offered it.
    """
    settled = votes.take_votes(context, batch)
    others = [(post, annotation) for post, annotation in batch if post.post_id not in settled]
    with garbage_collection.paused(), decisions.known_posts(context.ledger) as known:
        decided: list[Decision] = decide(context.city, others, known, cache=cache)
    decided += settled.values()
    failpoint("triage.decided")
    decisions.store_decisions(context.ledger, worker(), decided, now())
    failpoint("triage.stored")
    return decided
