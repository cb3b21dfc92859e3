"""Find the places of a city by their names."""

from pathlib import Path

from core.config.city import City
from core.config.word_lists import city_folder
from core.runtime import garbage_collection
from core.runtime.one_filler import one_filler
from gazetteer.gazetteer import Found, Gazetteer

__all__ = ["Found", "Gazetteer", "gazetteer_of"]


def gazetteer_of(city: City) -> Gazetteer:
    """Load the city's gazetteer, once per process.

    Empty when the profile names no folder.
    """
    folder = city_folder(city)
    return _load(folder, city.name) if folder else _empty()


@one_filler(maxsize=8)
def _load(folder: Path, name: str) -> Gazetteer:
    with garbage_collection.keeping():  # a million objects, which each full search for cycles would walk
        return Gazetteer.load(folder, name)


@one_filler(maxsize=1)
def _empty() -> Gazetteer:
    return Gazetteer.empty()
