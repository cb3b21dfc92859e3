"""Alert people of what newly matches their saved views.

Each post or case is sent once in each alert. It runs after `index`: views with words are searched there. One process at a time holds the
lease; a kill at any moment leaves stored messages, which the next run sends.
"""

import logging
from collections import Counter
from datetime import datetime, timedelta

from core.errors import UnavailableError
from core.runtime.failpoints import failpoint
from ledger import leases, read, saved_views as stored
from ledger.read import ViewAlert
from ledger.saved_views import LEASE_NAME
from pipeline.context import Context, now, worker
from pipeline.counts import Counts
from pipeline.outbox.sending import send
from pipeline.saved_views import sending
from pipeline.saved_views.matching import unseen
from pipeline.saved_views.sending import receiver_of

log = logging.getLogger("escucha")
LEASE = timedelta(minutes=10)


def alert(context: Context) -> Counts:
    """Find new matches, write their messages and send them; return counts.

    Raises:
        UnavailableError: at the end, when the search engine does not answer; the next run finds what it would have found.
    """
    if not read.view_alerts(context.ledger):
        return {"matches": 0}
    if not leases.hold(context.ledger, LEASE_NAME, worker(), now(), LEASE):
        log.info("alert: another process is working")
        return {"matches": 0}
    counts: Counter[str] = Counter(matches=0)
    unavailable: list[UnavailableError] = []
    try:
        for alert in read.view_alerts(context.ledger):
            leases.hold(context.ledger, LEASE_NAME, worker(), now(), LEASE)
            try:
                counts["matches"] += _tell(context, alert, now())
            except UnavailableError as error:
                unavailable.append(error)
            failpoint("alert.written")
        counts.update(send(context, sending).counts_as("alerts"))
        stored.prune(context.ledger, now())
    finally:
        leases.release(context.ledger, LEASE_NAME, worker())
    if unavailable:
        raise unavailable[0]
    return dict(counts)


def _tell(context: Context, alert: ViewAlert, moment: datetime) -> int:
    """Write the message of an alert, if due; return its matches."""
    view = read.saved_view(context.ledger, alert.view)
    if view is None:
        return 0
    telling = receiver_of(context, alert) is not None
    new = unseen(context, view, alert.id, alert.owner, moment)
    stored.note_matches(context.ledger, alert.id, new, telling, moment)
    if not telling:
        stored.drop_waiting(context.ledger, alert.id, moment)
        return 0
    failpoint("alert.noted")
    local = moment.astimezone(context.city.zone)
    if alert.hour is not None and local.hour < alert.hour:
        return 0
    day = "" if alert.hour is None else local.date().isoformat()
    return stored.make_message(context.ledger, alert.id, context.city.saved_views.told_per_hour, day, moment)
