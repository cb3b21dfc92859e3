"""Build the body of each dashboard for the Dashboards API."""

from typing import Any

from core.config.city import City
from core.i18n.translate import translator
from dashboards.filters import kql
from dashboards.kibana import lens
from dashboards.kibana.controls import controls_of
from dashboards.kibana.dashboards_api.charts import chart
from dashboards.kibana.dashboards_api.operations import filter_of
from dashboards.kibana.grid import COLUMNS, FROM, REFRESH_MS, TO, placed
from dashboards.kibana.links import HEIGHT as LINKS_HEIGHT, PANEL as LINKS
from dashboards.kibana.map import has_map
from dashboards.panels import DASHBOARDS, Dashboard, Panel
from dashboards.spec.panel import Latest

Json = dict[str, Any]

NO_MAP = "the Dashboards API has no panel for a map"
OPTIONS = {
    "use_margins": True, "sync_colors": False, "sync_cursor": True, "sync_tooltips": False, "hide_panel_titles": False,
}  # fmt: skip


def bodies(city: City, language: str) -> dict[str, Json]:
    """Return the body of each dashboard that the API can express.

    By id, and the same every time. Data views and the tag are saved objects, which must be imported first.
    """
    return {
        lens.object_id(one.key, language): _body(city, one, language)
        for one in DASHBOARDS
        if lens.object_id(one.key, language) not in left_out(city, language)
    }


def left_out(city: City, language: str) -> dict[str, str]:
    """Return the dashboards that the API cannot express, with the reason.

    By id. They stay saved objects.
    """
    return {lens.object_id(one.key, language): NO_MAP for one in DASHBOARDS if has_map(city, one)}


def _body(city: City, dashboard: Dashboard, language: str) -> Json:
    _ = translator(language, "dashboards")
    return {
        "title": f"Escucha {city.name}: {_(dashboard.title)}",
        "description": f"{_(dashboard.description)} {_('Time zone: {zone}.').format(zone=city.zone.key)}",
        "panels": [
            _links(language),
            *(_panel(city, panel, cell, language) for cell, panel in placed(dashboard, LINKS_HEIGHT)),
        ],
        "pinned_panels": [_control(*one) for one in controls_of(dashboard, language)],
        "options": OPTIONS,
        "time_range": {"from": FROM, "to": TO},
        "refresh_interval": {"pause": False, "value": REFRESH_MS},
        "tags": [lens.object_id("tag", language)],
    }


def _links(language: str) -> Json:
    options = {"open_in_new_tab": False, "use_filters": True, "use_time_range": True}
    links = [
        {
            "type": "dashboardLink", "label": one.title_in(language), "destination": lens.object_id(one.key, language),
            "options": options,
        }
        for one in DASHBOARDS
    ]  # fmt: skip
    cell = {"x": 0, "y": 0, "w": COLUMNS, "h": LINKS_HEIGHT}
    return {"id": LINKS, "type": "links", "grid": cell, "config": {"layout": "horizontal", "links": links}}


def _panel(city: City, panel: Panel, cell: Json, language: str) -> Json:
    base = {"id": panel.key, "grid": cell}
    if panel.latest is None:
        return {**base, "type": "vis", "config": chart(panel, language, city.zone)}
    config = {
        "title": panel.title_in(language),
        "description": panel.note_in(language, city.zone),
        "tabs": [_list(panel, panel.latest, language)],
    }
    return {**base, "type": "discover_session", "config": config}


def _list(panel: Panel, latest: Latest, language: str) -> Json:
    time = latest.window or latest.order
    return {
        "data_source": {"type": "data_view_reference", "ref_id": lens.view_id(panel.index, time, language)},
        "query": filter_of(" and ".join(kql(one) for one in latest.where)),
        "column_order": [*(field for field, _header in latest.columns if field != time), "case_key"],
        "sort": [{"name": latest.order, "direction": "desc"}],
        "view_mode": "documents",
    }


def _control(field: str, title: str, kind: str, view: str) -> Json:
    values = {"options_list_control": {"search_technique": "prefix", "sort": {"by": "_count", "direction": "desc"}}}
    name = {"optionsListControl": "options_list_control", "rangeSliderControl": "range_slider_control"}[kind]
    config = {"data_view_id": view, "field_name": field, "title": title, **values.get(name, {"step": 1})}
    return {"id": field, "type": name, "width": "small", "grow": True, "config": config}
