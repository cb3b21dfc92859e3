"""Build Kibana's saved objects: data views, a search and the dashboards.

The saved search lists posts; dashboards contain their panels by value.
"""

from collections.abc import Iterator
from typing import Any
from zoneinfo import ZoneInfo

import orjson

from core.config.city import City
from core.i18n.display_names import display_name
from core.i18n.names import NAMES
from core.i18n.translate import translator
from dashboards.filters import kql
from dashboards.kibana import lens
from dashboards.kibana.controls import CONTROL_TIMES, control_group
from dashboards.kibana.drilldowns import to_discover
from dashboards.kibana.grid import COLUMNS, FROM, REFRESH_MS, TO, placed
from dashboards.kibana.links import HEIGHT as LINKS_HEIGHT, links_panel
from dashboards.kibana.map import HEIGHT as MAP_HEIGHT, district_view, has_map, map_attributes, map_panel, map_references
from dashboards.panels import DASHBOARDS, Dashboard, Panel
from dashboards.render.svg import MAIN
from dashboards.spec.panel import Latest
from dashboards.spec.terms import Terms

Json = dict[str, Any]

CORE_VERSION = "8.8.0"
VERSIONS = {"index-pattern": "8.0.0", "dashboard": "10.2.0", "search": "8.0.0", "tag": "8.0.0", "map": "8.4.0"}
"""Kibana migrates objects of lower versions on import and rejects higher ones: these import into 8.19 and all 9.x."""
ALIAS = {"posts": "escucha-posts", "cases": "escucha-cases"}
OPTIONS = {"useMargins": True, "syncColors": False, "syncCursor": True, "syncTooltips": False, "hidePanelTitles": False}


def saved_objects(city: City, language: str, desk: str = "") -> list[Json]:
    """Return all objects of one language, data views first; deterministic.

    `desk` is the address of the desk, for links to cases and posts; empty: none.
    """
    dashboards = [_dashboard(city, one, language) for one in DASHBOARDS]
    views = _data_views(city, language, desk)
    return [*views, _tag(city, language), *_searches(city, language), *_map(city, language), *dashboards]


def _saved(kind: str, saved_id: str, attributes: Json, references: list[Json]) -> Json:
    return {
        "type": kind,
        "id": saved_id,
        "attributes": attributes,
        "references": references,
        "coreMigrationVersion": CORE_VERSION,
        "typeMigrationVersion": VERSIONS[kind],
        "managed": False,
    }


def _text(value: Any) -> str:
    """Encode a value as JSON.

    Kibana keeps parts of its objects as JSON strings.
    """
    return orjson.dumps(value).decode()


def _data_views(city: City, language: str, desk: str) -> Iterator[Json]:
    """Yield one data view per index and time field in use.

    Panels without a time filter use one without a time field.
    """
    _ = translator(language, "dashboards")
    for window, index in sorted(_windows(), key=str):
        formats = {field: _lookup(names, language) for field, names in _NAMED.items()} | _desk_links(desk)
        attributes = {
            "title": ALIAS[index],
            "name": f"Escucha {city.name}: {_(VIEW_NAMES[index])}" + (f" ({_(TIME_NAMES[window])})" if window else ""),
            "fieldFormatMap": _text(formats),
            "fieldAttrs": _text({field: {"customLabel": _(header)} for field, header in _headers(index).items()}),
            **({"timeFieldName": window} if window else {}),
        }
        if computed := _runtime_fields(city, window, index):
            attributes["runtimeFieldMap"] = _text(computed)
        yield _saved("index-pattern", lens.view_id(index, window, language), attributes, [])


VIEW_NAMES = {"posts": "Posts", "cases": "Cases"}
TIME_NAMES = {
    "created_at": "by publication",
    "received_at": "by collection",
    "opened_at": "by opening",
    "closed_at": "by closing",
    "answered_at": "by first answer",
}
"""Name of each time field that a data view may have."""


def _windows() -> set[tuple[str | None, str]]:
    wanted = {(lens.time_field(layer), panel.index) for panel in _panels() for layer in panel.layers}
    wanted |= {(_time_of(panel.latest), panel.index) for panel in _panels() if panel.latest}
    return {*wanted, *((field, index) for index, field in CONTROL_TIMES.items())}


def _time_of(latest: Latest) -> str:
    return latest.window or latest.order


def _headers(index: str) -> dict[str, str]:
    """Return the English name of each field that a panel shows."""
    panels = [panel for panel in _panels() if panel.index == index]
    splits = [split for panel in panels for layer in panel.layers for split in layer.split]
    found = {split.field: split.header for split in splits if isinstance(split, Terms)}
    return found | {field: header for panel in panels if panel.latest for field, header in panel.latest.columns}


def _desk_links(desk: str) -> Json:
    """Return field formats that link cases and posts to the desk.

    Any licence of Kibana has them; its URL drill-down needs a paid one.
    """
    pages = {"case_key": "cases", "post_id": "posts"} if desk else {}
    return {
        field: {"id": "url", "params": {"urlTemplate": f"{desk}/{page}/{{{{value}}}}", "labelTemplate": "{{value}}"}}
        for field, page in pages.items()
    }


def _map(city: City, language: str) -> Iterator[Json]:
    """Yield the map with the data view of its districts.

    Nothing where no dashboard shows it.
    """
    if not any(has_map(city, one) for one in DASHBOARDS):
        return
    yield _saved("index-pattern", lens.view_id("districts", None, language), district_view(city, language), [])
    yield _saved("map", lens.object_id("map", language), map_attributes(city, language), map_references(language))


def _tag(city: City, language: str) -> Json:
    attributes = {"name": f"Escucha {city.name}", "description": "", "color": MAIN}
    return _saved("tag", lens.object_id("tag", language), attributes, [])


def _runtime_fields(city: City, window: str | None, index: str) -> Json:
    """Return the fields of a data view that the index lacks."""
    layers = [layer for panel in _panels() if panel.index == index for layer in panel.layers if lens.time_field(layer) == window]
    found = [split.runtime_field(city.zone) for layer in layers for split in layer.split]
    return dict(one for one in found if one is not None)


_NAMED = {
    "topic": "topic",
    "sentiment": "sentiment",
    "intent": "intent",
    "state": "state",
    "decision": "decision",
    "language": "language",
    "case_kind": "case_kind",
    "confirmed": "question",
    "changed": "question",
    "corrected": "question",
}
"""Fields whose values have display names, with the table in `core.i18n.display_names`."""


def _lookup(names: str, language: str) -> Json:
    entries = [{"key": key, "value": display_name(names, key, language)} for key in NAMES[names]]
    return {"id": "static_lookup", "params": {"lookupEntries": entries, "unknownKeyValue": None}}


def _panels() -> Iterator[Panel]:
    for dashboard in DASHBOARDS:
        yield from dashboard.panels


def _searches(city: City, language: str) -> Iterator[Json]:
    """Yield a saved search for each list: Lens cannot show texts."""
    _ = translator(language, "dashboards")
    source = "kibanaSavedObjectMeta.searchSourceJSON.index"
    for panel in _panels():
        if panel.latest is None:
            continue
        query = " and ".join(kql(one) for one in panel.latest.where)
        search = {"query": {"query": query, "language": "kuery"}, "filter": [], "indexRefName": source}
        attributes = {
            "title": f"{city.name}: {_(panel.title)}",
            "description": panel.note_in(language, city.zone),
            "columns": [field for field, _header in panel.latest.columns if field != _time_of(panel.latest)] + ["case_key"],
            "sort": [[panel.latest.order, "desc"]],
            "hideChart": True,
            "grid": {},
            "kibanaSavedObjectMeta": {"searchSourceJSON": _text(search)},
        }
        view = {"type": "index-pattern", "id": lens.view_id(panel.index, _time_of(panel.latest), language), "name": source}
        yield _saved("search", lens.object_id(panel.key, language), attributes, [view])


def _dashboard(city: City, dashboard: Dashboard, language: str) -> Json:
    _ = translator(language, "dashboards")
    links, references = links_panel(DASHBOARDS, language, COLUMNS)
    panels, top = [links], LINKS_HEIGHT
    if has_map(city, dashboard):
        shown, reference = map_panel(top, language)
        panels, references, top = [*panels, shown], [*references, reference], top + MAP_HEIGHT
    for cell, panel in placed(dashboard, top):
        panels.append(_placed_panel(panel, cell, language, city.zone))
        references += _references(panel, language)
    controls, wanted = control_group(dashboard, language)
    tag = lens.object_id("tag", language)
    references += [*wanted, {"type": "tag", "id": tag, "name": f"tag-ref-{tag}"}]
    attributes = {
        "title": f"Escucha {city.name}: {_(dashboard.title)}",
        "description": f"{_(dashboard.description)} {_('Time zone: {zone}.').format(zone=city.zone.key)}",
        "panelsJSON": _text(panels),
        "optionsJSON": _text(OPTIONS),
        "timeRestore": True,
        "timeFrom": FROM,
        "timeTo": TO,
        "refreshInterval": {"pause": False, "value": REFRESH_MS},
        "controlGroupInput": controls,
        "kibanaSavedObjectMeta": {"searchSourceJSON": _text({"query": {"query": "", "language": "kuery"}, "filter": []})},
    }
    return _saved("dashboard", lens.object_id(dashboard.key, language), attributes, references)


def _placed_panel(panel: Panel, cell: Json, language: str, zone: ZoneInfo) -> Json:
    base = {"panelIndex": panel.key, "gridData": {**cell, "i": panel.key}}
    if panel.latest is not None:
        return {**base, "type": "search", "panelRefName": f"panel_{panel.key}", "embeddableConfig": {}}
    return {
        **base,
        "type": "lens",
        "embeddableConfig": {"attributes": lens.attributes(panel, language, zone), "enhancements": to_discover(panel, language)},
    }


def _references(panel: Panel, language: str) -> list[Json]:
    """Return a panel's references, prefixed with the panel's key."""
    if panel.latest is not None:
        return [{"type": "search", "id": lens.object_id(panel.key, language), "name": f"{panel.key}:panel_{panel.key}"}]
    found = [lens.reference(layer, panel, language) for layer in panel.layers]
    return [{**one, "name": f"{panel.key}:{one['name']}"} for one in found]
