"""Read a citizen's reply to "was it solved?"."""

import re
from collections.abc import Iterable
from functools import lru_cache

from core.config.word_lists import locale_words
from core.records.annotation import Annotation
from core.records.decision import Decision
from core.records.post import Post
from gazetteer.names import fold

LONG = 60
"""Words of a reply above which it is a new message, not a vote."""
REASON = "solved: the citizen says that the problem is solved"
_WORD = re.compile(r"\w+")
_DROPPED = re.compile(r"@\w+|https?\S*|\[\w+\]|\(\d{1,2}(?:/\d{1,2})?\)")
"""Handles, links, marks of redaction, and the number of a message in a row: `(1/2)`."""


def is_solved(text: str) -> bool | None:
    """Tell what a reply says: solved, not solved, or neither (None).

    >>> is_solved("@user Sí, ya está arreglado, gracias"), is_solved("No, sigue igual"), is_solved("¿Quién es usted?")
    (True, False, None)
    """
    words = _folded(_DROPPED.sub(" ", text))
    if "?" in text or not 0 < len(words.split()) <= LONG:
        return None
    phrases = _phrases()
    unsolved = _find(phrases["unsolved"], words)
    rest = words
    for phrase in unsolved:
        rest = rest.replace(f" {phrase} ", "  ")
    solved = bool(_find(phrases["solved"], rest))
    first = words.split()[0]
    if unsolved:
        return None if solved or first in phrases["yes"] else False
    if solved:
        return None if _says_more(phrases, rest) or first in phrases["no"] or _is_negated(words, phrases["no"]) else True
    rest_of_words = frozenset(words.split()[1:])
    if first in rest_of_words and first == "ja":
        return None  # laughter
    if not rest_of_words <= phrases["polite"] | phrases["yes"] | phrases["no"]:
        return None
    if first in phrases["no"] and not rest_of_words.isdisjoint(phrases["thanks"]):
        return None  # "no, gracias" refuses the question
    return True if first in phrases["yes"] else False if first in phrases["no"] else None


def decide_solved(post: Post, annotation: Annotation) -> Decision | None:
    """Decide a reply that says "solved": no case, and none is reopened.

    None where a person marked it as actionable.
    """
    actionable = annotation.labels["actionable"]
    if actionable.model == "person" and actionable.value is True:
        return None
    return Decision(post_id=post.post_id, outcome="no_case", reason=REASON, kind="thanks", kind_reason="reply to a question")


@lru_cache(maxsize=1)
def _phrases() -> dict[str, frozenset[str]]:
    words = locale_words("solved")
    bare = {name: frozenset(fold(one) for one in words[name].split()) for name in ("yes", "no", "polite", "thanks", "around")}
    lists = {name: re.split(r"[,\n]", words[name]) for name in ("unsolved", "solved", "doubt")}
    return bare | {name: frozenset(_folded(one).strip() for one in some if one.strip()) for name, some in lists.items()}


def _folded(text: str) -> str:
    return f" {' '.join(fold(word) for word in _WORD.findall(text))} "


def _find(phrases: Iterable[str], words: str) -> list[str]:
    """Return the phrases in a folded text, the longest first."""
    return sorted((one for one in phrases if f" {one} " in words), key=len, reverse=True)


def _says_more(phrases: dict[str, frozenset[str]], words: str) -> bool:
    """Return whether a reply says more than that it is solved.

    `Ya está arreglada la farola` does not; `arreglado a martillazos` and `avísenme si está reparado` do. A list of contradictions was
    tried: of replies written later two thirds to eight in ten of the votes were right.
    """
    left = words
    for phrase in _find(phrases["solved"], words):
        left = left.replace(f" {phrase} ", "  ")
    known = phrases["around"] | phrases["polite"] | phrases["yes"]
    return bool(_find(phrases["doubt"], words)) or not known.issuperset(left.split())


def _is_negated(words: str, negations: frozenset[str]) -> bool:
    return any(word in negations or word in ("not", "ni", "nunca", "sin") for word in words.split())
