"""List the keys that Kibana 8.19 and 9.x write into a dashboard.

Collected from part of one public export, from the models of kb-dashboard-core, and from knowledge of Kibana's published source: no Kibana
ran here. A misspelt key is noticed; one that is itself remembered wrongly is not. Kibana's own check of Lens states is loose: a
misspelt key there gives an empty chart, not an error.
"""

import json
from collections.abc import Iterator
from typing import Any

Json = dict[str, Any]

DASHBOARD = {
    "title",
    "description",
    "kibanaSavedObjectMeta",
    "timeRestore",
    "timeFrom",
    "timeTo",
    "refreshInterval",
    "controlGroupInput",
    "panelsJSON",
    "optionsJSON",
    "version",
    "hits",
}
PANEL = {"type", "panelIndex", "gridData", "embeddableConfig", "panelRefName", "title", "version"}
GRID = {"x", "y", "w", "h", "i"}
OPTIONS = {"useMargins", "syncColors", "syncCursor", "syncTooltips", "hidePanelTitles"}
CONTROL_GROUP = {"controlStyle", "chainingSystem", "panelsJSON", "ignoreParentSettingsJSON", "showApplySelections"}
CONTROL = {"order", "width", "grow", "type", "explicitInput"}
CONTROL_INPUT = {
    "id",
    "fieldName",
    "title",
    "enhancements",
    "selectedOptions",
    "searchTechnique",
    "sort",
    "step",
    "value",
    "singleSelect",
    "exclude",
    "existsSelected",
    "runPastTimeout",
}
CONFIG = {"attributes", "enhancements", "hidePanelTitles", "title", "description"}
MAP = {"enhancements", "hiddenLayers", "isLayerTOCOpen", "mapCenter", "openTOCDetails"}
"""As Kibana's sample dashboards, which are exports of 8.8 to 8.11, have them for a map of the library."""
LENS = {"title", "description", "visualizationType", "type", "references", "state", "version"}
STATE = {"datasourceStates", "visualization", "query", "filters", "adHocDataViews", "internalReferences"}
LAYER = {"columns", "columnOrder", "incompleteColumns", "sampling", "ignoreGlobalFilters", "indexPatternId"}
COLUMN = {
    "label",
    "customLabel",
    "dataType",
    "operationType",
    "isBucketed",
    "scale",
    "sourceField",
    "params",
    "filter",
    "timeShift",
    "references",
    "timeScale",
    "reducedTimeRange",
}
PARAMS = {
    "terms": {
        "size",
        "orderBy",
        "orderDirection",
        "otherBucket",
        "missingBucket",
        "parentFormat",
        "include",
        "exclude",
        "includeIsRegex",
        "excludeIsRegex",
        "secondaryFields",
        "accuracyMode",
    },
    "date_histogram": {"interval", "includeEmptyRows", "dropPartials", "ignoreTimeRange"},
    "filters": {"filters"},
    "range": {"type", "ranges", "maxBars", "parentFormat", "includeEmptyRows"},
    "count": {"emptyAsNull", "format"},
    "sum": {"emptyAsNull", "format"},
    "median": {"emptyAsNull", "format"},
    "percentile": {"percentile", "format"},
    "formula": {"formula", "isFormulaBroken", "format"},
    "math": {"tinymathAst"},
}
VISUALIZATION = {
    "lnsXY": {
        "preferredSeriesType",
        "legend",
        "valueLabels",
        "layers",
        "fittingFunction",
        "axisTitlesVisibilitySettings",
        "tickLabelsVisibilitySettings",
        "gridlinesVisibilitySettings",
        "labelsOrientation",
        "title",
    },
    "lnsMetric": {
        "layerId",
        "layerType",
        "metricAccessor",
        "secondaryMetricAccessor",
        "color",
        "subtitle",
        "maxAccessor",
        "showBar",
        "secondaryPrefix",
        "primaryAlign",
        "secondaryAlign",
        "titlesTextAlign",
        "valueFontMode",
        "palette",
        "progressDirection",
    },
    "lnsHeatmap": {"shape", "layerId", "layerType", "xAccessor", "yAccessor", "valueAccessor", "palette", "legend", "gridConfig"},
    "lnsDatatable": {"layerId", "layerType", "columns", "sorting", "rowHeight", "headerRowHeight", "paging", "density"},
}
XY_LAYER = {
    "layerId",
    "layerType",
    "seriesType",
    "xAccessor",
    "accessors",
    "splitAccessor",
    "showGridlines",
    "yConfig",
    "colorMapping",
    "palette",
    "position",
    "collapseFn",
}
COLOR_MAPPING = {"assignments", "specialAssignments", "paletteId", "colorMode"}
ASSIGNMENT = {"rule", "color", "touched"}
RULE, COLOR = {"type", "values"}, {"type", "colorCode"}
LINK = {"type", "id", "order", "label", "options", "destinationRefName"}
LINK_OPTIONS = {"openInNewTab", "useCurrentDateRange", "useCurrentFilters"}
EVENT, ACTION = {"eventId", "triggers", "action"}, {"factoryId", "name", "config"}


def unknown(dashboard: Json) -> list[str]:
    """List the keys of a saved dashboard that Kibana does not write, with their place."""
    return [f"{where}: {key}" for where, found, known in _levels(dashboard) for key in sorted(set(found) - known)]


def _levels(dashboard: Json) -> Iterator[tuple[str, Json, set[str]]]:
    attributes = dashboard["attributes"]
    yield "dashboard", attributes, DASHBOARD
    yield "options", json.loads(attributes["optionsJSON"]), OPTIONS
    group = attributes["controlGroupInput"]
    yield "controls", group, CONTROL_GROUP
    for key, control in json.loads(group["panelsJSON"]).items():
        yield f"control {key}", control, CONTROL
        yield f"control {key}", control.get("explicitInput", {}), CONTROL_INPUT
    for panel in json.loads(attributes["panelsJSON"]):
        name = panel.get("panelIndex", "?")
        yield name, panel, PANEL
        yield name, panel.get("gridData", {}), GRID
        config = panel.get("embeddableConfig", {})
        yield name, config, MAP if panel["type"] == "map" else CONFIG
        yield from _enhancements(name, config.get("enhancements", {}))
        if panel["type"] == "lens":
            yield from _lens(name, config["attributes"])
        elif panel["type"] == "links":
            yield name, config["attributes"], {"layout", "links"}
            for link in config["attributes"]["links"]:
                yield name, link, LINK
                yield name, link["options"], LINK_OPTIONS


def _enhancements(name: str, enhancements: Json) -> Iterator[tuple[str, Json, set[str]]]:
    yield name, enhancements, {"dynamicActions"}
    for event in enhancements.get("dynamicActions", {}).get("events", []):
        yield name, event, EVENT
        yield name, event["action"], ACTION
        yield name, event["action"]["config"], {"openInNewTab"}


def _lens(name: str, lens: Json) -> Iterator[tuple[str, Json, set[str]]]:
    yield name, lens, LENS
    yield name, lens["state"], STATE
    yield name, lens["state"]["datasourceStates"], {"formBased"}
    for layer in lens["state"]["datasourceStates"].get("formBased", {}).get("layers", {}).values():
        yield name, layer, LAYER
        for key, column in layer["columns"].items():
            yield f"{name} {key}", column, COLUMN
            yield f"{name} {key}", column["params"], PARAMS.get(column.get("operationType", ""), set())
    visualization = lens["state"]["visualization"]
    yield name, visualization, VISUALIZATION[lens["visualizationType"]]
    for layer in visualization.get("layers", []):
        yield name, layer, XY_LAYER
        if mapping := layer.get("colorMapping"):
            yield name, mapping, COLOR_MAPPING
            for one in [*mapping["assignments"], *mapping["specialAssignments"]]:
                yield name, one, ASSIGNMENT
                yield name, one["rule"], RULE
                yield name, one["color"], COLOR
