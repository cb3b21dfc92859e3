"""`escucha dashboards`: what is written, pushed and said, with and without a search engine that Kibana can read."""

import json
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from escucha.cli import main
from escucha.commands.kibana import NO_ENGINE
from search.connection.engine import Engine
from search.index.districts import DISTRICTS, plan_districts
from tests.support.kibana_objects import CITY
from tests.support.stubs.kibana import Stub, running

pytest_plugins = ("tests.support.engines",)

Run = Callable[..., list[str]]


@pytest.fixture
def kibana() -> Iterator[Stub]:
    with running() as one:
        yield one


@pytest.fixture
def run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    monkeypatch.setenv("ESCUCHA_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("ESCUCHA_ELASTICSEARCH_URL", raising=False)

    def call(*arguments: str) -> list[str]:
        assert main(["dashboards", *arguments, "--city", str(CITY.path)]) == 0
        return capsys.readouterr().out.splitlines()

    return call


def test_an_export_names_its_files(run: Run, tmp_path: Path) -> None:
    folder = tmp_path / "kibana"
    names = {f"{one}.{language}.{end}" for one, end in FILES for language in CITY.languages}
    assert {Path(line).name for line in run("export", str(folder))} == names


FILES = (("escucha", "ndjson"), ("opensearch", "ndjson"))


def test_a_push_without_an_engine_that_kibana_reads_says_that_the_map_stays_empty(run: Run, kibana: Stub) -> None:
    lines = run("push", "--kibana", kibana.url)
    assert "create: dashboard escucha-now-es in escucha-es" in lines
    assert lines[-2] == NO_ENGINE
    assert json.loads(lines[-1]).keys() == {"create"}


def test_a_dry_run_says_that_the_outlines_would_be_written(run: Run, kibana: Stub, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.client.options(ignore_status=404).indices.delete(index=DISTRICTS)
    monkeypatch.setenv("ESCUCHA_ELASTICSEARCH_URL", engine.url)
    lines = run("push", "--kibana", kibana.url, "--dry-run")
    assert lines[-2] == "create: index escucha-districts (21 outlines written, 0 deleted)"
    assert kibana.writes == []
    assert plan_districts(engine, {}).is_new


@pytest.mark.needs("shape_fields")
def test_a_push_writes_the_outlines_once(run: Run, kibana: Stub, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> None:
    engine.client.options(ignore_status=404).indices.delete(index=DISTRICTS)
    monkeypatch.setenv("ESCUCHA_ELASTICSEARCH_URL", engine.url)
    assert "create: index escucha-districts (21 outlines written, 0 deleted)" in run("push", "--kibana", kibana.url)
    assert engine.client.count(index=DISTRICTS)["count"] == 21
    assert [json.loads(line).keys() for line in run("push", "--kibana", kibana.url)] == [{"same"}]
