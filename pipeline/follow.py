"""Follow delivered cases: bring the state of each ticket into the history of its case."""

import logging

from core.failpoints import failpoint
from ledger.delivery import deliveries
from pipeline.context import CASEBOOK, Context, now

log = logging.getLogger("escucha")


def follow(context: Context) -> dict[str, int]:
    """Ask for the state of every delivered case, and write what changed into its history."""
    system = context.city.contact_centre.system
    if system == CASEBOOK:
        return {"followed": 0}
    asked = deliveries.followed(context.ledger, system)
    if not asked:
        return {"followed": 0}
    module, options, secrets = context.contact_centre()
    standings = module.state(context.city, options, secrets, sorted(asked), None)
    changed = 0
    for reference, standing in standings.items():
        if standing.state == "gone":
            deliveries.ticket_missing(context.ledger, asked[reference], now())
            log.error("follow: ticket %s of case %s is gone; the desk owns the case again", reference, asked[reference])
            changed += 1
        else:
            changed += deliveries.store_standing(context.ledger, asked[reference], standing, system, now())
    failpoint("follow.stored")
    return {"followed": len(asked), "changed": changed}
