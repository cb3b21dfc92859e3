"""Find near copies of evaluation texts in the training set."""

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence

NGRAM = 4
"""Words in an n-gram."""
MIN_OVERLAP = 0.5
"""Share of a text's n-grams found in one other text that makes the two near copies."""
_WORD = re.compile(r"[^\W_]+")
_MASKS = frozenset(("user", "http", "number", "email", "rt"))


def find_near_copies(training: Sequence[str], evaluation: Iterable[str]) -> list[tuple[str, str]]:
    """Find pairs (evaluation text, training text) that are near copies.

    Texts with fewer words than an n-gram are copies only if all their words are equal.

    >>> find_near_copies(["hay un bache en la calle Mayor"], ["Hay un bache en la calle Mayor!", "la farola no funciona"])
    [('Hay un bache en la calle Mayor!', 'hay un bache en la calle Mayor')]
    """
    where: dict[tuple[str, ...], list[int]] = defaultdict(list)
    for number, text in enumerate(training):
        for row in word_ngrams(text):
            where[row].append(number)
    found = []
    for text in evaluation:
        rows = word_ngrams(text)
        hits = Counter(number for row in rows for number in where.get(row, ()))
        found += [(text, training[number]) for number, count in hits.items() if count >= MIN_OVERLAP * len(rows)]
    return found


def flag_clean(training: Sequence[str], evaluation: Iterable[str]) -> list[bool]:
    """Flag the training texts that copy no evaluation text."""
    copies = {theirs for _, theirs in find_near_copies(training, evaluation)}
    return [text not in copies for text in training]


def word_ngrams(text: str) -> set[tuple[str, ...]]:
    """Return the word n-grams of a text, without masks and case.

    A shorter text is one n-gram; a text without words has none.

    >>> sorted(word_ngrams("@user hay un bache aquí mismo"))
    [('hay', 'un', 'bache', 'aquí'), ('un', 'bache', 'aquí', 'mismo')]
    """
    words = [word for word in _WORD.findall(text.casefold()) if word not in _MASKS]
    if len(words) < NGRAM:
        return {tuple(words)} if words else set()
    return {tuple(words[at : at + NGRAM]) for at in range(len(words) - NGRAM + 1)}
