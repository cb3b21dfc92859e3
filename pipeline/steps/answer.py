"""Send approved answers where the citizens asked, each once.

A citizen who reported on the portal reads the answer there: it is published on the page of the report. An answer is a row of the
ledger before anything is sent. Whenever an earlier attempt may have reached the network, the network is asked for the answer first.
"""

import logging
from collections import Counter
from dataclasses import dataclass
from datetime import timedelta

from core.config import plugins
from core.config.city import City
from core.config.protocols import LoadedPaidReplier, LoadedReplier, PaidReplier, load_replier
from core.config.source_options import SourceOptions
from core.errors import ConfigurationError, EscuchaError, OutcomeUnknownError, RefusedError, UnavailableError
from core.privacy.pseudonyms import decrypt_origin
from core.records.answer import PORTAL, ReplyTarget
from core.records.collection import Budget
from core.runtime.failpoints import failpoint
from ledger.delivery import answers as leaving_answers
from ledger.delivery.answers import Leaving
from pipeline.budget import budget_of
from pipeline.casework.answering import validity
from pipeline.context import Context, now, worker
from pipeline.sources import Source

log = logging.getLogger("escucha")

LEASE = timedelta(minutes=10)
Channels = dict[str, tuple[LoadedReplier, plugins.Secrets | None]]


@dataclass(frozen=True)
class BoundReplier:
    """Pay for the answers of one run from their source's budget."""

    replier: LoadedPaidReplier
    budget: Budget

    def reply(self, city: City, options: SourceOptions, secrets: plugins.Secrets | None, target: ReplyTarget, text: str, key: str) -> str:
        """Answer one message."""
        return self.replier.reply(city, options, secrets, target, text, key, self.budget)

    def find_reply(
        self, city: City, options: SourceOptions, secrets: plugins.Secrets | None, target: ReplyTarget, text: str, key: str
    ) -> str | None:
        """Return the address of this answer if the network has it."""
        return self.replier.find_reply(city, options, secrets, target, text, key, self.budget)


def answer(context: Context) -> dict[str, int]:
    """Send approved answers, at most `max_per_run` of them.

    Nothing is sent unless the profile has `[answers] send = true`. An answer made from a known answer that is out of use is not
    sent: it becomes a draft again, whether it is sent or copied by hand.

    Raises:
        UnavailableError: a network does not respond; its answers stay approved, those of the others were sent.
    """
    returned = _return_expired(context)
    if not context.city.answers.send:
        return {"sent": 0} | returned
    channels = sending_channels(context)
    claimed = leaving_answers.claim(context.ledger, sorted({*channels, PORTAL}), worker(), context.city.answers.max_per_run, now(), LEASE)
    total: Counter[str] = Counter(sent=0, **returned)
    away: dict[str, UnavailableError] = {}
    for one in claimed:
        if one.answer.channel in away:  # asked a moment ago: it is not tried now
            leaving_answers.failed(context.ledger, one, _as_before(one), str(away[one.answer.channel]), now())
            continue
        if not leaving_answers.renew(context.ledger, one, now(), LEASE):
            total["overtaken"] += 1  # the answers before it took longer than the lease; another worker sends it
            continue
        failpoint("answer.claimed")
        if one.answer.channel == PORTAL:
            total[_publish(context, one)] += 1
            continue
        try:
            total[_send_one(context, one, *channels[one.answer.channel])] += 1
        except UnavailableError as error:
            away[one.answer.channel] = error
    if away:
        raise UnavailableError("; ".join(f"{name}: {error}" for name, error in sorted(away.items())))
    return dict(total)


def _return_expired(context: Context) -> dict[str, int]:
    """Return expired answers to staff.

    Does nothing when the known answers cannot be read.

    The other answers are sent all the same; each answer made from a known one is checked again before it is sent.
    """
    try:
        found = validity.return_expired(context)
    except ConfigurationError as error:
        log.error("answer: the validity of known answers cannot be checked: %s", error)
        return {}
    return {"returned": found} if found else {}


def sending_channels(context: Context) -> Channels:
    """Return the sources that answers can be sent to.

    Maps each to its `reply.py` and its secrets. Answers to other sources are copied by hand.
    """
    found: Channels = {}
    for source in context.sources.values():
        part = _part_of(source)
        replier, secrets = load_replier(part), plugins.load_reply_secrets(part)
        if replier is None:
            continue
        if isinstance(secrets, list):
            log.info("answer: %s is copied by hand: set %s to send there", source.name, ", ".join(secrets))
            continue
        paid = BoundReplier(replier, budget_of(context, source)) if isinstance(replier, PaidReplier) else replier
        found[source.name] = (paid, secrets)
    return found


def channels_sent_to(context: Context) -> frozenset[str]:
    """Return the channels that approved answers are sent to.

    There are none unless the profile has `[answers] send = true`.
    """
    return frozenset({*sending_channels(context), PORTAL}) if context.city.answers.send else frozenset()


def _part_of(source: Source) -> str:
    return source.table or source.name


def _as_before(one: Leaving) -> leaving_answers.SendOutcome:
    """Return the state of an answer that this attempt did not touch."""
    return "unknown" if one.look_first else "approved"


def _publish(context: Context, one: Leaving) -> str:
    """Publish one answer on the page of its report.

    Returns the outcome in a word.

    The page shows it from the transaction on that records it: there is no outcome to look for.
    """
    reason = validity.unusable_reason(context, one.answer)
    if reason is not None:
        return _return(context, one, reason)
    leaving_answers.sent(context.ledger, one, None, now())
    failpoint("answer.stored")
    return "sent"


def _return(context: Context, one: Leaving, reason: str) -> str:
    leaving_answers.return_unsent(context.ledger, one.answer.key, reason, now(), one)
    log.warning("answer %s: not sent, a person decides again: %s", one.answer.key, reason)
    return "returned"


def _send_one(context: Context, one: Leaving, replier: LoadedReplier, secrets: plugins.Secrets | None) -> str:
    """Send one answer; return what became of it, in a word."""
    options = context.sources[one.answer.channel].options
    native_id, url = decrypt_origin(context.salt, one.origin)
    target = ReplyTarget(native_id=native_id, url=url, text=one.post_text, thread=one.thread, language=one.answer.language)
    what = (context.city, options, secrets, target, one.answer.text, one.answer.key)
    try:
        address = replier.find_reply(*what) if one.look_first else None
        reason = validity.unusable_reason(context, one.answer) if address is None else None
        if reason is not None:
            return _return(context, one, reason)
        if address is None:
            address = replier.reply(*what)
    except RefusedError as error:
        leaving_answers.failed(context.ledger, one, "refused", str(error), now())
        log.error("answer %s: refused by %s: %s", one.answer.key, one.answer.channel, error)
        return "refused"
    except OutcomeUnknownError as error:
        leaving_answers.failed(context.ledger, one, "unknown", str(error), now())
        log.warning("answer %s: no answer from %s; looked for before the next try: %s", one.answer.key, one.answer.channel, error)
        return "unknown"
    except UnavailableError as error:
        leaving_answers.failed(context.ledger, one, _as_before(one), str(error), now())
        raise
    except EscuchaError as error:  # a budget that is spent, a login that is refused: a person mends it, nothing was sent
        leaving_answers.failed(context.ledger, one, _as_before(one), str(error), now())
        log.error("answer %s: not sent: %s", one.answer.key, error)
        return "not_sent"
    failpoint("answer.sent")
    leaving_answers.sent(context.ledger, one, address, now())
    failpoint("answer.stored")
    return "sent"
