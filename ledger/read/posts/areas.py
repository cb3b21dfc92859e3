"""Build the database's condition for points within an area."""

from functools import reduce
from operator import add
from typing import Any

from sqlalchemy import ColumnElement, and_, case, literal

from core.records.area import Area, Box, Polygon


def in_area(lat: ColumnElement[Any], lon: ColumnElement[Any], area: Area) -> ColumnElement[bool]:
    """Return the condition that a point lies in an area.

    It computes what `Area.contains` computes, in the same order of operations. Rows without a point are outside.
    """
    return and_(*(_in_shape(lat, lon, shape) for shape in area.shapes))


def _in_shape(lat: ColumnElement[Any], lon: ColumnElement[Any], shape: Box | Polygon) -> ColumnElement[bool]:
    if isinstance(shape, Box):
        return and_(lat >= shape.south, lat < shape.north, lon >= shape.west, lon < shape.east)
    crossed = [
        case((and_(lat >= edge.low, lat < edge.high, lon < edge.start + (lat - edge.low) * edge.slope), 1), else_=0) for edge in shape.edges
    ]
    lats = [corner[0] for corner in shape.corners]
    return and_(lat >= min(lats), lat < max(lats), reduce(add, crossed, literal(0)) % 2 == 1)
