"""Measure how often the street of an address is found.

`python -m gazetteer.reverse.held_out cities/NAME`: every tenth address is taken out of the gazetteer and looked for from its point.
"""

import sys
from collections.abc import Collection
from pathlib import Path
from typing import NamedTuple

from gazetteer.entry import Entry
from gazetteer.gazetteer import Gazetteer
from gazetteer.reverse.addresses import addresses
from gazetteer.reverse.nearest import NearestStreets
from gazetteer.reverse.spot import STREET_M

EVERY = 10


class HeldOut(NamedTuple):
    """Count addresses that were taken out."""

    asked: int
    answered: int
    """A street was within STREET_M."""
    right: int
    """It was the street of the address."""


def held_out(entries: Collection[Entry]) -> HeldOut:
    """Take every tenth address out, and look for its street."""
    held = [(street, lat, lon) for street, _, lat, lon in addresses(entries)][::EVERY]
    hidden = {(lat, lon) for _, lat, lon in held}
    index = NearestStreets([one for one in entries if (one.lat, one.lon) not in hidden])
    near = [(street, index.nearest(lat, lon, STREET_M)) for street, lat, lon in held]
    answered = [(street.key, found.point.street.key) for street, found in near if found is not None]
    return HeldOut(len(held), len(answered), sum(one == other for one, other in answered))


def main() -> None:
    """Print the counts for a city's folder."""
    found = held_out(Gazetteer.load(Path(sys.argv[1])).entries)
    sys.stdout.write(f"{found.asked} addresses, {found.answered} with a street within {STREET_M:.0f} m, {found.right} right\n")


if __name__ == "__main__":
    main()
