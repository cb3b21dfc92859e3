"""Decide what a receiver's response means; pure functions."""

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Literal

Meaning = Literal["accepted", "refused", "busy", "gone"]
"""refused: this event; busy: all events, for a while; gone: all events, until a person acts."""

ATTEMPTS = 12
"""Failed attempts after which an event goes to the dead letters: about two days after the first."""
FIRST_PAUSE, LONGEST_PAUSE = timedelta(minutes=1), timedelta(hours=12)
LONGEST_REST = timedelta(hours=1)
"""Longest pause of a whole receiver, unless it asks for more."""
LONGEST_ASKED = timedelta(hours=24)


@dataclass(frozen=True)
class EventOutcome:
    """Hold the meaning, reason and requested pause of a response."""

    meaning: Meaning
    reason: str
    asked: timedelta | None = None


def outcome_of(status: int, retry_after: str | None, now: datetime) -> EventOutcome:
    """Read a response.

    >>> noon = datetime(2026, 11, 27, 12, tzinfo=UTC)
    >>> outcome_of(204, None, noon).meaning, outcome_of(302, None, noon).meaning, outcome_of(410, None, noon).meaning
    ('accepted', 'refused', 'gone')
    >>> outcome_of(429, "120", noon).asked
    datetime.timedelta(seconds=120)
    """
    if 200 <= status < 300:
        return EventOutcome("accepted", "")
    if status == 410:
        return EventOutcome("gone", "410: the receiver wants no more events")
    if status in (408, 425, 429) or status >= 500:
        return EventOutcome("busy", f"the receiver answered {status}", asked_pause(retry_after, now))
    if 300 <= status < 400:
        return EventOutcome("refused", f"the receiver redirects elsewhere ({status}), which is not followed: check its address")
    return EventOutcome("refused", f"the receiver refused the event ({status})")


def asked_pause(retry_after: str | None, now: datetime) -> timedelta | None:
    """Parse a Retry-After header; None without a usable one.

    It holds seconds or a date.

    >>> asked_pause("Fri, 27 Nov 2026 12:01:00 GMT", datetime(2026, 11, 27, 12, tzinfo=UTC))
    datetime.timedelta(seconds=60)
    >>> asked_pause("soon", datetime(2026, 11, 27, 12, tzinfo=UTC))
    """
    text = (retry_after or "").strip()
    if text.isascii() and text.isdigit():
        return min(timedelta(seconds=int(text[:9])), LONGEST_ASKED)
    try:
        moment = parsedate_to_datetime(text)
    except (TypeError, ValueError):
        return None
    moment = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return min(max(moment - now, timedelta(0)), LONGEST_ASKED)


def pause_after(failures: int, chance: float, longest: timedelta = LONGEST_PAUSE) -> timedelta:
    """Return the pause after the n-th failure: doubled each time, with jitter.

    `chance`: from 0 to 1; the pause is half to one and a half times the doubled one.

    >>> pause_after(1, 0.5), pause_after(4, 0.0), pause_after(40, 1.0)
    (datetime.timedelta(seconds=60), datetime.timedelta(seconds=240), datetime.timedelta(seconds=64800))
    """
    doubled: timedelta = min(FIRST_PAUSE * (1 << min(failures - 1, 20)), longest)
    return doubled * (0.5 + chance)
