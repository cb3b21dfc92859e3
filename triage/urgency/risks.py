"""Find what may hurt people: a thing and its defect."""

import re
from functools import lru_cache
from typing import NamedTuple

from core.config.word_lists import locale_words
from triage.incident_matching.subjects import text_folded
from triage.incident_matching.vocabulary import any_of
from triage.urgency.harm import TEXTS_KEPT

APART = 8
"""Most words between a thing and what is wrong with it."""
_END = re.compile(r"[.!?;\n]+(?=\s|$)")


class Risk(NamedTuple):
    """Hold a risk that a post reports."""

    name: str
    service: str
    """Topic of the service of the thing."""
    emergency: bool
    """People should call 112 as well."""
    evidence: str
    """The words it rests on, folded."""
    certain: bool
    """The words alone say which service it is."""


class _Rule(NamedTuple):
    name: str
    service: str
    emergency: bool
    says: re.Pattern[str] | None
    thing: re.Pattern[str] | None
    wrong: re.Pattern[str] | None


@lru_cache(maxsize=TEXTS_KEPT)
def risk_in(text: str) -> Risk | None:
    """Return the first risk that a sentence reports; None: none.

    >>> risk_in("Hay un cable colgando a la altura de la cabeza junto al colegio").service
    'street_lighting'
    >>> risk_in("Más cables de fibra para el colegio, por favor") is None
    True
    """
    for sentence in _END.split(text):
        folded = f" {text_folded(sentence).strip()} "
        for rule in _rules():
            if found := _evidence(rule, folded):
                return Risk(rule.name, rule.service, rule.emergency, found, certain=rule.thing is None)
    return None


def _evidence(rule: _Rule, folded: str) -> str:
    if rule.says is not None and (said := rule.says.search(folded)):
        return said.group().strip()
    if rule.thing is None or rule.wrong is None:
        return ""
    for thing in rule.thing.finditer(folded):
        for wrong in rule.wrong.finditer(folded):
            first, last = sorted((thing.span(), wrong.span()))
            if first[1] <= last[0] + 1 and folded[first[1] : last[0]].count(" ") <= APART:
                return f"{thing.group().strip()}, {wrong.group().strip()}"
    return ""


@lru_cache(maxsize=1)
def _rules() -> tuple[_Rule, ...]:
    return tuple(
        _Rule(name, one["service"], one.get("emergency", False), *(_words(one.get(key)) for key in ("says", "thing", "wrong")))
        for name, one in locale_words("risks").items()
    )


def _words(pattern: str | None) -> re.Pattern[str] | None:
    return None if pattern is None else any_of([pattern])
