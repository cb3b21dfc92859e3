"""Triage classified posts into case, review or no case.

There is one case for each incident.
"""

import logging
from collections import Counter
from datetime import timedelta

from core.records.decision import Decision
from core.runtime import garbage_collection
from core.runtime.failpoints import failpoint
from ledger import leases
from ledger.processing import decisions, memberships
from pipeline.casework import fields, kinds, priorities
from pipeline.casework.answering import votes
from pipeline.context import Context, now, worker
from pipeline.counts import Counts, format_counts
from triage import decide, keys_of

log = logging.getLogger("escucha")

BATCH = 512
"""Posts decided at a time, in one transaction."""
LEASE = timedelta(minutes=10)
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
            memberships.store_keys(
                context.ledger, {post.post_id: keys_of(context.city, post, annotation) for post, annotation in unfiled}
            )
        kinds.back_fill(context, worker())
        fields.vote_due(context, worker())
        priorities.prioritise_due(context, worker())
        while batch := decisions.untriaged(context.ledger, BATCH):
            settled = votes.take_votes(context, batch)
            others = [(post, annotation) for post, annotation in batch if post.post_id not in settled]
            with garbage_collection.paused(), decisions.known_posts(context.ledger) as known:
                decided: list[Decision] = decide(context.city, others, known, cache=context.feature_cache)
            decided += settled.values()
            failpoint("triage.decided")
            decisions.store_decisions(context.ledger, worker(), decided, now())
            failpoint("triage.stored")
            total.update(Counter(d.outcome for d in decided), decided=len(decided), cases=sum(d.opens for d in decided))
            log.info("triage: %s", format_counts(total))
            leases.hold(context.ledger, "triage", worker(), now(), LEASE)
        memberships.prune(context.ledger, (now() - KEYS_KEPT).timestamp())
    finally:
        leases.release(context.ledger, "triage", worker())
    return dict(total)
