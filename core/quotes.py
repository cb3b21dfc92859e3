"""Quote what citizens wrote. Whatever leaves the desk quotes by these functions alone.

Messages in public are quoted; a letter to the council (`PRIVATE_SOURCES`) is read on the desk and by the department that works on it, and
so is a text on a person's health, a minor or violence until a person decided (`withheld`).
"""

from collections.abc import Iterable
from functools import partial
from typing import Protocol

from core.records.post import PRIVATE_SOURCES
from core.text import JOINERS, NO_GLYPHS, sanitise, shorten

MAX_MARKS = 3
"""Combining marks on one letter: no language uses more, and towers of them cover the lines above."""

printable = partial(sanitise, categories=NO_GLYPHS, keep=JOINERS, layout="one_line", max_marks=MAX_MARKS)
"""Return the text in one line of visible characters."""


class Quotable(Protocol):
    """Describe a post: its source and its redacted text."""

    @property
    def source(self) -> str:
        """Return the name of its source."""

    @property
    def text(self) -> str:
        """Return its redacted text."""

    @property
    def withheld(self) -> bool:
        """Tell whether it must not be published."""


def is_private(*sources: str) -> bool:
    """Tell whether one of these sources receives letters to the council."""
    return not PRIVATE_SOURCES.isdisjoint(sources)


def quote(post: Quotable, characters: int | None = None) -> str | None:
    """Return a post's text as it may leave.

    None for a letter and a withheld text.

    Args:
        post: its text is redacted already.
        characters: most of the quotation, which is then one line; None: the whole text as it was stored.
    """
    if is_private(post.source) or post.withheld:
        return None
    return post.text if characters is None else shorten(printable(post.text), characters)


def quote_title(title: str, sources: Iterable[str], characters: int | None = None) -> str | None:
    """Return a case's title; None where it could quote a letter.

    >>> quote_title("Calle Mayor: farola fundida", ["mastodon"], 18)
    'Calle Mayor…'
    >>> quote_title("Calle Mayor: farola fundida", ["mastodon", "mailbox"]) is None
    True
    """
    if is_private(*sources):
        return None
    return title if characters is None else shorten(printable(title), characters)
