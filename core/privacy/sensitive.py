"""Detect posts about a person's health, an identifiable minor, or violence.

Such a text is kept out of titles, exports and the assistant until a person decided (`withheld`). The words are in
`locales/<locale>/sensitive.toml`. A sentence counts only where it speaks of a person: `centro de salud` does not.
"""

import re
from collections.abc import Iterable
from functools import lru_cache
from typing import Literal, NamedTuple

from core.config.word_lists import locale_words
from core.privacy.redaction.fold import fold_characters

SensitiveKind = Literal["health", "minors", "violence"]
_SENTENCE = re.compile(r"(?<=[.!?;\n])\s+")
_SPACES = re.compile(r"\s+")
_NAME = r"\[name\]|@user"
_NEVER = r"(?!)"
ADULT = 18


class _Rules(NamedTuple):
    """Hold the patterns of a language."""

    own: re.Pattern[str]
    """The writer and a condition, or `my autistic son`."""
    condition: re.Pattern[str]
    """A condition that is said of a person, or stands right after one: `mi hijo autista`."""
    person: re.Pattern[str]
    """A person: `mi madre`, `un vecino`, a name."""
    aged_child: re.Pattern[str]
    """One minor with an age, which may be an adult's."""
    named_child: re.Pattern[str]
    """A minor by name, or by an age in words."""
    done: re.Pattern[str]
    always: re.Pattern[str]
    objects: re.Pattern[str]
    images: re.Pattern[str]
    general: re.Pattern[str]


def withheld(sensitive: bool | None, text: str) -> bool:
    """Return whether a text must not be published.

    Args:
        sensitive: the label in force, which a person may have set; None: the post is not labelled yet.
        text: its text, which decides then.
    """
    return bool(sensitive_kinds(text)) if sensitive is None else sensitive


@lru_cache(maxsize=8_192)
def sensitive_kinds(text: str) -> tuple[SensitiveKind, ...]:
    """Return what makes a text sensitive; empty: nothing.

    >>> sensitive_kinds("Mi hija [name], de 6 años con esquizofrenia, no tiene plaza")
    ('health', 'minors')
    >>> sensitive_kinds("El centro de salud no tiene aparcamiento")
    ()
    """
    folded = fold_characters(text).replace("’", "'")
    found: set[SensitiveKind] = set()
    for sentence in _SENTENCE.split(folded):
        plain = _SPACES.sub(" ", sentence)
        for language in locale_words("sensitive"):
            found |= _kinds_of(plain, _rules(language))
    order: tuple[SensitiveKind, ...] = ("health", "minors", "violence")
    return tuple(kind for kind in order if kind in found)


def _kinds_of(sentence: str, rules: _Rules) -> set[SensitiveKind]:
    found: set[SensitiveKind] = set()
    sentence = rules.images.sub("", sentence)
    general = rules.general.search(sentence) is not None
    if rules.own.search(sentence) or (not general and rules.condition.search(sentence) and rules.person.search(sentence)):
        found.add("health")
    ages = rules.aged_child.finditer(sentence)
    if not general and (rules.named_child.search(sentence) or any(_is_minor(age) for age in ages)):
        found.add("minors")
    if rules.always.search(sentence) or (
        not general and rules.done.search(sentence) and (rules.person.search(sentence) or rules.objects.search(sentence))
    ):
        found.add("violence")
    return found


def _is_minor(match: re.Match[str]) -> bool:
    return int(match["after"] or match["before"] or match["alone"]) < ADULT


@lru_cache(maxsize=8)
def _rules(language: str) -> _Rules:
    words = {name: _alternatives(listed) for name, listed in locale_words("sensitive")[language].items()}
    few = r"(?: [^ ,.;]+){0,3}"
    own, linking, conditions, whose = words["own"], words["linking"], words["conditions"], words["whose"]
    person = rf"(?:{words['owners']}) (?:{words['relatives']}|{words['persons']})|(?:{whose}) (?:{words['persons']})|{_NAME}"
    years, under_age = words["years"], words["under_age"]
    child = rf"(?:{whose}) (?:{words['children']})"
    return _Rules(
        own=_words(rf"(?:{own}){few} (?:{conditions})|(?:{words['owners']}) (?:{conditions}) (?:{words['relatives']})"),
        condition=_words(rf"(?:{linking}){few} (?:{conditions})|(?:{person}),? (?:{conditions})"),
        person=_words(person),
        aged_child=_words(
            rf"{child}\b(?! gratis)[^.;]{{0,40}}?\b(?P<after>\d{{1,2}}) (?:{years})"
            rf"|(?P<before>\d{{1,2}})[- ](?:year|month)s?[- ]old (?:{words['children']})"
            rf"|{child}(?: of |,? \(?)(?P<alone>\d{{1,2}})(?! (?:%|€|euro))"
        ),
        named_child=_words(
            rf"{child}(?: de[l]?(?: la| mi| el)? [^ ,.;]+)?,? (?:{_NAME})|{child}(?: de|,)? (?:{under_age}) (?:{years})"
            rf"|(?:{under_age})[- ](?:{years})[- ]old (?:{words['children']})"
        ),
        done=_words(words["done"]),
        always=_words(words["always"]),
        objects=_words(words["objects"]),
        images=_words(words["images"]),
        general=_words(words["general"]),
    )


def _words(pattern: str) -> re.Pattern[str]:
    return re.compile(rf"(?<!\w)(?:{pattern})(?!\w)")


def _alternatives(phrases: Iterable[str]) -> str:
    """Return phrases as one pattern, longest first; `*` ends any way."""
    folded = sorted((fold_characters(phrase) for phrase in phrases), key=lambda one: (-len(one), one))
    return "|".join(re.escape(one.removesuffix("*")) + (r"\w*" if one.endswith("*") else "") for one in folded) or _NEVER
