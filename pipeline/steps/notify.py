"""Mail citizens each change of their reports, each once.

The first mail asks to confirm the address; without that nothing else is sent. A mail that the server refuses, or that finds
no server, is sent again later, up to ATTEMPTS times: `escucha status` says how many wait and why. Addresses that serve no
purpose any more are erased first.
"""

import logging
import smtplib
from datetime import datetime, timedelta

from core.errors import EscuchaError, UnavailableError
from core.runtime.failpoints import failpoint
from core.smtp import hand_over, open_connection
from ledger import leases, read
from ledger.citizens import contacts
from ledger.delivery import contact_mails
from ledger.delivery.contact_mails import ContactMail, MailState
from pipeline.access import accounts
from pipeline.context import Context, now, worker
from pipeline.portal.mails import compose

log = logging.getLogger("escucha")
LEASE_NAME = "mail citizens"
LEASE = timedelta(minutes=10)
"""The most time one mail may take; the lease is renewed before each."""
ATTEMPTS, TEMPORARY_ATTEMPTS = 10, 40
"""Tries of a mail that the server refuses for good, and of one that it refuses for now: 33 hours and two weeks."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=5), timedelta(hours=12)
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
        log.info("notify: %d mails that were given up are tried again", retry(context, accounts.operator()))
    if context.settings.smtp_url is None:
        log.info("notify: nothing is mailed: ESCUCHA_SMTP_URL is not set")
        return {"notified": 0, "contacts_erased": erased}
    if not leases.hold(context.ledger, LEASE_NAME, worker(), now(), LEASE):
        log.info("notify: another process is mailing")
        return {"notified": 0, "contacts_erased": erased}
    try:
        for number, items in sorted(contact_mails.due(context.ledger).items()):
            contact_mails.claim(context.ledger, number, items, now())
        failpoint("notify.claimed")
        return {"notified": _send_all(context), "contacts_erased": erased}
    finally:
        leases.release(context.ledger, LEASE_NAME, worker())


def retry(context: Context, who: str) -> int:
    """Make the mails that were given up due again; return their number. The next run sends them."""
    return contact_mails.retry_given_up(context.ledger, who, now())


def mails_left(context: Context) -> MailState:
    """Count the mails that wait or were given up."""
    return contact_mails.state(context.ledger)


def erase_unneeded(context: Context, at: datetime) -> int:
    """Erase addresses that serve no purpose any more; return how many."""
    return contacts.erase_unneeded(context.ledger, at - CONFIRM_WITHIN, at - context.city.portal.contact_kept, at)


def _send_all(context: Context) -> int:
    """Send the mails that are due over one connection; return their number.

    Raises:
        EscuchaError: the mail server cannot be used; they wait for a later run.
    """
    mails = contact_mails.unfinished(context.ledger, now())
    if not mails:
        return 0
    sent = 0
    try:
        with open_connection(context.settings.smtp_url) as server:
            for mail in mails:
                if not leases.hold(context.ledger, LEASE_NAME, worker(), now(), LEASE):
                    log.info("notify: another process is mailing")
                    break
                sent += _send(context, server, mail)
    except EscuchaError as error:  # the server itself: no mail lost a try
        for mail in contact_mails.unfinished(context.ledger, now()):
            contact_mails.postpone(context.ledger, mail.batch, _without_address(str(error)), now() + FIRST_PAUSE)
        raise
    return sent


def _send(context: Context, server: smtplib.SMTP, mail: ContactMail) -> bool:
    """Send one mail; a refused one stops no other and no step."""
    contact = read.contact(context.ledger, number=mail.number)
    if contact is None:  # erased meanwhile, and its mails with it
        return False
    try:
        hand_over(server, compose(context, mail, contact))
    except EscuchaError as error:
        log.warning("notify: a mail was not taken: %s", _failed(context, mail, error))
        return False
    failpoint("notify.sent")
    contact_mails.mark_mailed(context.ledger, mail.batch, now())
    return True


def _failed(context: Context, mail: ContactMail, error: EscuchaError) -> str:
    """Store why a mail was not sent, without its address; return it."""
    why = _without_address(str(error))
    pause = min(FIRST_PAUSE * 2**mail.attempts, LONGEST_PAUSE)
    is_last = mail.attempts + 1 >= (TEMPORARY_ATTEMPTS if isinstance(error, UnavailableError) else ATTEMPTS)
    contact_mails.mark_failed(context.ledger, mail.batch, why, None if is_last else now() + pause)
    return why


def _without_address(text: str) -> str:
    """Replace addresses: reasons are shown and logged."""
    return " ".join("[address]" if "@" in word else word for word in text.split())
