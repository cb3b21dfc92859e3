"""Test the objects that Kibana imports: keys, references, grid, columns, languages."""

import json
from pathlib import Path

import pytest

from core.records.read_models import CaseRecord, PostRecord
from dashboards import es_query
from dashboards.kibana import export as kibana
from dashboards.panels import DASHBOARDS, PANELS
from search.index import templates
from tests.support import kibana_keys, lens_compiler
from tests.support.kibana_objects import CITY, VIEW, panels_of, saved
from tests.support.lens_compiler import Json

ATTRIBUTES = {
    "dashboard": {
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
    },
    "index-pattern": {"title", "name", "timeFieldName", "fieldAttrs", "runtimeFieldMap", "sourceFilters", "fieldFormatMap"},
    "search": {"title", "description", "columns", "sort", "hideChart", "grid", "kibanaSavedObjectMeta"},
    "tag": {"name", "description", "color"},
    "map": {"title", "description", "mapStateJSON", "layerListJSON", "uiStateJSON"},
}
"""Kibana refuses a dashboard with any other key."""


def boards(language: str = "es") -> list[Json]:
    return [one for one in saved(language) if one["type"] == "dashboard"]


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_object_has_only_known_keys_and_versions_that_every_supported_kibana_takes(language: str) -> None:
    for one in saved(language):
        assert one.keys() == {"type", "id", "attributes", "references", "coreMigrationVersion", "typeMigrationVersion", "managed"}, one[
            "id"
        ]
        assert one["attributes"].keys() <= ATTRIBUTES[one["type"]], one["id"]
        assert (one["coreMigrationVersion"], one["managed"]) == ("8.8.0", False)
        assert one["typeMigrationVersion"] == {"dashboard": "10.2.0", "map": "8.4.0"}.get(one["type"], "8.0.0")


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_key_inside_a_dashboard_is_one_that_kibana_writes(language: str) -> None:
    for dashboard in boards(language):
        assert kibana_keys.unknown(dashboard) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('"xAccessor"', '"xAcessor"'),
        ('"metricAccessor"', '"metricsAccessor"'),
        ('"valueAccessor"', '"valuesAccessor"'),
        ('"sorting"', '"sort"'),
        ('"colorMapping"', '"colourMapping"'),
        ('"colorCode"', '"colourCode"'),
        ('"operationType"', '"operation"'),
        ('"orderDirection"', '"direction"'),
        ('"timeShift"', '"shift"'),
        ('"destinationRefName"', '"destination"'),
        ('"dynamicActions"', '"actions"'),
        ('"factoryId"', '"factory"'),
        ('"gridData"', '"grid"'),
        ('"formBased"', '"indexpattern"'),
        ('"syncColors"', '"syncColours"'),
        ('"fieldName"', '"field"'),
        ('"chainingSystem"', '"chaining"'),
        ('"timeRestore"', '"restoreTime"'),
    ],
)
def test_a_deliberately_wrong_key_is_noticed(right: str, wrong: str) -> None:
    dashboards = [misspelt(dashboard, right, wrong) for dashboard in boards()]
    assert any(dashboard != ours for dashboard, ours in zip(dashboards, boards(), strict=True))
    assert any(kibana_keys.unknown(dashboard) for dashboard in dashboards)


def misspelt(dashboard: Json, right: str, wrong: str) -> Json:
    """Change a key, in the object itself and in the JSON texts inside it."""
    text = json.dumps(dashboard)
    for depth in range(3):
        mark = "\\" * (2**depth - 1) + '"'
        text = text.replace(f"{mark}{right.strip(chr(34))}{mark}:", f"{mark}{wrong.strip(chr(34))}{mark}:")
        text = text.replace(f"{mark}{right.strip(chr(34))}{mark}: ", f"{mark}{wrong.strip(chr(34))}{mark}: ")
    found: Json = json.loads(text)
    return found


@pytest.mark.parametrize("language", ["es", "en"])
def test_no_reference_is_dangling_and_none_is_unused(language: str) -> None:
    objects = saved(language)
    ids = [(one["type"], one["id"]) for one in objects]
    assert len(ids) == len(set(ids))
    assert all(saved_id.startswith("escucha-") and saved_id.endswith(f"-{language}") for _, saved_id in ids)
    used = {(ref["type"], ref["id"]) for one in objects for ref in one["references"]}
    assert used <= set(ids)
    assert set(ids) - used == set()


def test_a_panel_finds_its_data_views_by_the_names_it_repeats() -> None:
    """Kibana drops a reference whose name does not stand in the panel's own list (matched by name on loading)."""
    for dashboard in boards():
        wanted = set()
        for panel in panels_of(dashboard):
            if panel["type"] == "links":
                links = panel["embeddableConfig"]["attributes"]["links"]
                assert [one["id"] for one in links] == [one.key for one in DASHBOARDS]
                wanted |= {f"links:{one['destinationRefName']}" for one in links}
                continue
            if panel["type"] in ("search", "map"):
                wanted.add(f"{panel['panelIndex']}:{panel['panelRefName']}")
                continue
            attributes = panel["embeddableConfig"]["attributes"]
            names = {one["name"] for one in attributes["references"]}
            layers = attributes["state"]["datasourceStates"]["formBased"]["layers"]
            assert names == {f"indexpattern-datasource-layer-{key}" for key in layers}
            wanted |= {f"{panel['panelIndex']}:{name}" for name in names}
        controls = json.loads(dashboard["attributes"]["controlGroupInput"]["panelsJSON"])
        views = {"optionsListControl": "optionsListDataView", "rangeSliderControl": "rangeSliderDataView"}
        wanted |= {f"controlGroup_{key}:{views[one['type']]}" for key, one in controls.items()}
        wanted.add("tag-ref-escucha-tag-es")
        assert {one["name"] for one in dashboard["references"]} == wanted


def test_panels_fill_the_grid_without_overlap_and_each_carries_a_filter() -> None:
    for dashboard, ours in zip(boards(), DASHBOARDS, strict=True):
        taken: set[tuple[int, int]] = set()
        panels = panels_of(dashboard)
        assert sorted(panel["panelIndex"] for panel in panels) == sorted(
            ["links", *(["map"] if ours.key in ("district", "cases") else []), *(panel.key for panel in ours.panels)]
        )
        for panel in panels:
            grid = panel["gridData"]
            cells = {(x, y) for x in range(grid["x"], grid["x"] + grid["w"]) for y in range(grid["y"], grid["y"] + grid["h"])}
            assert not cells & taken
            assert max(x for x, _ in cells) < 48
            taken |= cells
            if panel["type"] == "lens" and any(layer.where for layer in PANELS[panel["panelIndex"]].layers):
                state = panel["embeddableConfig"]["attributes"]["state"]
                assert state["query"]["query"] or '"filter"' in json.dumps(state["datasourceStates"])


def test_every_column_is_in_the_order_and_drawn_and_every_field_is_in_the_index() -> None:
    mapped = {f"escucha-{index}": templates.fields(kind) for index, kind in (("posts", PostRecord), ("cases", CaseRecord))}
    data_views = {one["id"]: one["attributes"] for one in saved() if one["type"] == "index-pattern"}
    for dashboard in boards():
        for panel in panels_of(dashboard):
            if panel["type"] != "lens":
                continue
            shown = json.dumps(panel["embeddableConfig"]["attributes"]["state"]["visualization"])
            for _key, state, data_view in lens_compiler.layers(panel, data_views, dashboard["references"]):
                assert sorted(state["columns"]) == sorted(state["columnOrder"])
                for key, column in state["columns"].items():
                    assert "X" in key or f'"{key}"' in shown
                    if column.get("sourceField", "___records___") != "___records___":
                        computed = json.loads(data_view.get("runtimeFieldMap", "{}"))
                        assert column["sourceField"] in mapped[data_view["title"]].keys() | computed.keys()


@pytest.mark.parametrize("language", ["es", "en"])
def test_only_a_data_view_with_a_split_by_the_clock_computes_its_parts_and_in_the_citys_zone(language: str) -> None:
    splits = [split for panel in PANELS.values() for layer in panel.layers for split in layer.split]
    wanted = {field[0] for split in splits if (field := split.runtime_field(VIEW.zone)) is not None}
    assert wanted >= {"created_at_hour", "created_at_weekday"}
    computed = {
        one["id"]: json.loads(one["attributes"]["runtimeFieldMap"]) for one in saved(language) if "runtimeFieldMap" in one["attributes"]
    }
    assert computed.keys() == {f"escucha-posts-created-at-{language}"}
    fields = computed.popitem()[1]
    assert fields.keys() == wanted
    for field in fields.values():
        assert field["type"] == "keyword"
        assert "ZoneId.of('Europe/Madrid')" in field["script"]["source"]


def test_the_saved_search_lists_what_our_list_lists() -> None:
    search = next(one for one in saved() if one["type"] == "search")
    source = json.loads(search["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
    assert source["query"]["query"] == (
        'own: false and not (relevance: false) and not (spam: true) and actionable: true and not (decision: "no_case")'
    )
    assert search["attributes"]["sort"] == [["created_at", "desc"]]
    query = lens_compiler.parse_kql(source["query"]["query"], VIEW)
    ours = es_query.body(PANELS["latest_actionable"], VIEW)["query"]["bool"]["filter"]
    assert len(query["bool"]["filter"]) == len(ours) == 5


def test_values_read_as_words_in_the_language_of_the_set() -> None:
    for language, word in (("es", "Residuos y limpieza"), ("en", "Waste and cleaning")):
        view = next(one for one in saved(language) if one["type"] == "index-pattern")
        formats = json.loads(view["attributes"]["fieldFormatMap"])
        assert {"key": "waste_cleaning", "value": word} in formats["topic"]["params"]["lookupEntries"]
    titles = [[one["attributes"]["title"] for one in boards(language)] for language in ("es", "en")]
    assert titles[0][:3] == ["Escucha Madrid: Ahora", "Escucha Madrid: Servicios", "Escucha Madrid: Distritos"]
    assert titles[1] == [f"Escucha Madrid: {dashboard.title}" for dashboard in DASHBOARDS]


def test_an_export_is_one_file_a_language_and_the_same_bytes_every_time(tmp_path: Path) -> None:
    first = {path.name: path.read_bytes() for path in kibana.export(CITY, tmp_path / "deep" / "kibana")}
    second = {path.name: path.read_bytes() for path in kibana.export(CITY, tmp_path / "deep" / "kibana")}
    assert first.keys() == {
        f"{name}.{language}"
        for name, language in (
            (f"{one[0]}.{language}", one[1]) for one in (("escucha", "ndjson"), ("opensearch", "ndjson")) for language in ("es", "en")
        )
    }
    assert first == second
