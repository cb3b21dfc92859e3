"""Number districts and barrios, and locate points in them."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from gazetteer.importing.found import Area, Extract
from gazetteer.importing.geometry import Point, Polygons, inner_point, is_inside
from gazetteer.names import folded_words


@dataclass
class Located:
    """Hold district and barrio of a point; empty when unknown."""

    district: str = ""
    """Its code."""
    barrio: str = ""
    """Its code, `4-5`."""


@dataclass
class Areas:
    """Hold districts and barrios by their codes."""

    districts: dict[str, str] = field(default_factory=dict)
    barrios: dict[str, str] = field(default_factory=dict)
    outlines: dict[str, Polygons] = field(default_factory=dict)
    _boxes: dict[str, tuple[float, float, float, float]] = field(default_factory=dict)
    _named: dict[tuple[str, str], Located] = field(default_factory=dict)
    """What pairs of names were found to be: a directory repeats them a hundred thousand times."""

    def district_of(self, barrio: str) -> str:
        """Return the district in which a barrio lies."""
        return barrio.partition("-")[0]

    def name(self, code: str) -> str:
        """Return the name of a district or barrio; empty for none."""
        return self.barrios.get(code) or self.districts.get(code, "")

    def labelled(self, barrio: str) -> str:
        """Return a barrio as the gazetteer's tables write it: `4-5 Lista`."""
        return f"{barrio} {self.barrios[barrio]}" if barrio else ""

    def locate(self, point: Point | None, district: str = "", barrio: str = "") -> Located:
        """Return the district and barrio of a point.

        Names of district and barrio in the file take precedence.
        """
        if (by_name := self._named.get((district, barrio))) is None:
            by_name = self._named[district, barrio] = self._by_name(district, barrio)
        if by_name.barrio or point is None:
            return by_name
        inner = self._holding(point, self.barrios)
        return Located(
            by_name.district or self.district_of(inner) or self._holding(point, self.districts),
            inner if not by_name.district or self.district_of(inner) == by_name.district else "",
        )

    def _by_name(self, district: str, barrio: str) -> Located:
        one = self._code(district, self.districts)
        inside = {code: name for code, name in self.barrios.items() if not one or self.district_of(code) == one}
        code = self._code(barrio, inside)
        return Located(one or self.district_of(code), code)

    @staticmethod
    def _code(name: str, known: dict[str, str]) -> str:
        folded = folded_words(name)
        return next((code for code, one in known.items() if folded and folded_words(one) == folded), "")

    def _holding(self, point: Point, codes: dict[str, str]) -> str:
        for code in codes:
            south, west, north, east = self._boxes.get(code, (1.0, 1.0, 0.0, 0.0))
            inside_box = south <= point[0] <= north and west <= point[1] <= east
            if inside_box and is_inside(point, self.outlines[code]):
                return code
        return ""

    def add(self, code: str, area: Area, known: dict[str, str]) -> None:
        """Put an area under its code."""
        self._named.clear()
        known[code] = area.name
        if area.polygons:
            points = [point for polygon in area.polygons for ring in polygon for point in ring]
            lats, lons = [lat for lat, _ in points], [lon for _, lon in points]
            self.outlines[code] = area.polygons
            self._boxes[code] = (min(lats), min(lons), max(lats), max(lons))


def arrange(found: Extract) -> Areas:
    """Number districts and barrios.

    By outlines, else by the areas that streets and places name.
    """
    districts = _unique([one for one in found.areas if one.level == "district"])
    barrios = _unique([one for one in found.areas if one.level == "barrio"])
    if not districts and barrios and not _names_of(found, "district"):  # a small city has one level, and that decides who answers
        districts, barrios = [Area("district", one.name, one.number, one.polygons) for one in barrios], []
    known = {folded_words(one.name) for one in districts}
    districts += [Area("district", name, "", []) for name in _names_of(found, "district") if folded_words(name) not in known]
    areas = Areas()
    for number, one in enumerate(sorted(districts, key=_order), start=1):
        areas.add(str(number), one, areas.districts)
    _add_barrios(areas, sorted(barrios, key=_order), found)
    return areas


def _add_barrios(areas: Areas, barrios: list[Area], found: Extract) -> None:
    counts: dict[str, int] = {}

    def put(district: str, one: Area) -> None:
        counts[district] = counts.get(district, 0) + 1
        areas.add(f"{district}-{counts[district]}", one, areas.barrios)

    for one in barrios:
        district = areas.locate(inner_point(one.polygons)).district
        if district:
            put(district, one)
        else:
            found.left_out["barrios outside every district"] += 1
    said = {(one.district, one.barrio) for one in found.placed() if one.barrio}
    for district_name, barrio in sorted(said):
        located = areas.locate(None, district_name, barrio)
        if located.district and not located.barrio:
            put(located.district, Area("barrio", barrio, "", []))


def _unique(areas: Sequence[Area]) -> list[Area]:
    """Keep one area per name, the most detailed.

    An extract may hold a boundary as relation and as way.
    """
    found: dict[tuple[str, ...], Area] = {}
    for one in areas:
        known = found.get(folded_words(one.name))
        if known is None or _corners(one) > _corners(known):
            found[folded_words(one.name)] = one
    return list(found.values())


def _corners(area: Area) -> int:
    return sum(len(ring) for polygon in area.polygons for ring in polygon)


def _names_of(found: Extract, level: str) -> list[str]:
    names = {getattr(one, level) for one in found.placed()} - {""}
    return sorted({folded_words(name): name for name in sorted(names)}.values())


def _order(area: Area) -> tuple[int, str]:
    return (int(area.number) if area.number.isdecimal() else 10**9, area.name)
