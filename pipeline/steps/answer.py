"""Send approved answers where the citizens asked, each once.

They are the outbox's kind `answer`. A citizen who reported on the portal reads the answer there: it is published on the page of the
report. Whenever an earlier attempt may have reached the network, the network is asked for the answer first.
"""

import logging
from collections import Counter
from dataclasses import dataclass
from functools import partial

from core.config import plugins
from core.config.city import City
from core.config.own_variables import own_variables
from core.config.protocols import LoadedPaidReplier, LoadedReplier, PaidReplier, load_replier
from core.config.source_options import SourceOptions
from core.errors import ConfigurationError, UnavailableError
from core.privacy.pseudonyms import decrypt_origin
from core.records.answer import PORTAL, Answer, ReplyTarget
from core.records.collection import Budget
from core.records.outbox import Due, OutboxKind, OutboxRow
from ledger import read
from ledger.delivery import answers as stored
from pipeline.budget import budget_of
from pipeline.casework.answering import validity
from pipeline.context import Context, now
from pipeline.outbox.kinds import ReplyToGive, WaitError, WithdrawError
from pipeline.outbox.outcomes import UNKNOWN_WAITS
from pipeline.outbox.sending import send
from pipeline.sources import Source

log = logging.getLogger("escucha")

KIND: OutboxKind = "answer"
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
    total = Counter(sent=0, **_return_expired(context))
    if not context.city.answers.send:
        return dict(total)
    channels = sending_channels(context)
    by_hand = read.waiting_channels(context.ledger, KIND) - {*channels, PORTAL}
    run = send(context, AnswerMessages(channels), context.city.answers.max_per_run, by_hand)
    away = {name: error for name, error in run.resting.items() if error is not None}
    if away:
        raise UnavailableError("; ".join(f"{name}: {error}" for name, error in sorted(away.items())))
    for name, n in run.counts.items():
        total[{"withdrawn": "returned", "delayed": "not_sent", "waiting": "not_sent"}.get(name, name)] += n
    return {name: n for name, n in total.items() if n or name == "sent"}


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

    Maps each to its `reply.py` and its secrets. AnswerMessages to other sources are copied by hand.
    """
    found: Channels = {}
    for source in context.sources.values():
        part = _part_of(source)
        replier, secrets = load_replier(part), plugins.load_reply_secrets(part, context.settings.variables)
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


class AnswerMessages:
    """Supply the approved answers."""

    KIND = KIND
    record = staticmethod(stored.record)

    def __init__(self, channels: Channels) -> None:
        self._channels = channels

    def due(self, _context: Context) -> tuple[Due, ...]:
        """Return nothing.

        A message is planned with its approval.
        """
        return ()

    def find_sent(self, context: Context, row: OutboxRow) -> str | None:
        """Return the address of an answer if its network has it.

        On the page of a report it is shown from the transaction on that records it: there is nothing to look for.
        """
        one = read.answer(context.ledger, row.subject)
        target = _target(context, one)
        if row.channel == PORTAL or one is None or target is None:
            return None
        replier, secrets = self._channels[row.channel]
        with own_variables(context.settings):
            return replier.find_reply(context.city, context.sources[row.channel].options, secrets, target, one.text, one.key)

    def compose(self, context: Context, row: OutboxRow) -> ReplyToGive:
        """Prepare an answer that may be given today.

        Raises:
            ConfigurationError: its post, or the address of it, is no longer known.
            WithdrawError: it may not be given today, or is not approved any more.
            WaitError: the city's known answers cannot be read.
        """
        one = read.answer(context.ledger, row.subject)
        target = _target(context, one)
        if one is None or one.state != "sending":
            raise WithdrawError("it is not approved any more")
        if target is None:
            raise ConfigurationError("the post or its address is no longer known")
        try:
            reason = validity.unusable_reason(context, one) or _overtaken_by(context, one)
        except ConfigurationError as error:
            log.error("answer %s: not sent: %s", one.key, error)
            raise WaitError(now() + UNKNOWN_WAITS, str(error)) from None
        if reason is not None:
            log.warning("answer %s: not sent, a person decides again: %s", one.key, reason)
            raise WithdrawError(reason)
        if row.channel == PORTAL:
            return ReplyToGive(lambda: None)
        replier, secrets = self._channels[row.channel]
        give = partial(replier.reply, context.city, context.sources[row.channel].options, secrets, target, one.text, one.key)
        return ReplyToGive(own_variables(context.settings)(give))


def _overtaken_by(context: Context, one: Answer) -> str | None:
    """Say that a newer answer to the same post was approved.

    None: there is none. It may be so when a person tries a refused one again.
    """
    others = read.answers(context.ledger, post_id=one.post_id, states=("approved", "sending", "unknown", "sent", "copied"))
    newer = any(other.approved_at and one.approved_at and other.approved_at > one.approved_at for other in others)
    return "another answer to its post was approved since" if newer else None


def _target(context: Context, one: Answer | None) -> ReplyTarget | None:
    """Return the message that is answered; None: it is no longer known."""
    post = None if one is None else stored.answered_post(context.ledger, one.post_id)
    if post is None or one is None:
        return None
    native_id, url = decrypt_origin(context.salt, post.origin)
    return ReplyTarget(native_id=native_id, url=url, text=post.text, thread=post.thread, language=one.language)
