"""Normalise place names for comparison.

Without accents, capitals, abbreviations and the words that join the parts of a name.
"""

import re
import unicodedata
from functools import lru_cache
from typing import NamedTuple

from core.config.word_lists import locale_words

_TOKEN = re.compile(r"(?:[^\W\d_]|[\u0300-\u036f])+|\d+")
"""A run of letters (accents may be characters of their own) or of digits: `M30`, `M-30` and `M 30` are the same two tokens."""

_WORDS = locale_words("names")
JOINING = frozenset(_WORDS["joining"])
"""Words that people leave out or add between the parts of a name: `calle (de) (la) Palma`."""

ARTICLES = frozenset(_WORDS["articles"])

_WRITTEN_OUT: dict[str, str] = _WORDS["written_out"]


ABBREVIATED = frozenset(_WORDS["abbreviated"])
"""Abbreviations: a full stop after one does not end a sentence."""


class Token(NamedTuple):
    """Hold one word of a text: its position and folded form."""

    start: int
    end: int
    word: str
    """Without accents and capitals, abbreviations written out."""
    capital: bool
    """Begins with a capital letter or is a number."""


@lru_cache(maxsize=65_536)
def fold(word: str) -> str:
    """Return the form in which a word is compared.

    >>> fold("PEÑAGRANDE"), fold("Sta")
    ('penagrande', 'santa')
    """
    plain = "".join(c for c in unicodedata.normalize("NFD", word.lower()) if not unicodedata.combining(c))
    return _WRITTEN_OUT.get(plain, plain)


def split_tokens(text: str) -> list[Token]:
    """Return the words of a text in order, in linear time."""
    found = []
    for match in _TOKEN.finditer(text):
        word = match.group()
        start, end = match.span()
        kept = (start, end, _fold_bounded(word), not word[0].islower())
        found.append(tuple.__new__(Token, kept))  # twice as fast as Token(...), which takes half of the search time
    return found


def folded_words(text: str) -> tuple[str, ...]:
    """Return the folded words of a name.

    >>> folded_words("Calle de la Palma")
    ('calle', 'de', 'la', 'palma')
    """
    return tuple(map(_fold_bounded, _TOKEN.findall(text)))


def _fold_bounded(word: str) -> str:
    """Fold a word; return '' for one longer than any real word.

    Such a run of letters is not a name, and folding it would only cost time.
    """
    return fold(word) if len(word) < 40 else ""


def content_words(folded: tuple[str, ...]) -> tuple[str, ...]:
    """Return a name without joining words.

    >>> content_words(("calle", "de", "la", "palma"))
    ('calle', 'palma')
    """
    return tuple(word for word in folded if word not in JOINING)


def leading_article(name: str) -> str:
    """Return the article a name begins with; '' for none.

    >>> leading_article("Las Tablas")
    'las'
    """
    first = folded_words(name)[:1]
    return first[0] if first and first[0] in ARTICLES else ""
