"""Classify pending posts: one encoder pass a batch answers every question."""

import logging
from collections import Counter
from collections.abc import Iterator
from datetime import datetime, timedelta

from core.runtime.failpoints import failpoint
from ledger.processing import annotations
from pipeline.context import Context, now, worker
from pipeline.counts import Counts, format_counts
from pipeline.reading import read

log = logging.getLogger("escucha")

BATCH = 512
"""Posts annotated at a time: large enough to sort by length, small enough to repeat after a kill."""
LEASE = timedelta(minutes=10)


def classify(context: Context) -> Counts:
    """Annotate the pending posts with every question of the model."""
    total: Counter[str] = Counter(classified=0)
    for total in batches_classified(context):
        log.info("classify: %s", format_counts(total))
    return dict(total)


def batches_classified(context: Context, since: datetime | None = None) -> Iterator[Counter[str]]:
    """Classify batch by batch; yield the counts so far after each.

    Posts written before `since` go on waiting.
    """
    annotations.requeue_outdated(context.ledger, context.annotator.model)
    total: Counter[str] = Counter(classified=0)
    while posts := annotations.claim_pending(context.ledger, worker(), BATCH, now(), LEASE, since):
        failpoint("classify.claimed")
        annotated, quarantined = read(context, posts)
        failpoint("classify.read")
        annotations.store_annotations(context.ledger, worker(), annotated, quarantined, now())
        failpoint("classify.stored")
        total.update(classified=len(annotated), quarantined=len(quarantined))
        yield total
