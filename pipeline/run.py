"""Run all steps once, in order, without Airflow."""

import logging
from collections import Counter
from datetime import datetime, timedelta

from core.errors import ClockError, EscuchaError, IndexRefusedError, SourceError, SourceIsQuietError, TooManyCasesError, UnavailableError
from ledger.processing import annotations
from ledger.system import heartbeat
from pipeline.casework.answering.already_known import draft_already_known
from pipeline.casework.answering.known_answers import draft_known_answers
from pipeline.city.example_history import play_history
from pipeline.context import Context, now
from pipeline.counts import Counts, format_counts
from pipeline.steps.alert import alert
from pipeline.steps.answer import answer
from pipeline.steps.classify import batches_classified
from pipeline.steps.collect import collect
from pipeline.steps.deliver import deliver
from pipeline.steps.escalate import escalate
from pipeline.steps.follow import follow
from pipeline.steps.index import index
from pipeline.steps.notify import notify
from pipeline.steps.triage import triage
from pipeline.steps.warn import warn

log = logging.getLogger("escucha")


def classify_and_triage(context: Context, since: datetime | None = None) -> Counts:
    """Classify a batch, triage it, and repeat until nothing is pending.

    Posts written before `since` go on waiting.

    The first complaint of a burst becomes a case before its last post is annotated. Nothing is delivered in between: `max_per_run` limits
    the deliveries of a whole run.
    """
    classified: Counter[str] = Counter(classified=0)
    decided: Counter[str] = Counter()
    heartbeat.worker_beat(context.ledger, now())
    for classified in batches_classified(context, since):
        heartbeat.worker_beat(context.ledger, now())
        done, waiting = classified.total(), annotations.count_pending(context.ledger, since)
        log.info("classify: %s, %d %% of what waits", format_counts(classified), 100 * done // (done + waiting))
        decided.update(triage(context))
    decided.update(triage(context))  # posts that were corrected, or annotated by another worker
    if drafted := draft_already_known(context) + draft_known_answers(context):
        decided["drafted"] = drafted
    if played := play_history(context):
        decided["played"] = played
    return {**classified, **decided}


def run(context: Context, newest_days: int | None = None) -> Counts:
    """Run all steps once, in order, without Airflow.

    The error of a failed source or server is raised at the end; the other steps go on.

    Args:
        context: the open context.
        newest_days: posts that are older go on waiting to be read; None: all are read.
    """
    total: Counts = {}
    failed: list[str] = []
    since = None if newest_days is None else now() - timedelta(days=newest_days)

    def read_and_decide(context: Context) -> Counts:
        return classify_and_triage(context, since)

    for step in (collect, read_and_decide, warn, deliver, follow, escalate, answer, index, alert, notify):
        try:
            total |= step(context)
        except (SourceError, SourceIsQuietError, UnavailableError, TooManyCasesError, IndexRefusedError, ClockError) as error:
            log.error("%s: %s", step.__name__, error)
            failed.append(f"{step.__name__}: {error}")
    if failed:
        raise EscuchaError("; ".join(failed))
    return total
