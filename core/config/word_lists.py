"""Load word lists that are data.

A country's language is in `locales/`, a city's own words are in its folder.
"""

import tomllib
from pathlib import Path
from typing import TYPE_CHECKING, Any

from core.config.plugins import ROOT
from core.errors import ConfigurationError
from core.runtime.one_filler import one_filler

if TYPE_CHECKING:
    from core.config.city import City

LOCALE = "es_ES"
"""The only locale so far: Spanish as it is spoken in Spain."""
CITY_WORDS = "words.toml"
"""File in a city's folder, beside its gazetteer."""


def locale_folder(locale: str = LOCALE) -> Path:
    """Return the folder of a locale's word lists."""
    return ROOT / "locales" / locale


@one_filler(maxsize=32)
def locale_words(name: str, locale: str = LOCALE) -> dict[str, Any]:
    """Load a word list of a locale, such as `place_types`.

    Raises:
        ConfigurationError: the file is missing or is not TOML in UTF-8.
    """
    return _load(locale_folder(locale) / f"{name}.toml")


@one_filler(maxsize=32)
def city_words(folder: Path | None) -> dict[str, Any]:
    """Load a city's own words from its folder.

    Empty where it has none.

    Raises:
        ConfigurationError: the file is not TOML in UTF-8.
    """
    path = None if folder is None else folder / CITY_WORDS
    return _load(path) if path is not None and path.exists() else {}


def city_folder(city: "City") -> Path | None:
    """Return the folder of the city's gazetteer and words.

    None where the profile names none.
    """
    return city.path.parent / city.gazetteer_folder if city.gazetteer_folder else None


def _load(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise ConfigurationError(f"{path}: cannot read this word list: {error.strerror}") from None
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise ConfigurationError(f"{path}: not a TOML file in UTF-8: {error}") from None
