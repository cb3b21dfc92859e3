"""Looks for texts of a test in what is taught, word for word or nearly: there must be none."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

WORDS = 4
"""Words in a row that are compared."""
ENOUGH = 0.5
"""Share of a text's rows of words found in one other text from which the two are near copies."""
_WORD = re.compile(r"[^\W_]+")
_MASKS = frozenset(("user", "http", "number", "email", "rt"))


def leaks(taught: Sequence[str], asked: Iterable[str]) -> list[tuple[str, str]]:
    """Pairs (asked, taught) that are near copies; texts of fewer words than a row only when they are equal."""
    where: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, text in enumerate(taught):
        for row in rows_of_words(text):
            where[row].append(number)
    found = []
    for text in asked:
        rows = rows_of_words(text)
        hits = Counter(number for row in rows for number in where.get(row, ()))
        found += [(text, taught[number]) for number, count in hits.items() if count >= ENOUGH * len(rows)]
    return found


def without_leaks(taught: Sequence[str], asked: Iterable[str]) -> list[bool]:
    """Which of the taught texts may stay: no near copy of a text that is asked about."""
    copies = {theirs for _, theirs in leaks(taught, asked)}
    return [text not in copies for text in taught]


def rows_of_words(text: str) -> set[tuple[str, ...]]:
    """Every four words in a row, masks and case left out; a shorter text is one row."""
    words = [word for word in _WORD.findall(text.casefold()) if word not in _MASKS]
    if len(words) < WORDS:
        return {tuple(words)} if words else set()
    return {tuple(words[at : at + WORDS]) for at in range(len(words) - WORDS + 1)}
