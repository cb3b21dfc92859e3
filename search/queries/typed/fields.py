"""Name fields and values of a typed search in all languages."""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from functools import lru_cache
from heapq import nlargest
from pathlib import Path
from typing import Literal

from core.config.city import City
from core.config.word_lists import city_folder
from core.i18n.display_names import display_name
from core.i18n.languages import SOURCE, interface_languages
from core.i18n.names import NAMES
from core.periods import PRESETS
from core.records.annotation import INTENTS, SENTIMENTS, TOPICS
from core.records.case import STATES
from core.records.kind import CASE_KINDS, KINDS
from gazetteer.loading.streets import load_areas
from search.analysis.tokens import fold

DAYS = ("after", "before", "until", "on")
"""Fields whose value is a day; together they are the parameters `first` and `last`."""
POSTS: Mapping[str, str] = {
    **{name: name for name in ("topic", "district", "barrio", "source", "language", "intent", "sentiment")},
    "kind": "case_kind",
    **{name: name for name in ("decision", "period", "area")},
}
"""By field of posts: the parameter of an address."""
CASES: Mapping[str, str] = {
    name: name for name in ("topic", "district", "barrio", "source", "kind", "state", "department", "period", "area")
}
"""By field of cases: the same."""
CLOSED: Mapping[str, Sequence[str]] = {
    "topic": TOPICS,
    "intent": INTENTS,
    "sentiment": SENTIMENTS,
    "kind": KINDS,
    "decision": tuple(NAMES["decision"]),
    "state": STATES,
    "period": tuple(one for one in PRESETS if one != "custom"),
}
"""Values that are the same in every city."""
NAMED = {**{name: name for name in CLOSED}, "kind": "case_kind", "source": "source", "language": "language"}
"""Kind of the display names of a field's values; the values of the others are names themselves."""
SUGGESTED = 3
LEAST_LETTERS = 3
"""Least length of a word that matches a longer name: `tema:limpieza`."""
LONGEST_COMPARED = 60
Words = Literal["search", "title", "none"]


@dataclass(frozen=True)
class Vocabulary:
    """Hold the fields and values that a search may name."""

    language: str
    """The reader's: in it names are written and suggested; those of all languages are read."""
    parameters: Mapping[str, str]
    """By field; those of days are always there."""
    values: Mapping[str, tuple[str, ...]]
    words: Words = "search"
    """How words are sought: in the index, in titles as they are written, or not at all."""

    @property
    def fields(self) -> tuple[str, ...]:
        """Return the names of all fields, those of days last."""
        return (*self.parameters, *DAYS)

    def field_of(self, typed: str) -> str | None:
        """Return the field of a typed name; None: there is none."""
        found = _fields_by_name().get(_key(typed))
        return found if found in self.fields else None

    def name_of(self, field: str) -> str:
        """Return how a field is written."""
        return field_names(field, self.language)[0]

    def value_of(self, field: str, typed: str) -> str | None:
        """Return the value with this code or whole name."""
        return _index(field, self.values.get(field, ()), self.language)[0].get(_key(typed))

    def values_with(self, field: str, typed: str) -> list[str]:
        """Return the values whose name in a language has these words."""
        wanted = frozenset(_key(typed).split())
        if sum(map(len, wanted)) < LEAST_LETTERS:
            return []
        return [
            value for value, names in _index(field, self.values.get(field, ()), self.language)[1] if any(wanted <= one for one in names)
        ]

    def nearest(self, field: str, typed: str) -> list[str]:
        """Return the three values with these words, else the likest."""
        matcher = SequenceMatcher(autojunk=False)
        matcher.set_seq2(_key(typed)[:LONGEST_COMPARED])

        def likeness(value: str) -> float:
            found = []
            for name in (value, self.written(field, value)):
                matcher.set_seq1(_key(name))
                found.append(matcher.ratio())
            return max(found)

        close = self.values_with(field, typed) or nlargest(SUGGESTED, self.values.get(field, ()), key=likeness)
        return [self.written(field, one) for one in close[:SUGGESTED]]

    def written(self, field: str, value: str) -> str:
        """Return how a value is written: a code by its name."""
        return display_name(NAMED[field], value, self.language) if field in CLOSED else value


def vocabulary(
    parameters: Mapping[str, str],
    seen: Mapping[str, Sequence[str]],
    city: City | None = None,
    language: str = SOURCE,
    words: Words = "search",
) -> Vocabulary:
    """Return what a search in a city may name.

    Args:
        parameters: POSTS, CASES or a part of them.
        seen: values that occur, by parameter: channels, languages, districts, departments.
        city: its districts and barrios are known before a post names one; None: they are not needed.
        language: of the reader.
        words: how words are sought.
    """
    folder = city_folder(city) if city else None
    areas = _areas(folder, _changed(folder)) if folder else {}
    known: dict[str, Sequence[str]] = {**CLOSED, **({"kind": CASE_KINDS} if "state" in parameters else {})}
    for name in parameters:
        if name not in known:
            known[name] = tuple(dict.fromkeys([*seen.get(name, ()), *areas.get(name, ())]))
    return Vocabulary(language, parameters, {name: tuple(known[name]) for name in parameters}, words)


def field_names(field: str, language: str) -> list[str]:
    """Return a field's names in a language, the usual one first.

    >>> field_names("topic", "es")
    ['tema', 'servicio']
    """
    return display_name("search_field", field, language).split(", ")


@lru_cache(maxsize=8)
def _areas(folder: Path, changed: tuple[int, ...]) -> dict[str, tuple[str, ...]]:  # noqa: ARG001  an uploaded gazetteer is read again
    """Return the names of a city's districts and barrios."""
    found = load_areas(folder)
    return {kind: tuple(one.name for one in found if one.kind == kind) for kind in ("district", "barrio")}


def _changed(folder: Path) -> tuple[int, ...]:
    files = (folder / name for name in ("districts.json", "barrios.json"))
    return tuple(one.stat().st_mtime_ns if one.exists() else 0 for one in files)


@lru_cache(maxsize=1)
def _fields_by_name() -> dict[str, str]:
    found: dict[str, str] = {}
    for field in NAMES["search_field"]:
        for name in (field, *(name for language in interface_languages() for name in field_names(field, language))):
            found.setdefault(_key(name), field)
    return found


@lru_cache(maxsize=256)
def _index(field: str, values: tuple[str, ...], language: str) -> tuple[dict[str, str], list[tuple[str, list[frozenset[str]]]]]:
    """Index values by code and name, and by words of names.

    Codes come first, then names in the reader's language, then those in the others.
    """
    languages = sorted(interface_languages(), key=lambda one: one != language) if field in NAMED else []
    names = {value: [_key(display_name(NAMED[field], value, one)) for one in languages] or [_key(value)] for value in values}
    whole = {_key(value): value for value in reversed(values)}
    for at in range(len(languages)):
        for value in values:
            whole.setdefault(names[value][at], value)
    whole.pop("", None)
    return whole, [(value, [frozenset(one.split()) for one in found]) for value, found in names.items()]


def _key(text: str) -> str:
    """Return a name as it is compared.

    >>> _key("Moncloa-Aravaca"), _key("waste_cleaning")
    ('moncloa aravaca', 'waste cleaning')
    """
    return " ".join(re.findall(r"[^\W_]+", fold(text)))
