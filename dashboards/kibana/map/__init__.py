"""Build Kibana's map: the city's districts, counted, with the cases as points.

The outlines are documents of the index `escucha-districts`, which a push fills from the gazetteer: nothing is loaded from another site,
and there is no base map.
"""

import math
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import Any

import orjson

from core.config.city import City
from core.config.word_lists import city_folder
from core.i18n.translate import translator
from dashboards.boards.parts import CITIZENS, COMPLAINT, UNMERGED
from dashboards.filters import Condition, kql
from dashboards.kibana import lens
from dashboards.kibana.grid import COLUMNS, FROM, REFRESH_MS, TO
from dashboards.kibana.map.style import clusters, counted_areas, points
from dashboards.panels import Dashboard
from dashboards.spec.panel import Index
from gazetteer.loading.outlines import Ring, outlines

Json = dict[str, Any]

INDEX = "escucha-districts"
NAME, OUTLINE = "name", "outline"
"""Fields of a district in the index."""
PANEL = "map"
HEIGHT = 20
"""Rows of Kibana's grid that the panel fills."""
ON_BOARDS = frozenset({"district", "cases"})
"""Dashboards that show the map."""
TIMES = {"posts": "created_at", "cases": "opened_at"}
COUNTED: tuple[tuple[Index, str, tuple[Condition, ...]], ...] = (
    ("posts", "Complaints", (*CITIZENS, COMPLAINT)),
    ("cases", "New cases", (UNMERGED,)),
)
"""What is counted in each district: index, name and conditions. The first one colours it."""
CASE_FIELDS = ("case_key", "title", "topic", "district", "department", "state", "opened_at")
POINTS_FROM_ZOOM = 13
"""Zoom from which each case is a point; below it cases are clustered."""
WIDE_PX, HIGH_PX, TILE_PX = 900, 420, 512
"""Size of the panel in which the whole city shall be seen, and of the world at zoom 0."""


def has_map(city: City, dashboard: Dashboard) -> bool:
    """Return whether the dashboard shows the map.

    A city without outlines has none.
    """
    return dashboard.key in ON_BOARDS and bool(_areas(city))


def _areas(city: City) -> Mapping[str, Sequence[Ring]]:
    return outlines(city_folder(city), "district")


def district_view(city: City, language: str) -> Json:
    """Return the attributes of the districts' data view."""
    _ = translator(language, "dashboards")
    labels = {NAME: {"customLabel": _("District")}}
    return {"title": INDEX, "name": f"Escucha {city.name}: {_('Districts')}", "fieldFormatMap": "{}", "fieldAttrs": _text(labels)}


def map_attributes(city: City, language: str) -> Json:
    """Return the attributes of the map."""
    _ = translator(language, "dashboards")
    title = _("Map of the districts")
    return {
        "title": f"Escucha {city.name}: {title}",
        "description": _("Complaints and new cases of the period by district, and the cases whose place is known."),
        "mapStateJSON": _text(_state(_areas(city))),
        "layerListJSON": _text([_districts(language), _clusters(language), _cases(language)]),
        "uiStateJSON": _text({"isLayerTOCOpen": True, "openTOCDetails": ["districts"]}),
    }


def map_references(language: str) -> list[Json]:
    """Return the map's references to its data views.

    Kibana finds them by these names.
    """
    views = [("layer_0_source_index_pattern", lens.view_id("districts", None, language))]
    views += [
        (f"layer_0_join_{at}_index_pattern", lens.view_id(index, TIMES[index], language))
        for at, (index, _name, _where) in enumerate(COUNTED)
    ]
    views += [(f"layer_{at}_source_index_pattern", lens.view_id("cases", TIMES["cases"], language)) for at in (1, 2)]
    return [{"type": "index-pattern", "id": view, "name": name} for name, view in views]


def map_panel(top: int, language: str) -> tuple[Json, Json]:
    """Return the map's panel on a dashboard and its reference."""
    panel = {
        "type": "map",
        "panelIndex": PANEL,
        "gridData": {"x": 0, "y": top, "w": COLUMNS, "h": HEIGHT, "i": PANEL},
        "panelRefName": f"panel_{PANEL}",
        "embeddableConfig": {"isLayerTOCOpen": True, "hiddenLayers": [], "openTOCDetails": [], "enhancements": {}},
    }
    return panel, {"type": "map", "id": lens.object_id("map", language), "name": f"{PANEL}:panel_{PANEL}"}


def _text(value: Any) -> str:
    return orjson.dumps(value).decode()


def _state(areas: Mapping[str, Sequence[Ring]]) -> Json:
    """Return the map's view, period and settings."""
    corners = list(chain.from_iterable(chain.from_iterable(areas.values())))
    lons, lats = [lon for lon, _ in corners], [lat for _, lat in corners]
    center = {"lon": round((min(lons) + max(lons)) / 2, 5), "lat": round((min(lats) + max(lats)) / 2, 5)}
    wide = (max(lons) - min(lons)) / 360
    high = (max(lats) - min(lats)) / 360 / math.cos(math.radians(center["lat"]))
    return {
        "zoom": round(math.log2(min(WIDE_PX / wide, HIGH_PX / high) / TILE_PX), 2),
        "center": center,
        "timeFilters": {"from": FROM, "to": TO},
        "refreshConfig": {"isPaused": False, "interval": REFRESH_MS},
        "query": {"query": "", "language": "kuery"},
        "filters": [],
        "settings": {"autoFitToDataBounds": False, "initialLocation": "LAST_SAVED_LOCATION", "showScaleControl": True},
    }


def _layer(key: str, label: str, kind: str, source: Json, style: Json, zoom: tuple[int, int] = (0, 24)) -> Json:
    return {
        "id": key,
        "label": label,
        "type": kind,
        "sourceDescriptor": {"id": key, **source},
        "style": style,
        "alpha": 0.8,
        "visible": True,
        "minZoom": zoom[0],
        "maxZoom": zoom[1],
        "includeInFitToBounds": True,
    }


def _districts(language: str) -> Json:
    """Return the layer of outlines, each with its counts.

    The outlines obey neither period nor filters of the dashboard; the counts do.
    """
    _ = translator(language, "dashboards")
    source = {
        "type": "ES_SEARCH",
        "geoField": OUTLINE,
        "scalingType": "LIMIT",
        "filterByMapBounds": False,
        "tooltipProperties": [NAME],
        "applyGlobalQuery": False,
        "applyGlobalTime": False,
        "applyForceRefresh": False,
        "indexPatternRefName": "layer_0_source_index_pattern",
    }
    joins = [_join(at, index, _(name), where) for at, (index, name, where) in enumerate(COUNTED)]
    style = counted_areas(f"__kbnjoin__count__{COUNTED[0][0]}", NAME)
    return {**_layer("districts", _("Districts"), "GEOJSON_VECTOR", source, style), "joins": joins}


def _join(at: int, index: str, label: str, where: tuple[Condition, ...]) -> Json:
    """Return the count of one index by district.

    Its id names the number.
    """
    right = {
        "type": "ES_TERM_SOURCE",
        "id": index,
        "term": "district",
        "metrics": [{"type": "count", "label": label}],
        "whereQuery": {"query": " and ".join(kql(one) for one in where), "language": "kuery"},
        "applyGlobalQuery": True,
        "applyGlobalTime": True,
        "applyForceRefresh": True,
        "indexPatternRefName": f"layer_0_join_{at}_index_pattern",
    }
    return {"leftField": NAME, "right": right}


def _clusters(language: str) -> Json:
    """Return the layer of clustered cases.

    Seen while the whole city is: a circle per area, with the number of its cases.
    """
    _ = translator(language, "dashboards")
    source = {
        "type": "ES_GEO_GRID",
        "geoField": "location",
        "requestType": "point",
        "resolution": "FINE",
        "metrics": [{"type": "count", "label": _("Cases")}],
        **_of_cases(1),
    }
    layer = _layer("clusters", _("Cases"), "GEOJSON_VECTOR", source, clusters(), (0, POINTS_FROM_ZOOM))
    return {**layer, "query": {"query": kql(UNMERGED), "language": "kuery"}}


def _cases(language: str) -> Json:
    """Return the layer of single cases."""
    _ = translator(language, "dashboards")
    source = {
        "type": "ES_SEARCH",
        "geoField": "location",
        "scalingType": "LIMIT",
        "filterByMapBounds": True,
        "tooltipProperties": [*CASE_FIELDS],
        **_of_cases(2),
    }
    layer = _layer("cases", _("Cases"), "GEOJSON_VECTOR", source, points(), (POINTS_FROM_ZOOM, 24))
    return {**layer, "query": {"query": kql(UNMERGED), "language": "kuery"}}


def _of_cases(layer: int) -> Json:
    """Return what ties a layer to the dashboard's cases.

    They are those of its period and filters.
    """
    obeys = {"applyGlobalQuery": True, "applyGlobalTime": True, "applyForceRefresh": True}
    return {**obeys, "indexPatternRefName": f"layer_{layer}_source_index_pattern"}
