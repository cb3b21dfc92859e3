"""Match the addresses of stops and landmarks with the streets they name."""

import re
from collections import defaultdict
from collections.abc import Collection, Iterator

from gazetteer.entry import Entry
from gazetteer.names import folded_words
from gazetteer.place_types import split_type

STREETS = frozenset({"street", "square"})
_NUMBER = re.compile(r"^(?P<street>.*?\D)[,\s]+(?:n[º°]?\s*)?(?P<number>\d{1,4})\s?[A-Z]?$")

Key = tuple[str, tuple[str, ...]]


def addresses(entries: Collection[Entry]) -> Iterator[tuple[Entry, int | None, float, float]]:
    """Yield street, house number, latitude and longitude of each address.

    Left out: an address whose street is not in the gazetteer, or is one of several of that name.
    """
    streets = _by_name(entries)
    for entry in entries:
        if not entry.address or entry.lat is None or entry.lon is None:
            continue
        name, number = split_address(entry.address)
        same = [one for one in streets.get(split_type(folded_words(name)), ()) if _may_share(one, entry)]
        if len(same) == 1:
            yield same[0], number, entry.lat, entry.lon


def split_address(text: str) -> tuple[str, int | None]:
    """Split an address into street and house number.

    >>> split_address("Calle de Fuencarral 81"), split_address("Pza Puerta Del Sol")
    (('Calle de Fuencarral', 81), ('Pza Puerta Del Sol', None))
    """
    found = _NUMBER.match(text.strip())
    return (text.strip(), None) if found is None else (found["street"].rstrip(" ,"), int(found["number"]))


def _by_name(entries: Collection[Entry]) -> dict[Key, list[Entry]]:
    found: dict[Key, list[Entry]] = defaultdict(list)
    for entry in entries:
        if entry.kind in STREETS:
            for name in entry.names:
                if name.weight >= 1:
                    found[name.group, name.words].append(entry)
    return found


def _may_share(street: Entry, other: Entry) -> bool:
    """Tell whether a place may lie on a street, by their districts."""
    return not street.districts or not other.districts or bool({*street.districts} & {*other.districts})
