"""Shorten what citizens wrote to a printable quotation of one line."""

from core.quotes import printable
from core.text import shorten


def shortened(text: str, characters: int) -> str:
    """Cut the text to a number of characters, between words if possible.

    >>> shortened("Farola fundida en la calle Mayor", 18)
    'Farola fundida en…'
    """
    return shorten(printable(text), characters)
