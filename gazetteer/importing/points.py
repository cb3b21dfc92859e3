"""Build the rows of stops and landmarks."""

from collections.abc import Sequence

from gazetteer.entry import BUS, RAIL
from gazetteer.importing.areas import Areas
from gazetteer.importing.found import PointOfInterest
from gazetteer.names import folded_words

Row = dict[str, object]
STOPS = (*RAIL, BUS)


def stop_rows(spots: Sequence[PointOfInterest], areas: Areas) -> list[Row]:
    """Return the rows of `stops.csv`, without stops that have no point."""
    found = []
    for number, one in enumerate(_in_order([spot for spot in spots if spot.kind in STOPS and spot.point]), start=1):
        at = areas.locate(one.point, one.district, one.barrio)
        found.append(
            {
                "mode": one.kind,
                "stop_code": f"{one.kind}_{number}",
                "name": one.name,
                **_point(one),
                "district": areas.name(at.district),
                "barrio": areas.labelled(at.barrio),
                "lines": "",
                "address": one.address,
            }
        )
    return found


def landmark_rows(spots: Sequence[PointOfInterest], areas: Areas) -> list[Row]:
    """Return the rows of `landmarks.csv`, one per name and barrio."""
    found: dict[tuple[object, ...], Row] = {}
    for one in _in_order([spot for spot in spots if spot.kind not in STOPS]):
        at = areas.locate(one.point, one.district, one.barrio)
        found.setdefault(
            (folded_words(one.name), at.district, at.barrio),
            {
                "name": one.name,
                "type": one.kind,
                "aliases": "|".join(one.aliases),
                **_point(one),
                "district": areas.name(at.district),
                "barrio": areas.labelled(at.barrio),
                "address": one.address,
                "source": f"import:{one.file}",
            },
        )
    return list(found.values())


def _point(spot: PointOfInterest) -> Row:
    return {"lat": "", "lon": ""} if spot.point is None else {"lat": round(spot.point[0], 5), "lon": round(spot.point[1], 5)}


def _in_order(spots: list[PointOfInterest]) -> list[PointOfInterest]:
    """Sort independently of the file's order, so that keys are reproducible."""
    return sorted(spots, key=lambda one: (one.kind, one.name, one.point or (0.0, 0.0)))
