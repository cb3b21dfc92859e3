"""Parse GeoJSON of OpenStreetMap or of a council's outlines.

OpenStreetMap features are recognised by their tags.
"""

import json
import re
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from core.errors import ChangeRefusedError
from gazetteer.entry import BUS
from gazetteer.importing.found import Area, Extract, Level, PointOfInterest, StreetPiece
from gazetteer.importing.geometry import Point, medoid, points_of, polygons_of
from gazetteer.lines.of_map import course_of

Tags = dict[str, str]
HOW_TO_EXPORT = (
    "make it with `osmium export city.osm.pbf -o city.geojson`, with Export -> GeoJSON of overpass-turbo, "
    "or with `ogr2ogr -f GeoJSON -t_srs EPSG:4326 city.geojson FILE`"
)
NO_DEGREES = "{file}: its coordinates are not degrees (WGS84): make it with `ogr2ogr -f GeoJSON -t_srs EPSG:4326 city.geojson FILE`"
NO_TEXT = (
    "{file}: not UTF-8 text, so not GeoJSON: make it with Export -> GeoJSON of overpass-turbo, "
    "or `osmium export city.osm.pbf -o city.geojson`"
)
NO_COLLECTION = (
    "{file}: JSON, but not a GeoJSON FeatureCollection: make it with Export -> GeoJSON of overpass-turbo, "
    "or `osmium export city.osm.pbf -o city.geojson`"
)
NO_JSON = "{file}: not JSON ({error}): make it with Export -> GeoJSON of overpass-turbo, or `osmium export city.osm.pbf -o city.geojson`"
LEVELS: dict[str, Level] = {"9": "district", "10": "barrio"}
"""`admin_level` of districts and barrios in Spain."""
TOWN = "8"
OTHER_NAMES = "name name:es name:ca name:eu name:gl alt_name loc_name short_name official_name old_name".split()
NO_STREETS = frozenset("bus_stop platform crossing traffic_signals street_lamp stop elevator proposed construction".split())
LANDMARKS: dict[str, dict[str, str]] = {
    "amenity": {
        "school": "educacion",
        "kindergarten": "educacion",
        "college": "educacion",
        "university": "universidad",
        "hospital": "hospital",
        "clinic": "centro de salud",
        "doctors": "centro de salud",
        "library": "biblioteca",
        "marketplace": "mercado",
        "community_centre": "centro cultural",
        "arts_centre": "centro cultural",
        "theatre": "centro cultural",
        "social_centre": "centro cultural",
        "townhall": "edificio",
        "police": "edificio",
        "place_of_worship": "edificio",
        "courthouse": "edificio",
        "parking": "aparcamiento",
        "grave_yard": "cementerio",
        "fountain": "monumento",
    },
    "leisure": {
        "park": "parque",
        "garden": "parque",
        "playground": "parque",
        "dog_park": "parque",
        "sports_centre": "polideportivo",
        "stadium": "estadio",
        "swimming_pool": "polideportivo",
        "pitch": "instalacion deportiva",
    },
    "tourism": {"museum": "museo"},
    "shop": {"mall": "centro comercial"},
    "historic": {"monument": "monumento", "memorial": "monumento"},
    "landuse": {"cemetery": "cementerio"},
    "man_made": {"bridge": "puente"},
    "healthcare": {"centre": "centro de salud", "hospital": "hospital"},
}
"""The type of a landmark by its tags."""


def read_geojson(path: Path, found: Extract) -> None:
    """Take areas, streets, stops and landmarks out of a GeoJSON file.

    Raises:
        ConfigurationError: it is not GeoJSON, or its coordinates are not degrees; the message has the cure.
    """
    take_features(path, _features(path), found)


def take_features(path: Path, features: Iterable[dict[str, Any]], found: Extract) -> None:
    """Take areas, streets, stops and landmarks out of GeoJSON features.

    Raises:
        ConfigurationError: their coordinates are not degrees.
    """
    for feature in features:
        tags = _tags(feature)
        geometry = feature.get("geometry")
        if not isinstance(geometry, dict):
            found.left_out["without a geometry"] += 1
            continue
        try:
            points = list(points_of(geometry))
        except (KeyError, TypeError, ValueError, IndexError):
            found.left_out["with coordinates that cannot be read"] += 1
            continue
        if not all(abs(lat) <= 90 and abs(lon) <= 180 for lat, lon in points):  # NaN is no degree either
            raise ChangeRefusedError(NO_DEGREES, file=path.name)
        if course := course_of(tags, _name(tags), geometry):
            found.courses.append(course)
        if points and not _take(tags, geometry, points, found) and not course:
            found.left_out["of a kind a gazetteer does not need, or without a name"] += 1


def _tags(feature: dict[str, Any]) -> Tags:
    """Return the feature's tags; some exports nest them one level down."""
    properties = feature.get("properties")
    properties = properties if isinstance(properties, dict) else {}
    nested = properties.get("tags")
    whole = properties | nested if isinstance(nested, dict) else properties
    return {str(key): str(value) for key, value in whole.items() if isinstance(value, str | int | float)}


def _features(path: Path) -> Iterator[dict[str, Any]]:
    try:
        text = path.read_text(encoding="utf-8-sig")
    except UnicodeDecodeError:
        raise ChangeRefusedError(NO_TEXT, file=path.name) from None
    try:
        whole: Any = json.loads(text)
        features = whole["features"] if isinstance(whole, dict) and whole.get("type") == "FeatureCollection" else None
        if isinstance(whole, dict) and whole.get("type") == "Feature":
            features = [whole]
    except (ValueError, RecursionError) as error:
        features = _lines(path, text, error)
    if not isinstance(features, list) or not all(isinstance(one, dict) for one in features):
        raise ChangeRefusedError(NO_COLLECTION, file=path.name)
    yield from features


def _lines(path: Path, text: str, error: Exception) -> list[Any]:
    """Parse one feature per line, as `osmium export -f geojsonseq` writes them."""
    try:
        return [json.loads(line.lstrip("\x1e")) for line in text.splitlines() if line.strip("\x1e \t")]
    except (ValueError, RecursionError):
        raise ChangeRefusedError(NO_JSON, file=path.name, error=str(error)) from None


def _take(tags: Tags, geometry: dict[str, Any], points: list[Point], found: Extract) -> bool:
    """Add the feature to its list; return False for one without use."""
    useful = False
    if polygons := polygons_of(geometry):
        level, name = _level(tags), _name(tags)
        if tags.get("boundary") == "administrative" and tags.get("admin_level") == TOWN and name:
            found.towns |= dict.fromkeys([name, *_other_names(tags)], polygons)
            return True
        if level and name:
            found.areas.append(Area(level, name, _number(tags), polygons))
            return True
    if address := _address(tags, points):
        found.pieces.append(address)
        useful = True
    if (street := _street(tags, points)) is not None:
        found.pieces.append(street)
        return True
    if (spot := _spot(tags, points)) is not None:
        found.spots.append(spot)
        return True
    return useful


def _level(tags: Tags) -> Level | None:
    if tags.get("boundary") == "administrative":
        return LEVELS.get(tags.get("admin_level", ""))
    if tags.get("place") in ("quarter", "neighbourhood"):
        return "barrio"
    if any(key in tags for key in ("highway", "building", "amenity", "leisure", "landuse")):
        return None
    keys = " ".join(tags).lower()
    if re.search(r"\b(?:cod_?bar|codbarrio|barri|coddistbar|cod_?barrio|neighbou?rhood)", keys):
        return "barrio"
    return "district" if re.search(r"\b(?:cod_?dis|distr)", keys) else None


def _name(tags: Tags) -> str:
    plain = {key.lower(): value for key, value in tags.items()}
    keys = ("name:es", "name", "nombre", "nom", "nom_barri", "nom_districte", "distrito", "barrio", "nomdis", "nombar")
    return next((" ".join(plain[key].split()) for key in keys if plain.get(key, "").strip()), "")


def _number(tags: Tags) -> str:
    plain = {key.lower(): value for key, value in tags.items()}
    keys = ("ref", "coddistbar", "codbarrio", "coddistrit", "cod_dis", "codigo", "codi_districte", "codi_barri")
    return next((plain[key].strip() for key in keys if plain.get(key, "").strip()), "")


def _address(tags: Tags, points: list[Point]) -> StreetPiece | None:
    street, number = tags.get("addr:street") or tags.get("addr:place"), tags.get("addr:housenumber", "")
    numbers = tuple(int(one) for one in re.findall(r"\d{1,5}", number)[:2])
    if not street or not numbers:
        return None
    return StreetPiece(street, (), numbers, (medoid(points),))


def _street(tags: Tags, points: list[Point]) -> StreetPiece | None:
    road = tags.get("highway", "")
    is_square = tags.get("place") == "square"
    if not (is_square or (road and road not in NO_STREETS)) or not _name(tags):
        return None
    return StreetPiece(_name(tags), _other_names(tags), (), tuple(points))


def _other_names(tags: Tags) -> tuple[str, ...]:
    names = [name.strip() for key in OTHER_NAMES for name in tags.get(key, "").split(";") if name.strip()]
    return tuple(dict.fromkeys(name for name in names if name != _name(tags)))


def _spot(tags: Tags, points: list[Point]) -> PointOfInterest | None:
    kind, name = _stop_kind(tags) or _landmark_type(tags), _name(tags)
    if not kind or not name:
        return None
    street = " ".join(filter(None, [tags.get("addr:street"), tags.get("addr:housenumber")]))
    return PointOfInterest(kind, name, _other_names(tags), medoid(points), street)


def _stop_kind(tags: Tags) -> str:
    if tags.get("highway") == "bus_stop":
        return BUS
    if tags.get("railway") in ("station", "halt", "tram_stop"):
        is_metro = tags.get("station") in ("subway", "light_rail") or tags.get("subway") == "yes"
        return "metro" if is_metro or tags["railway"] == "tram_stop" else "cercanias"
    return ""


def _landmark_type(tags: Tags) -> str:
    return next((types[tags[key]] for key, types in LANDMARKS.items() if tags.get(key) in types), "")
