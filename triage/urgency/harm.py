"""Find words that say that people are or may be hurt."""

import re
from collections.abc import Iterable
from functools import lru_cache

from core.config.word_lists import LOCALE, locale_words
from triage.incident_matching.subjects import text_folded, words_of

TEXTS_KEPT = 8_192
"""Texts whose words are kept: the posts of an incident are looked at again with each new one."""


@lru_cache(maxsize=TEXTS_KEPT)
def harm_words(text: str, language: str) -> tuple[str, ...]:
    """Return the words of harm in a text, each once.

    As they are written, in lower case. Looked for in the post's language and in the locale's.

    >>> harm_words("Socavón en la acera, una señora se ha caído", "es")
    ('socavón', 'se ha caído')
    >>> harm_words("Está sucio pero no hay peligro", "es")
    ()
    """
    folded, written = text_folded(text), words_of(text)
    found: dict[str, str] = {}
    for one in dict.fromkeys((language.split("-")[0], LOCALE.split("_")[0])):
        pattern = _pattern(one)
        if pattern is not None:
            for match in pattern.finditer(folded):
                if match["not"] is None:
                    first = folded.count(" ", 0, match.start("harm")) - 1
                    whole = written[first : first + match["harm"].count(" ") + 1]
                    found.setdefault(match["harm"], " ".join(whole).lower())
    return tuple(found.values())


@lru_cache(maxsize=16)
def _pattern(language: str) -> re.Pattern[str] | None:
    """Compile the words of a language; None: the list has none."""
    table = locale_words("harm").get(language)
    if table is None:
        return None
    harm = "|".join(_alternatives(table["words"]))
    negated = "|".join(_alternatives(table["negations"])) or "(?!)"
    return re.compile(rf"(?<!\S)(?P<not>(?:{negated}) )?(?P<harm>{harm})(?!\S)")


def _alternatives(phrases: Iterable[str]) -> list[str]:
    folded = [" ".join(map(_word, phrase.split())) for phrase in phrases]
    return sorted(folded, key=lambda one: (-len(one), one))


def _word(word: str) -> str:
    return re.escape(text_folded(word.removesuffix("*")).strip()) + (r"\S*" if word.endswith("*") else "")
