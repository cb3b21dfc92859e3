"""Choose the chart of a panel in the Dashboards API."""

from typing import Any
from zoneinfo import ZoneInfo

from dashboards.kibana import lens
from dashboards.kibana.dashboards_api.operations import filter_of, number, split
from dashboards.kibana.drilldowns import open_records
from dashboards.kibana.lens.charts import SERIES, STEPS
from dashboards.kibana.lens.columns import columns
from dashboards.render.svg import MAIN
from dashboards.render.vega import shade
from dashboards.spec.colours import colours
from dashboards.spec.groups import Groups
from dashboards.spec.panel import LayerNames, Panel
from dashboards.spec.split import Axis

Json = dict[str, Any]

PALETTE = "eui_amsterdam"
"""Kibana's palette for values without a colour of ours."""
HORIZONTAL_SHARE = {"bar_horizontal_percentage_stacked": "bar_horizontal_percentage"}
"""Series that the API names otherwise than Lens."""


def chart(panel: Panel, language: str, zone: ZoneInfo | None = None) -> Json:
    """Return the configuration of a panel that counts."""
    layers = {layer.key: columns(panel, layer, language) for layer in panel.layers}
    first = layers[panel.layers[0].key]["columns"]
    query = lens.query(panel)
    shared = {
        "title": panel.title_in(language),
        "description": panel.note_in(language, zone),
        **({"query": filter_of(query)} if query else {}),
        "drilldowns": [
            {
                "type": "discover_drilldown",
                "label": open_records(language),
                "trigger": "on_apply_filter",
                "open_in_new_tab": False,
            }
        ],
    }
    match panel.form:
        case "tile":
            drawn = _metric(first)
        case "grid" if "count" in first:
            drawn = _heatmap(first)
        case "grid" | "change":
            drawn = _table(first, panel)
        case _:
            return {**shared, **_xy(panel, layers, language)}
    return {**shared, **drawn, "data_source": _data_source(panel, 0, language)}


def _data_source(panel: Panel, layer: int, language: str) -> Json:
    view = lens.view_id(panel.index, lens.time_field(panel.layers[layer]), language)
    return {"type": "data_view_reference", "ref_id": view}


def _shown(layer: Json) -> list[str]:
    """List the ids of a layer's numbers without the parts of formulas."""
    return [key for key, one in layer.items() if not one["isBucketed"] and "X" not in key]


def _metric(layer: Json) -> Json:
    places = {"count": "primary", "before": "secondary"}
    return {"type": "metric", "metrics": [{"type": places[key], **number(layer[key])} for key in _shown(layer)]}


def _heatmap(layer: Json) -> Json:
    hidden = {"title": {"visible": False}}
    shades = [shade(step / (STEPS - 1)) for step in range(STEPS)]
    width = 100 / STEPS
    steps = [{"gte": at * width, "lt": (at + 1) * width, "color": colour} for at, colour in enumerate(shades[:-1])]
    steps.append({"gte": 100 - width, "lte": 100, "color": shades[-1]})
    return {
        "type": "heatmap",
        "x": split(layer["by1"], _shown(layer)),
        "y": split(layer["by0"], _shown(layer)),
        "metric": {**number(layer["count"]), "color": {"type": "dynamic", "range": "percentage", "steps": steps}},
        "axis": {"x": {"scale": "ordinal", **hidden}, "y": hidden},
        "legend": {"visibility": "hidden"},
        "styling": {"cells": {"labels": {"visible": True}}},
    }


def _table(layer: Json, panel: Panel) -> Json:
    shown = _shown(layer)
    sorted_by = shown.index("rise") if panel.form == "change" else 0
    return {
        "type": "data_table",
        "rows": [split(one, shown) for one in layer.values() if one["isBucketed"]],
        "metrics": [number(layer[key]) for key in shown],
        "styling": {"sort_by": {"column_type": "metric", "index": sorted_by, "direction": "desc"}},
    }


def _xy(panel: Panel, layers: Json, language: str) -> Json:
    several = len(panel.layers) > 1
    series = {"days": "line", "share": "bar_horizontal"}[panel.form] if several else SERIES[panel.form]
    bound = colours(panel.axes[-1]) if several and isinstance(panel.axes[-1], LayerNames) else {}
    drawn = []
    for at, (key, layer) in enumerate(layers.items()):
        found = layer["columns"]
        shown = _shown(found)
        only = {"color": {"type": "static", "color": bound.get(key, MAIN)}} if len(shown) == 1 else {}
        parts = (
            {
                "breakdown_by": {
                    **split(found["by1"], shown),
                    "color": _color_mapping(panel.layers[0].split[1], language),
                }
            }
            if "by1" in found
            else {}
        )
        drawn.append(
            {
                "type": HORIZONTAL_SHARE.get(series, series), "data_source": _data_source(panel, at, language),
                "x": split(found["by0"], shown), **parts,
                "y": [{**number(found[one]), **({} if parts else only)} for one in shown],
            }
        )  # fmt: skip
    return {
        "type": "xy",
        "layers": drawn,
        "legend": {"visibility": "visible", "placement": "outside", "position": "top"},
        "styling": {"bars": {"data_labels": {"visible": True}}},
    }


def _color_mapping(axis: Axis, language: str) -> Json:
    """Return the colours of values.

    The values of a column of filters are their labels.
    """
    return {
        "mode": "categorical",
        "palette": PALETTE,
        "mapping": [
            {
                "values": [axis.label(key, language) if isinstance(axis, Groups) else key],
                "color": {"type": "color_code", "value": colour},
            }
            for key, colour in colours(axis).items()
        ],
    }
