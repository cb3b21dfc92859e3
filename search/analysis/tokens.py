"""Find the words of a text, with their positions."""

import re
import unicodedata
from collections.abc import Iterator
from typing import NamedTuple

_WORD = re.compile(
    r"#(?P<hashtag>\w+)"
    r"|(?P<road>(?<!\w)(?:[A-Za-z]{1,3}-\d{1,4}|[AMNR] \d{1,3})(?![\w-]))"  # M-30, m-30, M 30; not "a 30"
    r"|(?P<word>[^\W_]+(?:·[^\W_]+)*)"  # l·l is one letter in Catalan
)
_HASHTAG_PART = re.compile(r"[^\W\d_]?[^\W\d_A-ZÁÉÍÓÚÑÜÇÀÈÒÏ]+|[A-ZÁÉÍÓÚÑÜÇÀÈÒÏ]+(?![^\W\d_A-ZÁÉÍÓÚÑÜÇÀÈÒÏ])|\d+")
_OTHER_LETTERS = str.maketrans({"·": "", "ø": "o", "œ": "oe", "æ": "ae", "ł": "l"})


class ComparedWord(NamedTuple):
    """Hold a word as it is compared: lower case, without accents."""

    folded: str
    start: int
    end: int


def fold(word: str) -> str:
    """Return a word in lower case and without accents.

    >>> fold("Autobús"), fold("Peñuelas"), fold("Straße"), fold("Col·legi")
    ('autobus', 'penuelas', 'strasse', 'collegi')
    """
    plain = word if word.isascii() else unicodedata.normalize("NFKD", word)
    return "".join(one for one in plain.casefold() if not unicodedata.combining(one)).translate(_OTHER_LETTERS)


def tokens(text: str) -> Iterator[ComparedWord]:
    """Yield the words of a text in order.

    A hashtag gives its parts and then the whole; a road's number is one word with or without the hyphen.

    >>> [one.folded for one in tokens("#BasuraCero en la M-30")]
    ['basura', 'cero', 'basuracero', 'en', 'la', 'm30']
    """
    for match in _WORD.finditer(text):
        if match["hashtag"]:
            yield from _hashtag(match["hashtag"], match.start("hashtag"))
        else:
            word = re.sub(r"[- ]", "", match[0]) if match["road"] else match[0]
            yield ComparedWord(fold(word), match.start(), match.end())


def _hashtag(name: str, start: int) -> Iterator[ComparedWord]:
    parts = list(_HASHTAG_PART.finditer(name))
    if len(parts) > 1:
        for part in parts:
            yield ComparedWord(fold(part[0]), start + part.start(), start + part.end())
    yield ComparedWord(fold(name.replace("_", "")), start, start + len(name))
