"""Decide which messages can be stored, and why not."""

import re
import unicodedata
from datetime import UTC, datetime, timedelta

from core.records.post import Raw

MAX_CHARACTERS = 100_000
"""No network allows longer posts; a text of megabytes is an attack or a mistake."""
EARLIEST = datetime(1990, 1, 1, tzinfo=UTC)
CLOCK_TOLERANCE = timedelta(days=2)
"""Tolerance: clocks and time zones differ by hours; a date further ahead is wrong."""
_INVISIBLE = frozenset(("Cc", "Cf", "Zs", "Zl", "Zp"))
"""Unicode categories without a visible glyph: spaces, line ends and format characters such as the joiner of emoji."""
_SURROGATE = re.compile("[\ud800-\udfff]")


def reject_reason(raw: Raw, now: datetime) -> str | None:
    """Return the code why a message is rejected; None: accepted."""
    reason = text_reject_reason(raw.text)
    if reason is not None:
        return reason
    if not raw.native_id.strip():
        return "missing_id"
    if raw.created_at < EARLIEST or raw.created_at > now + CLOCK_TOLERANCE:
        return "bad_date"
    return None


def text_reject_reason(text: str) -> str | None:
    """Return the code why a text is rejected; None: accepted.

    >>> text_reject_reason("Hay un bache"), text_reject_reason(" \\n")
    (None, 'empty_text')
    """
    if len(text) > MAX_CHARACTERS:
        return "too_large"
    if "\0" in text:
        return "nul"
    if _SURROGATE.search(text):
        return "lone_surrogate"
    return "empty_text" if is_blank(text) else None


def is_blank(text: str) -> bool:
    """Return whether a text has no visible character."""
    return all(unicodedata.category(character) in _INVISIBLE for character in text)
