"""Choose the Lens chart of a panel, with colours bound to values."""

from typing import Any

from dashboards.render.svg import MAIN
from dashboards.render.vega import shade
from dashboards.spec.colours import colours
from dashboards.spec.groups import Groups
from dashboards.spec.panel import LayerNames, Panel
from dashboards.spec.split import Axis

Json = dict[str, Any]

SERIES = {"days": "bar_stacked", "bars": "bar_horizontal", "span": "bar_horizontal", "share": "bar_horizontal_percentage_stacked"}
PALETTE = "eui_amsterdam_color_blind"
"""Kibana's palette for values without a colour of ours."""
STEPS = 5
"""Shades of a heat map."""


def visualization_of(panel: Panel, layers: Json, language: str) -> tuple[str, Json]:
    """Return type and state of the chart. `layers` are those of `lens.columns`, by key."""
    first = panel.layers[0].key
    columns = layers[first]["columns"]
    match panel.form:
        case "tile":
            before = {"secondaryMetricAccessor": "before"} if "before" in columns else {}
            return "lnsMetric", {"layerId": first, "layerType": "data", "metricAccessor": "count", **before}
        case "grid" if "count" in columns:
            return "lnsHeatmap", _heatmap(first)
        case "grid" | "change":
            shown = [{"columnId": key} for key, one in columns.items() if "X" not in key]
            sort_by = "rise" if panel.form == "change" else next(key for key, one in columns.items() if not one["isBucketed"])
            sorting = {"columnId": sort_by, "direction": "desc"}
            return "lnsDatatable", {"layerId": first, "layerType": "data", "columns": shown, "sorting": sorting}
        case _:
            return "lnsXY", _xy(panel, layers, language)


def _heatmap(layer: str) -> Json:
    axes = {"isCellLabelVisible": True, "isXAxisLabelVisible": True, "isYAxisLabelVisible": True}
    titles = {"isXAxisTitleVisible": False, "isYAxisTitleVisible": False}
    return {
        "shape": "heatmap",
        "layerId": layer,
        "layerType": "data",
        "yAccessor": "by0",
        "xAccessor": "by1",
        "valueAccessor": "count",
        "palette": _shades(),
        "legend": {"isVisible": False, "position": "right", "type": "heatmap_legend"},
        "gridConfig": {"type": "heatmap_grid", **axes, **titles},
    }


def _shades() -> Json:
    """Return the shades of the desk's grids, by share of the maximum."""
    ends = [100 * (step + 1) / STEPS for step in range(STEPS)]
    colours_ = [shade(step / (STEPS - 1)) for step in range(STEPS)]
    params = {
        "name": "custom",
        "steps": STEPS,
        "maxSteps": STEPS,
        "reverse": False,
        "rangeType": "percent",
        "rangeMin": 0,
        "rangeMax": None,
        "progression": "fixed",
        "continuity": "above",
        "stops": [{"color": colour, "stop": end} for colour, end in zip(colours_, ends, strict=True)],
        "colorStops": [{"color": colour, "stop": end - 100 / STEPS} for colour, end in zip(colours_, ends, strict=True)],
    }
    return {"type": "palette", "name": "custom", "accessor": "count", "params": params}


def _xy(panel: Panel, layers: Json, language: str) -> Json:
    several = len(panel.layers) > 1
    series = {"days": "line", "share": "bar_horizontal"}[panel.form] if several else SERIES[panel.form]
    bound = colours(panel.axes[-1]) if several and isinstance(panel.axes[-1], LayerNames) else {}
    drawn = []
    for key, layer in layers.items():
        numbers = [name for name, column in layer["columns"].items() if not column["isBucketed"]]
        drawn.append(
            {
                "layerId": key,
                "layerType": "data",
                "seriesType": series,
                "xAccessor": "by0",
                "accessors": numbers,
                "showGridlines": False,
                **_coloured(panel, layer, numbers, bound.get(key, MAIN), language),
            }
        )
    return {"preferredSeriesType": series, "legend": {"isVisible": True, "position": "top"}, "valueLabels": "show", "layers": drawn}


def _coloured(panel: Panel, layer: Json, numbers: list[str], colour: str, language: str) -> Json:
    """Return the colours of a layer's values, or of its only number."""
    if "by1" in layer["columns"]:
        return {"splitAccessor": "by1", "colorMapping": color_mapping(panel.layers[0].split[1], language)}
    return {"yConfig": [{"forAccessor": numbers[0], "color": colour}]} if len(numbers) == 1 else {}


def color_mapping(axis: Axis, language: str) -> Json:
    """Return Lens's colour mapping.

    Values without a colour of ours take those of the palette in turn.
    """
    assignments = [
        {
            # the values of a column of filters are their labels
            "rule": {"type": "matchExactly", "values": [axis.label(key, language) if isinstance(axis, Groups) else key]},
            "color": {"type": "colorCode", "colorCode": colour},
            "touched": False,
        }
        for key, colour in colours(axis).items()
    ]
    return {
        "assignments": assignments,
        "specialAssignments": [{"rule": {"type": "other"}, "color": {"type": "loop"}, "touched": False}],
        "paletteId": PALETTE,
        "colorMode": {"type": "categorical"},
    }
