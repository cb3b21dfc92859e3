"""Look at a text once: its words, its small letters, its digits. Every pattern asks here first whether it can match."""

import re
from collections.abc import Set

from core.privacy.redaction.fold import fold_characters

WORD = re.compile(r"[^\W\d_]+")
_DIGIT = re.compile(r"\d")


class Glance:
    """What a text holds, found in one pass.

    Redaction only takes words out, so what one round looked at stays enough for all its steps.
    """

    __slots__ = ("digits", "found", "small", "text", "words")

    def __init__(self, text: str) -> None:
        """Find the words, folded to small letters without accents, and count the digits."""
        self.text = text
        self.small = text.lower()
        self.found = list(WORD.finditer(fold_characters(text)))
        self.words: Set[str] = {match.group() for match in self.found}
        self.digits = len(_DIGIT.findall(text)) if _DIGIT.search(text) else 0

    def has(self, words: frozenset[str]) -> bool:
        """Return True when one of these words, folded, stands in the text."""
        return not words.isdisjoint(self.words)
