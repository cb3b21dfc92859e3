"""A search engine that is refused, dropped, slow as a drip, hanging or talking nonsense: pages stay fast, steps end in words."""

import inspect
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import elastic_transport
import elastic_transport._exceptions
import elasticsearch
import elasticsearch.exceptions
import pytest
from elastic_transport import ApiResponseMeta, HttpHeaders, NodeConfig
from starlette.testclient import TestClient

from core.config.settings import Settings
from core.errors import EscuchaError, UnavailableError
from desk.app import create_app
from pipeline.context import Context
from search.connection import circuit_breaker, embedded, engine, transport
from search.connection.circuit_breaker import CircuitBreaker
from search.connection.engine import connect
from tests.component.desk.test_desk_painter import NOW
from tests.support.deployment import escucha
from tests.support.seeded import open_seeded
from tests.support.toxic import POISONS, toxic

URL = "http://127.0.0.1:9"
META = ApiResponseMeta(503, "1.1", HttpHeaders(), 0.1, NodeConfig("http", "127.0.0.1", 9))


def kinds() -> list[type[Exception]]:
    found: set[type[Exception]] = set()
    for module in (elastic_transport, elastic_transport._exceptions, elasticsearch, elasticsearch.exceptions):
        for one in vars(module).values():
            if inspect.isclass(one) and issubclass(one, Exception) and not issubclass(one, Warning):
                found.add(one)
    return sorted(found, key=lambda one: one.__module__ + one.__name__)


@pytest.mark.parametrize("kind", kinds(), ids=lambda kind: kind.__name__)
def test_no_error_of_the_driver_escapes(kind: type[Exception]) -> None:
    is_answer = issubclass(kind, elasticsearch.ApiError | elastic_transport.ApiError)
    error = kind("no", META, {"error": "no"}) if is_answer else kind("no")
    with pytest.raises(EscuchaError), transport.translate_errors(URL):
        raise error
    if not is_answer and not issubclass(kind, elastic_transport.TlsError):
        with pytest.raises(UnavailableError), transport.translate_errors(URL):
            raise error


@pytest.mark.parametrize("error", [OSError("x"), ValueError("x"), KeyError("x"), UnicodeDecodeError("utf-8", b"", 0, 1, "x")])
def test_no_error_of_the_libraries_below_escapes(error: Exception) -> None:
    with pytest.raises(UnavailableError), transport.translate_errors(URL):
        raise error


@pytest.mark.parametrize("poison", POISONS)
def test_a_greeting_ends_in_words_within_its_time(poison: str) -> None:
    with toxic(poison) as server, pytest.raises(EscuchaError, match=r"127\.0\.0\.1"):
        connect(Settings(elasticsearch_url=f"http://127.0.0.1:{server.port}"), timeout_s=1.0)


@pytest.fixture(scope="module")
def context(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Context]:
    made = open_seeded(tmp_path_factory.mktemp("toxic"), 12, NOW)
    yield made
    made.ledger.close()


PAGES = ("/posts?q=contenedores", "/sources", "/dashboards/now", "/", "/cases", "/progress", "/posts")


def look(context: Context, port: int) -> list[tuple[str, int, str]]:
    context.settings = context.settings.model_copy(update={"elasticsearch_url": f"http://127.0.0.1:{port}"})
    seen = []
    with TestClient(
        create_app(context), base_url="http://127.0.0.1:8800", client=("127.0.0.1", 50000), raise_server_exceptions=False
    ) as browser:
        for _ in range(2):
            for path in PAGES:
                answer = browser.get(path)
                seen.append((path, answer.status_code, answer.text))
    return seen


@pytest.mark.parametrize("poison", [one for one in POISONS if one != "refuse"])
def test_one_page_asks_the_engine_and_all_show_what_the_ledger_has(context: Context, poison: str, monkeypatch: pytest.MonkeyPatch) -> None:
    ping: list[float] = []

    def greet(*what: Any, **more: Any) -> engine.Engine:
        ping.append(time.monotonic())
        return connect(*what, **more)

    monkeypatch.setattr(circuit_breaker, "connect", greet)
    began = time.monotonic()
    with toxic(poison) as server:
        seen = look(context, server.port)
    assert {(path, status) for path, status, _ in seen} == {(path, 200) for path in PAGES}
    found = [text for path, _, text in seen if path == "/posts?q=contenedores"]
    assert all("llevan una semana sin recoger" in text for text in found), "the ledger's results"
    assert 1 <= len(ping) <= 1 + (time.monotonic() - began) / circuit_breaker.OPEN_S, "more than one page waited"


def test_a_question_that_drips_through_several_requests_still_ends(tmp_path: Path) -> None:
    """Each request alone is in time; the page's limit counts them together."""
    door = CircuitBreaker(Settings(home=tmp_path), page_s=1.0)
    door._engine = engine.Engine(None, "osmem", "3", URL, embedded=False)  # type: ignore[arg-type]

    class Slow:
        def within(self, seconds: float) -> "Slow":
            return self

    door._connected = lambda seconds: Slow()  # type: ignore[method-assign,assignment,return-value]
    asked: list[int] = []

    def drip(_: engine.Engine) -> None:
        for number in range(600):
            asked.append(number)
            time.sleep(0.05)

    with pytest.raises(UnavailableError, match="did not answer within"):
        door.ask(drip)
    assert 1 < len(asked) < 600  # given up while it goes on


def test_the_breaker_opens_greets_once_and_closes_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = Settings(home=tmp_path / "home")
    real = connect(home)
    known = embedded.running(home)
    assert known is not None
    try:
        with toxic("silence", upstream=int(real.url.rsplit(":", 1)[1])) as server:
            url = f"http://127.0.0.1:{server.port}"
            door = CircuitBreaker(Settings(home=tmp_path, elasticsearch_url=url), page_s=0.3, open_s=600)
            for _ in range(3):
                with pytest.raises(UnavailableError):
                    door.ask(engine.ping)
            server.until_heard(1)
            assert len(server.heard) == 1, "while it is open nothing is asked"
            door._open_until = 0.0  # the pause is over
            for _ in range(3):
                with pytest.raises(UnavailableError):
                    door.ask(engine.ping)
            server.until_heard(2)
            assert len(server.heard) == 2, "one greeting by one page"
            while door._probing:  # goes on in the background after the page gave up
                time.sleep(0.01)
            server.poison, door.page_s, door._open_until = "well", 30.0, 0.0
            monkeypatch.setattr(circuit_breaker, "PROBE_S", 30.0)
            with pytest.raises(EscuchaError, match="lacks a privilege"):  # it is asked again: this engine wants its token
                door.ask(engine.ping)
    finally:
        engine.stop_embedded(home)


@pytest.mark.parametrize("poison", ["silence", "drip", "html", "half"])
@pytest.mark.parametrize("command", ["index", "verify", "status", "check"])
@pytest.mark.slow
def test_steps_end_in_words_with_exit_code_1(tmp_path: Path, command: str, poison: str) -> None:
    if (command, poison) not in (("index", "silence"), ("verify", "drip"), ("status", "half"), ("check", "html"), ("index", "html")):
        pytest.skip("one of each is enough: every start of Python costs seconds")
    with toxic(poison) as server:
        env = {key: value for key, value in os.environ.items() if not key.startswith("ESCUCHA_")} | {
            "ESCUCHA_HOME": str(tmp_path),
            "ESCUCHA_ELASTICSEARCH_URL": f"http://127.0.0.1:{server.port}",
        }
        escucha("user", "--list", env=env)  # `verify` and `status` make no ledger
        done = escucha(command, env=env, check=False)
    assert b"Traceback" not in done.stderr
    assert f"127.0.0.1:{server.port}".encode() in done.stderr + done.stdout
    assert done.returncode == (0 if command == "status" else 1)


def test_an_answer_without_end_is_given_up_by_its_size(monkeypatch: pytest.MonkeyPatch) -> None:
    """A server that is fast enough fills the memory long before any time is up."""
    monkeypatch.setattr(transport, "MAX_ANSWER_BYTES", 5_000_000)
    with toxic("flood") as server, pytest.raises(UnavailableError, match=r"larger than 5,000,000 bytes"):
        connect(Settings(elasticsearch_url=f"http://127.0.0.1:{server.port}"), timeout_s=30.0)
