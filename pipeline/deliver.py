"""Deliver waiting cases to the outside contact centre, each once.

A delivery is a row of the ledger (the outbox) before anything is sent. The contact centre is asked for the case key
before every POST, so a repeat after a kill finds the ticket that is already there.
"""

import logging
from collections import Counter
from datetime import timedelta

from contact_centre import OutcomeUnknownError
from core.errors import ConfigurationError, RefusedError, TooManyCasesError, UnavailableError
from core.failpoints import failpoint
from ledger.delivery import deliveries
from ledger.delivery.deliveries import Delivery
from pipeline import accounts
from pipeline.context import CASEBOOK, Context, OutsideCentre, now, worker

log = logging.getLogger("escucha")

LEASE = timedelta(minutes=10)


def deliver(context: Context, approve: int | None = None, holder: str | None = None) -> dict[str, int]:
    """Deliver waiting cases to the outside contact centre, each once.

    None when more wait than may leave in one run; `approve`: a person lets the N oldest go. `holder` of the leases; None: this process.

    Raises:
        TooManyCasesError: with the number that waits, and what to do.
        UnavailableError: the contact centre does not answer; all stays pending.
        ConfigurationError: it refuses us, or lacks a queue, field or right; or `approve` is less than one.
    """
    if approve is not None and approve < 1:
        raise ConfigurationError("--approve: give the number of cases that may go, 1 or more")
    system, limit = context.city.contact_centre.system, context.city.contact_centre.max_per_run
    if system == CASEBOOK:
        return {"delivered": 0}
    if approve is not None:
        accounts.record_audit(context, "deliver_approved", system, str(approve))
    holder = holder or worker()
    waiting = len(deliveries.waiting(context.ledger, system, now()))
    if waiting == 0:
        return {"delivered": 0}
    if waiting > limit and approve is None:
        raise TooManyCasesError(
            f"{waiting} deliveries wait for {system}, more than max_per_run = {limit}: none was sent, none is lost. "
            f"Look at them on the desk ({context.settings.desk_address}/cases), then let the oldest N go: `escucha deliver --approve N`."
        )
    centre = context.contact_centre()
    log.info("deliver: %s", centre.module.check(context.city, centre.options, centre.secrets))
    total: Counter[str] = Counter(delivered=0)
    claimed = deliveries.claim(context.ledger, system, holder, min(approve or limit, waiting), now(), LEASE)
    tried = 0
    try:
        for delivery in claimed:
            tried += 1
            failpoint("deliver.claimed")
            total[_deliver_one(context, centre, delivery)] += 1
    finally:  # what was not tried goes back at once; of what was, its own answer says what became of it
        deliveries.put_back(context.ledger, holder, [one.id for one in claimed[tried:]], now())
    return dict(total)


def _deliver_one(context: Context, centre: OutsideCentre, delivery: Delivery) -> str:
    """Send one; what became of it, in a word."""
    try:
        reference = _send(context, centre, delivery)
    except RefusedError as error:
        deliveries.failed(context.ledger, delivery.id, "refused", str(error), now())
        log.error("deliver %s: refused: %s", delivery.case.key, error)
        return "refused"
    except OutcomeUnknownError as error:
        deliveries.failed(context.ledger, delivery.id, "unknown", str(error), now())
        log.warning("deliver %s: no answer; looked up before the next try: %s", delivery.case.key, error)
        return "unknown"
    except UnavailableError as error:
        deliveries.failed(context.ledger, delivery.id, "pending", str(error), now())
        raise
    failpoint("deliver.sent")
    deliveries.sent(context.ledger, delivery.id, reference, now())
    failpoint("deliver.stored")
    return "delivered"


def _send(context: Context, centre: OutsideCentre, delivery: Delivery) -> str:
    module, options, secrets = centre
    if delivery.kind == "open":
        return module.open_case(
            context.city, options, secrets, delivery.case, delivery.posts, context.settings.desk_address
        )
    reference = str(
        delivery.reference
    )  # a note belongs to a ticket: the ledger lends no delivery of a note without one
    module.append(context.city, options, secrets, reference, delivery.case, delivery.posts, delivery.note_key)
    return reference
