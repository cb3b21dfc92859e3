"""Send the messages of one kind: plan, claim, compose, renew, send, settle.

A kill between the hand-over and its record cannot be distinguished from one before. A channel that can be asked is asked first; over the
others the message is sent again with the same id, by which mail programs and receivers drop the copy.
"""

import logging
import re
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass, field
from datetime import timedelta
from functools import partial
from math import inf
from random import SystemRandom
from time import monotonic

from contact_centre.webhooks.outcome import LONGEST_REST, pause_after
from core.errors import ConfigurationError, EscuchaError, UnavailableError
from core.records.outbox import MAIL, OutboxRow
from core.runtime.failpoints import failpoint
from ledger import read
from ledger.outbox import channels as rests, claims, planning
from pipeline.context import Context, now, worker
from pipeline.counts import Counts
from pipeline.outbox.channels import Channels, asked
from pipeline.outbox.kinds import Letter, MessageKind, NotDueError, TracedKind, WaitError, WithdrawError
from pipeline.outbox.outcomes import LATER_ATTEMPTS, Outcome, Step, next_step

log = logging.getLogger("escucha")
LEASE = timedelta(minutes=10)
"""The most time one message may take."""
STOPPED = "composing it stopped Escucha each time: see the log"
_chance = SystemRandom()
_ADDRESS = re.compile(r"[^\s<>'\",;:]+@[^\s<>'\",;:]+")


@dataclass
class SendRun:
    """Hold what one run did."""

    counts: Counter[str] = field(default_factory=Counter)
    """`due`, and what became of the attempts: `sent`, `delayed`, `waiting`, `refused`, `withdrawn`, `overtaken`."""
    resting: dict[str, EscuchaError | None] = field(default_factory=dict)
    """Channels that are not used any more in this run."""
    refused: dict[str, str] = field(default_factory=dict)
    """Receivers to whom a message was given up, with the reason."""
    stopped: dict[str, str] = field(default_factory=dict)
    """Receivers that want nothing more, with the reason."""

    @property
    def away(self) -> EscuchaError | None:
        """Return why our mail server could not be used; None: it could."""
        return next((error for error in self.resting.values() if error is not None), None)

    def raise_if_away(self) -> None:
        """Raise why our mail server could not be used, if so."""
        if self.away is not None:
            raise self.away

    def counts_as(self, prefix: str) -> Counts:
        """Return the counts by other names: `sent` as `alerts_sent`.

        `waiting` keeps its own.
        """
        return {name if name == "waiting" else f"{prefix}_{name}": n for name, n in self.counts.items() if n}


def send(context: Context, kind: MessageKind, limit: int | None = None, without: Collection[str] = (), seconds: float = inf) -> SendRun:
    """Plan and send what is due of one kind.

    One message that is refused stops no other. A mail server that does not answer costs no attempt and is `SendRun.away`.

    Args:
        context: the running Escucha.
        kind: what is sent.
        limit: messages at most; None: all.
        without: channels that are not used.
        seconds: no message is begun after them.
    """
    run, end = SendRun(resting=dict.fromkeys(without)), monotonic() + seconds
    run.counts["due"] = planning.plan(context.ledger, kind.KIND, kind.due(context), now())
    failpoint(f"{kind.KIND}.planned")
    if context.settings.smtp_url is None:
        run.resting[MAIL] = None
        if MAIL in read.waiting_channels(context.ledger, kind.KIND):
            log.info("%s: nothing is mailed: ESCUCHA_SMTP_URL is not set", kind.KIND)
    tried = 0
    with Channels(context) as channels:
        while (limit is None or tried < limit) and monotonic() < end:
            row = claims.claim(context.ledger, kind.KIND, worker(), now(), LEASE, run.resting)
            if row is None:
                break
            tried += 1
            failpoint(f"{kind.KIND}.claimed")
            run.counts[_send_one(context, kind, row, channels, run)] += 1
    return run


def _send_one(context: Context, kind: MessageKind, row: OutboxRow, channels: Channels, run: SendRun) -> str:
    """Send one message; return the count it adds to."""
    if row.attempt > LATER_ATTEMPTS + 1:
        return _settle(context, kind, row, Outcome("final", STOPPED), run)
    if row.attempt > 1 and isinstance(kind, TracedKind):
        found = asked(partial(kind.find_sent, context, row))
        if found.meaning != "sent" or found.url is not None:
            return _settle(context, kind, row, found, run)
    try:
        letter = kind.compose(context, row)
    except WaitError as wait:
        claims.settle(context.ledger, row, worker(), "pending", str(wait), now(), wait.until, counts=False)
        return "waiting"
    except WithdrawError as error:
        _store(context, kind, row, Step("withdrawn"), str(error))
        return "withdrawn"
    except NotDueError:
        claims.discard(context.ledger, row, worker())
        return "withdrawn"
    except ConfigurationError as error:
        return _settle(context, kind, row, Outcome("final", str(error)), run)
    outcome = _attempt(context, row, letter, channels, run)
    return "overtaken" if outcome is None else _settle(context, kind, row, outcome, run)


def _attempt(context: Context, row: OutboxRow, letter: Letter, channels: Channels, run: SendRun) -> Outcome | None:
    """Send a composed message; None: its claim was lost, nothing was sent."""
    try:
        channels.open(letter)
    except EscuchaError as error:
        run.resting[row.channel] = error
        return Outcome("away", str(error))
    failpoint(f"{row.kind}.connected")
    if not claims.renew(context.ledger, row, worker(), now(), LEASE):
        log.info("%s: message %d is another process's by now, or was withdrawn", row.kind, row.id)
        return None
    outcome = channels.send(letter)
    failpoint(f"{row.kind}.sent")
    return outcome


def _settle(context: Context, kind: MessageKind, row: OutboxRow, outcome: Outcome, run: SendRun) -> str:
    """Store an outcome; return the count it adds to."""
    step, reason = next_step(outcome, row, now()), without_addresses(outcome.reason)
    if outcome.rests:
        pause = outcome.asked or pause_after(rests.failures(context.ledger, row.channel) + 1, _chance.random(), LONGEST_REST)
        rests.rest(context.ledger, row.channel, reason, now() + pause)
    match outcome.meaning:
        case "away":
            run.resting.setdefault(row.channel, UnavailableError(outcome.reason))
        case "gone":
            rests.stop(context.ledger, row.channel, reason, now())
            run.stopped[row.receiver] = reason
    if step.state == "refused":
        run.refused[row.receiver] = reason
    _store(context, kind, row, step, reason, outcome.url)
    failpoint(f"{row.kind}.stored")
    if step.state != "sent":
        log.warning("%s: message %d to %s: %s: %s", row.kind, row.id, row.channel, step.state, reason)
    return "delayed" if step.state == "pending" or outcome.meaning in ("away", "blocked") else step.state


def _store(context: Context, kind: MessageKind, row: OutboxRow, step: Step, reason: str, url: str | None = None) -> None:
    record = kind.record if isinstance(kind, TracedKind) else None
    claims.settle(context.ledger, row, worker(), step.state, reason, now(), step.not_before, counts=step.counts, record=record, url=url)


def without_addresses(text: str) -> str:
    """Replace mail addresses: reasons are shown and logged.

    >>> without_addresses("mail to ana@example.org: the server answered 550")
    'mail to [address]: the server answered 550'
    """
    return _ADDRESS.sub("[address]", text)
