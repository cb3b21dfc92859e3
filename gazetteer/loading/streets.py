"""Load districts, barrios, and streets with house numbers and former names."""

import csv
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.errors import ConfigurationError
from core.records.annotation import PlaceKind
from gazetteer.entry import Entry, Name, Part
from gazetteer.names import content_words, folded_words, leading_article
from gazetteer.place_types import split_type

Row = dict[str, str]
_LONG = 3
_SHORTENED = 0.2
"""Weight of a street's name without its first word: less than any street with that full name."""
_HALF = 0.4
"""Weight of half a district's name: less than a barrio with that full name."""


def load_rows(path: Path) -> list[Row]:
    """Load the rows of a CSV file.

    Raises:
        ConfigurationError: the file is missing or is not CSV in UTF-8.
    """
    try:
        with path.open(encoding="utf-8", newline="") as lines:
            return list(csv.DictReader(lines, strict=True))
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise ConfigurationError(f"{path}: cannot read this file of the gazetteer: {error}") from None


def load_areas(folder: Path) -> list[Entry]:
    """Load districts and barrios, without coordinates.

    The middle of an area is not where something happened.
    """
    found = [_area("district", str(row["code"]), row["name"], row["name"], None) for row in _json(folder / "districts.json")]
    return found + [_area("barrio", row["code"], row["name"], row["district"], row["name"]) for row in _json(folder / "barrios.json")]


def _json(path: Path) -> list[dict[str, Any]]:
    try:
        found: list[dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise ConfigurationError(f"{path}: cannot read this file of the gazetteer: {error}") from None
    return found


def _area(kind: PlaceKind, code: str, name: str, district: str, barrio: str | None) -> Entry:
    whole = content_words(folded_words(name))
    halves = [content_words(folded_words(half)) for half in name.split(" - ")] if " - " in name else []  # people say `San Blas` too
    plain = [form[2:] for form in (whole, *halves) if form[:2] == ("casco", "historico")]
    names = [Name(whole, True, kind, leading_article(name))]
    names += [Name(form, True, kind, weight=_HALF) for form in dict.fromkeys([*halves, *plain])]
    return Entry(f"{kind}:{code}", kind, name, tuple(names), (district,), (barrio,) if barrio else ())


def load_streets(folder: Path, areas: list[Entry]) -> list[Entry]:
    """Load every street, and every former name as a separate entry.

    The entry of a former name leads to the present street.
    """
    area_names = {entry.key.partition(":")[2]: entry.name for entry in areas}
    parts = _parts(folder / "street_parts.csv", area_names)
    found = []
    for row in load_rows(folder / "streets.csv"):
        street = _street(row, parts.get(row["cod_via"]), area_names)
        found.append(street)
        found += _former(street, row["old_names"])
    return found


def _street(row: Row, parts: tuple[Part, ...] | None, area_names: dict[str, str]) -> Entry:
    """Build the entry of a street.

    It has coordinates only when they come from addresses or its course and it lies in one barrio at most.
    """
    name = row["name"].replace('""', '"')
    barrios = tuple(barrio.partition(" ")[2] for barrio in row["barrios"].split("|") if barrio)
    placed = (row["coord_method"] == "points" and len(barrios) == 1) or (row["coord_method"] == "course" and len(barrios) <= 1)
    return Entry(
        key=f"street:{row['cod_via']}",
        kind="square" if row["class"] in ("Plaza", "Glorieta", "Plazuela") else "street",
        name=name,
        names=tuple(_names(content_words(folded_words(row["name_core"])), split_type(folded_words(name))[0])),
        districts=tuple(district for district in row["districts"].split("|") if district),
        barrios=barrios,
        street=name,
        lat=_degrees(row["lat"]) if placed else None,
        lon=_degrees(row["lon"]) if placed else None,
        weight=1.0 + int(row["n_points"]) ** 0.5,
        parts=parts or tuple(_numbered(row["number_ranges"], area_names, barrios[0] if len(barrios) == 1 else None)),
        rough=(float(row["lat"]), float(row["lon"])) if row["lat"] and row["coord_method"] != "barrio_centroid" else None,
    )


def _names(bare: tuple[str, ...], group: str) -> Iterator[Name]:
    """Yield the name, and a long one also without its first word.

    For instance `(Enrique) Tierno Galván`.
    """
    yield Name(bare, False, group)
    if len(bare) >= _LONG:
        yield Name(bare[1:], False, group, weight=_SHORTENED)


def _degrees(text: str) -> float | None:
    return float(text) if text else None


def _span(text: str) -> tuple[int, int] | None:
    first, dash, last = text.partition("-")
    return (int(first), int(last)) if dash else None


def _parts(path: Path, area_names: dict[str, str]) -> dict[str, tuple[Part, ...]]:
    found: dict[str, list[Part]] = {}
    for row in load_rows(path):
        district = row["district_code"]  # 0: unknown
        barrio = area_names[f"{district}-{row['barrio_num']}"] if row["barrio_num"] != "0" else None  # 0: unknown
        spans = _span(row["odd_range"]), _span(row["even_range"])
        part = Part(area_names[district] if district != "0" else "", barrio, *spans, _degrees(row["lat"]), _degrees(row["lon"]))
        found.setdefault(row["cod_via"], []).append(part)
    return {street: tuple(parts) for street, parts in found.items()}


def _numbered(ranges: str, area_names: dict[str, str], barrio: str | None) -> Iterator[Part]:
    """Parse house-number ranges such as `16:1-15/2-20;3:/2-8`.

    By district; odd numbers before the slash, even ones after it.
    """
    for stretch in filter(None, ranges.split(";")):
        district, _, spans = stretch.partition(":")
        odd, _, even = spans.partition("/")
        yield Part(area_names[district], barrio, _span(odd), _span(even))


def _former(today: Entry, old_names: str) -> Iterator[Entry]:
    for old in filter(None, old_names.split("|")):
        group, bare = split_type(folded_words(re.sub(r" \(.*", "", old)))
        yield Entry(
            today.key,
            "old_name",
            today.name,
            (Name(bare, False, group),),
            today.districts,
            today.barrios,
            today.street,
            today.lat,
            today.lon,
            today.weight,
            today.parts,
            today.rough,
        )
