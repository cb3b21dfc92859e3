"""Build the saved objects of OpenSearch Dashboards: index patterns, Vega charts, dashboards."""

from typing import Any

import orjson

from core.config.city import City
from dashboards.kibana import lens
from dashboards.kibana.vega_lite import is_drawn, spec
from dashboards.panels import DASHBOARDS, Dashboard, Panel

Json = dict[str, Any]

INDICES = {"posts": "escucha-posts", "cases": "escucha-cases"}
VERSION = {"dashboard": "7.9.3", "visualization": "7.10.0", "index-pattern": "7.6.0"}
"""Versions of the last migrations that OpenSearch Dashboards took over from Kibana 7.10."""
COLUMNS, HALF, HEIGHT = 48, 24, 15


def opensearch_objects(city: City, language: str) -> list[Json]:
    """Return all objects of one language, index patterns first; deterministic."""
    patterns = [
        _saved("index-pattern", lens.object_id(f"os-{index}", language), {"title": name, "timeFieldName": TIME[index]}, [])
        for index, name in INDICES.items()
    ]
    found = list(patterns)
    for dashboard in DASHBOARDS:
        panels = [panel for panel in dashboard.panels if is_drawn(panel)]
        if panels:
            found += [_chart(city, panel, language) for panel in panels]
            found.append(_dashboard(city, dashboard, panels, language))
    return found


TIME = {"posts": "created_at", "cases": "opened_at"}


def _saved(kind: str, saved_id: str, attributes: Json, references: list[Json]) -> Json:
    return {"type": kind, "id": saved_id, "attributes": attributes, "references": references, "migrationVersion": {kind: VERSION[kind]}}


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()


def _chart(city: City, panel: Panel, language: str) -> Json:
    drawn = spec(panel, INDICES[panel.index], language, city.zone)
    title = panel.title_in(language)
    attributes = {
        "title": title,
        "description": panel.note_in(language, city.zone),
        "visState": _text({"title": title, "type": "vega", "aggs": [], "params": {"spec": _text(drawn)}}),
        "uiStateJSON": "{}",
        "version": 1,
        "kibanaSavedObjectMeta": {"searchSourceJSON": _text({"query": {"query": "", "language": "kuery"}, "filter": []})},
    }
    return _saved("visualization", lens.object_id(f"os-{panel.key}", language), attributes, [])


def _dashboard(city: City, dashboard: Dashboard, panels: list[Panel], language: str) -> Json:
    placed, references = [], []
    for at, panel in enumerate(panels):
        cell = {"x": at % 2 * HALF, "y": at // 2 * HEIGHT, "w": HALF, "h": HEIGHT, "i": panel.key}
        name = f"panel_{at}"
        placed.append({"panelIndex": panel.key, "gridData": cell, "version": "7.10.0", "embeddableConfig": {}, "panelRefName": name})
        references.append({"type": "visualization", "id": lens.object_id(f"os-{panel.key}", language), "name": name})
    attributes = {
        "title": f"Escucha {city.name}: {dashboard.title_in(language)}",
        "description": dashboard.description_in(language),
        "panelsJSON": _text(placed),
        "optionsJSON": _text({"useMargins": True, "hidePanelTitles": False}),
        "timeRestore": True,
        "timeFrom": "now-27d/d",
        "timeTo": "now",
        "refreshInterval": {"pause": False, "value": 300_000},
        "version": 1,
        "kibanaSavedObjectMeta": {"searchSourceJSON": _text({"query": {"query": "", "language": "kuery"}, "filter": []})},
    }
    return _saved("dashboard", lens.object_id(f"os-{dashboard.key}", language), attributes, references)
