"""Decide a citizen's report while its citizen waits for the receipt.

The same reading and the same triage as in every pass, for this one post, so that a report with service and place has its case, department
and date on the receipt. What is left undone here, because triage runs long or a process was killed, the next pass does: each post is
annotated and decided once in all.
"""

import logging
import time
from contextlib import suppress
from datetime import timedelta

from core.errors import EscuchaError
from core.runtime.failpoints import failpoint
from core.runtime.locks import lock_of
from ledger import leases
from ledger.database import LeaseLostError
from ledger.processing import annotations, decisions
from pipeline.context import Context, now, worker
from pipeline.reading import read
from pipeline.steps.triage import AWAITED, decide_batch

log = logging.getLogger("escucha")

WAIT_S = 10.0
"""How long a citizen waits at most for a triage that is running, which takes these reports first."""
AGAIN_S = 0.1
LEASE = timedelta(minutes=1)
"""How long a killed process keeps others out."""


def warm(context: Context) -> None:
    """Load the model before the first report; a broken one is logged."""
    try:
        context.annotator.inference.load()
    except EscuchaError as error:
        log.warning("portal: reports wait for the next pass, the model cannot be loaded: %s", error)


def decide_at_once(context: Context, post_id: str, wait_s: float = WAIT_S) -> bool:
    """Annotate and decide a stored post now; return whether it is decided.

    False: another process is at it, or reading failed; the next pass does it.
    """
    until, awaited = time.monotonic() + wait_s, f"{AWAITED}{post_id}"
    one_at_a_time = lock_of("decide at once", context.ledger.ledger_id)  # a name of a worker is one worker that works sequentially
    try:
        while not decisions.is_settled(context.ledger, post_id):
            left = until - time.monotonic()
            if left <= 0 or not one_at_a_time.acquire(timeout=left):
                return False
            try:
                _annotate(context, post_id)
                _decide(context, post_id)
            finally:
                one_at_a_time.release()
            if not decisions.is_settled(context.ledger, post_id):
                leases.hold(context.ledger, awaited, worker(), now(), LEASE)
                time.sleep(AGAIN_S)
    except Exception as error:  # the report is stored: whatever fails here must not cost its citizen the receipt
        said = error if isinstance(error, EscuchaError) else type(error).__name__  # another message may contain the text
        log.warning("portal: a report waits for the next pass: %s", said)
        return False
    finally:
        with suppress(EscuchaError):
            leases.release(context.ledger, awaited, worker())
    return True


def _annotate(context: Context, post_id: str) -> None:
    context.annotator.inference.load()  # where it cannot be loaded nothing is claimed: the next pass need not wait for the lease
    post = annotations.claim_one(context.ledger, worker(), post_id, now(), LEASE)
    if post is None:
        return
    failpoint("at_once.claimed")
    annotated, quarantined = read(context, [post])
    annotations.store_annotations(context.ledger, worker(), annotated, quarantined, now())
    failpoint("at_once.annotated")


def _decide(context: Context, post_id: str) -> None:
    if not leases.hold(context.ledger, decisions.TRIAGE, worker(), now(), LEASE):
        return
    try:
        if batch := decisions.untriaged(context.ledger, 1, [post_id]):
            decide_batch(context, batch)
    except LeaseLostError:
        return
    finally:
        leases.release(context.ledger, decisions.TRIAGE, worker())
