"""Shorten what citizens wrote to a printable quotation of one line."""

from functools import partial

from core.text import JOINERS, NO_GLYPHS, sanitise, shorten

MAX_MARKS = 3
"""Combining marks on one letter: no language uses more, and towers of them cover the lines above."""

printable = partial(sanitise, categories=NO_GLYPHS, keep=JOINERS, layout="one_line", max_marks=MAX_MARKS)
"""Return the text in one line of visible characters."""


def shortened(text: str, characters: int) -> str:
    """Cut the text to a number of characters, between words if possible.

    >>> shortened("Farola fundida en la calle Mayor", 18)
    'Farola fundida en…'
    """
    return shorten(printable(text), characters)
