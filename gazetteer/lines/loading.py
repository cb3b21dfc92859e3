"""Load the streets of a city, once per process."""

from pathlib import Path

from core.runtime.one_filler import one_filler
from gazetteer.lines.addresses import lines_of_addresses
from gazetteer.lines.file import FILE, read_lines
from gazetteer.lines.line import CityStreets


@one_filler(maxsize=8)
def city_streets(folder: Path | None) -> CityStreets:
    """Return the streets of a gazetteer folder; none without a folder.

    Raises:
        ConfigurationError: its file of streets cannot be read; the message has the cure.
    """
    if folder is None:
        return CityStreets((), surveyed=False)
    if (folder / FILE).exists():
        streets = read_lines(folder / FILE)
        return CityStreets(tuple(sorted(streets, key=lambda one: (one.rank, -one.metres, one.name))), surveyed=True)
    return CityStreets(lines_of_addresses(folder), surveyed=False)
