"""Reads the stations, bus stops and landmarks of a city, and the city's own list of what people call its places."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from core.errors import ConfigurationError
from gazetteer.entry import Entry, Name
from gazetteer.loading.streets import Row, read_rows
from gazetteer.names import article, core, folded_words
from gazetteer.place_types import split_type

GROUPS = {
    "monumento": "monumento", "educacion": "colegio", "instalacion deportiva": "deporte", "parque": "parque",
    "centro de salud": "salud", "centro cultural": "cultural", "universidad": "universidad", "zona": "zona",
    "sanitario": "salud", "museo": "museo", "polideportivo": "deporte", "aparcamiento": "aparcamiento",
    "biblioteca": "biblioteca", "hospital": "hospital", "estación": "estacion", "mercado": "mercado", "estadio": "estadio",
    "puente": "puente", "centro comercial": "comercial", "cementerio": "cementerio", "plaza": "plaza", "calle": "calle",
    "edificio": "edificio", "vía": "carretera", "cultura": "cultural", "recinto": "edificio", "aeropuerto": "estacion",
    "evento": "",
}  # fmt: skip
"""The group of a landmark whose name begins with no type word."""
_LONG, _SHORTENED = 3, 0.2
"""As for streets: `parque Tierno Galván` is the Parque Enrique Tierno Galván."""
_AREA_TYPES = ("zona", "vía", "evento")
"""Landmarks that are no point."""


def read_stops(folder: Path) -> list[Entry]:
    """Stations (metro and train under one name are one place) and bus stops (both sides of a street are one place)."""
    found: dict[tuple[str, ...], list[Row]] = {}
    for row in read_rows(folder / "stops.csv"):
        bus = row["mode"] == "emt"
        found.setdefault(
            ("stop", row["barrio"], row["name"]) if bus else ("station", *folded_words(row["name"])), []
        ).append(row)
    return [_stop(same) for same in found.values()]


def _stop(same: list[Row]) -> Entry:
    row = min(same, key=lambda row: (row["mode"] != "metro", row["stop_code"]))
    bus, bare = row["mode"] == "emt", core(folded_words(row["name"]))
    groups = ("parada",) if bus else tuple({"metro": "metro", "cercanias": "estacion"}[each["mode"]] for each in same)
    return Entry(
        key=f"stop:{row['stop_code']}" if bus else f"station:{row['stop_code']}",
        kind="stop" if bus else "station",
        name=row["name"],
        names=tuple(Name(bare, not bus, group, article(row["name"])) for group in dict.fromkeys(groups)),
        districts=(row["district"],) if row["district"] else (),
        barrios=(row["barrio"].partition(" ")[2],) if row["barrio"] else (),
        lat=float(row["lat"]),
        lon=float(row["lon"]),
    )


def read_landmarks(folder: Path) -> list[Entry]:
    """Official facilities; several rows of one name in one barrio are one place."""
    found: dict[str, Entry] = {}
    for row in read_rows(folder / "landmarks.csv"):
        entry = _landmark(row, own=False)
        found.setdefault(entry.key, entry)
    return list(found.values())


def _landmark(row: Row, own: bool) -> Entry:
    name = row["name"] if " " in row["name"] else row["name"].replace("-", " ")  # some official names are `santa-ana`
    code, _, barrio = row["barrio"].partition(" ")
    placed = bool(row["lat"]) and row["type"] not in _AREA_TYPES
    return Entry(
        key=f"landmark:{code}:{'-'.join(core(folded_words(name)))}",
        kind="landmark",
        name=name,
        names=tuple(_names(row, name, own)),
        districts=(row["district"],) if row["district"] else (),
        barrios=(barrio,) if barrio else (),
        lat=float(row["lat"]) if placed else None,
        lon=float(row["lon"]) if placed else None,
    )


def _names(row: Row, name: str, own: bool) -> Iterator[Name]:
    for written in [name, *filter(None, row["aliases"].split("|"))]:
        group, bare = split_type(folded_words(written))
        whole = core(folded_words(written))
        yield Name(bare, own and bare == whole, group or GROUPS[row["type"]], article(written), own)
        if own and bare != whole:  # `Parque de San Isidro` is said whole; `San Isidro` alone is something else
            yield Name(whole, True, "", article(written), own)
        if not own and len(bare) >= _LONG:
            yield Name(bare[1:], False, group or GROUPS[row["type"]], weight=_SHORTENED)


def read_own(folder: Path, official: list[Entry]) -> list[Entry]:
    """The official places with the further names of the city's own list, and the places only that list knows.

    Raises:
        ConfigurationError: a row says `same_as` a place that does not exist; names it.
    """
    path = folder / "own_places.csv"
    places = {entry.key: entry for entry in official if entry.kind != "old_name"}
    former = [entry for entry in official if entry.kind == "old_name"]
    for row in read_rows(path):
        entry = _landmark(row, own=True)
        known = places.get(row["same_as"] or entry.key)
        if known is not None:
            names = dict.fromkeys([*known.names, *entry.names])
            places[known.key] = replace(known, names=tuple(names), lat=known.lat, lon=known.lon)
        elif row["same_as"]:
            raise ConfigurationError(
                f"{path}: '{row['name']}' is same_as '{row['same_as']}', which is no key of this gazetteer"
            )
        else:
            places[entry.key] = entry
    return [*places.values(), *former]
