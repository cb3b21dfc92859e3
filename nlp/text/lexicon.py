"""Find words and phrases of many lists in one pass."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import filterfalse

_WORD = re.compile(r"@?\w+")
_STREETS = frozenset("calle c plaza plza avenida avda av paseo pso barrio metro puerta puente parque glorieta ronda carrer rua rue".split())
"""After these words a town's name is a street's."""
_STREET_SAFE = "elsewhere"
"""The kind of the list of towns."""
_CACHED = 32_768
"""Words in the cache of kinds."""


def fold_text(text: str) -> str:
    """Return lower case without accents, so that `Cibeles` is found in `CÍBELES`.

    >>> fold_text("CÍBELES")
    'cibeles'
    """
    if text.isascii():
        return text.lower()
    decomposed = unicodedata.normalize("NFKD", text.casefold())
    return "".join(filterfalse(unicodedata.combining, decomposed))


@dataclass(frozen=True)
class Lexicon:
    """Index word lists by kind.

    `*` at the end of a word matches any ending; `-` and spaces separate the words of a phrase.
    """

    whole: dict[str, tuple[str, ...]]
    stems: dict[str, tuple[str, ...]]
    longest: dict[str, int]
    """By the first word of a phrase, the number of words of the longest one."""
    longest_stem: int
    """In letters."""
    known: dict[str, tuple[str, ...]] = field(default_factory=dict, compare=False)
    """Cache of the kinds of single words."""

    @classmethod
    def of(cls, lists: Mapping[str, Iterable[str]]) -> "Lexicon":
        """Build one index for all lists."""
        whole: dict[str, tuple[str, ...]] = {}
        stems: dict[str, tuple[str, ...]] = {}
        for kind, words in lists.items():
            for word in words:
                phrase = " ".join(_WORD.findall(fold_text(word)))
                index = stems if word.endswith("*") else whole
                if phrase:
                    index[phrase] = tuple({*index.get(phrase, ()), kind})
        longest: dict[str, int] = {}
        for phrase in (*whole, *stems):
            first, _, rest = phrase.partition(" ")
            if rest:
                longest[first] = max(longest.get(first, 0), phrase.count(" ") + 1)
        return cls(whole, stems, longest, max(map(len, stems), default=0))


def look_up(lexicon: Lexicon, folded: str) -> Counter[str]:
    """Count the different words of each kind in a folded text.

    >>> look_up(Lexicon.of({"problem": ["rot*", "sin luz"]}), "farola rota y calle sin luz")
    Counter({'problem': 2})
    """
    words = _WORD.findall(folded)
    found: set[tuple[str, str]] = set()
    known, longest = lexicon.known, lexicon.longest
    for at, word in enumerate(words):
        kinds = known.get(word)
        for kind in _kinds(lexicon, word) if kinds is None else kinds:
            if kind != _STREET_SAFE or not _is_street(words, at):
                found.add((kind, word))
        if word not in longest:
            continue
        for length in range(2, min(longest[word], len(words) - at) + 1):
            phrase = " ".join(words[at : at + length])
            named = [*lexicon.whole.get(phrase, ()), *_by_stem(lexicon, phrase, words[at + length - 1])]
            found.update((kind, phrase) for kind in named if kind != _STREET_SAFE or not _is_street(words, at))
    return Counter(kind for kind, _ in found)


def _kinds(lexicon: Lexicon, word: str) -> tuple[str, ...]:
    """Return the kinds of a single word, and cache them."""
    kinds = (*lexicon.whole.get(word, ()), *_by_stem(lexicon, word, word))
    if len(lexicon.known) >= _CACHED:
        lexicon.known.clear()
    lexicon.known[word] = kinds
    return kinds


def _by_stem(lexicon: Lexicon, phrase: str, last: str) -> list[str]:
    ends = range(len(phrase) - len(last) + 2, min(len(phrase), lexicon.longest_stem) + 1)
    return [kind for end in ends for kind in lexicon.stems.get(phrase[:end], ())]


def _is_street(words: list[str], at: int) -> bool:
    return bool(_STREETS.intersection(words[max(0, at - 1) : at])) or (at > 1 and words[at - 1] == "de" and words[at - 2] in _STREETS)
