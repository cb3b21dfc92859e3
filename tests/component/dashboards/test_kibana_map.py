"""Test Kibana's map: its form, its data views, its place on the dashboards, and that its counts are the ledger's."""

import json
import math
from itertools import chain

import pytest

from core.config.word_lists import city_folder
from core.records.read_models import CaseRecord, PostRecord
from dashboards import expected
from dashboards.kibana.map import CASE_FIELDS, COUNTED, INDEX, NAME, OUTLINE
from dashboards.kibana.saved_objects import saved_objects
from dashboards.panels import PANELS
from dashboards.window import Window
from gazetteer.loading.outlines import outlines
from search import queries
from search.connection.engine import Engine
from search.index import districts, templates, writer
from tests.support import lens_compiler
from tests.support.kibana_map import JOINED, problems
from tests.support.kibana_objects import CITY, VIEW, panels_of, saved
from tests.support.lens_compiler import Json
from tests.support.made_facts import many_cases, many_posts

pytest_plugins = ("tests.support.engines",)

AREAS = outlines(city_folder(CITY), "district")


def the_map(language: str = "es") -> Json:
    (found,) = [one for one in saved(language) if one["type"] == "map"]
    return found


def layers(one: Json) -> dict[str, Json]:
    return {layer["id"]: layer for layer in json.loads(one["attributes"]["layerListJSON"])}


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_map_has_only_keys_that_kibana_knows(language: str) -> None:
    assert problems(the_map(language)["attributes"]) == []


@pytest.mark.parametrize(
    ("right", "wrong"),
    [
        ('"sourceDescriptor"', '"source"'),
        ('"GEOJSON_VECTOR"', '"VECTOR"'),
        ('"ES_TERM_SOURCE"', '"ES_TERMS"'),
        ('"geoField"', '"geofield"'),
        ('"scalingType"', '"scaling"'),
        ('"requestType"', '"renderAs"'),
        ('"whereQuery"', '"where"'),
        ('"indexPatternRefName"', '"indexPatternId"'),
        ('"fieldMetaOptions"', '"fieldMeta"'),
        ('"leftField"', '"left"'),
        (f'"{JOINED}posts"', f'"{JOINED}post"'),
        ('"doc_count"', '"count"'),
        ('"timeFilters"', '"timeRange"'),
        ('"refreshConfig"', '"refreshInterval"'),
        ('"LAST_SAVED_LOCATION"', '"LAST_LOCATION"'),
        ('"maxZoom":24', '"maxZoom":25'),
    ],
)
def test_a_deliberately_wrong_map_is_noticed(right: str, wrong: str) -> None:
    attributes = the_map()["attributes"]
    misspelt = {name: text.replace(right, wrong) for name, text in attributes.items()}
    assert misspelt != attributes
    assert len(problems(misspelt)) >= 1


def test_every_layer_finds_its_data_view_under_the_name_that_kibana_gives_it() -> None:
    one, views = the_map(), {two["id"]: two["attributes"] for two in saved() if two["type"] == "index-pattern"}
    found = {ref["name"]: views[ref["id"]] for ref in one["references"]}
    wanted = {}
    for at, layer in enumerate(layers(one).values()):
        wanted[f"layer_{at}_source_index_pattern"] = layer["sourceDescriptor"]["indexPatternRefName"]
        for number, join in enumerate(layer.get("joins", [])):
            wanted[f"layer_{at}_join_{number}_index_pattern"] = join["right"]["indexPatternRefName"]
    assert {name: name for name in found} == wanted
    assert {name: (view["title"], view.get("timeFieldName")) for name, view in found.items()} == {
        "layer_0_source_index_pattern": (INDEX, None),
        "layer_0_join_0_index_pattern": ("escucha-posts", "created_at"),
        "layer_0_join_1_index_pattern": ("escucha-cases", "opened_at"),
        "layer_1_source_index_pattern": ("escucha-cases", "opened_at"),
        "layer_2_source_index_pattern": ("escucha-cases", "opened_at"),
    }


def test_every_field_of_the_map_is_in_its_index() -> None:
    assert {NAME, OUTLINE} == districts.FIELDS.keys()
    assert (INDEX, districts.FIELDS[OUTLINE]["type"]) == (districts.DISTRICTS, "geo_shape")
    posts, cases = templates.fields(PostRecord), templates.fields(CaseRecord)
    assert all("district" in fields for fields in (posts, cases))
    assert cases["location"]["type"] == "geo_point"
    assert set(CASE_FIELDS) <= cases.keys()


def test_outlines_stay_whatever_is_filtered_and_counts_follow_period_and_filters() -> None:
    found = layers(the_map())
    obeys = {key: one["sourceDescriptor"]["applyGlobalQuery"] for key, one in found.items()}
    assert obeys == {"districts": False, "clusters": True, "cases": True}
    assert all(join["right"]["applyGlobalTime"] and join["right"]["applyGlobalQuery"] for join in found["districts"]["joins"])
    assert (found["clusters"]["maxZoom"], found["cases"]["minZoom"]) == (13, 13)


def test_nothing_is_loaded_from_another_site() -> None:
    text = json.dumps(the_map())
    assert "EMS" not in text
    assert "http" not in text


def test_the_whole_city_is_seen() -> None:
    state = json.loads(the_map()["attributes"]["mapStateJSON"])
    corners = list(chain.from_iterable(chain.from_iterable(AREAS.values())))
    scale = 512 * 2 ** state["zoom"] / 360
    for lon, lat in corners:
        assert abs(lon - state["center"]["lon"]) * scale <= 451
        assert abs(lat - state["center"]["lat"]) * scale / math.cos(math.radians(state["center"]["lat"])) <= 211
    assert state["zoom"] > 9


@pytest.mark.parametrize("language", ["es", "en"])
def test_districts_and_cases_have_the_map_at_their_top_and_no_other_dashboard(language: str) -> None:
    shown = {}
    for board in (one for one in saved(language) if one["type"] == "dashboard"):
        for panel in panels_of(board):
            if panel["type"] == "map":
                refs = {ref["name"]: (ref["type"], ref["id"]) for ref in board["references"]}
                shown[board["id"]] = (panel["gridData"]["y"], refs[f"map:{panel['panelRefName']}"])
    target = (3, ("map", f"escucha-map-{language}"))
    assert shown == {f"escucha-district-{language}": target, f"escucha-cases-{language}": target}


def test_a_city_without_outlines_has_no_map() -> None:
    plain = CITY.model_copy(update={"gazetteer_folder": None})
    text = json.dumps(saved_objects(plain, "es"))
    assert '"map"' not in text
    assert INDEX not in text


def test_the_map_counts_what_the_ledger_counts(engine: Engine) -> None:
    posts, cases = many_posts(200, VIEW.now, seed=31), many_cases(200, VIEW.now, seed=32)
    writer.write(engine, posts, cases)
    writer.refresh(engine)
    attributes = next(one["attributes"] for one in saved() if one["type"] == "dashboard")
    for (index, _name, where), join in zip(COUNTED, layers(the_map())["districts"]["joins"], strict=True):
        source = join["right"]
        assert source["id"] == index
        time = {"posts": "created_at", "cases": "opened_at"}[index]
        ends = {"gte": attributes["timeFrom"], "lte": attributes["timeTo"]}
        period = {"range": {time: {sign: lens_compiler.date_math(at, VIEW).isoformat() for sign, at in ends.items()}}}
        query = {"bool": {"filter": [lens_compiler.parse_kql(source["whereQuery"]["query"], VIEW), period]}}
        aggs = {"join": {"terms": {"field": source["term"], "size": 10_000}}}
        answer = queries.run(engine, index, {"size": 0, "query": query, "aggs": aggs})
        counted = {one["key"]: one["doc_count"] for one in answer["aggregations"]["join"]["buckets"]}
        layer = PANELS["posts_by_district" if index == "posts" else "cases_by_district"].layers[0]
        panel = PANELS["posts_by_district"].model_copy(update={"index": index, "layers": (layer.model_copy(update={"where": where}),)})
        view = Window(now=VIEW.now, zone=VIEW.zone)
        assert counted == {str(key): n for key, n in expected.rows(panel, posts, cases, view)}
        assert len(counted) > 3
