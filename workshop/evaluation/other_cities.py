"""Measure what becomes of posts about other cities: `python -m workshop.evaluation.other_cities`.

Every stream of written posts is decided under the profile of its own city and under those of others, as if a search had brought it:
no source is the city's own. Incident posts only: of their own city they should be in a case, of another one never.
"""

import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

from core.config.city import City
from core.runtime.stdio import set_up_stdio
from workshop.incidents.dataset import profile_of
from workshop.incidents.labelled_streams import LabelledStream, streams
from workshop.incidents.measures import format_table
from workshop.incidents.streams import annotated, decided

PROFILES = ("m1", "zaragoza", "sevilla", "v6")
"""Streams whose city's profile is used: Madrid with its gazetteer, three others without one."""


def searching(city: City) -> City:
    """Return a profile without sources that are about the city by nature."""
    relevance = city.questions.get("relevance", {}) | {"city_sources": []}
    return city.model_copy(update={"questions": city.questions | {"relevance": relevance}})


def rows() -> Iterator[dict[str, Any]]:
    """Yield a row for each profile and stream."""
    profiles = {(city := profile_of(name)).name: searching(city) for name in PROFILES}
    for stream in streams():
        if stream.origin == "notices":
            continue
        for city in profiles.values():
            yield measured(replace(stream, city=city), stream.city.name)


def measured(stream: LabelledStream, about: str) -> dict[str, Any]:
    """Return where the incident posts of a stream end under its profile."""
    outcomes = Counter(one.outcome for key, one in decided(stream, annotated(stream)).items() if key in stream.partners)
    total = sum(outcomes.values())
    return {
        "profile": stream.city.name,
        "stream": f"{stream.name} ({about})",
        "incident posts": total,
        **{name: outcomes[name] / total for name in ("in_case", "in_review", "no_case")},
    }


def main() -> None:
    """Print the table: first the profiles under their own posts."""
    set_up_stdio()
    sys.stdout.write(format_table(sorted(rows(), key=lambda row: (row["profile"], f"({row['profile']})" not in row["stream"]))))


if __name__ == "__main__":
    main()
