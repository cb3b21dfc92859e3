"""Match the posts of a case with competent bodies and emergencies."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from core.config.bodies import Bodies, Body
from core.config.word_lists import locale_words
from triage.incident_matching.subjects import text_folded

TEXTS_KEPT = 8_192
"""Texts whose answer is kept: the posts of an incident are looked at again with each new one."""


def suggested_body(bodies: Bodies, texts: Sequence[str]) -> Body | None:
    """Return the body whose words most posts contain.

    Returns None when no post contains any, but to say where something is ("in front of the hospital"). A person decides.
    """
    folded = [text_folded(text) for text in texts]
    votes = {one.name: sum(_is_about(text, one.words) for text in folded) for one in bodies.bodies}
    best = max(bodies.bodies, key=lambda one: votes[one.name], default=None)
    return best if best is not None and votes[best.name] else None


def is_emergency(bodies: Bodies, texts: Iterable[str]) -> bool:
    """Tell whether a post reads like an emergency."""
    return any(sounds_urgent(text, bodies.emergency, bodies.figurative) for text in texts)


@lru_cache(maxsize=TEXTS_KEPT)
def sounds_urgent(text: str, words: tuple[str, ...], figurative: tuple[str, ...]) -> bool:
    """Tell whether a text has a phrase, figures of speech aside.

    >>> sounds_urgent("Esto es un incendio político", ("un incendio",), ("incendio político",))
    False
    """
    folded = text_folded(text)
    aside = _pattern(figurative)
    return _names(folded if aside is None else aside.sub("/", folded), words)


def _is_about(folded: str, words: Iterable[str]) -> bool:
    """Return whether a text names one of these words as its subject."""
    pattern = _pattern(tuple(words))
    found = () if pattern is None else pattern.finditer(folded)
    return any(_where().search(folded[: match.start()]) is None for match in found)


@lru_cache(maxsize=1)
def _where() -> re.Pattern[str]:
    """Compile the words before a place that only says where."""
    return re.compile(rf"(?<!\S)(?:{locale_words('broken_things')['beside']})(?: \S+)? \Z")


def _names(folded: str, words: Iterable[str]) -> bool:
    pattern = _pattern(tuple(words))
    return pattern is not None and pattern.search(folded) is not None


@lru_cache(maxsize=256)
def _pattern(words: tuple[str, ...]) -> re.Pattern[str] | None:
    """Compile whole words into one pattern; None: there are no words."""
    some = "|".join(map(_phrase, words))
    return re.compile(rf"(?<!\S)(?:{some})(?!\S)") if some else None


def _phrase(phrase: str) -> str:
    """Compile `tapa|tapas ... rot*`: words, one of some, any ending, a gap.

    A gap is at most four other words.
    """
    found = ""
    for word in phrase.split():
        if word == "...":
            found += r"(?: \S+){0,4}?"
        else:
            found += " " + "(?:" + "|".join(map(_word, word.split("|"))) + ")"
    return found.removeprefix(" ")


def _word(word: str) -> str:
    return re.escape(text_folded(word.removesuffix("*")).strip()) + (r"\S*" if word.endswith("*") else "")
