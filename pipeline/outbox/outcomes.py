"""Decide what an answer means for a message; pure functions."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

from contact_centre.webhooks.outcome import ATTEMPTS, EventOutcome, pause_after
from core.records.outbox import LOOKED_FOR, OutboxKind, OutboxRow, OutboxState

Meaning = Literal["sent", "later", "away", "blocked", "unknown", "gone", "refused", "final"]
"""later: not now (450, 503, 429), or no answer, so that it may have arrived; tried for a week; away: our own server, or the network, does
not answer, which costs no attempt; blocked: nor does what a person has to mend, such as a budget that is spent; unknown: it may have
arrived, and is looked for; gone: the receiver wants nothing more (410), so that all waits until a person says so; refused: not like this
(550, 404), tried for two days, as a person may correct the address; final: given up at once (no address at all)."""
LATER_ATTEMPTS = 24
"""Attempts that are answered with "later": about eight days."""
FEWER_ATTEMPTS: Mapping[OutboxKind, int] = {"event": ATTEMPTS}
"""Kinds whose news is of no use after two days."""


UNKNOWN_WAITS = timedelta(minutes=2)
"""How long after an unknown outcome the network is asked: sooner, what it accepted may not show yet."""


@dataclass(frozen=True)
class Outcome:
    """Hold what became of an attempt."""

    meaning: Meaning
    reason: str = ""
    asked: timedelta | None = None
    """Pause that the receiver asked for."""
    rests: bool = False
    """The whole channel rests, as long as was asked or longer with each failure."""
    url: str | None = None
    """Where a sent message can be read."""


@dataclass(frozen=True)
class Step:
    """Hold the next state of a message."""

    state: OutboxState
    not_before: datetime | None = None
    counts: bool = True


def next_step(outcome: Outcome, row: OutboxRow, now: datetime) -> Step:
    """Return the next state of a message after an attempt.

    >>> from datetime import UTC
    >>> noon = datetime(2026, 12, 1, 12, tzinfo=UTC)
    >>> first = OutboxRow.model_construct(kind="report", attempt=1)
    >>> next_step(Outcome("later", asked=timedelta(minutes=30)), first, noon).not_before
    datetime.datetime(2026, 12, 1, 12, 30, tzinfo=datetime.timezone.utc)
    >>> next_step(Outcome("refused"), first.model_copy(update={"attempt": ATTEMPTS}), noon).state
    'refused'
    """
    match outcome.meaning:
        case "sent":
            return Step("sent")
        case "final":
            return Step("refused")
        case "away" | "gone" | "blocked":
            before: OutboxState = "unknown" if row.attempt > 1 and row.kind in LOOKED_FOR else "pending"
            return Step(before, now + UNKNOWN_WAITS if outcome.meaning == "blocked" else None, counts=False)
        case "unknown":
            return Step("unknown", now + UNKNOWN_WAITS, counts=row.attempt == 1)  # tried until it is known
        case "later" | "refused":
            if row.attempt >= (ATTEMPTS if outcome.meaning == "refused" else FEWER_ATTEMPTS.get(row.kind, LATER_ATTEMPTS)):
                return Step("refused")
            return Step("pending", now + max(outcome.asked or timedelta(0), pause_after(row.attempt, 0.5)))


def of_webhook(found: EventOutcome) -> Outcome:
    """Return what the answer of a webhook means."""
    meaning: dict[str, Meaning] = {"accepted": "sent", "refused": "refused", "busy": "later", "gone": "gone"}
    return Outcome(meaning[found.meaning], found.reason, found.asked, rests=found.meaning == "busy")
