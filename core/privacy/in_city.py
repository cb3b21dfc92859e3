"""Redact a text of a city, whose handles and places stay."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path

from core.config.city import City
from core.config.word_lists import city_folder, city_words
from core.errors import ConfigurationError
from core.privacy.redaction.own_words import own_words
from core.privacy.redaction.persons.place_names import NO_PLACES, PlaceNames, place_names
from core.privacy.redaction.text import redact
from core.runtime.one_filler import one_filler

_NAMES = ("name", "aliases")
_FORMER = ("old_names",)
"""Columns of the tables of a gazetteer folder that hold names; several in one cell are separated by `|`."""
_SEVERAL = re.compile(r"\s[-–]\s|[(),/|;]")


def redact_in_city(text: str, city: City, names: Iterable[str] = ()) -> str:
    """Return the text as this city may store it; see `redact`.

    Raises:
        ConfigurationError: a table of the city's folder cannot be read.
    """
    return redact(text, keep=city.handles, names=names, places=places_of(city))


def places_of(city: City) -> PlaceNames:
    """Return the names of the city's places that begin like a person's.

    With the city's own words; empty where the profile names no folder.

    Raises:
        ConfigurationError: a table of the folder cannot be read, or its `words.toml` is wrong.
    """
    folder = city_folder(city)
    return NO_PLACES if folder is None else places_in(folder)


@one_filler(maxsize=8)
def places_in(folder: Path) -> PlaceNames:
    """Return the names and words of a city's folder; see `places_of`."""
    tables = sorted(folder.glob("*.csv"))
    return place_names(
        (name for path in tables for name in _names_of(path, _NAMES)),
        (name for path in tables for name in _names_of(path, _FORMER)),
        own_words(city_words(folder).get("redaction", {})),
    )


def _names_of(path: Path, wanted: Sequence[str]) -> Iterator[str]:
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            rows = csv.DictReader(lines)
            columns = [column for column in wanted if column in (rows.fieldnames or ())]
            if columns:
                yield from (name for row in rows for column in columns for name in _SEVERAL.split(row[column] or ""))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationError(f"{path}: cannot read this file of the gazetteer: {error}") from None
