"""Triage the classified posts: a case, a look by a person, or nothing; one case for each incident."""

import logging
from collections import Counter
from datetime import timedelta

from core import garbage_collection
from core.decision import Decision
from core.failpoints import failpoint
from ledger.processing import decisions
from pipeline import kinds
from pipeline.context import Context, now, worker
from pipeline.counts import Counts, format_counts
from triage import decide, keys_of

log = logging.getLogger("escucha")

BATCH = 512
"""Posts decided at a time, in one transaction."""
LEASE = timedelta(minutes=10)
KEYS_KEPT = timedelta(days=90)
"""How long a post can be found by what it shares with a new one: longer than any two are compared, so that an archive can be read."""


def triage(context: Context) -> Counts:
    """Decide for each post that was read: a case, a person's look, or nothing; one case an incident, one worker at a time."""
    total: Counter[str] = Counter(decided=0)
    if not decisions.hold(context.ledger, "triage", worker(), now(), LEASE):
        log.info("triage: another worker is at it")
        return dict(total)
    try:
        while unfiled := decisions.unfiled(context.ledger, BATCH):
            decisions.file_keys(
                context.ledger, {post.post_id: keys_of(context.city, post, reading) for post, reading in unfiled}
            )
        kinds.fill(context, worker())
        while batch := decisions.untriaged(context.ledger, BATCH):
            with garbage_collection.paused(), decisions.known_posts(context.ledger) as known:
                decided: list[Decision] = decide(context.city, batch, known, made=context.made_forms)
            failpoint("triage.decided")
            decisions.store_decisions(context.ledger, worker(), decided, now())
            failpoint("triage.stored")
            total.update(Counter(d.outcome for d in decided), decided=len(decided), cases=sum(d.opens for d in decided))
            log.info("triage: %s", format_counts(total))
            decisions.hold(context.ledger, "triage", worker(), now(), LEASE)
        decisions.prune(context.ledger, (now() - KEYS_KEPT).timestamp())
    finally:
        decisions.release(context.ledger, "triage", worker())
    return dict(total)
