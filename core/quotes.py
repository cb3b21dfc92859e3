"""Quote what citizens wrote. Whatever leaves the desk quotes by these functions alone.

Messages in public are quoted; a letter to the council (`PRIVATE_SOURCES`) is read on the desk and by the department that works on it, and
so is a text on a person's health, a minor or violence until a person decided (`withheld`).
"""

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


class Titled(Protocol):
    """Describe a case: its title, and the sources of its words."""

    @property
    def source(self) -> str:
        """Return the source of the post that opened it."""

    @property
    def sources(self) -> tuple[str, ...]:
        """Return the sources of its posts.

        A case that was merged has none left, and keeps its title.
        """

    @property
    def title(self) -> str:
        """Return its title, which begins with words of a post."""


def is_letter(case: Titled) -> bool:
    """Tell whether a case has, or began with, a letter."""
    return not PRIVATE_SOURCES.isdisjoint((case.source, *case.sources))


def quote(post: Quotable, characters: int | None = None) -> str | None:
    """Return a post's text as it may leave.

    None for a letter and a withheld text.

    Args:
        post: its text is redacted already.
        characters: most of the quotation, which is then one line; None: the whole text as it was stored.
    """
    if post.source in PRIVATE_SOURCES or post.withheld:
        return None
    return post.text if characters is None else shorten(printable(post.text), characters)


def quote_title(case: Titled, characters: int | None = None) -> str | None:
    """Return a case's title as it may leave.

    None where it could quote a letter.
    """
    if is_letter(case):
        return None
    return case.title if characters is None else shorten(printable(case.title), characters)
