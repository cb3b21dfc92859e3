"""Find the places of a city by their names."""

from functools import lru_cache
from pathlib import Path

from core.config.city import City
from core.config.word_lists import city_folder
from core.runtime import garbage_collection
from gazetteer.gazetteer import Found, Gazetteer

__all__ = ["Found", "Gazetteer", "gazetteer_of"]


def gazetteer_of(city: City) -> Gazetteer:
    """Load the city's gazetteer, once per process.

    Empty when the profile names no folder.
    """
    folder = city_folder(city)
    return _load(folder, city.name) if folder else _empty()


@lru_cache(maxsize=8)
def _load(folder: Path, name: str) -> Gazetteer:
    with garbage_collection.keeping():  # a million objects, which each full search for cycles would walk
        return Gazetteer.load(folder, name)


@lru_cache(maxsize=1)
def _empty() -> Gazetteer:
    return Gazetteer.empty()
