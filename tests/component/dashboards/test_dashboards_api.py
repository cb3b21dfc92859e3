"""Test the bodies of Kibana's Dashboards API: the contract, the grid, references, languages; and a push from 9.5 on."""

import copy
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from core.config.settings import Settings
from core.errors import ConfigurationError, EscuchaError, UnavailableError
from core.records.read_models import CaseRecord, PostRecord
from dashboards.kibana.client import KibanaClient
from dashboards.kibana.dashboards_api.bodies import NO_MAP, bodies, left_out
from dashboards.kibana.push import PlannedObject, push
from dashboards.panels import DASHBOARDS, PANELS
from search.index import templates
from tests.support.dashboards_api import problems
from tests.support.kibana_objects import CITY, saved
from tests.support.stubs.kibana import HANGING, Stub, running

Json = dict[str, Any]
NOW, DISTRICT = "escucha-now-es", "escucha-district-es"
DESK = "https://desk.example"


@pytest.mark.parametrize("language", ["es", "en"])
def test_every_body_keeps_the_published_contract(language: str) -> None:
    found = bodies(CITY, language)
    assert len(found) == len(DASHBOARDS) - 2
    assert {name: problems(body) for name, body in found.items() if problems(body)} == {}


def _set(path: str, value: Any) -> Callable[[Json], None]:
    def change(body: Json) -> None:
        *way, last = path.split(".")
        place: Any = body
        for one in way:
            place = place[int(one)] if isinstance(place, list) else place[one]
        place[last] = value

    return change


WRONG = {
    "a key of a saved object": _set("timeRestore", True),
    "an option of 9.6": _set("options.show_hint_bar", True),
    "a period without its end": _set("time_range", {"from": "now-7d"}),
    "a tag that is no id": _set("tags", ["Escucha Madrid"]),
    "a panel that the API has not": _set("panels.1.type", "map"),
    "a panel outside the grid": _set("panels.1.grid.w", 49),
    "a name of the preview for a panel's id": _set("panels.1.uid", "x"),
    "a chart by its name in Lens": _set("panels.1.config.type", "lnsMetric"),
    "a query by its name in Lens": _set("panels.1.config.query", {"query": "own: false", "language": "kuery"}),
    "an unknown operation": _set("panels.1.config.metrics.0.operation", "cardinality"),
    "a secondary number alone": _set("panels.1.config.metrics.0.type", "secondary"),
    "a data view by value": _set("panels.1.config.data_source", {"index_pattern": "escucha-posts"}),
    "a drill-down without its event": _set(
        "panels.1.config.drilldowns", [{"type": "discover_drilldown", "label": "x"}]
    ),
    "a chart type of Lens": _set("panels.5.config.layers.0.type", "bar_horizontal_stacked_percentage"),
    "a palette that is none": _set("panels.4.config.layers.0.breakdown_by.color.palette", "eui_amsterdam_color_blind"),
    "a control's name in a saved object": _set("pinned_panels.0.config.fieldName", "topic"),
    "a link without its goal": _set("panels.0.config.links", [{"type": "dashboardLink", "label": "x"}]),
}


@pytest.mark.parametrize("what", WRONG)
def test_a_deliberately_wrong_body_is_noticed(what: str) -> None:
    body = copy.deepcopy(bodies(CITY, "es")[NOW])
    assert problems(body) == []
    WRONG[what](body)
    assert len(problems(body)) >= 1


def test_the_heat_maps_steps_and_the_tables_sorting_are_checked_too() -> None:
    heat, table = (
        copy.deepcopy(bodies(CITY, "es")["escucha-conversation-es"]),
        bodies(CITY, "es")["escucha-campaign-es"],
    )
    (first, *_) = [one for one in heat["panels"] if one.get("config", {}).get("type") == "heatmap"]
    first["config"]["metric"]["color"]["steps"][1]["gte"] = 21
    assert "not continuous" in problems(heat)[0]
    table = copy.deepcopy(table)
    (first, *_) = [one for one in table["panels"] if one.get("config", {}).get("type") == "data_table"]
    first["config"]["styling"]["sort_by"]["index"] = 3
    assert "out of bounds" in problems(table)[0]


def test_panels_are_those_of_the_spec_in_a_grid_without_overlap() -> None:
    for board in DASHBOARDS:
        body = bodies(CITY, "es").get(f"escucha-{board.key}-es")
        if body is None:
            continue
        assert body["panels"][0]["id"] == "links"
        assert sorted(one["id"] for one in body["panels"]) == sorted(["links", *(one.key for one in board.panels)])
        taken: set[tuple[int, int]] = set()
        for one in body["panels"]:
            grid = one["grid"]
            cells = {
                (x, y) for x in range(grid["x"], grid["x"] + grid["w"]) for y in range(grid["y"], grid["y"] + grid["h"])
            }
            assert not cells & taken
            taken |= cells


def _values(found: Any, names: set[str]) -> Iterator[str]:
    """Yield the texts under these keys, at any depth."""
    if isinstance(found, dict):
        for name, value in found.items():
            if name in names and isinstance(value, str):
                yield value
            else:
                yield from _values(value, names)
    elif isinstance(found, list):
        for one in found:
            yield from _values(one, names)


@pytest.mark.parametrize("language", ["es", "en"])
def test_bodies_refer_to_saved_objects_and_fields_that_exist(language: str) -> None:
    objects = saved(language)
    known = {
        kind: {one["id"] for one in objects if one["type"] == kind} for kind in ("index-pattern", "dashboard", "tag")
    }
    mapped = {*templates.fields(PostRecord), *templates.fields(CaseRecord), "created_at_hour", "created_at_weekday"}
    for body in bodies(CITY, language).values():
        assert {*_values(body, {"ref_id", "data_view_id"})} <= known["index-pattern"]
        assert {*_values(body, {"destination"})} == known["dashboard"]
        assert set(body["tags"]) == known["tag"]
        assert {*_values(body, {"field", "field_name", "name"})} <= mapped
        columns = [
            one for panel in body["panels"] for tab in panel["config"].get("tabs", []) for one in tab["column_order"]
        ]
        assert set(columns) <= mapped


def test_texts_are_in_the_language_of_the_set() -> None:
    titles = {language: bodies(CITY, language)[f"escucha-now-{language}"] for language in ("es", "en")}
    assert [one["title"] for one in titles.values()] == ["Escucha Madrid: Ahora", "Escucha Madrid: Now"]
    panels = {one["id"]: one["config"] for one in titles["es"]["panels"]}
    assert panels["posts_total"]["title"] == "Mensajes sobre la ciudad"
    assert panels["rising_topics"]["metrics"][2]["formula"] == (
        'count(kql=\'created_at >= "now-6d/d"\') - count(kql=\'created_at >= "now-34d/d" and created_at < "now-6d/d"\') / 4'
    )
    assert [one["config"]["title"] for one in titles["es"]["pinned_panels"]][:2] == ["Servicio", "Distrito"]


def test_what_the_api_cannot_express_is_listed_and_stays_a_saved_object() -> None:
    assert left_out(CITY, "es") == {DISTRICT: NO_MAP, "escucha-cases-es": NO_MAP}
    assert left_out(CITY.model_copy(update={"gazetteer_folder": None}), "es") == {}
    assert len(bodies(CITY.model_copy(update={"gazetteer_folder": None}), "es")) == len(DASHBOARDS)
    assert {panel.form for panel in PANELS.values()} == {
        "tile",
        "days",
        "bars",
        "change",
        "grid",
        "span",
        "share",
        "list",
    }


@pytest.fixture
def kibana() -> Iterator[Stub]:
    with running("9.5.1") as one:
        yield one


def pushed(kibana: Stub, home: Path, overwrite: bool = False, dry_run: bool = False) -> list[PlannedObject]:
    with KibanaClient(
        kibana.url,
        CITY,
        Settings(elasticsearch_api_key=SecretStr("a2V5")),
        timeout_s=1.0 if kibana.fault in HANGING else 30.0,
    ) as client:
        return push(client, CITY, home, DESK, overwrite, dry_run)


def of_dashboards(steps: list[PlannedObject]) -> dict[str, str]:
    return {step.name: step.what for step in steps if step.kind == "dashboard" and step.space == "escucha-es"}


@pytest.mark.parametrize(
    ("version", "puts"),
    [("9.4.9", 0), ("9.5.0-SNAPSHOT", 14), ("10.0.1", 14), (None, 0)],
)
def test_the_api_is_used_from_9_5_on(tmp_path: Path, version: str | None, puts: int) -> None:
    with running(version) as one:
        pushed(one, tmp_path)
        assert sum("/api/dashboards/" in write for write in one.writes) == puts
        assert len([1 for kind, _id in one.objects["escucha-es"] if kind == "dashboard"]) == len(DASHBOARDS)
        assert {step.what for step in pushed(one, tmp_path)} == {"same"}


def test_what_dashboards_refer_to_is_written_before_and_dashboards_with_a_map_after_them(
    kibana: Stub, tmp_path: Path
) -> None:
    steps = pushed(kibana, tmp_path)
    spanish = [write for write in kibana.writes if "/s/escucha-es/" in write and "rule" not in write]
    assert spanish[0] == spanish[-1] == "POST /s/escucha-es/api/saved_objects/_import?overwrite=true"
    assert {write.split("/")[-1] for write in spanish[1:-1]} == bodies(CITY, "es").keys()
    assert (
        kibana.objects["escucha-es"]["dashboard", NOW]["attributes"]["api"]["panels"]
        == bodies(CITY, "es")[NOW]["panels"]
    )
    assert "panelsJSON" in kibana.objects["escucha-es"]["dashboard", DISTRICT]["attributes"]
    said = [str(step) for step in steps]
    assert f"create: dashboard {NOW} in escucha-es (by the Dashboards API)" in said
    assert f"create: dashboard {DISTRICT} in escucha-es (as a saved object: {NO_MAP})" in said


def test_a_dry_run_writes_nothing(kibana: Stub, tmp_path: Path) -> None:
    assert set(of_dashboards(pushed(kibana, tmp_path, dry_run=True)).values()) == {"create"}
    assert (kibana.writes, list(tmp_path.iterdir())) == ([], [])


def test_what_staff_changed_or_removed_is_left_and_reported(kibana: Stub, tmp_path: Path) -> None:
    pushed(kibana, tmp_path)
    objects = kibana.objects["escucha-es"]
    objects["dashboard", NOW]["attributes"]["api"]["title"] = "Mi cuadro"
    objects["dashboard", "escucha-health-es"]["attributes"]["api"]["panels"].append({"type": "map", "id": "theirs"})
    objects["dashboard", DISTRICT]["attributes"]["title"] = "Mis distritos"
    del objects["dashboard", "escucha-trust-es"]
    writes = len(kibana.writes)
    left = {name: what for name, what in of_dashboards(pushed(kibana, tmp_path)).items() if what != "same"}
    assert left == {
        NOW: "changed by staff", "escucha-health-es": "changed by staff", DISTRICT: "changed by staff",
        "escucha-trust-es": "removed by staff",
    }  # fmt: skip
    assert len(kibana.writes) == writes
    pushed(kibana, tmp_path, overwrite=True)
    assert objects["dashboard", NOW]["attributes"]["api"]["title"] == "Escucha Madrid: Ahora"
    assert set(of_dashboards(pushed(kibana, tmp_path)).values()) == {"same"}


def test_after_an_upgrade_to_9_5_dashboards_change_their_form_and_those_of_staff_stay(tmp_path: Path) -> None:
    with running("9.4.2") as one:
        pushed(one, tmp_path)
        one.objects["escucha-es"]["dashboard", NOW]["attributes"]["title"] = "Mi cuadro"
        one.version = "9.5.1"
        found = of_dashboards(pushed(one, tmp_path))
        assert found.pop(NOW) == "changed by staff"
        assert {name for name, what in found.items() if what == "same"} == left_out(CITY, "es").keys()
        assert {what for name, what in found.items() if name not in left_out(CITY, "es")} == {"update"}
        assert set(of_dashboards(pushed(one, tmp_path)).values()) == {"same", "changed by staff"}


@pytest.mark.parametrize("after", [1, 5, 10])
def test_a_push_that_was_cut_off_can_be_repeated(kibana: Stub, tmp_path: Path, after: int) -> None:
    kibana.fails_after = after
    with pytest.raises(UnavailableError):
        pushed(kibana, tmp_path)
    kibana.fails_after = None
    assert not {"changed by staff", "removed by staff"} & {step.what for step in pushed(kibana, tmp_path)}
    assert {step.what for step in pushed(kibana, tmp_path)} == {"same"}


@pytest.mark.parametrize(
    ("at", "fault", "error", "says"),
    [
        ("/api/dashboards/", "refuse", ConfigurationError, "ESCUCHA_ELASTICSEARCH_API_KEY"),
        ("/api/dashboards/", "busy", UnavailableError, "not ready"),
        ("/api/dashboards/", "drop", UnavailableError, "does not answer"),
        ("/api/dashboards/", "drip", UnavailableError, "no whole answer within"),
        ("/api/dashboards/", "hang", UnavailableError, "does not answer"),
        ("/api/dashboards/", "garbage", ConfigurationError, "not Kibana"),
        ("/api/dashboards/", "no object", ConfigurationError, "not Kibana"),
        ("/api/dashboards/", "broken", EscuchaError, "internal server error"),
        ("/api/status", "refuse", ConfigurationError, "ESCUCHA_ELASTICSEARCH_API_KEY"),
        ("/api/status", "garbage", ConfigurationError, "not Kibana"),
    ],
)
def test_calls_that_fail_change_no_dashboard_and_say_why(
    kibana: Stub, tmp_path: Path, at: str, fault: str, error: type[Exception], says: str
) -> None:
    pushed(kibana, tmp_path)
    before = json.dumps(list(kibana.objects["escucha-es"].values()))
    kibana.fault, kibana.fault_at = fault, at
    with pytest.raises(error, match=says):
        pushed(kibana, tmp_path, overwrite=True)
    assert json.dumps(list(kibana.objects["escucha-es"].values())) == before
    kibana.fault = ""
    assert {step.what for step in pushed(kibana, tmp_path)} == {"same"}


def test_a_body_that_kibana_refuses_is_told_with_its_place(kibana: Stub) -> None:
    kibana.spaces["escucha-es"] = {}
    body = {**bodies(CITY, "es")[NOW], "timeRestore": True}
    with KibanaClient(kibana.url, CITY, Settings()) as client, pytest.raises(EscuchaError, match="timeRestore"):
        client.send("PUT", f"/s/escucha-es/api/dashboards/{NOW}", body)


def test_a_status_that_is_no_version_means_saved_objects(kibana: Stub) -> None:
    for version, expected in (("9.5.1", (9, 5)), ("10.12.3-rc1", (10, 12)), (None, (0, 0)), ("main", (0, 0))):
        kibana.version = version
        with KibanaClient(kibana.url, CITY, Settings()) as client:
            assert client.version() == expected
