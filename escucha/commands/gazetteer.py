"""Run `escucha gazetteer import`: build a city's gazetteer from map data."""

from argparse import Namespace
from pathlib import Path

from core.config.plugins import ROOT
from escucha.commands import command, option
from escucha.commands.common import print_line
from gazetteer.importing.folder import Summary, folder_name, import_files


@command(
    "gazetteer",
    "build a city's gazetteer folder: streets with house numbers, districts and barrios, stations, schools, hospitals, parks. "
    "Reads GeoJSON or PBF (an extract of OpenStreetMap, outlines of a council) and CSV (street directories, CartoCiudad, lists of "
    "facilities); writes cities/NAME/. docs/how-to/gazetteer.md.",
    option("action", choices=["import"]),
    option("files", nargs="+", type=Path, metavar="FILE", help="GeoJSON, PBF or CSV; several files are combined"),
    option("--city", required=True, metavar="NAME", help="name of the folder, such as valencia"),
    option("--into", type=Path, default=ROOT / "cities", metavar="DIR", help="parent of the city folders (default: cities/)"),
    option("--replace", action="store_true", help="rebuild an existing folder; files edited by hand are kept"),
    option(
        "--utm-zone",
        type=int,
        default=30,
        choices=range(27, 32),
        metavar="ZONE",
        help="UTM zone of x and y in a table: 29 Galicia, 30 (default), 31 Catalonia and Balearics, 27 and 28 the Canaries",
    ),
    option("--within", default="", metavar="TOWN", help="import only places in this town: an extract of a province has many"),
)
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
