"""Run `escucha gazetteer import`: build a city's gazetteer from map data."""

from argparse import Namespace, _SubParsersAction
from pathlib import Path
from typing import Any

from core.config.plugins import ROOT
from escucha.commands.handlers import print_line
from gazetteer.importing.folder import Summary, folder_name, import_files

WORDS = (
    "build a city's gazetteer folder: streets with house numbers, districts and barrios, stations, schools, hospitals, parks. "
    "Reads GeoJSON or PBF (an extract of OpenStreetMap, outlines of a council) and CSV (street directories, CartoCiudad, lists of "
    "facilities); writes cities/NAME/. docs/how-to/gazetteer.md."
)


def add_to(commands: "_SubParsersAction[Any]") -> None:
    """Add the command to the command line."""
    one = commands.add_parser("gazetteer", help="build a city's gazetteer folder", description=WORDS)
    one.add_argument("action", choices=["import"])
    one.add_argument(
        "files", nargs="+", type=Path, metavar="FILE", help="GeoJSON, PBF or CSV; several files are combined"
    )
    one.add_argument("--city", required=True, metavar="NAME", help="name of the folder, such as valencia")
    one.add_argument(
        "--into",
        type=Path,
        default=ROOT / "cities",
        metavar="DIR",
        help="parent of the city folders (default: cities/)",
    )
    one.add_argument("--replace", action="store_true", help="rebuild an existing folder; files edited by hand are kept")
    one.add_argument(
        "--utm-zone", type=int, default=30, choices=range(27, 32), metavar="ZONE",
        help="UTM zone of x and y in a table: 29 Galicia, 30 (default), 31 Catalonia and Balearics, 27 and 28 the Canaries",
    )  # fmt: skip
    one.add_argument(
        "--within",
        default="",
        metavar="TOWN",
        help="import only places in this town: an extract of a province has many",
    )
    one.set_defaults(call=gazetteer)


def gazetteer(a: Namespace) -> int:
    """Build the folder; print its contents, gaps and the next step."""
    name = folder_name(a.city)
    summary = import_files(a.files, name, a.into / name, a.replace, a.utm_zone, a.within)
    print_line("\n".join(format_text(summary, name)))
    return 0


def format_text(found: Summary, name: str) -> list[str]:
    """Format the summary of an import as lines of text."""
    lines = [
        f"wrote {found.folder}: {found.streets:,} streets ({found.numbered:,} with house numbers, {found.placed:,} with coordinates), "
        f"{found.districts:,} districts, {found.barrios:,} barrios, {found.stations:,} stations, {found.stops:,} bus stops, "
        f"{found.landmarks:,} landmarks"
    ]
    lines += [f"missing: {message}" for message in found.missing]
    lines += found.read
    lines.append(
        f'next: gazetteer_folder = "{name}" in the profile, attribution for the source of the data; then `escucha label` finds these places'
    )
    return lines
