"""Build the gazetteer folder of a city from files, atomically."""

import dataclasses
import json
import re
import shutil
from collections.abc import Iterable, Sequence
from pathlib import Path

from core.config.word_lists import locale_folder
from core.errors import ChangeRefusedError, ConfigurationError
from core.records import Record
from core.spreadsheet import csv_line
from gazetteer.entry import RAIL
from gazetteer.gazetteer import Gazetteer
from gazetteer.importing.areas import Areas, arrange
from gazetteer.importing.found import ColumnsRead, Extract
from gazetteer.importing.geometry import Point, Polygons, inner_point, simplify
from gazetteer.importing.osm import read_geojson
from gazetteer.importing.pbf import read_pbf
from gazetteer.importing.points import landmark_rows, stop_rows
from gazetteer.importing.streets import Row, street_rows
from gazetteer.importing.table import read_table
from gazetteer.importing.within import keep_within
from gazetteer.lines.file import FILE, written
from gazetteer.lines.of_map import join_pieces

GEOJSON = (".geojson", ".json", ".geojsonl", ".geojsonseq", ".ndjson")
TABLES = (".csv", ".txt", ".tsv")
BY_HAND = ("own_places.csv", "ordinary_names.txt", "words.toml", "bodies.toml", "inhabitants.csv")
"""Files that people edit."""
COLUMNS = {
    "streets.csv": "cod_via name class particle name_core districts district_codes barrios lat lon coord_method n_points "
    "number_ranges old_names",
    "street_parts.csv": "cod_via district_code barrio_num odd_range even_range lat lon n_points",
    "stops.csv": "mode stop_code name lat lon district barrio lines address",
    "landmarks.csv": "name type aliases lat lon district barrio address source",
    "own_places.csv": "name type aliases same_as lat lon district barrio source",
}
MADE = {*COLUMNS, "districts.json", "barrios.json", "README.md", FILE} - {"own_places.csv"}
"""Files that an import writes anew; all others of a folder are people's work and kept."""
EVERYDAY_NAMES = locale_folder() / "everyday_names.txt"
"""Place names that are everyday words, by how people write them in posts; a new city inherits those that it has too."""

NO_STREET = (
    "{files}: no street in it (OpenStreetMap: ways with highway and name, or addresses with addr:street; "
    "a table: a column with street names)"
)
NO_FORMAT = "{file}: '{ending}' is not a supported format; give GeoJSON, PBF, or CSV with column names in its first line"
MOST_NAMED = 20
README = """# Gazetteer of {city}

Made by `escucha gazetteer import` of {files}. Say here whose data that is and under which licence (OpenStreetMap: © OpenStreetMap
contributors, ODbL), and name them in the profile (`attribution`).

Edit `own_places.csv` (what people call places) and `ordinary_names.txt` (names that are everyday words); add `words.toml`, `bodies.toml`,
`answers.toml` and `inhabitants.csv`: docs/how-to/second-city.md says what is in each. They are kept when the folder is imported again.
"""


class Summary(Record):
    """Describe the contents of the new folder."""

    folder: str
    streets: int
    numbered: int
    """Streets with house numbers."""
    placed: int
    """Streets with coordinates of the street or of its numbers."""
    districts: int
    barrios: int
    stations: int
    stops: int
    landmarks: int
    outside: int
    """Places with coordinates that lie in none of the districts."""
    outside_names: tuple[str, ...]
    """The first of them."""
    lacking: tuple[str, ...]
    """What the files have nothing of: `districts`, `barrios`, `numbered`, `placed`, `stations`, `landmarks`."""
    columns: tuple[ColumnsRead, ...]
    """How the columns of each table were interpreted."""
    left_out: dict[str, int]
    """Number of unused records by reason."""

    @property
    def missing(self) -> tuple[str, ...]:
        """Say what is missing, and the consequence of each."""
        return tuple(MISSING[one] for one in self.lacking)

    @property
    def read(self) -> tuple[str, ...]:
        """Say how columns were interpreted, and how many records were left out."""
        notes = (f"{one.file}: " + ", ".join(f"{ours} = {theirs}" for ours, theirs in one.columns) for one in self.columns)
        outside = [f"outside every district: {self.outside:,} places with coordinates have no district"] if self.outside else []
        return (*notes, *(f"left out: {n:,} {why}" for why, n in self.left_out.items()), *outside)


def import_files(files: Sequence[Path], city: str, folder: Path, replace: bool = False, utm_zone: int = 30, within: str = "") -> Summary:
    """Make the gazetteer folder of a city.

    Raises:
        ConfigurationError: a file cannot be parsed or has no street, or the folder exists already; the message has the cure.
    """
    if folder.exists() and not replace:
        raise ConfigurationError(f"{folder}: exists already; --replace imports it again and keeps the files that people wrote")
    found = Extract()
    for path in files:
        known = len(found.spots)
        _read(path, found, utm_zone)
        found.spots[known:] = [dataclasses.replace(one, file=path.name) for one in found.spots[known:]]
    if within:
        keep_within(found, within)
    if not found.pieces:
        raise ChangeRefusedError(NO_STREET, files=tuple(path.name for path in files))
    areas = arrange(found)
    streets, parts = street_rows(found.pieces, areas)
    tables = {
        "streets.csv": streets,
        "street_parts.csv": parts,
        "stops.csv": stop_rows(found.spots, areas),
        "landmarks.csv": landmark_rows(found.spots, areas),
        "own_places.csv": [],
    }
    draft = folder.with_name(f".{folder.name}.draft")
    shutil.rmtree(draft, ignore_errors=True)
    draft.mkdir(parents=True)
    try:
        _write(draft, tables, areas, folder, city, files)
        if found.courses:
            (draft / FILE).write_text(written(join_pieces(found.courses)), encoding="utf-8", newline="")
        Gazetteer.load(draft, city)  # refuse a folder that cannot be loaded
        _put_in_place(draft, folder)
    finally:
        shutil.rmtree(draft, ignore_errors=True)
    return _summary(folder, tables, areas, found)


def _read(path: Path, found: Extract, utm_zone: int) -> None:
    suffixes = [one for one in path.suffixes if one != ".gz"]
    suffix = suffixes[-1].lower() if suffixes else ""
    if not path.is_file():
        raise ConfigurationError(f"{path}: no such file")
    if suffix in GEOJSON:
        read_geojson(path, found)
    elif suffix == ".pbf":
        read_pbf(path, found)
    elif suffix in TABLES:
        read_table(path, found, utm_zone)
    else:
        raise ChangeRefusedError(NO_FORMAT, file=path.name, ending=suffix or path.name)


def _write(draft: Path, tables: dict[str, list[Row]], areas: Areas, kept: Path, city: str, files: Sequence[Path]) -> None:
    for name, rows in tables.items():
        columns = COLUMNS[name].split()
        lines = [csv_line(columns), *(csv_line(row[column] for column in columns) for row in rows)]
        (draft / name).write_text("".join(lines), encoding="utf-8", newline="")
    _write_json(draft / "districts.json", (_district(areas, code) for code in areas.districts))
    _write_json(draft / "barrios.json", (_barrio(areas, code) for code in areas.barrios))
    (draft / "ordinary_names.txt").write_text("", encoding="utf-8")
    for path in kept.iterdir() if kept.exists() else ():
        if path.is_file() and path.name not in MADE:
            shutil.copyfile(path, draft / path.name)
    if not (kept / "ordinary_names.txt").exists():
        (draft / "ordinary_names.txt").write_text(_everyday_names(draft), encoding="utf-8")
    readme = README.format(city=city, files=", ".join(path.name for path in files))
    (draft / "README.md").write_text(readme, encoding="utf-8")


def _everyday_names(draft: Path) -> str:
    """Return the names of this city that are everyday words in posts."""
    tree = Gazetteer.load(draft).tree
    found = []
    for line in EVERYDAY_NAMES.read_text(encoding="utf-8").splitlines():
        node = tree
        for word in line.split():
            if (following := node.following.get(word)) is None:
                break
            node = following
        else:
            if node.hits:
                found.append(f"{line}\n")
    return "".join(found)


def _write_json(path: Path, rows: Iterable[dict[str, object]]) -> None:
    lines = ",\n".join(json.dumps(row, ensure_ascii=False, separators=(",", ":")) for row in rows)
    path.write_text(f"[\n{lines}\n]\n" if lines else "[]\n", encoding="utf-8")


def _district(areas: Areas, code: str) -> dict[str, object]:
    inside = [barrio for barrio in areas.barrios if areas.district_of(barrio) == code]
    return {"code": int(code), "name": areas.districts[code], "barrios": inside, **_outline(areas, code)}


def _barrio(areas: Areas, code: str) -> dict[str, object]:
    district = areas.district_of(code)
    return {
        "code": code,
        "name": areas.barrios[code],
        "district_code": int(district),
        "district": areas.districts[district],
        **_outline(areas, code),
    }


def _outline(areas: Areas, code: str) -> dict[str, object]:
    polygons = areas.outlines.get(code)
    if not polygons:
        return {}
    lat, lon = inner_point(polygons)
    return {"centroid": {"lat": round(lat, 5), "lon": round(lon, 5)}, "polygon": _largest(polygons)}


def _largest(polygons: Polygons) -> list[list[tuple[float, float]]]:
    ring: list[Point] = max((polygon[0] for polygon in polygons), key=len)
    return [[(round(lon, 5), round(lat, 5)) for lat, lon in simplify(ring)]]


def _put_in_place(draft: Path, folder: Path) -> None:
    """Replace the folder by its draft.

    A kill in between leaves the previous folder under its name with `.old`.
    """
    old = folder.with_name(f".{folder.name}.old")
    shutil.rmtree(old, ignore_errors=True)
    if folder.exists():
        folder.rename(old)
    draft.rename(folder)
    shutil.rmtree(old, ignore_errors=True)


def _summary(folder: Path, tables: dict[str, list[Row]], areas: Areas, found: Extract) -> Summary:
    streets, parts, stops = tables["streets.csv"], tables["street_parts.csv"], tables["stops.csv"]
    numbered = {row["cod_via"] for row in parts}
    with_point = {row["cod_via"] for row in parts if row["lat"] != ""}
    with_point |= {row["cod_via"] for row in streets if row["coord_method"] in ("points", "course")}
    stations = sum(row["mode"] in RAIL for row in stops)
    counts = {
        "streets": len(streets),
        "numbered": len(numbered),
        "placed": len(with_point),
        "districts": len(areas.districts),
        "barrios": len(areas.barrios),
        "stations": stations,
        "stops": len(stops) - stations,
        "landmarks": len(tables["landmarks.csv"]),
    }
    placed = [*tables["landmarks.csv"], *stops, *(row for row in streets if row["coord_method"] == "points" or row["lat"] != "")]
    outside = [str(row["name"]) for row in placed if row["lat"] != "" and not (row.get("district") or row.get("districts"))]
    outside = outside if areas.outlines else []
    return Summary(
        folder=str(folder),
        outside=len(outside),
        outside_names=tuple(outside[:MOST_NAMED]),
        lacking=tuple(one for one in MISSING if not counts[one]),
        columns=tuple(found.columns),
        left_out=dict(sorted(found.left_out.items())),
        **counts,
    )


MISSING = {
    "districts": "no districts (OpenStreetMap: boundary=administrative, admin_level=9; a table: a column distrito): cases have no district",
    "barrios": "no barrios (admin_level=10; a column barrio): streets are not divided by barrio",
    "numbered": "no house numbers (addr:street with addr:housenumber; a column numero): a case is placed at the middle of its street",
    "placed": "no coordinates (lat and lon, or x and y): cases have a street, but no coordinates",
    "stations": "no stations (railway=station; a table of stations with nombre and tipo)",
    "landmarks": "no schools, hospitals, parks (amenity, leisure; a table with nombre and tipo)",
}
"""What a gazetteer may lack, and what that costs."""


def folder_name(city: str) -> str:
    """Check the name of a city's folder and profile.

    Raises:
        ConfigurationError: it is not a valid file name.
    """
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,40}", city):
        raise ConfigurationError(f"--city {city}: use small letters, digits, - and _ only, such as --city valencia")
    return city
