"""Parse the house number after a street's name.

For instance `Caleruega 97`, `c/ Santiago, 11`, `Marcelo Usera nº 20-24`.
"""

import re
from collections.abc import Iterable

from core.config.word_lists import locale_words
from gazetteer.finding.tokens import Doc
from gazetteer.finding.trie import Hit
from gazetteer.place_types import STREETS

_MONTHS = "|".join(locale_words("names")["months"])
NOT_A_NUMBER = (
    r"(?![\dº]|[:./]\d)(?!\s{0,2}(?:[%€]|"
    rf"de (?:(?:{_MONTHS}|cada|la (?:mañana|tarde|noche|madrugada))\b|l[ao]s (?-i:[a-zà-ÿ]))|del (?:\d|mes\b)"
    r"|a[ñn]os?|d[ií]as?|horas?|semanas?|mes(?:es)?\b|noches|tardes|min|segundos|metros?|km|m2|euros?|veces|vecinos|personas|plazas"
    r"|mil|h\b|m\b))"
)
"""What makes a number a date, time, price or count: `Goya 12 de octubre` is one, `Goya 12 de Lavapiés` has a house number."""
_NUMBER = re.compile(
    r"\s{0,2},?\s{0,2}(?:n[º°o.]{0,2}|n[uú]m(?:ero)?\.?)?\s{0,2}(?P<first>\d{1,4})[A-Z]?(?:\s{0,2}(?:-|/|y|a|al|,)\s{0,2}\d{1,4}\b[A-Z]?)?"
    + NOT_A_NUMBER,
    re.IGNORECASE,
)
"""All repeats are bounded, so that the time never depends on the text after the number."""
_YEARS = range(1900, 2100)
"""Numbers that are years unless a street has such a house."""
_FEW = 20
"""Smaller numbers may be a count of the noun after them."""
_COUNTED = re.compile(r"\s{1,2}[a-zà-ÿ]{2,30}s\b")
_ENDS = re.compile(r"\s{0,2}(?:$|[.,;:)!?\n])")


def house_number(doc: Doc, after: int, group: str, hits: Iterable[Hit]) -> tuple[int | None, int]:
    """Return the house number, and where the mention with it ends.

    The street's name ends at the word before `after`. The number is None without one.
    """
    stop = doc.tokens[after - 1].end
    match = _NUMBER.match(doc.text, stop)
    if match is None or not (group in STREETS or any(entry.street for entry, _ in hits)):
        return None, stop
    number = int(match["first"])
    held = any(part.holds(number) for entry, _ in hits for part in entry.parts)
    if (number in _YEARS and not held) or not (group or _is_house_number(doc.text, match, held)):
        return None, stop
    return number, match.end()


def _is_house_number(text: str, match: re.Match[str], held: bool) -> bool:
    """Tell whether a number without a type word is a house number.

    As in `Argumosa 15 a rebosar`, but not in `en Goya 3 coches` or `Ibiza, 2 tapas`. `held`: a street of this name has it.
    """
    if _ENDS.match(text, match.end()):
        return True
    return held and not (int(match["first"]) < _FEW and _COUNTED.match(text, match.end()))
