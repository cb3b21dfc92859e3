"""Send the reports that subscriptions are due for, each once.

A mail is one row of the outbox, planned once for each subscription and period. A worker claims it, hands it over, and records that the
server took it. A kill between the last two cannot be distinguished from one before: the mail is sent again, with the same
Message-ID, by which mail programs show it once.
"""

import logging
import smtplib
from collections import Counter
from datetime import timedelta
from email.message import EmailMessage

from contact_centre.webhooks.outcome import ATTEMPTS, pause_after
from core.errors import ConfigurationError, EscuchaError, UnavailableError
from core.runtime.failpoints import failpoint
from core.smtp import hand_over, open_connection
from ledger import read
from ledger.delivery import subscriptions as stored
from ledger.delivery.subscriptions import Claim
from pipeline.context import Context, now, worker
from pipeline.counts import Counts
from pipeline.subscriptions.due import due_mail, period_of, waits_for
from pipeline.subscriptions.mail import compose
from pipeline.subscriptions.receivers import receiver

log = logging.getLogger("escucha")
LEASE = timedelta(minutes=10)
"""The most time one mail may take."""
UNREAD_PAUSE = timedelta(minutes=4)
"""How long a mail waits for posts that are not read yet, before it looks again: a little less than its DAG takes to come back."""
SERVER_PAUSE = timedelta(minutes=5)
"""How long a mail waits after the mail server did not answer."""
REFUSALS, REFUSED_PAUSE = 3, timedelta(hours=1)
"""Attempts after refusals for good: the cause may be the sender's address or a log-in, which a person corrects meanwhile."""


def send_subscriptions(context: Context) -> Counts:
    """Plan and send what is due; `waiting` counts mails that come later.

    A refused mail keeps no other waiting.

    Raises:
        EscuchaError: the mail server does not answer; what is left waits for the next run.
    """
    total: Counter[str] = Counter()
    total["subscriptions_due"] = plan(context)
    if context.settings.smtp_url is None:
        log.info("subscriptions: nothing is mailed: ESCUCHA_SMTP_URL is not set")
        return dict(total)
    while (claimed := stored.claim(context.ledger, worker(), now(), LEASE)) is not None:
        failpoint("subscriptions.claimed")
        total[_deliver(context, claimed)] += 1
    return dict(total)


def plan(context: Context) -> int:
    """Add the mails that became due; return how many are new."""
    active = read.subscriptions(context.ledger, active_only=True)
    found = [due_mail(one, context.city.zone, now()) for one in active]
    return stored.plan(context.ledger, [one for one in found if one is not None])


def _deliver(context: Context, claimed: Claim) -> str:
    """Send one mail; return the count it adds to."""
    one, mail = claimed
    if mail.attempt > ATTEMPTS:
        stored.settle(context.ledger, mail, "refused", "writing it stopped Escucha each time: see the log", now())
        return "subscriptions_refused"
    try:
        if one.state != "active":
            raise ConfigurationError(f"the subscription is {one.state}")
        to = receiver(context.ledger, one)
        if unread := waits_for(context.ledger, one, mail, context.city.zone, now()):
            why = f"{unread:,} posts of its days are not read yet"
            log.warning("subscription %s: %s: it waits for them", one.id, why)
            stored.settle(context.ledger, mail, "pending", why, now(), now() + UNREAD_PAUSE, counts=False)
            return "waiting"
        message = compose(context, one, period_of(mail), to)
    except ConfigurationError as error:  # no longer allowed, or not a mail: a retry alone would not help
        stored.settle(context.ledger, mail, "stopped", str(error), now())
        return "subscriptions_stopped"
    try:
        with open_connection(context.settings.smtp_url) as server:
            failpoint("subscriptions.connected")
            if not stored.renew(context.ledger, mail, to, now(), LEASE):
                stored.settle(context.ledger, mail, "stopped", "the subscription was paused or ended", now())
                return "subscriptions_stopped"
            refusal = _hand_over(server, message)
            failpoint("subscriptions.sent")
            return _settle(context, claimed, refusal)
    except EscuchaError as error:
        stored.settle(context.ledger, mail, "pending", str(error), now(), now() + SERVER_PAUSE, counts=False)
        raise


def _hand_over(server: smtplib.SMTP, message: EmailMessage) -> EscuchaError | None:
    """Send a mail; return why it was refused, None if taken."""
    try:
        hand_over(server, message)
    except (ConfigurationError, UnavailableError) as error:
        return error
    return None


def _settle(context: Context, claimed: Claim, refusal: EscuchaError | None) -> str:
    mail = claimed.mail
    if refusal is None:
        stored.settle(context.ledger, mail, "sent", "", now())
        return "subscriptions_sent"
    log.warning("subscription %s: %s", mail.subscription, refusal)
    is_final = isinstance(refusal, ConfigurationError)
    if mail.attempt >= (REFUSALS if is_final else ATTEMPTS):
        stored.settle(context.ledger, mail, "refused", str(refusal), now())
        return "subscriptions_refused"
    again = now() + (REFUSED_PAUSE if is_final else pause_after(mail.attempt, 0.5))
    stored.settle(context.ledger, mail, "pending", str(refusal), now(), again)
    return "subscriptions_delayed"
