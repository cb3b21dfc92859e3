"""Write panels as Lens visualizations that staff can edit in Kibana."""

from typing import Any
from zoneinfo import ZoneInfo

from core.i18n.translate import translator
from dashboards.filters import Condition, kql
from dashboards.kibana.lens.charts import visualization_of
from dashboards.kibana.lens.columns import columns
from dashboards.spec.panel import Layer, Panel
from dashboards.spec.periods import Periods

Json = dict[str, Any]


def object_id(name: str, language: str) -> str:
    """Return the id of a saved object, the same in every export.

    >>> object_id("rising_topics", "es")
    'escucha-rising-topics-es'
    """
    return f"escucha-{name}-{language}".replace("_", "-")


def view_id(index: str, window: str | None, language: str) -> str:
    """Return the id of the data view for a time field.

    None: the data view without a time filter.
    """
    return object_id(f"{index}-{window or 'whenever'}", language)


def reference(layer: Layer, panel: Panel, language: str) -> Json:
    """Return the saved panel's reference to a layer's data view."""
    name = f"indexpattern-datasource-layer-{layer.key}"
    return {"type": "index-pattern", "id": view_id(panel.index, time_field(layer), language), "name": name}


def time_field(layer: Layer) -> str | None:
    """Return the time field of a layer's data view.

    A comparison of periods shifts it.
    """
    shifted = next((split.field for split in layer.split if isinstance(split, Periods)), None)
    return layer.window or shifted


def attributes(panel: Panel, language: str, zone: ZoneInfo | None = None) -> Json:
    """Return the panel by value.

    Kibana resolves its data views by the names in `references`; without them it finds none.
    """
    _ = translator(language, "dashboards")
    layers = {layer.key: columns(panel, layer, language) for layer in panel.layers}
    kind, visualization = visualization_of(panel, layers, language)
    return {
        "title": _(panel.title),
        "description": panel.note_in(language, zone),
        "visualizationType": kind,
        "type": "lens",
        "references": [reference(layer, panel, language) for layer in panel.layers],
        "state": {
            "datasourceStates": {"formBased": {"layers": layers}},
            "visualization": visualization,
            "query": {"query": query(panel), "language": "kuery"},
            "filters": [],
            "adHocDataViews": {},
            "internalReferences": [],
        },
    }


def query(panel: Panel) -> str:
    """Combine the conditions that all layers share.

    Conditions of a single layer are filters of its metric columns.
    """
    first = panel.layers[0]
    common: list[Condition] = [one for one in first.where if all(one in layer.where for layer in panel.layers)]
    common += [condition for split in first.split if (condition := split.condition()) is not None]
    return " and ".join(kql(one) for one in common)
