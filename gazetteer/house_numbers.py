"""Parse the house number after a street's name.

For instance `Caleruega 97`, `c/ Santiago, 11`, `Marcelo Usera nº 20-24`.
"""

import re
from collections.abc import Iterable

from gazetteer.finding.tokens import Doc
from gazetteer.finding.trie import Hit
from gazetteer.place_types import STREETS

_NUMBER = re.compile(
    r"\s{0,2},?\s{0,2}(?:n[º°o.]{0,2}|n[uú]m(?:ero)?\.?)?\s{0,2}(?P<first>\d{1,4})[A-Z]?(?:\s{0,2}(?:-|/|y|a|al|,)\s{0,2}\d{1,4}\b[A-Z]?)?"
    r"(?![\d%€º])(?!\s{0,2}(?:de [a-z]|a[ñn]os?|d[ií]as?|horas?|metros?|km|m2|euros?|veces|min|vecinos|plazas|mil|h\b|m\b))",
    re.IGNORECASE,
)
"""All repeats are bounded, so that the time never depends on the text after the number."""
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
    if not group and not _is_house_number(doc.text, match, hits):
        return None, stop
    return int(match["first"]), match.end()


def _is_house_number(text: str, match: re.Match[str], hits: Iterable[Hit]) -> bool:
    """Tell whether a number without a type word is a house number.

    As in `Argumosa 15 a rebosar`, but not in `en Goya 3 coches` or `Ibiza, 2 tapas`.
    """
    if _ENDS.match(text, match.end()):
        return True
    number = int(match["first"])
    if number < _FEW and _COUNTED.match(text, match.end()):
        return False
    return any(part.holds(number) for entry, _ in hits for part in entry.parts)
