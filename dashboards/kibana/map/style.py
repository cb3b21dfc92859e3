"""Define the style of the layers of Kibana's map."""

from typing import Any

from dashboards.render.svg import MAIN
from dashboards.spec.colours import ORANGE

Json = dict[str, Any]


def counted_areas(count: str, name: str) -> Json:
    """Return the style of areas.

    They are filled by a count and labelled with their name.
    """
    fill = {
        "type": "ORDINAL",
        "color": "Blues",
        "dataMappingFunction": "INTERPOLATE",
        "field": {"name": count, "origin": "join"},
        "fieldMetaOptions": {"isEnabled": True, "sigma": 3},
    }
    return _style(
        {
            "fillColor": {"type": "DYNAMIC", "options": fill},
            "lineColor": _fixed(color=MAIN),
            "lineWidth": _fixed(size=1),
            "labelText": {"type": "DYNAMIC", "options": {"field": {"name": name, "origin": "source"}}},
            "labelColor": _fixed(color="#000000"),
            "labelSize": _fixed(size=12),
            "labelBorderColor": _fixed(color="#FFFFFF"),
            "labelBorderSize": {"options": {"size": "SMALL"}},
        }
    )


def clusters() -> Json:
    """Return the style of clusters.

    Each carries its number and is as large as that.
    """
    count = {"name": "doc_count", "origin": "source"}
    sized = {"minSize": 10, "maxSize": 28, "field": count, "fieldMetaOptions": {"isEnabled": True, "sigma": 3}}
    return _style(
        {
            "symbolizeAs": {"options": {"value": "circle"}},
            "fillColor": _fixed(color=ORANGE),
            "lineColor": _fixed(color="#FFFFFF"),
            "lineWidth": _fixed(size=1),
            "iconSize": {"type": "DYNAMIC", "options": sized},
            "labelText": {"type": "DYNAMIC", "options": {"field": count}},
            "labelColor": _fixed(color="#FFFFFF"),
            "labelSize": _fixed(size=12),
            "labelBorderSize": {"options": {"size": "NONE"}},
        }
    )


def points() -> Json:
    """Return the style of points."""
    return _style(
        {
            "symbolizeAs": {"options": {"value": "circle"}},
            "fillColor": _fixed(color=ORANGE),
            "lineColor": _fixed(color="#FFFFFF"),
            "lineWidth": _fixed(size=1),
            "iconSize": _fixed(size=6),
        }
    )


def _style(properties: Json) -> Json:
    return {"type": "VECTOR", "properties": properties, "isTimeAware": True}


def _fixed(**options: str | int) -> Json:
    return {"type": "STATIC", "options": options}
