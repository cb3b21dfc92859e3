"""The doorkeeper: which messages can be kept at all, and if not, why."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta

from core.post import Raw

MAX_CHARACTERS = 100_000
"""No network lets a citizen write more; a text of megabytes is an attack or a mistake."""
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
AHEAD = timedelta(days=2)
"""Clocks and time zones differ by hours; a date further ahead is wrong."""
_INVISIBLE = frozenset(("Cc", "Cf", "Zs", "Zl", "Zp"))
"""Spaces, line ends, and what is never drawn, such as the joiner of emoji: a text of these only says nothing."""
_SURROGATE = re.compile("[\ud800-\udfff]")


def reject_reason(raw: Raw, now: datetime) -> str | None:
    """Why this message cannot be kept, as a short code; None when it can."""
    reason = text_reject_reason(raw.text)
    if reason is not None:
        return reason
    if not raw.native_id.strip():
        return "missing_id"
    if raw.created_at < EARLIEST or raw.created_at > now + AHEAD:
        return "bad_date"
    return None


def text_reject_reason(text: str) -> str | None:
    """Why this text cannot be read, as a short code; None when it can."""
    if len(text) > MAX_CHARACTERS:
        return "too_large"
    if "\0" in text:
        return "nul"
    if _SURROGATE.search(text):
        return "lone_surrogate"
    return "empty_text" if is_blank(text) else None


def is_blank(text: str) -> bool:
    """Tell whether a text has no visible character."""
    return all(unicodedata.category(character) in _INVISIBLE for character in text)
