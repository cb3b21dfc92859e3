"""Run all steps once, in order, without Airflow."""

import logging
from collections import Counter

from core.errors import (
    ClockError,
    EscuchaError,
    IndexRefusedError,
    SourceError,
    SourceIsQuietError,
    TooManyCasesError,
    UnavailableError,
)
from pipeline.classify import batches_classified
from pipeline.collect import collect
from pipeline.context import Context
from pipeline.counts import Counts, format_counts
from pipeline.deliver import deliver
from pipeline.follow import follow
from pipeline.index import index
from pipeline.triage import triage

log = logging.getLogger("escucha")


def classify_and_triage(context: Context) -> Counts:
    """Read a batch, decide it, and so on: the first complaint of a burst becomes a case before its last post is read.

    Nothing is delivered in between: `max_per_run` counts what a whole run would send out of the house.
    """
    read: Counter[str] = Counter(classified=0)
    decided: Counter[str] = Counter()
    for read in batches_classified(context):
        log.info("classify: %s", format_counts(read))
        decided.update(triage(context))
    decided.update(triage(context))  # what was corrected, or read by somebody else
    return {**read, **decided}


def run(context: Context) -> Counts:
    """All steps once, in order, without Airflow. A source or server that fails is told at the end; the other steps go on."""
    total: Counts = {}
    failed: list[str] = []
    for step in (collect, classify_and_triage, deliver, follow, index):
        try:
            total |= step(context)
        except (
            SourceError, SourceIsQuietError, UnavailableError, TooManyCasesError, IndexRefusedError, ClockError,
        ) as error:  # fmt: skip
            log.error("%s: %s", step.__name__, error)
            failed.append(f"{step.__name__}: {error}")
    if failed:
        raise EscuchaError("; ".join(failed))
    return total
