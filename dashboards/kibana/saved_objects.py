"""The saved objects of Kibana: data views, a saved search for the list of posts, and the dashboards with their panels by value."""

from collections.abc import Iterator
from typing import Any

import orjson

from core.config.city import City
from core.i18n.display_names import NAMES, display_name
from core.i18n.translate import translator
from dashboards.filters import kql
from dashboards.kibana import lens
from dashboards.panels import DASHBOARDS, Dashboard, Panel

Json = dict[str, Any]

CORE_VERSION = "8.8.0"
VERSIONS = {"index-pattern": "8.0.0", "dashboard": "10.2.0", "search": "8.0.0"}
"""A lower version than the server's is migrated on import, a higher one is refused: these go into 8.19 and all 9.x."""
ALIAS = {"posts": "escucha-posts", "cases": "escucha-cases"}
COLUMNS, HALF, HEIGHT = 48, 24, 15
"""Kibana's grid, and a panel's place in it."""
OPTIONS = {"useMargins": True, "syncColors": False, "syncCursor": True, "syncTooltips": False, "hidePanelTitles": False}


def saved_objects(city: City, language: str) -> list[Json]:
    """All objects of one language, data views first; the same city gives the same objects."""
    boards = [_dashboard(city, one, language) for one in DASHBOARDS]
    return [*_data_views(city, language), *_searches(city, language), *boards]


def _saved(kind: str, saved_id: str, attributes: Json, references: list[Json]) -> Json:
    return {
        "type": kind, "id": saved_id, "attributes": attributes, "references": references,
        "coreMigrationVersion": CORE_VERSION, "typeMigrationVersion": VERSIONS[kind], "managed": False,
    }  # fmt: skip


def _text(value: Any) -> str:
    """Kibana keeps parts of its objects as JSON within JSON."""
    return orjson.dumps(value).decode()


def _data_views(city: City, language: str) -> Iterator[Json]:
    """One for each time field that some panel looks along, and one for each index without any."""
    wanted = {(layer.window, panel.index) for panel in _panels() for layer in panel.layers}
    wanted |= {(panel.latest.order, panel.index) for panel in _panels() if panel.latest}
    for window, index in sorted(wanted, key=str):
        attributes = {
            "title": ALIAS[index],
            "name": f"Escucha {city.name}: {ALIAS[index]} ({window or '–'})",
            "fieldFormatMap": _text({field: _lookup(names, language) for field, names in _NAMED.items()}),
            **({"timeFieldName": window} if window else {}),
        }
        if computed := _runtime_fields(city, window, index):
            attributes["runtimeFieldMap"] = _text(computed)
        yield _saved("index-pattern", lens.view_id(index, window, language), attributes, [])


def _runtime_fields(city: City, window: str | None, index: str) -> Json:
    """The fields that the panels of one data view need and the index does not have."""
    layers = [layer for panel in _panels() if panel.index == index for layer in panel.layers if layer.window == window]
    found = [split.runtime_field(city.zone) for layer in layers for split in layer.split]
    return dict(one for one in found if one is not None)


_NAMED = {"topic": "topic", "sentiment": "sentiment", "intent": "intent", "state": "state", "decision": "decision"}
"""Fields whose values read as words, and the table of `core.i18n.display_names` with the words."""


def _lookup(names: str, language: str) -> Json:
    entries = [{"key": key, "value": display_name(names, key, language)} for key in NAMES[names]]
    return {"id": "static_lookup", "params": {"lookupEntries": entries, "unknownKeyValue": None}}


def _panels() -> Iterator[Panel]:
    for dashboard in DASHBOARDS:
        yield from dashboard.panels


def _searches(city: City, language: str) -> Iterator[Json]:
    """A list is a saved search: Lens cannot show texts."""
    _ = translator(language, "dashboards")
    source = "kibanaSavedObjectMeta.searchSourceJSON.index"
    for panel in _panels():
        if panel.latest is None:
            continue
        query = " and ".join(kql(one) for one in panel.latest.where)
        search = {"query": {"query": query, "language": "kuery"}, "filter": [], "indexRefName": source}
        attributes = {
            "title": f"{city.name}: {_(panel.title)}",
            "description": _(panel.note) if panel.note else "",
            "columns": [field for field, _header in panel.latest.columns if field != panel.latest.order],
            "sort": [[panel.latest.order, "desc"]],
            "hideChart": True,
            "grid": {},
            "kibanaSavedObjectMeta": {"searchSourceJSON": _text(search)},
        }
        view = {"type": "index-pattern", "id": lens.view_id(panel.index, panel.latest.order, language), "name": source}
        yield _saved("search", lens.object_id(panel.key, language), attributes, [view])


def _dashboard(city: City, dashboard: Dashboard, language: str) -> Json:
    _ = translator(language, "dashboards")
    panels, references = [], []
    for place, panel in _placed(dashboard):
        panels.append(_placed_panel(panel, place, language))
        references += _references(panel, language)
    attributes = {
        "title": f"Escucha {city.name}: {_(dashboard.title)}",
        "description": _(dashboard.description),
        "panelsJSON": _text(panels),
        "optionsJSON": _text(OPTIONS),
        "timeRestore": True,
        "timeFrom": "now-27d/d",
        "timeTo": "now",
        "refreshInterval": {"pause": False, "value": 300_000},
        "kibanaSavedObjectMeta": {
            "searchSourceJSON": _text({"query": {"query": "", "language": "kuery"}, "filter": []})
        },
    }
    return _saved("dashboard", lens.object_id(dashboard.key, language), attributes, references)


def _placed(dashboard: Dashboard) -> Iterator[tuple[Json, Panel]]:
    """Two panels a line; a wide one has a line of its own."""
    x = y = 0
    for panel in dashboard.panels:
        if panel.wide and x:
            x, y = 0, y + HEIGHT
        width = COLUMNS if panel.wide else HALF
        yield {"x": x, "y": y, "w": width, "h": HEIGHT}, panel
        x += width
        if x >= COLUMNS:
            x, y = 0, y + HEIGHT


def _placed_panel(panel: Panel, place: Json, language: str) -> Json:
    base = {"panelIndex": panel.key, "gridData": {**place, "i": panel.key}}
    if panel.latest is not None:
        return {**base, "type": "search", "panelRefName": f"panel_{panel.key}", "embeddableConfig": {}}
    return {
        **base,
        "type": "lens",
        "embeddableConfig": {"attributes": lens.attributes(panel, language), "enhancements": {}},
    }


def _references(panel: Panel, language: str) -> list[Json]:
    """The dashboard names each panel's references after the panel."""
    if panel.latest is not None:
        return [{"type": "search", "id": lens.object_id(panel.key, language), "name": f"{panel.key}:panel_{panel.key}"}]
    found = [lens.reference(layer, panel, language) for layer in panel.layers]
    return [{**one, "name": f"{panel.key}:{one['name']}"} for one in found]
