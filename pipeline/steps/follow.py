"""Follow delivered cases: copy each ticket's state into the case history."""

import logging

from core.records.case import CASEBOOK
from core.runtime.failpoints import failpoint
from ledger.delivery import external_status
from pipeline.context import Context, now

log = logging.getLogger("escucha")


def follow(context: Context) -> dict[str, int]:
    """Query the state of every delivered case and record the changes."""
    system = context.city.contact_centre.system
    if system == CASEBOOK:
        return {"followed": 0}
    cases = external_status.followed(context.ledger, system)
    if not cases:
        return {"followed": 0}
    module, options, secrets = context.contact_centre()
    statuses = module.state(context.city, options, secrets, sorted(cases), None)
    changed = 0
    for reference, status in statuses.items():
        if status.state == "gone":
            external_status.mark_ticket_missing(context.ledger, cases[reference], now())
            log.error("follow: ticket %s of case %s no longer exists; the desk owns the case again", reference, cases[reference])
            changed += 1
        else:
            changed += external_status.store_external_status(context.ledger, cases[reference], status, system, now())
    failpoint("follow.stored")
    return {"followed": len(cases), "changed": changed}
