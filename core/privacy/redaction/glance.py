"""Scan a text once for words and digits, to skip patterns."""

import re
from collections.abc import Set

from core.privacy.redaction.fold import fold_characters

WORD = re.compile(r"[^\W\d_]+")
_DIGIT = re.compile(r"\d")


class Glance:
    """Hold the words, the lower-cased form and the digit count.

    Redaction only removes words, so one scan is enough for all steps of a round.
    """

    __slots__ = ("digits", "found", "small", "text", "words")

    def __init__(self, text: str) -> None:
        """Find the words, lower-cased without accents, and count the digits."""
        self.text = text
        self.small = text.lower()
        self.found = list(WORD.finditer(fold_characters(text)))
        self.words: Set[str] = {match.group() for match in self.found}
        self.digits = len(_DIGIT.findall(text)) if _DIGIT.search(text) else 0

    def has(self, words: frozenset[str]) -> bool:
        """Return whether one of these folded words is in the text."""
        return not words.isdisjoint(self.words)
