"""Notify other systems of case events.

A failing receiver never stops a step: its events wait, and alerts name it.
"""

import logging
from datetime import timedelta
from uuid import uuid4

from contact_centre.webhooks import message, outcome
from contact_centre.webhooks.sending import post
from core.config.profile.webhooks import Webhook, signing_keys
from core.errors import ConfigurationError, EscuchaError
from core.records.outbox import WEBHOOK
from ledger import read
from ledger.outbox import people, planning
from pipeline import case_events
from pipeline.access import accounts
from pipeline.context import Context, now
from pipeline.counts import Counts
from pipeline.health.alerts import alert
from pipeline.outbox.sending import send

log = logging.getLogger("escucha")

MAX_PER_RUN, RUN_S = 1_000, 120.0
"""Attempts and seconds of one run at most; the rest follows in the next."""
KEPT = timedelta(days=30)
"""How long events are kept that wait for nothing any more."""


def send_webhooks(context: Context) -> Counts:
    """Send the waiting events, in order per case.

    Returns the counts of events sent, delayed and refused; empty when there was nothing to do.
    """
    channels = _channels(context)
    unused = read.waiting_channels(context.ledger, case_events.KIND).union(channels) - set(_usable(context))
    run = send(context, case_events, MAX_PER_RUN, unused, RUN_S)
    for url, reason in run.stopped.items():
        _alert(context, f"{url}: {reason}; nothing is sent there until `escucha webhooks --retry`")
    for url, reason in run.refused.items():
        _alert(context, f"{url}: given up: {reason}; `escucha outbox --kind event` lists what")
    planning.prune(context.ledger, case_events.KIND, now() - KEPT, channels)
    return run.counts_as("webhooks")


def _channels(context: Context) -> list[str]:
    return [WEBHOOK + one.url for one in context.city.webhooks]


def _usable(context: Context) -> list[str]:
    """Return the channels whose secret is set; alert about the others."""
    found = []
    for hook in context.city.webhooks:
        try:
            signing_keys(hook, context.settings.variables)
        except ConfigurationError as error:
            _alert(context, str(error))
        else:
            found.append(WEBHOOK + hook.url)
    return found


def _alert(context: Context, why: str) -> None:
    log.error("webhooks: %s", why)
    try:
        alert(context.settings, context.city, "webhooks", why, "", now())
    except EscuchaError as error:
        log.error("webhooks: %s", error)


def check_webhook(context: Context, hook: Webhook) -> str:
    """Send a signed test event to a receiver; return what it answered.

    Raises:
        EscuchaError: the secret is not usable, or the receiver does not accept the event.
    """
    event_id = f"evt_{uuid4().hex}"
    body = message.check_body(event_id, context.settings.desk_address, now())
    response = post(hook, body, message.headers(event_id, body, signing_keys(hook, context.settings.variables), now()))
    found = outcome.outcome_of(response.status_code, None, now())
    if found.meaning != "accepted":
        raise EscuchaError(f"{hook.url}: {found.reason}")
    return f"accepted a signed test event ({response.status_code})"


def webhook_states(context: Context) -> list[dict[str, object]]:
    """Return what waits for each receiver, and its last failure."""
    failed = {one.channel: one for one in read.unusable_channels(context.ledger)}
    found: list[dict[str, object]] = []
    for hook in context.city.webhooks:
        left, channel = read.outbox_left(context.ledger, case_events.KIND, hook.url), failed.get(WEBHOOK + hook.url)
        found.append(
            {
                "endpoint": hook.url,
                "pending": left.waiting,
                "dead": left.refused,
                "stopped_at": channel.stopped_at.isoformat() if channel and channel.stopped_at else None,
                "failures": channel.failures if channel else 0,
                "reason": channel.reason if channel else left.reason,
            }
        )
    return found


def retry_webhooks(context: Context) -> dict[str, int]:
    """Send events that were given up again, and resume stopped receivers."""
    count = people.retry_refused(context.ledger, case_events.KIND, accounts.operator(), now(), _channels(context))
    return {"queued_again": count}
