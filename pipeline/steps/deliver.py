"""Deliver pending cases to the outside contact centre, each once; notify webhooks.

A delivery is a row of the ledger (the outbox) before anything is sent. The contact centre is asked for the case key
before every POST, so a repeat after a kill finds the existing ticket.
"""

import logging
from collections import Counter
from datetime import timedelta
from typing import Literal

from contact_centre import OutcomeUnknownError, ticket
from core.config.own_variables import own_variables
from core.config.protocols import NotesMerges
from core.errors import ConfigurationError, RefusedError, TooManyCasesError, UnavailableError
from core.records.case import CASEBOOK, OPEN
from core.runtime.failpoints import failpoint
from ledger.delivery import deliveries
from ledger.delivery.deliveries import Delivery
from pipeline.access import accounts
from pipeline.context import Context, OutsideCentre, now, worker
from pipeline.webhooks import send_webhooks

log = logging.getLogger("escucha")

LEASE = timedelta(minutes=10)


def deliver(context: Context, approve: int | None = None, holder: str | None = None) -> dict[str, int]:
    """Deliver pending cases to the outside contact centre, and events to webhooks.

    No case is sent when more are pending than one run may send; `approve` lets the N oldest go. `holder` of the leases; None: this process.

    Raises:
        TooManyCasesError: names the number pending, and what to do.
        UnavailableError: the contact centre does not answer; all stays pending.
        ConfigurationError: it refuses our credentials, or lacks a queue, field or right; or `approve` is less than one.
    """
    hooks: dict[str, int] = {}
    try:
        delivered = _deliver_cases(context, approve, holder)
    finally:  # whatever the contact centre does
        hooks = send_webhooks(context)
    return delivered | hooks


def _deliver_cases(context: Context, approve: int | None, holder: str | None) -> dict[str, int]:
    if approve is not None and approve < 1:
        raise ConfigurationError("--approve: give the number of cases to deliver, 1 or more")
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
            f"{waiting} deliveries are pending for {system}, more than max_per_run = {limit}: none was sent, none is lost. "
            f"Check them on the desk ({context.settings.desk_address}/cases), then let the oldest N go: `escucha deliver --approve N`."
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
            if not deliveries.renew(context.ledger, delivery.id, now(), LEASE):
                total["overtaken"] += 1  # the deliveries before it took longer than the lease; another worker sends it
                continue
            total[_deliver_one(context, centre, delivery)] += 1
    finally:  # release the deliveries not tried; the outcome of the others is stored already
        deliveries.release_unsent(context.ledger, holder, [one.id for one in claimed[tried:]], now())
    return dict(total)


def _deliver_one(context: Context, centre: OutsideCentre, delivery: Delivery) -> str:
    """Send one delivery; return `delivered`, `refused` or `unknown`."""
    try:
        with own_variables(context.settings):
            reference = _send(context, centre, delivery)
    except RefusedError as error:
        deliveries.mark_failed(context.ledger, delivery.id, "refused", str(error), now())
        log.error("deliver %s: refused: %s", delivery.case.key, error)
        return "refused"
    except OutcomeUnknownError as error:
        deliveries.mark_failed(context.ledger, delivery.id, "unknown", str(error), now())
        log.warning("deliver %s: outcome unknown; it is looked up before the next try: %s", delivery.case.key, error)
        return "unknown"
    except UnavailableError as error:
        deliveries.mark_failed(context.ledger, delivery.id, "pending", str(error), now())
        raise
    failpoint("deliver.sent")
    deliveries.mark_sent(context.ledger, delivery.id, reference, now())
    failpoint("deliver.stored")
    return "delivered"


def _send(context: Context, centre: OutsideCentre, delivery: Delivery) -> str:
    module, options, secrets = centre
    if delivery.kind == "open":
        return module.open_case(context.city, options, secrets, delivery.case, delivery.posts, context.settings.desk_address)
    if delivery.kind in ("merge", "unmerge"):
        return _note_merge(context, centre, delivery)
    reference = str(delivery.reference)  # a note belongs to a ticket: the ledger hands out no note before its case is opened
    about = (context.city, options, secrets, reference, delivery.case, delivery.posts)
    if delivery.kind == "move":
        module.move(*about, context.settings.desk_address, delivery.note_key)
    else:
        module.append(*about, delivery.note_key)
    return reference


def _note_merge(context: Context, centre: OutsideCentre, delivery: Delivery) -> str:
    """Close or reopen the ticket of a merged case; return its reference."""
    module, options, secrets = centre
    reference = str(delivery.reference)
    if not isinstance(module, NotesMerges):
        raise RefusedError(f"{context.city.contact_centre.system} cannot close a ticket for us: close it there by hand")
    change: Literal["close", "reopen", "none"]
    if delivery.kind == "merge":
        change, text = "close", ticket.merge_note(context.city, str(delivery.merged_with), delivery.merged_reference)
    else:
        change = "reopen" if delivery.case.state in OPEN else "none"  # it was closed before the merge
        text = ticket.unmerge_note(context.city, delivery.case)
    note_key = f"{delivery.case.key}.{delivery.kind}.{delivery.note_key}"
    module.note_merge(context.city, options, secrets, reference, text, note_key, change)
    return reference
