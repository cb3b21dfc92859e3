"""A panel as Kibana's own editor (Lens) would save it, so that staff can open and change it there."""

from typing import Any

from core.i18n.translate import translator
from dashboards.filters import Condition, kql
from dashboards.kibana.lens_columns import columns
from dashboards.spec.panel import Layer, Panel

Json = dict[str, Any]


def object_id(name: str, language: str) -> str:
    """The id of a saved object: the same at every export."""
    return f"escucha-{name}-{language}".replace("_", "-")


def view_id(index: str, window: str | None, language: str) -> str:
    """The data view along a time field; without one it shows whenever."""
    return object_id(f"{index}-{window or 'whenever'}", language)


def reference(layer: Layer, panel: Panel, language: str) -> Json:
    """What the saved panel calls the data view of a layer."""
    name = f"indexpattern-datasource-layer-{layer.key}"
    return {"type": "index-pattern", "id": view_id(panel.index, layer.window, language), "name": name}


def attributes(panel: Panel, language: str) -> Json:
    """The panel by value. Kibana matches its data views by the names in `references`: without them it finds none."""
    _ = translator(language, "dashboards")
    layers = {layer.key: columns(panel, layer, language) for layer in panel.layers}
    kind, visualization = _visualization(panel, layers)
    return {
        "title": _(panel.title),
        "description": _(panel.note) if panel.note else "",
        "visualizationType": kind,
        "type": "lens",
        "references": [reference(layer, panel, language) for layer in panel.layers],
        "state": {
            "datasourceStates": {"formBased": {"layers": layers}},
            "visualization": visualization,
            "query": {"query": _query(panel), "language": "kuery"},
            "filters": [],
            "adHocDataViews": {},
            "internalReferences": [],
        },
    }


def _query(panel: Panel) -> str:
    """What all layers have in common; what only one has stands at its numbers (`_metric`)."""
    first = panel.layers[0]
    common: list[Condition] = [one for one in first.where if all(one in layer.where for layer in panel.layers)]
    common += [condition for split in first.split if (condition := split.condition()) is not None]
    return " and ".join(kql(one) for one in common)


def _visualization(panel: Panel, layers: Json) -> tuple[str, Json]:
    first = panel.layers[0].key
    match panel.form:
        case "grid":
            axes = {"isCellLabelVisible": True, "isXAxisLabelVisible": True, "isYAxisLabelVisible": True}
            titles = {"isXAxisTitleVisible": False, "isYAxisTitleVisible": False}
            return "lnsHeatmap", {
                "shape": "heatmap", "layerId": first, "layerType": "data",
                "yAccessor": "by0", "xAccessor": "by1", "valueAccessor": "count",
                "legend": {"isVisible": False, "position": "right", "type": "heatmap_legend"},
                "gridConfig": {"type": "heatmap_grid", **axes, **titles},
            }  # fmt: skip
        case "change":
            columns = [{"columnId": key} for key in ("by0", "week", "before", "rise")]
            sorting = {"columnId": "rise", "direction": "desc"}
            return "lnsDatatable", {"layerId": first, "layerType": "data", "columns": columns, "sorting": sorting}
        case _:
            return "lnsXY", _xy(panel, layers)


_SERIES = {
    "days": "bar_stacked", "bars": "bar_horizontal", "span": "bar_horizontal", "share": "bar_horizontal_percentage_stacked",
}  # fmt: skip


def _xy(panel: Panel, layers: Json) -> Json:
    series = "line" if len(panel.layers) > 1 else _SERIES[panel.form]
    drawn = []
    for key, layer in layers.items():
        numbers = [name for name, column in layer["columns"].items() if not column["isBucketed"]]
        split = {"splitAccessor": "by1"} if "by1" in layer["columns"] else {}
        drawn.append(
            {
                "layerId": key,
                "layerType": "data",
                "seriesType": series,
                "xAccessor": "by0",
                "accessors": numbers,
                **split,
            }
        )
    return {
        "preferredSeriesType": series,
        "legend": {"isVisible": True, "position": "top"},
        "valueLabels": "show",
        "layers": drawn,
    }
