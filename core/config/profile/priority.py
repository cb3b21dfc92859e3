"""Define the table `[priority]` of a profile: what makes a case urgent."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import AfterValidator, Field

from core.config.word_lists import locale_words
from core.errors import RefusedValueError
from core.records import Options
from core.records.annotation import TOPICS

Points = Annotated[int, Field(ge=0, le=4)]


def _topics(topics: Iterable[str]) -> tuple[str, ...]:
    unknown = [topic for topic in topics if topic not in TOPICS]
    if unknown:
        raise ValueError(f"unknown topic {', '.join(unknown)}; allowed: {', '.join(TOPICS)}")
    return tuple(topics)


def _groups(groups: tuple[str, ...]) -> tuple[str, ...]:
    known = locale_words("place_types")["types"]
    if unknown := [one for one in groups if one not in known]:
        raise RefusedValueError("there is no group of places '{unknown}'; known: {known}", unknown=unknown[0], known=tuple(known))
    return groups


class PriorityRules(Options):
    """Set the points of each rule.

    A priority is 1 plus its points, 5 at most; 0 turns a rule off.
    """

    complaint: Points = 1
    """Someone complains; questions and suggestions come after."""
    topic: Points = 1
    """Its service is one of `urgent_topics`."""
    urgent_topics: Annotated[tuple[str, ...], AfterValidator(_topics)] = ("water_sewage", "safety_police")
    """Services whose faults get worse by the hour."""
    harm: Points = 2
    """A post says that people are or may be hurt (`locales/es_ES/harm.toml`)."""
    risk: Points = 3
    """A post reports what may hurt people at any moment (`locales/es_ES/risks.toml`): an open manhole, a hanging cable."""
    citizens: Points = 1
    """At least `citizens_from` different people write about it; copies of one text count as one person."""
    citizens_from: int = Field(3, ge=2)
    """Different people from which `citizens` counts."""
    many: Points = 2
    """Instead of `citizens`, from `many_from` different people on."""
    many_from: int = Field(10, ge=2)
    """Different people from which `many` counts."""
    growth: Points = 1
    """On a later day than its first, at least `growth_from` new people write within 24 hours, twice as many as in the 24 before."""
    growth_from: int = Field(5, ge=2)
    """New people within 24 hours from which `growth` counts."""
    place: Points = 1
    """A post names a place of one of the groups in `vulnerable_places`."""
    vulnerable_places: Annotated[tuple[str, ...], AfterValidator(_groups)] = ("colegio", "instituto", "hospital", "salud", "mayores")
    """Groups of the gazetteer (`[types]` in `locales/es_ES/place_types.toml`): schools, hospitals, residences."""
    reopened: Points = 1
    """It was opened again `reopened_from` times or more."""
    reopened_from: int = Field(2, ge=1)
    """Reopenings from which `reopened` counts."""
