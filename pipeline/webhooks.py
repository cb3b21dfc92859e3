"""Notify other systems of case events, each at least once.

The events are rows of the ledger, written in the transaction that changed the case. An event that may have arrived is sent again with
the same id. A failing receiver never stops a step: its events wait, and alerts name it.
"""

import logging
import time
from collections import Counter
from collections.abc import Mapping
from datetime import timedelta
from random import SystemRandom
from uuid import uuid4

from contact_centre.webhooks import message, outcome
from contact_centre.webhooks.outcome import ATTEMPTS, LONGEST_REST, EventOutcome, outcome_of, pause_after
from contact_centre.webhooks.sending import post
from core.config.profile.webhooks import Webhook, signing_keys
from core.errors import ConfigurationError, EscuchaError, OutcomeUnknownError, UnavailableError
from core.runtime.failpoints import failpoint
from ledger.delivery import case_events
from ledger.delivery.case_events import ClaimedEvent
from pipeline.context import Context, now, worker
from pipeline.health.alerts import alert

log = logging.getLogger("escucha")

LEASE = timedelta(minutes=2)
"""Longer than one attempt may take."""
MAX_PER_RUN, RUN_S = 1_000, 120.0
"""Attempts and seconds of one run at most; the rest follows in the next."""
_chance = SystemRandom()
Receivers = Mapping[str, tuple[Webhook, list[bytes]]]
"""Profile and signing keys of each receiver, by its address."""


def send_webhooks(context: Context) -> dict[str, int]:
    """Send the waiting events, in order per case.

    Returns the counts of events sent, delayed and given up; empty when there was nothing to do.
    """
    hooks = {one.url: one for one in context.city.webhooks}
    case_events.queue(context.ledger, {url: one.events for url, one in hooks.items()}, now())
    receivers = _receivers(context)
    total: Counter[str] = Counter()
    end = time.monotonic() + RUN_S
    for _ in range(MAX_PER_RUN):
        due = case_events.claim(context.ledger, receivers, worker(), now(), LEASE) if receivers else None
        if due is None:
            break
        failpoint("webhooks.claimed")
        total[_send_one(context, due, *receivers[due.endpoint])] += 1
        if time.monotonic() > end:
            break
    case_events.prune(context.ledger, hooks, now())
    return dict(total)


def _receivers(context: Context) -> Receivers:
    """Return the receivers whose secret is set; alert about the others."""
    found = {}
    for hook in context.city.webhooks:
        try:
            found[hook.url] = (hook, signing_keys(hook))
        except ConfigurationError as error:
            _alert(context, str(error))
    return found


def _send_one(context: Context, due: ClaimedEvent, hook: Webhook, keys: list[bytes]) -> str:
    """Send one event; return the count it adds to."""
    body = message.case_body(due.event, context.settings.desk_address)
    if not case_events.renew(context.ledger, due, now(), LEASE):
        return "webhooks_overtaken"
    try:
        response = post(hook, body, message.headers(due.event.id, body, keys, now()))
        found = outcome_of(response.status_code, response.headers.get("retry-after"), now())
    except (UnavailableError, OutcomeUnknownError, ConfigurationError) as error:
        found = EventOutcome("busy", str(error))
    failpoint("webhooks.answered")
    if found.meaning == "accepted":
        case_events.mark_sent(context.ledger, due, now())
        failpoint("webhooks.stored")
        return "webhooks_sent"
    return _failed(context, due, found)


def _failed(context: Context, due: ClaimedEvent, found: EventOutcome) -> str:
    """Store a failure, which delays the event or ends its attempts.

    A busy receiver gets nothing for a while.
    """
    moment, name = now(), due.event.id
    if found.meaning == "gone":  # the event waits with the others until a person retries them
        case_events.stop(context.ledger, due.endpoint, found.reason, moment)
        case_events.mark_failed(context.ledger, due, found.reason, moment, moment)
        _alert(context, f"{due.endpoint}: {found.reason}; nothing is sent there until `escucha webhooks --retry`")
        return "webhooks_delayed"
    is_last = due.attempt >= ATTEMPTS
    pause = max(found.asked or timedelta(0), pause_after(due.attempt, _chance.random()))
    if found.meaning == "busy":
        rest = found.asked or pause_after(due.failures + 1, _chance.random(), LONGEST_REST)
        case_events.pause(context.ledger, due.endpoint, found.reason, moment + rest)
    case_events.mark_failed(context.ledger, due, found.reason, moment, None if is_last else moment + pause)
    failpoint("webhooks.stored")
    log.warning("webhooks: event %s, attempt %d: %s: %s", name, due.attempt, due.endpoint, found.reason)
    if not is_last:
        return "webhooks_delayed"
    _alert(context, f"{due.endpoint}: given up after {ATTEMPTS} attempts: {found.reason}; `escucha webhooks` lists them")
    return "webhooks_dead"


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
    response = post(hook, body, message.headers(event_id, body, signing_keys(hook), now()))
    found = outcome.outcome_of(response.status_code, None, now())
    if found.meaning != "accepted":
        raise EscuchaError(f"{hook.url}: {found.reason}")
    return f"accepted a signed test event ({response.status_code})"


def webhook_states(context: Context) -> list[dict[str, object]]:
    """Return what waits for each receiver, and its last failure."""
    urls = [one.url for one in context.city.webhooks]
    return [one.model_dump(mode="json") for one in case_events.states(context.ledger, urls)]


def retry_webhooks(context: Context) -> dict[str, int]:
    """Queue events that were given up again, and resume stopped receivers."""
    urls = [one.url for one in context.city.webhooks]
    return {"queued_again": case_events.retry(context.ledger, urls, now())}
