"""Load stations, bus stops, landmarks and the city's own place names."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

from core.errors import ConfigurationError
from gazetteer.entry import RAIL, Entry, Name
from gazetteer.loading.streets import Row, load_rows
from gazetteer.names import content_words, folded_words, leading_article
from gazetteer.place_types import PlaceTypes, split_type

GROUPS = {
    "monumento": "monumento",
    "educacion": "colegio",
    "instalacion deportiva": "deporte",
    "parque": "parque",
    "centro de salud": "salud",
    "centro cultural": "cultural",
    "universidad": "universidad",
    "zona": "zona",
    "sanitario": "salud",
    "museo": "museo",
    "polideportivo": "deporte",
    "aparcamiento": "aparcamiento",
    "biblioteca": "biblioteca",
    "hospital": "hospital",
    "estación": "estacion",
    "mercado": "mercado",
    "estadio": "estadio",
    "puente": "puente",
    "centro comercial": "comercial",
    "cementerio": "cementerio",
    "plaza": "plaza",
    "calle": "calle",
    "edificio": "edificio",
    "vía": "carretera",
    "cultura": "cultural",
    "recinto": "edificio",
    "aeropuerto": "estacion",
    "evento": "",
}
"""The group of a landmark whose name begins with no type word."""
_LONG, _SHORTENED = 3, 0.2
"""As for streets: `parque Tierno Galván` is the Parque Enrique Tierno Galván."""
_AREA_TYPES = ("zona", "vía", "evento")
"""Types of landmarks that are not points."""


def load_stops(folder: Path) -> list[Entry]:
    """Load stations and bus stops, one entry per place.

    Metro and train stations of one name are one place; so are the stops on both sides of a street.
    """
    found: dict[tuple[str, ...], list[Row]] = {}
    for row in load_rows(folder / "stops.csv"):
        bus = row["mode"] not in RAIL
        found.setdefault(("stop", row["barrio"], row["name"]) if bus else ("station", *folded_words(row["name"])), []).append(row)
    return [_stop(same) for same in found.values()]


def _stop(same: list[Row]) -> Entry:
    row = min(same, key=lambda row: (row["mode"] != "metro", row["stop_code"]))
    bus, bare = row["mode"] not in RAIL, content_words(folded_words(row["name"]))
    groups = ("parada",) if bus else tuple({"metro": "metro", "cercanias": "estacion"}[each["mode"]] for each in same)
    return Entry(
        key=f"stop:{row['stop_code']}" if bus else f"station:{row['stop_code']}",
        kind="stop" if bus else "station",
        name=row["name"],
        names=tuple(Name(bare, not bus, group, leading_article(row["name"])) for group in dict.fromkeys(groups)),
        districts=(row["district"],) if row["district"] else (),
        barrios=(row["barrio"].partition(" ")[2],) if row["barrio"] else (),
        lat=float(row["lat"]),
        lon=float(row["lon"]),
        address=row.get("address") or "",
    )


def load_landmarks(folder: Path, types: PlaceTypes) -> list[Entry]:
    """Load official facilities.

    Several rows of one name in one barrio are one place.
    """
    found: dict[str, Entry] = {}
    for row in load_rows(folder / "landmarks.csv"):
        entry = _landmark(row, types, own=False)
        found.setdefault(entry.key, entry)
    return list(found.values())


def _landmark(row: Row, types: PlaceTypes, own: bool) -> Entry:
    name = row["name"] if " " in row["name"] else row["name"].replace("-", " ")  # some official names are `santa-ana`
    code, _, barrio = row["barrio"].partition(" ")
    placed = bool(row["lat"]) and row["type"] not in _AREA_TYPES
    return Entry(
        key=f"landmark:{code}:{'-'.join(content_words(folded_words(name)))}",
        kind="landmark",
        name=name,
        names=tuple(_names(row, name, types, own)),
        districts=(row["district"],) if row["district"] else (),
        barrios=(barrio,) if barrio else (),
        lat=float(row["lat"]) if placed else None,
        lon=float(row["lon"]) if placed else None,
        address=row.get("address") or "",
    )


def _names(row: Row, name: str, types: PlaceTypes, own: bool) -> Iterator[Name]:
    for written in [name, *filter(None, row["aliases"].split("|"))]:
        group, bare = split_type(folded_words(written), types)
        whole = content_words(folded_words(written))
        yield Name(bare, own and bare == whole, group or GROUPS[row["type"]], leading_article(written), own)
        if not own and row["district"] and written.endswith(")"):  # `Biblioteca Iván de Vargas (Centro)`
            plain, _, within = written[:-1].rpartition("(")
            if folded_words(within) == folded_words(row["district"]):
                yield Name(split_type(folded_words(plain), types)[1], False, group or GROUPS[row["type"]])
        if own and bare != whole:  # `Parque de San Isidro` is one name; `San Isidro` alone is something else
            yield Name(whole, True, "", leading_article(written), own)
        if not own and len(bare) >= _LONG:
            yield Name(bare[1:], False, group or GROUPS[row["type"]], weight=_SHORTENED)


def load_own_places(folder: Path, official: list[Entry], types: PlaceTypes) -> list[Entry]:
    """Return the official places, extended by the city's own list.

    The list adds names to official places, and places that only it contains.

    Raises:
        ConfigurationError: a row is `same_as` a place that does not exist; the message names it.
    """
    path = folder / "own_places.csv"
    places = {entry.key: entry for entry in official if entry.kind != "old_name"}
    former = [entry for entry in official if entry.kind == "old_name"]
    for row in load_rows(path):
        entry = _landmark(row, types, own=True)
        known = places.get(row["same_as"] or entry.key)
        if known is not None:
            names = dict.fromkeys([*known.names, *entry.names])
            places[known.key] = replace(known, names=tuple(names), lat=known.lat, lon=known.lon)
        elif row["same_as"]:
            raise ConfigurationError(f"{path}: '{row['name']}' is same_as '{row['same_as']}', which is not a key of this gazetteer")
        else:
            places[entry.key] = entry
    return [*places.values(), *former]
