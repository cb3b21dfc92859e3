"""The places of a city and their names: what a place named in a post is, and where."""

from functools import lru_cache
from pathlib import Path

from core.config.city import City
from gazetteer.gazetteer import Found, Gazetteer

__all__ = ["Found", "Gazetteer", "gazetteer_of"]


def gazetteer_of(city: City) -> Gazetteer:
    """Load the city's places, once per process; empty when the profile names no folder."""
    folder = city.gazetteer_folder
    return _load(city.path.parent / folder, city.name) if folder else _empty()


@lru_cache(maxsize=8)
def _load(folder: Path, name: str) -> Gazetteer:
    return Gazetteer.load(folder, name)


@lru_cache(maxsize=1)
def _empty() -> Gazetteer:
    return Gazetteer.empty()
