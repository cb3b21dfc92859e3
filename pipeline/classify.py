"""Classify the posts that wait: one pass of the encoder for a batch, and every question answered from it."""

import logging
from collections import Counter
from collections.abc import Iterator
from datetime import timedelta

from core.annotation import Annotation, Quarantined
from core.failpoints import failpoint
from ledger.processing import annotations
from pipeline.context import Context, now, worker
from pipeline.counts import Counts, format_counts

log = logging.getLogger("escucha")

BATCH = 512
"""Posts classified at a time: large enough to sort by length, small enough to repeat after a kill."""
LEASE = timedelta(minutes=10)


def classify(context: Context) -> Counts:
    """Let the reader label the posts that wait: one pass of the encoder a batch, every question answered from it."""
    total: Counter[str] = Counter(classified=0)
    for total in batches_classified(context):
        log.info("classify: %s", format_counts(total))
    return dict(total)


def batches_classified(context: Context) -> Iterator[Counter[str]]:
    """Classify batch by batch; yield the counts so far after each."""
    annotations.requeue_outdated(context.ledger, context.annotator.model)
    total: Counter[str] = Counter(classified=0)
    while posts := annotations.claim_pending(context.ledger, worker(), BATCH, now(), LEASE):
        failpoint("classify.claimed")
        found = context.annotator.annotate(posts)
        failpoint("classify.read")
        read = [one for one in found if isinstance(one, Annotation)]
        unread = [one for one in found if isinstance(one, Quarantined)]
        annotations.store_annotations(context.ledger, worker(), read, unread, now())
        failpoint("classify.stored")
        total.update(classified=len(read), quarantined=len(unread))
        yield total
