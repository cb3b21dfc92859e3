"""Which words and turns of phrase of a list stand in a text: many lists at once, in one reading of the text."""

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from itertools import filterfalse

_WORD = re.compile(r"@?\w+")
_STREETS = frozenset(
    "calle c plaza plza avenida avda av paseo pso barrio metro puerta puente parque glorieta ronda carrer rua rue".split()
)
"""After these a town's name is a street's."""
_STREET_SAFE = "elsewhere"
"""The list of towns."""
_KEPT = 32_768
"""Words whose kinds are remembered."""


def fold_text(text: str) -> str:
    """Lower case without accents, so that `Cibeles` is found in `CÍBELES`."""
    if text.isascii():
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(filterfalse(unicodedata.combining, plain))


@dataclass(frozen=True)
class Lexicon:
    """Lists of words by kind. `*` at the end of a word: any ending; `-` and spaces part the words of a phrase."""

    whole: dict[str, tuple[str, ...]]
    stems: dict[str, tuple[str, ...]]
    longest: dict[str, int]
    """By the first word of a phrase: the words of the longest one."""
    longest_stem: int
    """Letters."""
    known: dict[str, tuple[str, ...]] = field(default_factory=dict, compare=False)
    """The kinds of single words that were looked up, of the latest ones only."""

    @classmethod
    def of(cls, lists: Mapping[str, Iterable[str]]) -> "Lexicon":
        """One index for all lists."""
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
    """How many different words of each kind stand in a folded text."""
    words = _WORD.findall(folded)
    found: set[tuple[str, str]] = set()
    for at, word in enumerate(words):
        for kind in _kinds(lexicon, word):
            if kind != _STREET_SAFE or not _is_street(words, at):
                found.add((kind, word))
        for length in range(2, min(lexicon.longest.get(word, 1), len(words) - at) + 1):
            phrase = " ".join(words[at : at + length])
            kinds = [*lexicon.whole.get(phrase, ()), *_by_stem(lexicon, phrase, words[at + length - 1])]
            found.update((kind, phrase) for kind in kinds if kind != _STREET_SAFE or not _is_street(words, at))
    return Counter(kind for kind, _ in found)


def _kinds(lexicon: Lexicon, word: str) -> tuple[str, ...]:
    """The kinds of a single word, most of which come again and again."""
    kinds = lexicon.known.get(word)
    if kinds is None:
        kinds = (*lexicon.whole.get(word, ()), *_by_stem(lexicon, word, word))
        if len(lexicon.known) >= _KEPT:
            lexicon.known.clear()
        lexicon.known[word] = kinds
    return kinds


def _by_stem(lexicon: Lexicon, phrase: str, last: str) -> list[str]:
    ends = range(len(phrase) - len(last) + 2, min(len(phrase), lexicon.longest_stem) + 1)
    return [kind for end in ends for kind in lexicon.stems.get(phrase[:end], ())]


def _is_street(words: list[str], at: int) -> bool:
    return bool(_STREETS.intersection(words[max(0, at - 1) : at])) or (
        at > 1 and words[at - 1] == "de" and words[at - 2] in _STREETS
    )
