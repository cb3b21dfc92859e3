"""Parse a council's CSV of streets, addresses, facilities or stops.

CartoCiudad's too. Columns are recognised by their names, in any order; the error message lists what is missing.
"""

import csv
import re
from collections.abc import Callable
from math import isfinite
from pathlib import Path

from core.errors import ChangeRefusedError
from core.text import brief
from gazetteer.entry import BUS
from gazetteer.importing.found import ColumnsRead, Extract, PointOfInterest, StreetPiece
from gazetteer.importing.geometry import Point, from_utm
from gazetteer.loading.points import GROUPS
from gazetteer.names import fold

Row = dict[str, str]
COLUMNS: dict[str, tuple[str, ...]] = {
    "class": ("tipovia", "tipvia", "tipodevia", "viaclase", "claseuso", "clasevia", "viatipo", "tvia", "tipovial"),
    "particle": ("particula", "viapar", "particulavia"),
    "street": tuple(
        """
        nombrevia nomvia via calle vianombre nombrecalle nombredelavia denominacionvia nomcalle address street nomoficial
        vianombreacentos
        """.split()
    ),
    "code": ("codvia", "codigovia", "idvia", "viaid", "codcalle", "codigodevia"),
    "number": ("numero", "num", "portal", "numpol", "numportal", "portalnumber", "numeroportal", "npol", "numerodeportal"),
    "from": ("desde", "numerodesde", "numdesde", "primero", "imparmin", "numeroinicial"),
    "to": ("hasta", "numerohasta", "numhasta", "ultimo", "imparmax", "numerofinal"),
    "district": tuple("distrito nomdistrito nombredistrito district districte nomdistricte junta juntamunicipal juntadedistrito".split()),
    "barrio": ("barrio", "nombarrio", "nombrebarrio", "neighbourhood", "barri", "nombarri"),
    "lat": ("lat", "latitud", "latitude", "geolat", "wgs84lat"),
    "lon": ("lon", "lng", "long", "longitud", "longitude", "geolon", "wgs84lon"),
    "x": ("x", "coordx", "utmx", "xetrs89", "coordenadax", "coordenadaxutm", "xutm"),
    "y": ("y", "coordy", "utmy", "yetrs89", "coordenaday", "coordenadayutm", "yutm"),
    "name": ("nombre", "name", "denominacion", "equipamiento", "nom", "centro", "titulo"),
    "type": ("tipo", "type", "categoria", "clase", "tipoequipamiento", "category"),
}
"""By our column, the names that councils use, folded and without punctuation."""
TYPES = {
    "metro": "metro",
    "tranvia": "metro",
    "cercanias": "cercanias",
    "tren": "cercanias",
    "estacion": "cercanias",
    "bus": BUS,
    "autobus": BUS,
    "parada": BUS,
    "colegio": "educacion",
    "instituto": "educacion",
    "escuela": "educacion",
    "ceip": "educacion",
    "salud": "centro de salud",
    "ambulatorio": "centro de salud",
    "hospital": "hospital",
    "biblioteca": "biblioteca",
    "museo": "museo",
    "mercado": "mercado",
    "parque": "parque",
    "jardin": "parque",
    "polideportivo": "polideportivo",
    "deport": "instalacion deportiva",
    "cultural": "centro cultural",
    "universidad": "universidad",
    "cementerio": "cementerio",
    "aparcamiento": "aparcamiento",
    "monumento": "monumento",
    "estadio": "estadio",
    "educacion": "educacion",
}
"""By a word in a facility's type, our type."""
OTHER = "edificio"
MOST_COLUMNS = 30
NO_TABLE = "{file}: not CSV with a line of column names and rows below it: save it as 'CSV UTF-8'"
NO_DEGREES = "{file}: lat {lat} and lon {lon} are not degrees: name the columns x and y if they are UTM"
NO_UTM = "{file}: x {x} and y {y} are not UTM coordinates of Spain in metres (ETRS89): check for a missing decimal sign"
NEEDED = (
    "{file}: its columns are {columns}; it needs a column with street names (nombre_via, calle, via ...), or one with names of facilities "
    "(nombre) and one with their "
    "type (tipo); useful: tipo_via, numero, distrito, barrio, lat and lon (degrees) or x and y (UTM ETRS89). "
    "Rename the columns in the file's first line"
)


def read_table(path: Path, found: Extract, utm_zone: int) -> None:
    """Take streets, stops and landmarks out of a CSV.

    Raises:
        ConfigurationError: it is not CSV, or a required column is missing; the message lists its columns and the accepted names.
    """
    header, records = _records(path)
    columns = _columns(header)
    is_street = "street" in columns
    if not is_street and not {"name", "type"} <= columns.keys():
        raise ChangeRefusedError(NEEDED, file=path.name, columns=tuple(brief(one) for one in header[:MOST_COLUMNS]))
    read = tuple((ours, header[at]) for ours, at in columns.items())
    found.columns.append(ColumnsRead(file=path.name, columns=read))
    take: Callable[[Row, Extract, Point | None], bool] = _street if is_street else _facility
    for record in records:
        if len(record) != len(header):
            found.left_out["with more or fewer cells than the first line"] += 1
            continue
        row = {ours: record[at].strip() for ours, at in columns.items()}
        if not take(row, found, _point(row, path, utm_zone)):
            found.left_out["without a name"] += 1


def _records(path: Path) -> tuple[list[str], list[list[str]]]:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("cp1252", "replace")
    first = text.partition("\n")[0]
    delimiter = max(";,\t|", key=first.count)
    try:
        lines = [one for one in csv.reader(text.splitlines(keepends=True), delimiter=delimiter) if any(one)]
    except csv.Error as error:
        raise ChangeRefusedError(NO_TABLE, file=path.name) from error
    if len(lines) < 2 or "\0" in text:
        raise ChangeRefusedError(NO_TABLE, file=path.name)
    return [cell.strip() for cell in lines[0]], lines[1:]


def _columns(header: list[str]) -> dict[str, int]:
    plain = [re.sub(r"[^a-z0-9]", "", "".join(map(fold, re.findall(r"\w+|\W+", name)))) for name in header]
    return {
        ours: plain.index(next(name for name in names if name in plain))
        for ours, names in COLUMNS.items()
        if any(name in plain for name in names)
    }


def _number(text: str) -> float | None:
    """Parse a number with a decimal point or comma and thousands separators."""
    text = text.replace(" ", "")
    if "," in text:
        text = text.replace(".", "").replace(",", ".")
    try:
        found = float(text)
    except ValueError:
        return None
    return found if isfinite(found) else None


def _point(row: Row, path: Path, utm_zone: int) -> Point | None:
    lat, lon = _number(row.get("lat", "")), _number(row.get("lon", ""))
    if lat is not None and lon is not None:
        if abs(lat) > 90 or abs(lon) > 180:
            raise ChangeRefusedError(NO_DEGREES, file=path.name, lat=f"{lat:g}", lon=f"{lon:g}")
        return (lat, lon) if lat or lon else None
    x, y = _number(row.get("x", "")), _number(row.get("y", ""))
    if not x or not y:
        return None
    if abs(x) <= 180 and abs(y) <= 90:
        return y, x
    if not 100_000 <= x <= 900_000 or not 3_000_000 <= y <= 5_500_000:
        raise ChangeRefusedError(NO_UTM, file=path.name, x=f"{x:g}", y=f"{y:g}")
    return from_utm(x, y, utm_zone)


def _street(row: Row, found: Extract, point: Point | None) -> bool:
    name = ordinary_case(" ".join(filter(None, [row.get("class"), row.get("particle"), row["street"]])))
    if not row["street"]:
        return False
    digits = " ".join(row.get(key, "") for key in ("number", "from", "to"))
    numbers = tuple(int(one) for one in re.findall(r"\d{1,5}", digits) if int(one))
    areas = ordinary_case(row.get("district", "")), ordinary_case(row.get("barrio", ""))
    found.pieces.append(StreetPiece(name, (), numbers, () if point is None else (point,), *areas, row.get("code", "")))
    return True


def _facility(row: Row, found: Extract, point: Point | None) -> bool:
    if not row["name"]:
        return False
    category = fold(row["type"]) if " " not in row["type"] else " ".join(map(fold, row["type"].split()))
    kind = next((ours for word, ours in TYPES.items() if word in category), category if category in GROUPS else OTHER)
    found.spots.append(
        PointOfInterest(
            kind, ordinary_case(row["name"]), (), point, "", ordinary_case(row.get("district", "")), ordinary_case(row.get("barrio", ""))
        )
    )
    return True


def ordinary_case(name: str) -> str:
    """Return a name in ordinary capitalisation.

    >>> ordinary_case("CALLE DE COLÓN"), ordinary_case("CALLE DE LEÓN XIII")
    ('Calle de Colón', 'Calle de León XIII')
    """
    name = " ".join(name.split())
    if not name.isupper():
        return name
    words = name.split()
    return " ".join([words[0].capitalize(), *(_ordinary(word, word is words[-1]) for word in words[1:])])


SMALL = frozenset("DE DEL LA LAS LOS EL EN Y I D L".split())
ROMAN = re.compile(r"X{0,3}(IX|IV|V?I{0,3})")


def _ordinary(word: str, ends: bool) -> str:
    """Return one word of a name in ordinary capitalisation.

    The `I` of `Alfonso I` ends the name, that of Catalan joins two words.
    """
    if ROMAN.fullmatch(word) and (ends or word not in SMALL):
        return word
    return word.lower() if word in SMALL else word.capitalize()
