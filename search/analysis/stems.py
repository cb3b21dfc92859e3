"""Reduce a word to its stem, by language.

Snowball's algorithms (snowballstem.org, BSD), on words without accents: people leave accents out, so both sides go without. Galician has
no such algorithm: plural and gender are removed as in Lucene's minimal one.
"""

import re
from functools import cache, lru_cache

import snowballstemmer

LANGUAGES = ("es", "ca", "gl", "eu", "en", "pt", "fr", "it", "de")
"""The first one is used for posts in any other language."""
_ALGORITHMS = {
    "es": "spanish",
    "ca": "catalan",
    "eu": "basque",
    "en": "english",
    "pt": "portuguese",
    "fr": "french",
    "it": "italian",
    "de": "german",
}
VERSION = "snowball 3.1"
"""Part of the index's schema: another version of the algorithms gives other stems."""
SHORTEST = 4
"""Letters of the shortest word that is reduced."""


@cache
def _stemmer(language: str) -> "snowballstemmer.stemmer":
    return snowballstemmer.stemmer(_ALGORITHMS[language])


@lru_cache(maxsize=200_000)
def stem(language: str, folded: str) -> str:
    """Return the stem of a folded word.

    >>> stem("es", "farolas"), stem("ca", "carrers"), stem("gl", "rotondas"), stem("es", "m30")
    ('farol', 'carr', 'rotond', 'm30')
    """
    if len(folded) < SHORTEST or not folded.isalpha():
        return folded
    return _galician(folded) if language == "gl" else str(_stemmer(language).stemWord(folded))


def _galician(word: str) -> str:
    word = re.sub(r"ais$", "al", re.sub(r"ns$", "n", word))
    word = re.sub(r"(?<=[rlz])es$", "", word)
    word = re.sub(r"(?<=[aeiou])s$", "", word)
    return re.sub(r"(?<=\w{3})[aeo]$", "", word)
