"""Say a city's brands by their common nouns.

In Sevilla Sevici is the bicycle, Tussam the bus. The word lists of a language hold common nouns only; a city's `words.toml` has a table
`[brands]`: each brand, and its noun.
"""

import re
import unicodedata
from collections.abc import Mapping
from pathlib import Path

from core.config.word_lists import city_words
from core.errors import ConfigurationError
from core.runtime.one_filler import one_filler


class Brands:
    """Hold the brands of a city.

    Args:
        nouns: common noun by brand, both as people write them; case and accents do not matter.

    Raises:
        ConfigurationError: a brand is empty, or its noun is not a text.
    """

    def __init__(self, nouns: Mapping[str, str]) -> None:
        if wrong := [brand for brand, noun in nouns.items() if not (brand.strip() and isinstance(noun, str) and noun.strip())]:
            raise ConfigurationError(f'words.toml: [brands]: {wrong[0]!r} needs a common noun, such as sevici = "bicicleta"')
        self._nouns = {_key(brand): _key(noun) for brand, noun in nouns.items()}
        longest_first = sorted(self._nouns, key=len, reverse=True)
        some = "|".join(r"\s+".join(map(re.escape, brand.split())) for brand in longest_first)
        self._brand = re.compile(rf"(?<!\w)(?:{some})(?!\w)") if some else None

    def common(self, text: str) -> str:
        """Return a text with common nouns for its brands.

        In lower case and without accents then; the text itself where it names none.

        >>> Brands({"Sevici": "bicicleta"}).common("La Sevici de Nervión, rota")
        'la bicicleta de nervion, rota'
        """
        if self._brand is None:
            return text
        plain = _plain(text)
        found = self._brand.sub(lambda match: self._nouns[" ".join(match.group().split())], plain)
        return text if found == plain else found


NO_BRANDS = Brands({})


@one_filler(maxsize=8)
def brands_of(folder: Path | None) -> Brands:
    """Return the brands of the city with this folder; none without one.

    Raises:
        ConfigurationError: its `words.toml` is wrong.
    """
    nouns = city_words(folder).get("brands", {})
    if not isinstance(nouns, dict):
        raise ConfigurationError('words.toml: [brands] is a table, such as [brands] and under it sevici = "bicicleta"')
    return Brands(nouns)


def _plain(text: str) -> str:
    return "".join(c for c in unicodedata.normalize("NFD", text.lower()) if not unicodedata.combining(c))


def _key(words: str) -> str:
    return " ".join(_plain(words).split())
