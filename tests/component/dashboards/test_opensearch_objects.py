"""The charts for OpenSearch Dashboards draw the ledger's numbers: asked of the engine, drawn by Vega itself."""

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree
from zoneinfo import ZoneInfo

import orjson
import pytest
import vl_convert

from core.config.city import load_city
from dashboards import expected
from dashboards.kibana.opensearch import opensearch_objects
from dashboards.kibana.vega_lite import is_drawn
from dashboards.panels import PANELS, Panel, Window
from search import queries
from search.connection.engine import Engine
from search.index import writer
from tests.support.made_facts import many_cases, many_posts

pytest_plugins = ("tests.support.engines",)

CITY = load_city(Path(__file__).parents[3] / "cities" / "madrid.toml")
Json = dict[str, Any]


def spec_of(key: str, language: str = "en") -> Json:
    wanted = f"escucha-os-{key}-{language}".replace("_", "-")
    chart = next(one for one in opensearch_objects(CITY, language) if one["id"] == wanted)
    found: Json = json.loads(json.loads(chart["attributes"]["visState"])["params"]["spec"])
    return found


def asked(engine: Engine, url: Json, view: Window) -> Json:
    """Ask as OpenSearch Dashboards does: the dashboard's period becomes the query."""
    body, field = dict(url["body"]), url.get("%timefield%")
    assert url["%context%"] is True
    assert "query" not in body, "a separate query excludes %context%"
    span = {"gte": view.start.isoformat(), "lt": view.now.isoformat()}
    body["query"] = {"range": {field: span}} if field else {"match_all": {}}
    return queries.run(engine, url["index"].removeprefix("escucha-"), body)


def drawn_numbers(spec: Json, answer: Json) -> list[float]:
    """Let Vega draw the answer with every number as a text, and read the texts."""
    inline = {**spec, "data": {"values": answer, "format": spec["data"]["format"]}}
    rows = {key: inline[key] for key in ("$schema", "data", "transform")}
    text = {"text": {"field": "n", "type": "quantitative", "format": "d"}, "detail": {"field": "n", "type": "nominal"}}
    plain = {**rows, "mark": "text", "encoding": text}
    assert "<svg" in vl_convert.vegalite_to_svg(orjson.dumps(inline).decode(), allowed_base_urls=[])
    svg = ElementTree.fromstring(vl_convert.vegalite_to_svg(orjson.dumps(plain).decode(), allowed_base_urls=[]))  # noqa: S314
    words = [text.strip() for text in svg.itertext() if text.strip()]
    return sorted(float(word) for word in words if word.isdigit() and word != "0")


def test_every_chart_draws_the_ledgers_numbers(engine: Engine) -> None:
    now = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=1)  # `now` of the engine is the machine's
    view = Window(now=now, zone=ZoneInfo("Europe/Madrid"))
    posts, cases = many_posts(500, now, seed=31), many_cases(400, now, seed=32)
    writer.write(engine, posts, cases)
    writer.refresh(engine)
    panels = [panel for panel in PANELS.values() if is_drawn(panel)]
    assert len(panels) > 30
    for panel in panels:
        spec = spec_of(panel.key)
        found = drawn_numbers(spec, asked(engine, spec["data"]["url"], view))
        numbers = sorted(float(row[-1] or 0) for row in expected.rows(panel, posts, cases, view) if row[-1])
        assert found == numbers, panel.key


@pytest.mark.parametrize("language", ["es", "en"])
def test_objects_have_no_dangling_reference_and_only_keys_of_opensearch_dashboards(language: str) -> None:
    objects = opensearch_objects(CITY, language)
    ids = {(one["type"], one["id"]) for one in objects}
    assert len(ids) == len(objects)
    for one in objects:
        assert one.keys() == {"type", "id", "attributes", "references", "migrationVersion"}
        assert {(ref["type"], ref["id"]) for ref in one["references"]} <= ids
        if one["type"] == "dashboard":
            panels = json.loads(one["attributes"]["panelsJSON"])
            assert [panel["panelRefName"] for panel in panels] == [ref["name"] for ref in one["references"]]


def test_texts_of_a_chart_are_in_the_language_of_the_set() -> None:
    assert "'noise':'Ruido'" in json.dumps(spec_of("complaints_by_topic", "es"), ensure_ascii=False)
    assert spec_of("complaints_by_topic", "es")["title"] == "Quejas por servicio"


def test_a_panel_that_vega_cannot_ask_is_left_to_the_desk() -> None:
    left: list[Panel] = [PANELS[key] for key in ("answer_times", "complaints_by_hour", "rising_topics", "latest_actionable", "agreement")]
    assert not any(is_drawn(panel) for panel in left)
