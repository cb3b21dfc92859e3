"""Build the controls of a dashboard: lists of values and a range."""

from typing import Any

import orjson

from core.i18n.translate import translator
from dashboards.kibana import lens
from dashboards.spec.panel import Dashboard, Index

Json = dict[str, Any]

LISTS = {
    "posts": (("topic", "Service"), ("district", "District"), ("source", "Source"), ("language", "Language"), ("sentiment", "Sentiment")),
    "cases": (("topic", "Service"), ("district", "District"), ("department", "Department"), ("source", "Source")),
}
"""Fields with a list of values, by index."""
RANGES = {"posts": ("views", "Views"), "cases": ("authors", "People")}
"""The field with a range of numbers."""
CONTROL_TIMES = {"posts": "created_at", "cases": "opened_at"}
"""Time field of the data view that the values come from."""
IGNORE = {"ignoreFilters": False, "ignoreQuery": False, "ignoreTimerange": False, "ignoreValidations": False}


def controls_of(dashboard: Dashboard, language: str) -> list[tuple[str, str, str, str]]:
    """List field, title, kind and data view of a dashboard's controls.

    A dashboard of posts and cases has those of the index that most of its panels show.
    """
    indices = [panel.index for panel in dashboard.panels]
    index: Index = "posts" if indices.count("posts") >= indices.count("cases") else "cases"
    fields = [*((field, name, "optionsListControl") for field, name in LISTS[index]), (*RANGES[index], "rangeSliderControl")]
    view = lens.view_id(index, CONTROL_TIMES[index], language)
    return [(field, translator(language, "dashboards")(name), kind, view) for field, name, kind in fields]


def control_group(dashboard: Dashboard, language: str) -> tuple[Json, list[Json]]:
    """Return the controls of a dashboard and their references."""
    panels, references = {}, []
    for order, (field, title, kind, view) in enumerate(controls_of(dashboard, language)):
        panels[field] = _control(order, field, title, kind)
        target = "optionsListDataView" if kind == "optionsListControl" else "rangeSliderDataView"
        references.append({"type": "index-pattern", "id": view, "name": f"controlGroup_{field}:{target}"})
    group = {
        "controlStyle": "oneLine",
        "chainingSystem": "HIERARCHICAL",
        "panelsJSON": orjson.dumps(panels).decode(),
        "ignoreParentSettingsJSON": orjson.dumps(IGNORE).decode(),
    }
    return group, references


def _control(order: int, field: str, title: str, kind: str) -> Json:
    sort = {"by": "_count", "direction": "desc"}
    chosen: Json = {"selectedOptions": [], "searchTechnique": "prefix", "sort": sort} if kind == "optionsListControl" else {"step": 1}
    entered = {"id": field, "fieldName": field, "title": title, "enhancements": {}, **chosen}
    return {"order": order, "width": "small", "grow": True, "type": kind, "explicitInput": entered}
