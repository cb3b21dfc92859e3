"""Find the line of a breakdown by the stations a post names."""

from collections import defaultdict
from collections.abc import Collection, Mapping
from functools import lru_cache
from pathlib import Path

from core.config.word_lists import locale_words
from core.records.annotation import Place
from gazetteer.entry import RAIL
from gazetteer.loading.streets import load_rows
from gazetteer.names import fold
from triage.identity.thing import Name, core_of, core_of_name
from triage.incident_matching.vocabulary import any_of

Stations = Mapping[Name, frozenset[str]]
"""Words of the name of a station -> its lines."""
_WORDS = locale_words("identity")
_BROKEN, _RAILS, _ELSE = (any_of(_WORDS[name]) for name in ("broken_down", "rails", "no_breakdown"))


@lru_cache(maxsize=16)
def stations_of(folder: Path | None) -> Stations:
    """Return the stations of a city with their lines; empty without any."""
    found = defaultdict[Name, frozenset[str]](frozenset)
    if folder is None or not (folder / "stops.csv").exists():
        return found
    for row in load_rows(folder / "stops.csv"):
        if row["mode"] in RAIL and row.get("lines"):
            found[core_of_name(row["name"])] |= {fold(line).replace("-", "") for line in row["lines"].split("|")}
    found.pop(frozenset(), None)
    return dict(found)


def line_broken_down(folded: str, places: Collection[Place], stations: Stations) -> frozenset[str]:
    """Return the lines that serve all stations a post names.

    Where no line serves all, those that serve any; none, unless it tells that trains stand still. An escalator that does is no breakdown.

    >>> at = {frozenset({"acacias"}): frozenset({"5"}), frozenset({"opera"}): frozenset({"2", "5"})}
    >>> sorted(line_broken_down(" metro parado entre acacias y opera ", [Place(text="Acacias"), Place(text="Ópera")], at))
    ['5']
    """
    if _BROKEN.search(folded) is None or _RAILS.search(folded) is None or _ELSE.search(folded) is not None:
        return frozenset()
    named = [stations[core] for core in map(core_of, places) if core in stations]
    return frozenset.intersection(*named) or frozenset[str]().union(*named) if named else frozenset()
