"""How long a network asks us to wait, made sane: the header may be missing, in the past, or absurd. We never sleep ourselves."""

from collections.abc import Mapping
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime

DEFAULT_S = 60.0
"""When the network does not say: the window of every network here is 1 to 15 minutes."""
LONGEST_S = 3600.0
"""A slot is not reserved for longer than this, whatever a header says; the scheduler comes again anyway."""
SHORTEST_S = 1.0
BUSY = frozenset({429, 503})
"""Answers that ask for a rest. Any other failure asks for none: it is tried again by the next run."""


def seconds_until(reset: float | None, now: datetime) -> float:
    """Seconds from now to `reset`, seconds since 1970."""
    return DEFAULT_S if reset is None else _sane(reset - now.timestamp())


def retry_after(headers: Mapping[str, str], now: datetime, *resets: str) -> float:
    """Seconds to wait by `Retry-After`, else by the first of the headers `resets` (seconds since 1970, or a date).

    Args:
        headers: of the answer; any case.
        now: the moment of this run.
        resets: names of this network's headers, in lower case.
    """
    lower = {name.lower(): value for name, value in headers.items()}
    if "retry-after" in lower:
        return _retry_after(lower["retry-after"], now)
    for name in resets:
        if name in lower:
            return _reset(lower[name], now)
    return DEFAULT_S


def retry_after_header(headers: Mapping[str, str], now: datetime) -> float | None:
    """Seconds to wait by `Retry-After`; None when no rest is asked for."""
    return retry_after(headers, now) if any(name.lower() == "retry-after" for name in headers) else None


def pause_after(status: int, headers: Mapping[str, str], now: datetime, *resets: str) -> float | None:
    """Seconds of the rest that a refusal with this status asks for; None when it asks for none; see `asked_for`."""
    return retry_after(headers, now, *resets) if status in BUSY else retry_after_header(headers, now)


def _retry_after(text: str, now: datetime) -> float:
    try:
        return _sane(float(text))
    except ValueError:
        pass  # RFC 9110 allows a date instead
    try:
        return _sane((_aware(parsedate_to_datetime(text)) - now).total_seconds())
    except (ValueError, TypeError):
        return DEFAULT_S


def _reset(text: str, now: datetime) -> float:
    try:
        return seconds_until(float(text), now)
    except ValueError:
        pass  # Mastodon writes a date, GoToSocial seconds
    try:
        return _sane((_aware(datetime.fromisoformat(text)) - now).total_seconds())
    except ValueError:
        return DEFAULT_S


def _aware(moment: datetime) -> datetime:
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment


def _sane(seconds: float) -> float:
    """A reset in the past means 'now' to the server's clock, not 'hammer me': wait the default."""
    if not seconds > 0:  # also NaN
        return DEFAULT_S
    return min(max(seconds, SHORTEST_S), LONGEST_S)
