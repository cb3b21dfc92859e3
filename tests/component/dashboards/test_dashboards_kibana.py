"""The dashboards for Kibana: objects it can import, panels that give the ledger's numbers, and a push that says what went wrong."""

import json
import shutil
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest

from core.config.city import load_city
from core.records.read_models import CaseRecord, PostRecord
from dashboards import es_query, expected as compute
from dashboards.filters import Between, Condition, Either, Has, Is, Not, dsl, holds, kql
from dashboards.kibana import export as kibana
from dashboards.panels import DASHBOARDS, PANELS, Window
from dashboards.spec.bands import Bands
from dashboards.spec.groups import Groups
from dashboards.spec.panel import Panel, Row
from dashboards.spec.periods import Periods
from search import queries
from search.connection.engine import Engine
from search.index import templates, writer
from search.queries import filters, post_search
from tests.support import kibana_keys, lens_compiler
from tests.support.lens_compiler import Json
from tests.support.made_facts import many_cases, many_posts

pytest_plugins = ("tests.support.engines",)

ROOT = Path(__file__).parents[3]
CITY = load_city(ROOT / "cities" / "madrid.toml")
VIEW = Window(now=datetime(2026, 11, 10, 17, 30, tzinfo=UTC), zone=ZoneInfo("Europe/Madrid"))

ATTRIBUTES = {
    "dashboard": {
        "title", "description", "kibanaSavedObjectMeta", "timeRestore", "timeFrom", "timeTo", "refreshInterval", "controlGroupInput",
        "panelsJSON", "optionsJSON", "version", "hits",
    },
    "index-pattern": {"title", "name", "timeFieldName", "fieldAttrs", "runtimeFieldMap", "sourceFilters", "fieldFormatMap"},
    "search": {"title", "description", "columns", "sort", "hideChart", "grid", "kibanaSavedObjectMeta"},
    "tag": {"name", "description", "color"},
}  # fmt: skip
"""Kibana refuses a dashboard with any other key."""


def saved(language: str = "es") -> list[Json]:
    return [json.loads(line) for line in kibana.ndjson(CITY, language).splitlines()]


SAVED = saved("en")


def panels_of(dashboard: Json) -> list[Json]:
    found: list[Json] = json.loads(dashboard["attributes"]["panelsJSON"])
    return found


def boards(language: str = "es") -> list[Json]:
    return [one for one in saved(language) if one["type"] == "dashboard"]


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_object_has_only_known_keys_and_versions_that_every_supported_kibana_takes(language: str) -> None:
    for one in saved(language):
        assert one.keys() == {
            "type", "id", "attributes", "references", "coreMigrationVersion", "typeMigrationVersion", "managed",
        }, one["id"]  # fmt: skip
        assert one["attributes"].keys() <= ATTRIBUTES[one["type"]], one["id"]
        assert (one["coreMigrationVersion"], one["managed"]) == ("8.8.0", False)
        assert one["typeMigrationVersion"] == {"dashboard": "10.2.0"}.get(one["type"], "8.0.0")


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
            if panel["type"] == "search":
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
            ["links", *(panel.key for panel in ours.panels)]
        )
        for panel in panels:
            grid = panel["gridData"]
            cells = {
                (x, y) for x in range(grid["x"], grid["x"] + grid["w"]) for y in range(grid["y"], grid["y"] + grid["h"])
            }
            assert not cells & taken
            assert max(x for x, _ in cells) < 48
            taken |= cells
            if panel["type"] == "lens" and any(layer.where for layer in PANELS[panel["panelIndex"]].layers):
                state = panel["embeddableConfig"]["attributes"]["state"]
                assert state["query"]["query"] or '"filter"' in json.dumps(state["datasourceStates"])


def test_every_column_is_in_the_order_and_drawn_and_every_field_is_in_the_index() -> None:
    mapped = {
        f"escucha-{index}": templates.fields(kind) for index, kind in (("posts", PostRecord), ("cases", CaseRecord))
    }
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


def names_of(panel: Panel) -> dict[str, str]:
    """The names under which Lens gives the numbers of groups and bands."""
    splits = [split for layer in panel.layers for split in layer.split]
    found = {group.key: group.name for split in splits if isinstance(split, Groups) for group in split.groups}
    return found | {one.key: one.name or one.key for split in splits if isinstance(split, Bands) for one in split.bands}


def keyed(panel: Panel, rows: list[Row], totals: tuple[int, int] | None) -> dict[tuple[str, ...], float]:
    """Rows of ours under the keys that the Lens panel gives its numbers."""
    names = names_of(panel)
    found: dict[tuple[str, ...], float] = {}
    for *parts, n in rows:
        if n is None:
            continue
        assert isinstance(n, int | float)
        keys = [str(part) for part in parts]
        if panel.form == "change" or panel.layers[0].measure is not None:  # the groups are columns of their own there
            found[tuple(keys)] = n
        elif len(panel.layers) > 1:
            found[(keys[1], keys[0], "count")] = n
        else:
            found[(*(names.get(key, key) for key in keys), "count")] = n
    if panel.form == "tile" and totals is not None:
        found[("before",)] = totals[1]
    return {key: n for key, n in found.items() if n}


def drawn_by_kibana(engine: Engine, key: str) -> dict[tuple[str, ...], float]:
    """The numbers of a saved Lens panel, asked and computed as Kibana does."""
    panel = PANELS[key]
    data_views = {one["id"]: one["attributes"] for one in SAVED if one["type"] == "index-pattern"}
    dashboards = [one for one in SAVED if one["type"] == "dashboard"]
    dashboard, drawn = next((b, p) for b in dashboards for p in panels_of(b) if p["panelIndex"] == key)
    found: dict[tuple[str, ...], float] = {}
    for layer, state, data_view in lens_compiler.layers(drawn, data_views, dashboard["references"]):
        answers = []
        for is_shifted in (False, True) if lens_compiler.has_shift(state) else (False,):
            period = VIEW.before if is_shifted else VIEW
            assert period is not None
            request = lens_compiler.body(drawn, dashboard["attributes"], state, data_view, period, is_shifted)
            answers.append(queries.run(engine, data_view["title"].removeprefix("escucha-"), request))
        numbers = lens_compiler.numbers(answers, state, VIEW)
        found |= {((layer, *keys) if len(panel.layers) > 1 else keys): n for keys, n in numbers.items()}
    return found


def is_scripted(panel: Panel) -> bool:
    """A field that Kibana computes needs an engine with scripts."""
    return any(split.runtime_field(CITY.zone) for layer in panel.layers for split in layer.split)


def check(engine: Engine, panels: list[Panel], size: int = 900) -> None:
    posts, cases = many_posts(size, VIEW.now, seed=21), many_cases(size, VIEW.now, seed=22)
    writer.write(engine, posts, cases)
    writer.refresh(engine)
    for panel in panels:
        found = drawn_by_kibana(engine, panel.key)
        rises = {keys: n for keys, n in found.items() if keys[-1] == "rise"}
        found = {keys: n for keys, n in found.items() if n and "X" not in keys[-1] and keys[-1] != "rise"}
        rows = compute.rows(panel, posts, cases, VIEW)
        expected = keyed(panel, rows, compute.totals(panel, posts, cases, VIEW))
        assert len(expected) > (0 if panel.form == "tile" or panel.key in FEW_PARTS else 2), panel.key
        # OpenSearch and osmem guess percentiles of few values, up to half too high (see EXACT_VALUES); Elasticsearch counts them.
        off = 1.0 if panel.form == "span" and engine.flavour != "elasticsearch" else 1e-9
        assert found == {keys: pytest.approx(n, rel=off) for keys, n in expected.items()}, panel.key
        for part, _rise in rises:
            now, before = (expected.get((part, key), 0) for key in CHANGE_KEYS[is_of_periods(panel)])
            assert rises[part, "rise"] == pytest.approx(now - before), panel.key


FEW_PARTS = {"complaints_by_barrio", "complaints_by_place", "campaign_languages", "posts_by_language"}
CHANGE_KEYS = {True: ("now", "before"), False: ("week", "before")}


def is_of_periods(panel: Panel) -> bool:
    return any(isinstance(split, Periods) for split in panel.layers[0].split)


def test_every_lens_panel_gives_the_ledgers_numbers(engine: Engine) -> None:
    check(engine, [panel for panel in PANELS.values() if panel.layers and not is_scripted(panel)])


@pytest.mark.needs("scripts")
def test_every_lens_panel_with_a_computed_field_gives_the_ledgers_numbers(engine: Engine) -> None:
    panels = [panel for panel in PANELS.values() if is_scripted(panel)]
    assert [panel.key for panel in panels] == ["complaints_by_hour", "posts_by_weekday"]
    check(engine, panels)


def test_a_wrong_query_in_a_saved_panel_is_noticed(engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    wrong = json.loads(json.dumps(SAVED).replace("spam: true", "spam: false"))
    monkeypatch.setitem(globals(), "SAVED", wrong)
    with pytest.raises(AssertionError, match="complaints_by_topic"):
        check(engine, [PANELS["complaints_by_topic"]], size=150)


@pytest.mark.parametrize("language", ["es", "en"])
def test_only_the_data_view_of_a_panel_by_hour_computes_the_hour_and_in_the_citys_zone(language: str) -> None:
    computed = {
        one["id"]: json.loads(one["attributes"]["runtimeFieldMap"])
        for one in saved(language)
        if "runtimeFieldMap" in one["attributes"]
    }
    assert computed.keys() == {f"escucha-posts-created-at-{language}"}
    fields = computed.popitem()[1]
    assert fields.keys() == {"created_at_hour", "created_at_weekday"}
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
        f"{name}.{language}.ndjson" for name in ("escucha", "opensearch") for language in ("es", "en")
    }
    assert first == second


# The official client's types say what Elasticsearch's own specification allows in each body. They and the compiler come by npm.

TYPES = "@elastic/elasticsearch@9.4.3"
COMPILER = "typescript@5.9.3"


def bodies() -> dict[str, tuple[str, Json]]:
    """Every body we send, by name, with the type it must fit."""
    found: dict[str, tuple[str, Json]] = {}
    for alias in (templates.POSTS, templates.CASES):
        found[f"template_{alias}"] = ("IndicesPutIndexTemplateRequest", {"name": alias, **templates.template(alias)})
    for key, panel in PANELS.items():
        found[f"panel_{key}"] = ("SearchRequest", es_query.body(panel, VIEW))
    chosen = filters.filter_clauses({"topic": "x"}).values()
    found["words"] = (
        "SearchRequest",
        {"query": post_search._query("a b", [*filters.population_clauses("citizens"), *chosen], VIEW.now, None)},
    )
    return found


def typescript(found: dict[str, tuple[str, Json]]) -> str:
    lines = ["import type { estypes } from '@elastic/elasticsearch'"]
    lines += [
        f"export const {name.replace('-', '_')}: estypes.{kind} = {json.dumps(body)}"
        for name, (kind, body) in found.items()
    ]
    return "\n".join(lines)


@pytest.fixture(scope="module")
def npm(tmp_path_factory: pytest.TempPathFactory) -> Path:
    if shutil.which("npm") is None:
        pytest.skip("npm is not here: the bodies are not compared with Elasticsearch's specification")
    folder = tmp_path_factory.mktemp("types")
    command = ["npm", "install", "--no-audit", "--no-fund", "--loglevel=error", TYPES, COMPILER]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=240, check=False)
    if done.returncode:
        pytest.skip(f"npm reaches no registry: {done.stderr.strip()[-200:]}")
    return folder


def refused(folder: Path, text: str) -> str:
    (folder / "bodies.ts").write_text(text)
    command = ["npx", "tsc", "--noEmit", "--strict", "--skipLibCheck", "--module", "nodenext", "bodies.ts"]
    return subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=240, check=False).stdout


@pytest.mark.slow
def test_every_body_fits_the_official_specification(npm: Path) -> None:
    assert refused(npm, typescript(bodies())) == ""


@pytest.mark.slow
def test_the_specification_notices_a_wrong_body(npm: Path) -> None:
    wrong = {
        "wrong": (
            "SearchRequest",
            {"size": 0, "aggs": {"d": {"date_histogram": {"field": "x", "calendar_intrval": "day"}}}},
        )
    }
    assert "calendar_intrval" in refused(npm, typescript(wrong))


def test_kql_of_every_condition_means_the_same_to_kibana_as_our_own_question(engine: Engine) -> None:
    posts = many_posts(400, VIEW.now, seed=5)
    writer.write(engine, posts, [])
    writer.refresh(engine)
    is_noise = Is(field="topic", value="noise")
    conditions: list[Condition] = [
        is_noise,
        Is(field="district", value="Moncloa - Aravaca"),
        Is(field="own", value=True),
        Not(condition=Is(field="relevance", value=False)),
        Has(field="district"),
        Not(condition=Either(conditions=(Has(field="district"), is_noise))),
        Between(field="created_at", oldest=10, newest=3, whole_days=True),
        Between(field="created_at", newest=0),
        Either(conditions=(is_noise, Between(field="created_at", oldest=1))),
    ]
    for condition in conditions:
        asked = [dsl(condition, VIEW), lens_compiler.parse_kql(kql(condition), VIEW)]
        ids = [
            {hit["_id"] for hit in queries.run(engine, "posts", {"size": 1_000, "query": query})["hits"]["hits"]}
            for query in asked
        ]
        held = {one.post_id for one in posts if holds(condition, one, VIEW)}
        assert ids == [held, held], condition
        assert 0 < len(held) < 400 or condition.kind == "between"


def test_a_day_is_the_citys_day_for_kibana_too() -> None:
    assert lens_compiler.date_math("now-16d/d", VIEW) == datetime(2026, 10, 24, 22, tzinfo=UTC)
    assert lens_compiler.date_math("now-15d/d", VIEW) - lens_compiler.date_math("now-16d/d", VIEW) == timedelta(days=1)
