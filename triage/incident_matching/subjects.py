"""Find the subjects people write to a city about, by keywords.

A lift, a cycle lane, noisy nights. The embedding shows that two texts are about the same street; whether one asks for trees there and the
other for a bus stop, single words show better. Each entry is one subject: patterns for folded words (no accents, lower case). The
patterns are data: `locales/es_ES/subjects.toml`, and a city's own in `words.toml` of its folder. They are Spanish; a text in another
language has no subject here, and the other features decide alone.
"""

import re
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from zlib import crc32

from core.config.word_lists import city_words, locale_words
from gazetteer.names import fold

_WORD = re.compile(r"[^\W\d_]+|\d+")


def _alternatives(pattern: str) -> list[str]:
    """Split a pattern at its top-level bars."""
    found, depth = [""], 0
    for c in pattern:
        depth += (c in "([") - (c in ")]")
        if c == "|" and not depth:
            found.append("")
        else:
            found[-1] += c
    return found


def _pattern(alternatives: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\S)(?:{'|'.join(alternatives)})(?!\S)")


WORDS_KEPT = 32_768
_SHOUTING = 0.6
"""Share of capitals from which capitals are not significant."""
_MIN_SHOUTED = 9
"""Minimum letters of a shouted text: an acronym with a word before it is not one."""


def words_of(text: str) -> list[str]:
    """Return the words and numbers of a text, in order."""
    return _WORD.findall(text)


def word_spans(text: str) -> list[tuple[int, int]]:
    """Return where each of `words_of` starts and ends."""
    return [match.span() for match in _WORD.finditer(text)]


def text_folded(text: str) -> str:
    """Return the folded words of a text, with a space around each.

    >>> text_folded("¡Otra vez, el árbol!")
    ' otra vez el arbol '
    """
    return f" {' '.join(map(fold, words_of(text)))} "


def fingerprint(folded: str) -> int:
    """Return a number that is equal for copies of one text.

    >>> fingerprint(text_folded("¡Farola ROTA!")) == fingerprint(text_folded("farola rota"))
    True
    """
    return crc32(folded.encode())


class SubjectLexicon:
    """Hold the compiled patterns of a language and of a city.

    Args:
        patterns: by subject, a pattern of alternatives for folded words.
        acronyms: by subject, a pattern that counts only in capitals, in a text that is not shouted.
    """

    def __init__(self, patterns: Mapping[str, str], acronyms: Mapping[str, str]) -> None:
        split = {subject: _alternatives(pattern) for subject, pattern in patterns.items()}
        self.patterns = dict(patterns)
        self._acronyms = {subject: re.compile(rf"\b(?:{pattern})\b") for subject, pattern in acronyms.items()}
        self._of_one_word = _compiled({subject: [one for one in some if " " not in one] for subject, some in split.items()})
        # patterns with a space need the whole text; the others are matched word by word
        self._of_many = _compiled({subject: [one for one in some if " " in one] for subject, some in split.items()})
        self._any_of_many = _pattern(one for some in split.values() for one in some if " " in one)
        self._of_word = lru_cache(maxsize=WORDS_KEPT)(self._match_word)

    def find(self, text: str, folded: str) -> frozenset[str]:
        """Return the subjects of a text.

        Args:
            text: the text.
            folded: its `text_folded` form.
        """
        found = set().union(*map(self._of_word, set(folded.split())))
        if self._any_of_many.search(folded):
            found |= {subject for subject, pattern in self._of_many.items() if pattern.search(folded)}
        capitals = {subject for subject, pattern in self._acronyms.items() if pattern.search(text)}
        return frozenset(found if not capitals or _shouted(text) else found | capitals)

    def _match_word(self, word: str) -> frozenset[str]:
        return frozenset(subject for subject, pattern in self._of_one_word.items() if pattern.search(word))


@lru_cache(maxsize=8)
def subjects_of(folder: Path | None = None) -> SubjectLexicon:
    """Return the subjects of the city with this folder.

    Those of the language alone without one.

    >>> sorted(subjects_of().find("Farola rota en la acera", " farola rota en la acera "))
    ['lighting', 'pavement']
    """
    own = city_words(folder)
    patterns = dict(locale_words("subjects"))
    for subject, pattern in own.get("subjects", {}).items():
        patterns[subject] = f"{patterns[subject]}|{pattern}" if subject in patterns else pattern
    return SubjectLexicon(patterns, own.get("acronyms", {}))


def _compiled(alternatives: Mapping[str, Sequence[str]]) -> dict[str, re.Pattern[str]]:
    return {subject: _pattern(some) for subject, some in alternatives.items() if some}


def _shouted(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    return sum(map(str.isupper, letters)) > _SHOUTING * len(letters) and len(letters) >= _MIN_SHOUTED
