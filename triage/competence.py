"""Match the posts of a case with competent bodies and emergencies."""

import re
from collections.abc import Iterable, Sequence
from functools import lru_cache

from core.config.bodies import Bodies, Body
from core.config.word_lists import locale_words
from triage.incident_matching.subjects import text_folded


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
    return any(has_words(text, bodies.emergency) for text in texts)


def has_words(text: str, words: Iterable[str]) -> bool:
    """Tell whether a text contains one of these words or phrases."""
    return _names(text_folded(text), words)


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
    some = "|".join(re.escape(text_folded(word).strip()) for word in words)
    return re.compile(rf"(?<!\w)(?:{some})(?!\w)") if some else None
