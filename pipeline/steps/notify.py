"""Mail citizens each change of their reports, each once.

The first mail asks to confirm the address; without that nothing else is sent. A mail that the server refuses, or that finds
no server, is sent again later: `escucha outbox` says how many wait and why. Addresses that serve no purpose any more are
erased first.
"""

import logging
from datetime import datetime, timedelta

from ledger.citizens import contacts
from ledger.outbox import people
from pipeline.access import accounts
from pipeline.context import Context, now
from pipeline.outbox.sending import send
from pipeline.portal import mails

log = logging.getLogger("escucha")
CONFIRM_WITHIN = timedelta(days=2)


def notify(context: Context, retry_given_up: bool = False) -> dict[str, int]:
    """Mail citizens what is new about their reports.

    A refused mail is logged, counted by `escucha status` and tried again: any stranger may give an address that no server takes.
    `retry_given_up`: the mails that were given up are sent too, from their first try on.

    Raises:
        EscuchaError: the mail server cannot be used; a later run sends the mails.
    """
    erased = erase_unneeded(context, now())
    if retry_given_up:
        again = people.retry_refused(context.ledger, mails.KIND, accounts.operator(), now())
        log.info("notify: %d mails that were given up are tried again", again)
    if context.settings.smtp_url is None:
        log.info("notify: nothing is mailed: ESCUCHA_SMTP_URL is not set")
        return {"notified": 0, "contacts_erased": erased}
    run = send(context, mails)
    run.raise_if_away()
    return {"notified": run.counts["sent"], "contacts_erased": erased}


def erase_unneeded(context: Context, at: datetime) -> int:
    """Erase addresses that serve no purpose any more; return how many."""
    return contacts.erase_unneeded(context.ledger, at - CONFIRM_WITHIN, at - context.city.portal.contact_kept, at)
