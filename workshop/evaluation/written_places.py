"""Measure places on `tests/gold/places_written.jsonl`.

The words, the place meant, and the house on the map.
"""

import tempfile
from collections.abc import Iterator, Sequence
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from core.config.city import City
from core.config.plugins import ROOT
from core.records.annotation import Place
from gazetteer import Gazetteer, gazetteer_of
from gazetteer.importing.folder import import_files
from gazetteer.names import folded_words
from nlp.inference.model import InferenceModel
from nlp.inference.model_files import DEFAULT, MODELS, load_weights
from nlp.questions.places import Options, candidates, label
from workshop.evaluation.place_posts import overlaps

Row = dict[str, Any]
SECOND_CITY, TOWN = ROOT / "samples" / "second_city", "Villarrío"


class PlaceCounts(NamedTuple):
    """Hold the counts of some posts."""

    posts: int
    clean: int
    """Posts in which everything is right."""
    marked: int
    found: int
    right: int
    """Places found that overlap a marked one."""
    recalled: int
    exact: int
    """Marked places found with exactly these words."""
    named: int
    """Marked places resolved to the place that is meant."""
    numbers: int
    """House numbers that a street of this name has."""
    located: int
    """Those that are put at the point of their house."""

    def __str__(self) -> str:
        return (
            f"{self.posts} posts, {self.marked} places: precision {self.right / max(self.found, 1):.3f} "
            f"recall {self.recalled / max(self.marked, 1):.3f}; exact recall {self.exact / max(self.marked, 1):.3f}; "
            f"the place meant {self.named / max(self.marked, 1):.3f}; {self.located} of {self.numbers} house numbers on the map; "
            f"{self.clean} posts wholly right"
        )


def score_written(madrid: City, rows: Sequence[Row]) -> dict[tuple[str, str], PlaceCounts]:
    """Return the counts by half and city.

    The second city is imported from its sample.
    """
    model = InferenceModel(load_weights(MODELS / DEFAULT), threads=1)
    tags = model.read([row["text"] for row in rows]).tags
    with tempfile.TemporaryDirectory() as folder:
        gazetteers = {madrid.name: gazetteer_of(madrid), TOWN: _second_city(Path(folder))}
        found: dict[tuple[str, str], list[PlaceCounts]] = {}
        for row, marks in zip(rows, tags, strict=True):
            gazetteer = gazetteers[row["city"]]
            answer = label(Options(), gazetteer, candidates(gazetteer, row["text"], marks), "", len(row["text"]))
            places = answer.value if isinstance(answer.value, tuple) else ()
            found.setdefault((row["half"], row["city"]), []).append(count_post(gazetteer, row, places))
    return {part: PlaceCounts(*map(sum, zip(*each, strict=True))) for part, each in found.items()}


def _second_city(folder: Path) -> Gazetteer:
    files = [SECOND_CITY / name for name in ("calles.csv", "equipamientos.csv", "distritos.geojson")]
    import_files(files, "villarrio", folder / "villarrio")
    return Gazetteer.load(folder / "villarrio", TOWN)


def count_post(gazetteer: Gazetteer, row: Row, places: Sequence[Place]) -> PlaceCounts:
    """Count what is right in one post."""
    marked = row["places"]
    best = [_best(each["text"], places) for each in marked]
    right = sum(overlaps(place.text, {each["text"] for each in marked}) for place in places)
    exact = sum(place is not None and place.text == each["text"] for place, each in zip(best, marked, strict=True))
    named = sum(place is not None and _is_meant(place, each["name"]) for place, each in zip(best, marked, strict=True))
    houses = [
        place is not None and (place.lat, place.lon) in points
        for place, each in zip(best, marked, strict=True)
        if (points := set(_house(gazetteer, each["name"], each.get("number"))))
    ]
    clean = len(marked) == len(places) == right == exact == named and all(houses)
    recalled = sum(place is not None for place in best)
    return PlaceCounts(1, clean, len(marked), len(places), right, recalled, exact, named, len(houses), sum(houses))


def _best(words: str, places: Sequence[Place]) -> Place | None:
    """Return the place of these words, else the first that overlaps them."""
    near = [place for place in places if overlaps(place.text, {words})]
    return next((place for place in near if place.text == words), near[0] if near else None)


def _is_meant(place: Place, name: str) -> bool:
    """Tell whether the official name holds the words of the name meant."""
    return " ".join(folded_words(name)) in " ".join(folded_words(place.name or ""))


def _house(gazetteer: Gazetteer, name: str, number: int | None) -> Iterator[tuple[float, float]]:
    """Yield the points of this number in streets of this name."""
    if number is None:
        return
    words = " ".join(folded_words(name))
    for known, entry in _streets(gazetteer):
        part = next((part for part in entry.parts if part.holds(number)), None) if words in known else None
        if part is not None:
            lat, lon = (part.lat, part.lon) if part.lat is not None else (entry.lat, entry.lon)
            if lat is not None and lon is not None:
                yield lat, lon


@cache
def _streets(gazetteer: Gazetteer) -> list[tuple[str, Any]]:
    return [(" ".join(folded_words(entry.name)), entry) for entry in gazetteer.entries if entry.street]
