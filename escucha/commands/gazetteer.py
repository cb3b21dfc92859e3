"""`escucha gazetteer import`: makes any city's gazetteer of an extract of OpenStreetMap or a council's table."""

from argparse import Namespace, _SubParsersAction
from pathlib import Path
from typing import Any

from core.config.plugins import ROOT
from escucha.commands.handlers import print_line
from gazetteer.importing.folder import Summary, folder_name, import_files

WORDS = (
    "make a city's gazetteer folder of its places: streets with house numbers, districts and barrios, stations, schools, hospitals, parks. "
    "Reads GeoJSON or PBF (an extract of OpenStreetMap, outlines of a council) and CSV (street directories, CartoCiudad, lists of "
    "facilities); writes cities/NAME/. docs/how-to/gazetteer.md."
)


def add_to(commands: "_SubParsersAction[Any]") -> None:
    """Add the command to the command line."""
    one = commands.add_parser("gazetteer", help="make a city's gazetteer folder of its places", description=WORDS)
    one.add_argument("action", choices=["import"])
    one.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="GeoJSON, PBF or CSV; several are taken together"
    )
    one.add_argument("--city", required=True, metavar="NAME", help="name of the folder, such as valencia")
    one.add_argument(
        "--into", type=Path, default=ROOT / "cities", metavar="DIR", help="where folders of cities are (cities/)"
    )
    one.add_argument(
        "--replace", action="store_true", help="make a folder anew that is there; what is edited by hand stays"
    )
    one.add_argument(
        "--utm-zone", type=int, default=30, choices=range(27, 32), metavar="ZONE",
        help="of x and y in a table: 29 Galicia, 30 (default), 31 Catalonia and Balearics, 27 and 28 the Canaries",
    )  # fmt: skip
    one.add_argument(
        "--within", default="", metavar="TOWN", help="only what lies in this town: an extract of a province holds many"
    )
    one.set_defaults(call=gazetteer)


def gazetteer(a: Namespace) -> int:
    """Make the folder and say what it holds, what is missing, and what to do next."""
    name = folder_name(a.city)
    summary = import_files(a.files, name, a.into / name, a.replace, a.utm_zone, a.within)
    print_line("\n".join(format_text(summary, name)))
    return 0


def format_text(found: Summary, name: str) -> list[str]:
    """Return the lines for people."""
    lines = [
        f"wrote {found.folder}: {found.streets:,} streets ({found.numbered:,} with house numbers, {found.placed:,} with coordinates), "
        f"{found.districts:,} districts, {found.barrios:,} barrios, {found.stations:,} stations, {found.stops:,} bus stops, "
        f"{found.landmarks:,} landmarks"
    ]
    lines += [f"missing: {words}" for words in found.missing]
    lines += found.read
    lines.append(
        f'next: gazetteer_folder = "{name}" in the profile, attribution for whose data it is; then `escucha label` finds them'
    )
    return lines
