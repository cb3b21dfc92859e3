"""Collect the sources that a person wants collected before their next run.

The desk queues the wish (`request_collection`), the DAG `escucha_requested` meets it within five minutes by the ordinary step. Any run of
the source that begins meanwhile, scheduled or by hand, meets it as well.
"""

import logging
from collections import Counter
from datetime import datetime, timedelta

from core.errors import ChangeRefusedError, SourceError, SourceIsQuietError
from ledger import read
from ledger.ingest import requests
from ledger.system import heartbeat
from pipeline.context import Context, now
from pipeline.counts import Counts
from pipeline.health.heartbeat import BEAT_SLACK, EVERY, MISSED
from pipeline.steps.collect import collect

log = logging.getLogger("escucha")
LONGEST_RUN = timedelta(minutes=20)
"""A run without an end that began before was killed; Airflow ends a task after 15 minutes."""


def request_collection(context: Context, source: str, who: str) -> bool:
    """Queue a collection of a source; False when one is queued already.

    Raises:
        ChangeRefusedError: the profile has no such source, or it is off.
    """
    found = context.sources.get(source)
    if found is None:
        raise ChangeRefusedError("There is no such source: reload the page.")
    if found.off:
        raise ChangeRefusedError("This source is off and cannot be collected: {why}", why=found.off)
    return requests.request(context.ledger, source, who, now())


def collect_requested(context: Context) -> Counts:
    """Collect the sources that were asked for, each once.

    One that is being collected at this moment waits for the next time.

    Raises:
        SourceError: at the end, with what any source refused; the others were collected.
    """
    total: Counter[str] = Counter()
    failed: list[str] = []
    for one in read.collect_requests(context.ledger):
        source = context.sources.get(one.source)
        if source is not None and source.off is None:
            if one.is_running and now() - _last_run(context, one.source) < LONGEST_RUN:
                continue
            total["requested"] += 1
            try:
                total.update(collect(context, one.source))
            except (SourceError, SourceIsQuietError) as error:
                failed.append(str(error))
        requests.remove(context.ledger, one.source, one.at)
    if failed:
        raise SourceError("; ".join(failed), fatal=True)
    return dict(total)


def _last_run(context: Context, source: str) -> datetime:
    return heartbeat.last_runs(context.ledger)[source]


def runs_at(context: Context, at: datetime) -> datetime | None:
    """Return when a queued collection runs; None while the scheduler is dead."""
    last = heartbeat.last_beat(context.ledger)
    if last is None or at - last > MISSED * EVERY + BEAT_SLACK:
        return None
    start = at.replace(minute=0, second=0, microsecond=0)
    return start + EVERY * ((at - start) // EVERY + 1)
