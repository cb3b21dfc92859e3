"""The dashboards for Kibana: objects it can import, panels that give the ledger's numbers, and a push that says what went wrong."""

import json
import shutil
import ssl
import subprocess
import threading
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import SecretStr

from core.config.city import load_city
from core.config.settings import Settings
from core.errors import ConfigurationError, EscuchaError, UnavailableError
from dashboards import es_query, expected as compute
from dashboards.kibana import export as kibana
from dashboards.panels import DASHBOARDS, PANELS, Window
from search import queries, templates, writer
from tests.support import lens_compiler
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
}  # fmt: skip
"""Kibana refuses a dashboard with any other key."""


def saved(language: str = "es") -> list[dict]:
    return [json.loads(line) for line in kibana.ndjson(CITY, language).splitlines()]


def panels_of(dashboard: dict) -> list[dict]:
    return json.loads(dashboard["attributes"]["panelsJSON"])


def boards(language: str = "es") -> list[dict]:
    return [one for one in saved(language) if one["type"] == "dashboard"]


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_object_has_only_known_keys_and_versions_that_every_supported_kibana_takes(language):
    for one in saved(language):
        assert one.keys() == {
            "type", "id", "attributes", "references", "coreMigrationVersion", "typeMigrationVersion", "managed",
        }, one["id"]  # fmt: skip
        assert one["attributes"].keys() <= ATTRIBUTES[one["type"]], one["id"]
        assert (one["coreMigrationVersion"], one["managed"]) == ("8.8.0", False)
        assert one["typeMigrationVersion"] == {"dashboard": "10.2.0"}.get(one["type"], "8.0.0")


@pytest.mark.parametrize("language", ["es", "en"])
def test_no_reference_is_dangling_and_none_is_unused(language):
    objects = saved(language)
    ids = [(one["type"], one["id"]) for one in objects]
    assert len(ids) == len(set(ids))
    assert all(saved_id.startswith("escucha-") and saved_id.endswith(f"-{language}") for _, saved_id in ids)
    used = {(ref["type"], ref["id"]) for one in objects for ref in one["references"]}
    assert used <= set(ids)
    assert set(ids) - used == {("dashboard", one["id"]) for one in boards(language)}


def test_a_panel_finds_its_data_views_by_the_names_it_repeats():
    """Kibana drops a reference whose name does not stand in the panel's own list (matched by name on loading)."""
    for dashboard in boards():
        wanted = set()
        for panel in panels_of(dashboard):
            if panel["type"] == "search":
                wanted.add(f"{panel['panelIndex']}:{panel['panelRefName']}")
                continue
            attributes = panel["embeddableConfig"]["attributes"]
            names = {one["name"] for one in attributes["references"]}
            layers = attributes["state"]["datasourceStates"]["formBased"]["layers"]
            assert names == {f"indexpattern-datasource-layer-{key}" for key in layers}
            wanted |= {f"{panel['panelIndex']}:{name}" for name in names}
        assert {one["name"] for one in dashboard["references"]} == wanted


def test_panels_fill_the_grid_without_overlap_and_each_carries_a_filter():
    for dashboard, ours in zip(boards(), DASHBOARDS, strict=True):
        taken = set()
        panels = panels_of(dashboard)
        assert [panel["panelIndex"] for panel in panels] == [panel.key for panel in ours.panels]
        for panel in panels:
            grid = panel["gridData"]
            cells = {
                (x, y) for x in range(grid["x"], grid["x"] + grid["w"]) for y in range(grid["y"], grid["y"] + grid["h"])
            }
            assert not cells & taken
            assert max(x for x, _ in cells) < 48
            taken |= cells
            if panel["type"] == "lens" and panel["panelIndex"] not in ("opened_and_resolved", "answer_times"):
                assert panel["embeddableConfig"]["attributes"]["state"]["query"]["query"]


def test_every_column_is_in_the_order_and_drawn_and_every_field_is_in_the_index():
    mapped = {
        f"escucha-{index}": templates.fields(kind)
        for index, kind in (("posts", compute.PostRecord), ("cases", compute.CaseRecord))
    }
    data_views = {one["id"]: one["attributes"] for one in saved() if one["type"] == "index-pattern"}
    for dashboard in boards():
        for panel in panels_of(dashboard):
            if panel["type"] == "search":
                continue
            shown = json.dumps(panel["embeddableConfig"]["attributes"]["state"]["visualization"])
            for _key, state, data_view in lens_compiler.layers(panel, data_views, dashboard["references"]):
                assert sorted(state["columns"]) == sorted(state["columnOrder"])
                for key, column in state["columns"].items():
                    assert "X" in key or f'"{key}"' in shown
                    if column.get("sourceField", "___records___") != "___records___":
                        computed = json.loads(data_view.get("runtimeFieldMap", "{}"))
                        assert column["sourceField"] in mapped[data_view["title"]].keys() | computed.keys()


def keyed(panel, rows) -> dict[tuple[str, ...], float]:
    """Rows of ours under the keys that the Lens panel gives its numbers."""
    names = {
        group.key: group.name
        for layer in panel.layers
        for split in layer.split
        if split.kind == "groups"
        for group in split.groups
    }
    found = {}
    for *keys, n in rows:
        if panel.form == "change" or panel.layers[0].measure is not None:  # the groups are columns of their own there
            found[tuple(keys)] = n
        elif len(panel.layers) > 1:
            found[(keys[1], keys[0], "count")] = n
        else:
            found[(*(names.get(key, key) for key in keys), "count")] = n
    return {key: n for key, n in found.items() if n}


def lens_panels() -> Iterator[object]:
    """The panels of Lens; one with a field that Kibana computes needs an engine with scripts."""
    for key, panel in PANELS.items():
        if panel.layers:
            splits = [split for layer in panel.layers for split in layer.split]
            is_computed = any(split.runtime_field(CITY.zone) for split in splits)
            yield pytest.param(key, marks=[pytest.mark.needs("scripts")] if is_computed else [])


@pytest.mark.parametrize("key", [*lens_panels()])
def test_each_lens_panel_gives_the_ledgers_numbers(engine, key):
    posts, cases = many_posts(1_500, VIEW.now, seed=21), many_cases(1_200, VIEW.now, seed=22)
    panel = PANELS[key]
    writer.write(engine, posts if panel.index == "posts" else [], cases if panel.index == "cases" else [])
    writer.refresh(engine)
    data_views = {one["id"]: one["attributes"] for one in saved("en") if one["type"] == "index-pattern"}
    dashboard, drawn = next((b, p) for b in boards("en") for p in panels_of(b) if p["panelIndex"] == key)
    found = {}
    for layer, state, data_view in lens_compiler.layers(drawn, data_views, dashboard["references"]):
        request = lens_compiler.body(drawn, dashboard["attributes"], state, data_view, VIEW)
        answer = queries.run(engine, data_view["title"].removeprefix("escucha-"), request)
        numbers = lens_compiler.numbers(answer, state, VIEW)
        found |= {((layer, *keys) if len(panel.layers) > 1 else keys): n for keys, n in numbers.items()}
    rises = {keys: n for keys, n in found.items() if keys[-1] == "rise"}
    found = {keys: n for keys, n in found.items() if n and "X" not in keys[-1] and keys[-1] != "rise"}
    expected = keyed(panel, compute.rows(panel, posts, cases, VIEW))
    assert len(expected) > 3
    # OpenSearch and osmem guess percentiles of few values (see ask.EXACT_VALUES); Elasticsearch counts them.
    off = 0.1 if panel.form == "span" and engine.flavour != "elasticsearch" else 1e-9
    assert found == {keys: pytest.approx(n, rel=off) for keys, n in expected.items()}
    for topic, _rise in rises:
        rise = expected.get((topic, "week"), 0) - expected.get((topic, "before"), 0)
        assert rises[topic, "rise"] == pytest.approx(rise)


@pytest.mark.parametrize("language", ["es", "en"])
def test_only_the_data_view_of_a_panel_by_hour_computes_the_hour_and_in_the_citys_zone(language):
    computed = {
        one["id"]: json.loads(one["attributes"]["runtimeFieldMap"])
        for one in saved(language)
        if "runtimeFieldMap" in one["attributes"]
    }
    assert computed.keys() == {f"escucha-posts-created-at-{language}"}
    (field,) = computed.popitem()[1].values()
    assert field["type"] == "keyword"
    assert "ZoneId.of('Europe/Madrid')" in field["script"]["source"]


def test_the_saved_search_lists_what_our_list_lists():
    search = next(one for one in saved() if one["type"] == "search")
    source = json.loads(search["attributes"]["kibanaSavedObjectMeta"]["searchSourceJSON"])
    assert source["query"]["query"] == (
        'own: false and not (relevance: false) and not (spam: true) and actionable: true and not (decision: "no_case")'
    )
    assert search["attributes"]["sort"] == [["created_at", "desc"]]
    query = lens_compiler.parse_kql(source["query"]["query"], VIEW)
    ours = es_query.body(PANELS["latest_actionable"], VIEW)["query"]["bool"]["filter"]
    assert len(query["bool"]["filter"]) == len(ours) == 5


def test_values_read_as_words_in_the_language_of_the_set():
    for language, word in (("es", "Residuos y limpieza"), ("en", "Waste and cleaning")):
        view = next(one for one in saved(language) if one["type"] == "index-pattern")
        formats = json.loads(view["attributes"]["fieldFormatMap"])
        assert {"key": "waste_cleaning", "value": word} in formats["topic"]["params"]["lookupEntries"]
    titles = [[one["attributes"]["title"] for one in boards(language)] for language in ("es", "en")]
    assert titles == [
        ["Escucha Madrid: Ahora", "Escucha Madrid: Servicios y distritos", "Escucha Madrid: Casos"],
        ["Escucha Madrid: Now", "Escucha Madrid: Services and districts", "Escucha Madrid: Cases"],
    ]


def test_an_export_is_one_file_a_language_and_the_same_bytes_every_time(tmp_path):
    first = {path.name: path.read_bytes() for path in kibana.export(CITY, tmp_path / "deep" / "kibana")}
    second = {path.name: path.read_bytes() for path in kibana.export(CITY, tmp_path / "deep" / "kibana")}
    assert first.keys() == {"escucha.es.ndjson", "escucha.en.ndjson"}
    assert first == second


class Answer(BaseHTTPRequestHandler):
    """A Kibana's front door: notes what came, answers what the test wants."""

    server: "Door"

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["content-length"]))
        self.server.asked.append((self.path, {name.lower(): value for name, value in self.headers.items()}, body))
        self.send_response(self.server.status)
        self.end_headers()
        self.wfile.write(self.server.said)

    def log_message(self, format: str, *args: object) -> None:
        pass


class Door(ThreadingHTTPServer):
    daemon_threads = True
    status, said = 200, b'{"success": true, "successCount": 10}'

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked: list[tuple[str, dict[str, str], bytes]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}/base/"


@pytest.fixture
def door() -> Iterator[Door]:
    with Door() as one:
        thread = threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield one
        one.shutdown()
        thread.join()


def test_a_push_imports_each_language_over_what_was_there_and_with_the_header_kibana_demands(door):
    settings = Settings(elasticsearch_api_key=SecretStr("a2V5"))
    assert kibana.push(CITY, settings, door.url) == {"es": 10, "en": 10}
    for (path, headers, body), language in zip(door.asked, ("es", "en"), strict=True):
        assert path == "/base/api/saved_objects/_import?overwrite=true"
        assert (headers["kbn-xsrf"], headers["authorization"]) == ("true", "ApiKey a2V5")
        assert headers["content-type"].startswith("multipart/form-data")
        assert f'filename="escucha.{language}.ndjson"'.encode() in body
        assert kibana.ndjson(CITY, language) in body


def test_a_push_logs_in_as_the_user_of_elasticsearch(door):
    kibana.push(CITY, Settings(elasticsearch_user="u", elasticsearch_password=SecretStr("p")), door.url)
    assert door.asked[0][1]["authorization"] == "Basic dTpw"


@pytest.mark.parametrize(
    ("status", "said", "error", "says"),
    [
        (401, b"{}", ConfigurationError, "ESCUCHA_ELASTICSEARCH_API_KEY"),
        (403, b"{}", ConfigurationError, "manage saved objects"),
        (503, b"Kibana server is not ready yet", UnavailableError, "not ready"),
        (200, b"<html>", ConfigurationError, "no Kibana"),
        (404, b"<html>", ConfigurationError, "no Kibana"),
        (
            400,
            b'{"statusCode":400,"message":"Document has property newer"}',
            EscuchaError,
            "Document has property newer",
        ),
        (
            200,
            b'{"success":false,"successCount":9,"errors":[{"type":"dashboard","id":"escucha-now-es","error":{"type":"unsupported_type"}}]}',
            EscuchaError,
            "dashboard escucha-now-es",
        ),
    ],
)
def test_a_kibana_that_does_not_take_them_says_why(door, status, said, error, says):
    door.status, door.said = status, said
    with pytest.raises(error, match=says):
        kibana.push(CITY, Settings(), door.url)


@pytest.mark.parametrize(
    ("url", "error"),
    [
        ("http://127.0.0.1:1", UnavailableError),
        ("kibana:5601", ConfigurationError),
        ("ftp://kibana", ConfigurationError),
    ],
)
def test_a_wrong_address_is_told(url, error):
    with pytest.raises(error):
        kibana.push(CITY, Settings(), url)


def test_a_missing_certificate_authority_is_told():
    with pytest.raises(ConfigurationError, match=r"ESCUCHA_ELASTICSEARCH_CA /no/such\.pem"):
        kibana.push(CITY, Settings(elasticsearch_ca="/no/such.pem"), "https://127.0.0.1:1")
    assert ssl.create_default_context()


# The official client's types say what Elasticsearch's own specification allows in each body. They and the compiler come by npm.

TYPES = "@elastic/elasticsearch@9.4.3"
COMPILER = "typescript@5.9.3"


def bodies() -> dict[str, tuple[str, dict]]:
    """Every body we send, by name, with the type it must fit."""
    found: dict[str, tuple[str, dict]] = {}
    for alias in (templates.POSTS, templates.CASES):
        found[f"template_{alias}"] = ("IndicesPutIndexTemplateRequest", {"name": alias, **templates.template(alias)})
    for key, panel in PANELS.items():
        found[f"panel_{key}"] = ("SearchRequest", es_query.body(panel, VIEW))
    found["words"] = (
        "SearchRequest",
        {"query": queries._body("a b", ["text"], {"topic": "x"}, queries.POST_FILTERS, "created_at", VIEW.now, None)},
    )
    return found


def typescript(found: dict[str, tuple[str, dict]]) -> str:
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
def test_every_body_fits_the_official_specification(npm):
    assert refused(npm, typescript(bodies())) == ""


@pytest.mark.slow
def test_the_specification_notices_a_wrong_body(npm):
    wrong = {
        "wrong": (
            "SearchRequest",
            {"size": 0, "aggs": {"d": {"date_histogram": {"field": "x", "calendar_intrval": "day"}}}},
        )
    }
    assert "calendar_intrval" in refused(npm, typescript(wrong))


def test_kql_of_every_condition_means_the_same_to_kibana_as_our_own_question(engine):
    from dashboards.filters import Between, Either, Has, Is, Not, dsl, kql

    posts = many_posts(400, VIEW.now, seed=5)
    writer.write(engine, posts, [])
    writer.refresh(engine)
    is_noise = Is(field="topic", value="noise")
    conditions = [
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
        held = {one.post_id for one in posts if compute.holds(condition, one, VIEW)}
        assert ids == [held, held], condition
        assert 0 < len(held) < 400 or condition.kind == "between"


def test_a_day_is_the_citys_day_for_kibana_too():
    assert lens_compiler.date_math("now-16d/d", VIEW) == datetime(2026, 10, 24, 22, tzinfo=UTC)
    assert lens_compiler.date_math("now-15d/d", VIEW) - lens_compiler.date_math("now-16d/d", VIEW) == timedelta(days=1)
