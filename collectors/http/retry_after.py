"""Compute the back-off that a network asks for, within sane bounds.

The header may be missing, in the past, or absurd. Collectors never sleep themselves.
"""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

DEFAULT_S = 60.0
"""Without a header: the rate-limit window of every network here is 1 to 15 minutes."""
MAX_S = 3600.0
"""No task is postponed for longer, whatever a header says; the scheduler retries anyway."""
MIN_S = 1.0
BUSY = frozenset({429, 503})
"""Statuses that ask for back-off. Any other failure is retried by the next run."""


def seconds_until(reset: float | None, now: datetime) -> float:
    """Return the seconds until `reset` (seconds since 1970).

    None gives the default, and so does a reset in the past.

    >>> from datetime import UTC, datetime
    >>> seconds_until(1_767_225_690.0, datetime(2026, 1, 1, tzinfo=UTC))
    90.0
    >>> seconds_until(None, datetime(2026, 1, 1, tzinfo=UTC))
    60.0
    """
    return DEFAULT_S if reset is None else _clamp(reset - now.timestamp())


def retry_after(headers: Mapping[str, str], now: datetime, *resets: str) -> float:
    """Return the seconds to wait by `Retry-After`, else by another header.

    >>> from datetime import UTC, datetime
    >>> retry_after({"Retry-After": "Thu, 01 Jan 2026 00:02:00 GMT"}, datetime(2026, 1, 1, tzinfo=UTC))
    120.0
    >>> retry_after({"X-RateLimit-Reset": "1767225630"}, datetime(2026, 1, 1, tzinfo=UTC), "x-ratelimit-reset")
    30.0

    Args:
        headers: of the response; any case.
        now: the moment of this run.
        resets: lower-case names of this network's own headers: seconds since 1970, or a date. The first one present counts.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    if "retry-after" in lower:
        return _retry_after(lower["retry-after"], now)
    for name in resets:
        if name in lower:
            return _reset(lower[name], now)
    return DEFAULT_S


def retry_after_header(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds to wait by `Retry-After`; None without the header."""
    return retry_after(headers, now) if any(name.lower() == "retry-after" for name in headers) else None


def pause_after(status: int, headers: Mapping[str, str], now: datetime, *resets: str) -> float | None:
    """Return the seconds to back off after this status; None: no back-off."""
    return retry_after(headers, now, *resets) if status in BUSY else retry_after_header(headers, now)


def _retry_after(text: str, now: datetime) -> float:
    try:
        return _clamp(float(text))
    except ValueError:
        pass  # RFC 9110 allows a date instead
    try:
        return _clamp((_aware(parsedate_to_datetime(text)) - now).total_seconds())
    except (ValueError, TypeError):
        return DEFAULT_S


def _reset(text: str, now: datetime) -> float:
    try:
        return seconds_until(float(text), now)
    except ValueError:
        pass  # Mastodon writes a date, GoToSocial seconds
    try:
        return _clamp((_aware(datetime.fromisoformat(text)) - now).total_seconds())
    except ValueError:
        return DEFAULT_S


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _clamp(seconds: float) -> float:
    """Clamp to the bounds.

    A reset in the past means "now" by the server's clock, not "retry at once": it gives the default.
    """
    if not seconds > 0:  # also NaN
        return DEFAULT_S
    return min(max(seconds, MIN_S), MAX_S)
