"""Which search engine serves: the one that is named and fits, or one embedded engine a home, never a stranger on some port."""

import json
import os
import signal
import socket
import subprocess
import sys
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import psutil
import pytest
from pydantic import SecretStr

from core.config.settings import Settings
from core.errors import ConfigurationError, UnavailableError
from search.connection import pidfile
from search.connection.engine import connect, stop_embedded

ROOT = Path(__file__).parents[3]


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Settings]:
    settings = Settings(home=tmp_path / "var")
    yield settings
    stop_embedded(settings)


def written_down(settings: Settings) -> dict[str, Any]:
    found: dict[str, Any] = json.loads((settings.home / "run" / "search.json").read_text())
    return found


def test_without_an_address_one_embedded_engine_is_started_and_found_again(home: Settings) -> None:
    first = connect(home)
    assert (first.flavour, first.embedded, first.answers()) == ("osmem", True, True)
    assert connect(home).url == first.url
    assert connect(home, start_embedded=False).url == first.url
    assert written_down(home)["url"] == first.url


def test_a_question_starts_no_engine_and_writes_nothing(home: Settings) -> None:
    with pytest.raises(UnavailableError, match="is not running"):
        connect(home, start_embedded=False)
    assert not home.home.exists()


def test_the_engine_outlives_the_command_that_started_it(home: Settings) -> None:
    code = "from core.config.settings import Settings; from search.connection.engine import connect; print(connect(Settings()).url)"
    environment = {**os.environ, "ESCUCHA_HOME": str(home.home), "PYTHONPATH": str(ROOT)}
    said = subprocess.run([sys.executable, "-c", code], env=environment, check=True, capture_output=True, text=True)
    assert connect(home, start_embedded=False).url == said.stdout.strip()


def test_eight_starts_at_once_end_with_one_engine(home: Settings) -> None:
    with ThreadPoolExecutor(8) as pool:
        addresses = set(pool.map(lambda _: connect(home).url, range(8)))
    assert len(addresses) == 1


def test_stopping_ends_the_process_and_is_harmless_twice(home: Settings) -> None:
    connect(home)
    pid = written_down(home)["pid"]
    assert stop_embedded(home) is True
    assert not psutil.pid_exists(pid)
    assert stop_embedded(home) is False


def test_after_a_kill_a_new_engine_is_started(home: Settings) -> None:
    first = connect(home)
    os.kill(written_down(home)["pid"], signal.SIGKILL)
    psutil.Process(written_down(home)["pid"]).wait(60)
    with pytest.raises(UnavailableError):
        connect(home, start_embedded=False)
    assert connect(home).answers()
    assert not first.answers()


def test_a_process_that_only_has_the_same_number_is_neither_used_nor_ended(home: Settings) -> None:
    pidfile.run_folder(home)
    pidfile.write_pidfile(home, pidfile.EngineProcess(pid=os.getpid(), started=1.0, url="http://127.0.0.1:1"))
    with pytest.raises(UnavailableError, match="is not running"):
        connect(home, start_embedded=False)
    assert stop_embedded(home) is False
    assert connect(home).answers()


def test_a_start_that_was_killed_halfway_is_ended_by_the_next(home: Settings) -> None:
    with subprocess.Popen(["/bin/sh", "-c", "read -r go"], stdin=subprocess.PIPE) as half:
        pidfile.run_folder(home)
        pidfile.write_pidfile(home, pidfile.EngineProcess(pid=half.pid, started=psutil.Process(half.pid).create_time()))
        assert connect(home).answers()
        assert not psutil.pid_exists(half.pid)


def test_a_start_killed_before_its_record_leaves_no_engine_behind(home: Settings) -> None:
    code = (
        "import os, signal; from core.config.settings import Settings; from search.connection import embedded, pidfile\n"
        "pidfile.write_pidfile = lambda *a: os.kill(os.getpid(), signal.SIGKILL)\n"
        "embedded.start(Settings())"
    )
    environment = {**os.environ, "ESCUCHA_HOME": str(home.home), "PYTHONPATH": str(ROOT)}
    assert subprocess.run([sys.executable, "-c", code], env=environment, check=False).returncode == -signal.SIGKILL
    log = str(home.home / "run" / "search.log")
    waiting = [p for p in psutil.process_iter(["open_files"]) if any(f.path == log for f in p.info["open_files"] or [])]
    psutil.wait_procs(waiting, timeout=60)
    assert [p for p in waiting if p.is_running()] == []


def test_the_supervisor_may_choose_the_port_and_a_taken_one_is_told(home: Settings) -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        with pytest.raises(ConfigurationError, match=f"port {port} is taken: set ESCUCHA_SEARCH_PORT"):
            connect(home, port=port)
    assert connect(home, port=port).url == f"http://127.0.0.1:{port}"


class Answer(BaseHTTPRequestHandler):
    """Says what the test wants it to say, and notes who asked."""

    server: "Door"

    def do_GET(self) -> None:
        self.server.asked.append(dict(self.headers))
        self.send_response(self.server.status)
        self.send_header("content-type", self.server.kind)
        self.end_headers()
        self.wfile.write(self.server.said)

    def log_message(self, format: str, *args: object) -> None:
        pass


class Door(ThreadingHTTPServer):
    daemon_threads = True
    status, kind, said = 200, "application/json", b""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Answer)
        self.asked: list[dict[str, str]] = []


@pytest.fixture
def door() -> Iterator[Door]:
    with Door() as one:
        thread = threading.Thread(target=one.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield one
        one.shutdown()
        thread.join()


def at(door: Door, **more: Any) -> Settings:
    return Settings(elasticsearch_url=f"http://127.0.0.1:{door.server_port}", **more)


@pytest.mark.parametrize(
    ("version", "flavour"),
    [
        ({"number": "8.19.0"}, "elasticsearch"),
        ({"number": "9.5.1"}, "elasticsearch"),
        ({"number": "10.0.0"}, "elasticsearch"),
        ({"number": "2.19.1", "distribution": "opensearch"}, "opensearch"),
        ({"number": "3.1.0", "distribution": "opensearch"}, "opensearch"),
    ],
)
def test_supported_engines_are_recognised(door: Door, version: dict[str, str], flavour: str) -> None:
    door.said = json.dumps({"version": version}).encode()
    found = connect(at(door))
    assert (found.flavour, found.version, found.embedded) == (flavour, version["number"], False)


@pytest.mark.parametrize(
    "version", [{"number": "7.17.9"}, {"number": "8.18.4"}, {"number": "2.18.0", "distribution": "opensearch"}, {"number": "new"}]
)
def test_an_engine_that_is_too_old_is_refused_with_what_is_needed(door: Door, version: dict[str, str]) -> None:
    door.said = json.dumps({"version": version}).encode()
    with pytest.raises(ConfigurationError, match=r"too old. Escucha needs (elasticsearch 8.19|opensearch 2.19) or newer"):
        connect(at(door))


@pytest.mark.parametrize("said", [b"{}", b'"hello"', b'{"version": "1"}', b'{"version": {"number": 9}}'])
def test_a_web_server_that_is_no_search_engine_is_refused(door: Door, said: bytes) -> None:
    door.said = said
    with pytest.raises(ConfigurationError, match="not a search engine"):
        connect(at(door))


@pytest.mark.parametrize(
    ("status", "kind", "error", "says"),
    [
        (401, "application/json", ConfigurationError, "ESCUCHA_ELASTICSEARCH_API_KEY"),
        (403, "application/json", ConfigurationError, "lacks a privilege"),
        (503, "application/json", UnavailableError, "busy"),
        (200, "text/html", UnavailableError, "answer of type text/html"),
    ],
)
def test_a_door_that_does_not_open_says_why(door: Door, status: int, kind: str, error: type[Exception], says: str) -> None:
    door.status, door.kind, door.said = status, kind, b"{}"
    with pytest.raises(error, match=says):
        connect(at(door))


def test_an_address_where_nobody_listens_is_unavailable_not_replaced_by_the_embedded_engine(home: Settings) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    with pytest.raises(UnavailableError, match=f"127.0.0.1:{port} does not answer"):
        connect(Settings(home=home.home, elasticsearch_url=f"http://127.0.0.1:{port}"))
    assert not home.home.exists()


HELLO = b'{"version": {"number": "9.3.0"}}'


def test_the_api_key_goes_before_the_user_and_the_user_before_the_address(door: Door) -> None:
    door.said = HELLO
    key = SecretStr("a2V5")
    user: dict[str, Any] = {"elasticsearch_user": "u", "elasticsearch_password": SecretStr("p")}
    address = f"http://in:address@127.0.0.1:{door.server_port}"
    connect(at(door, elasticsearch_api_key=key, **user))
    connect(Settings(elasticsearch_url=address, **user))
    found = connect(Settings(elasticsearch_url=address))
    connect(at(door))
    assert [asked.get("authorization") for asked in door.asked] == ["ApiKey a2V5", "Basic dTpw", "Basic aW46YWRkcmVzcw==", None]
    assert "address" not in found.url


def test_no_media_type_of_one_product_is_sent(door: Door) -> None:
    door.said = HELLO
    connect(at(door))
    assert door.asked[0]["accept"] == "application/json"


@pytest.mark.parametrize(
    ("settings", "says"),
    [
        ({"elasticsearch_url": "http://127.0.0.1:99999999"}, "port is not a number"),
        ({"elasticsearch_url": "ftp://127.0.0.1"}, "is not a URL"),
        ({"elasticsearch_url": "https://127.0.0.1:9200", "elasticsearch_ca": "/no/such.pem"}, "file /no/such.pem not found"),
        ({"elasticsearch_url": "http://127.0.0.1:9200", "elasticsearch_user": "u"}, "set ESCUCHA_ELASTICSEARCH_PASSWORD"),
    ],
)
def test_wrong_settings_are_told_before_anything_is_sent(settings: dict[str, Any], says: str) -> None:
    with pytest.raises(ConfigurationError, match=says):
        connect(Settings(**settings))
