"""Test a real `escucha portal`, up to a case by the model."""

import contextlib
import json
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest

from tests.support.deployment import ROOT, environment, escucha, write_posts, write_profile
from tests.support.portal_facts import ENTRY, FORM
from tests.support.running import free_ports

pytestmark = pytest.mark.slow


@dataclass
class Portal:
    """Hold a running portal."""

    address: str
    env: dict[str, str]
    log: Path

    def get(self, path: str) -> httpx.Response:
        return httpx.get(f"{self.address}/open311/{path}", timeout=120, trust_env=False)

    def post(self, content: bytes | None = None, data: dict[str, str] | None = None) -> httpx.Response:
        kind = {"content-type": "application/x-www-form-urlencoded"}
        where = f"{self.address}/open311/v2/requests.json"
        return httpx.post(where, content=content, data=data, headers=kind, timeout=120, trust_env=False)


@pytest.fixture(scope="module")
def portal(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Portal]:
    folder = tmp_path_factory.mktemp("portal")
    write_posts(folder / "posts.jsonl", 4)
    profile = write_profile(folder, folder / "posts.jsonl")
    profile.write_text(profile.read_text().replace("[triage]", "[sources.inbox]\n[triage]"))
    (port,) = free_ports(1)
    env = environment(folder / "home", profile, ESCUCHA_PORTAL_PORT=port, ESCUCHA_PORTAL_OPEN311_KEYS=ENTRY)
    log = folder / "portal.log"
    with log.open("wb") as out:
        program = subprocess.Popen([sys.executable, "-m", "escucha.cli", "portal"], env=env, cwd=ROOT, stdout=out, stderr=out)
    running = Portal(f"http://127.0.0.1:{port}", env, log)
    try:
        until = time.monotonic() + 300
        while not answers(running):
            assert program.poll() is None, log.read_text()
            assert time.monotonic() < until, log.read_text()
            time.sleep(0.1)
        yield running
    finally:
        program.terminate()
        program.wait(20)


def answers(portal: Portal) -> bool:
    with contextlib.suppress(httpx.HTTPError):
        return httpx.get(f"{portal.address}/alive", timeout=5, trust_env=False).status_code == 200
    return False


@pytest.mark.parametrize("form", ["json", "xml"])
@pytest.mark.parametrize("path", ["discovery", "v2/services", "v2/services/noise", "v2/requests"])
def test_each_address_answers_and_head_has_its_headers_without_a_body(portal: Portal, path: str, form: str) -> None:
    answer = portal.get(f"{path}.{form}")
    assert (answer.status_code, form in answer.headers["content-type"]) == (200, True)
    head = httpx.head(f"{portal.address}/open311/{path}.{form}", timeout=120, trust_env=False)
    assert (head.status_code, head.content) == (200, b"")
    for name in ("etag", "content-length", "content-type"):
        assert head.headers[name] == answer.headers[name]


def test_ten_megabytes_are_refused_in_words_and_the_next_request_is_served(portal: Portal) -> None:
    answer = portal.post(content=b"description=" + b"x" * 500_000)
    assert (answer.status_code, answer.json()[0]["code"]) == (413, 413)
    with contextlib.suppress(httpx.HTTPError):  # the server may end the connection while we still send
        assert portal.post(content=b"description=" + b"x" * 10_000_000).status_code == 413
    assert portal.get("v2/services.json").status_code == 200


def test_a_request_becomes_a_case_and_its_state_is_followed_and_nothing_personal_is_said(portal: Portal) -> None:
    sent = FORM | {"first_name": "Canaria", "email": "canaria@example.org"}
    (row,) = portal.post(data=sent).json()
    assert portal.post(data=sent).json() == [row]
    own = f"v2/requests/{row['service_request_id']}.json"
    (request,) = portal.get(own).json()
    for step in ("collect", "classify", "triage"):  # the pass that comes finds nothing left to decide about it
        escucha(step, env=portal.env)
    assert portal.get(own).json() == [request]
    assert request["agency_responsible"] == "Atención a la ciudadanía"
    assert (request["service_request_id"], request["service_code"], request["status"]) == (
        row["service_request_id"],
        "street_lighting",
        "open",
    )
    assert "Lavapiés" in request["address"]
    number = request["description"].partition("[")[2].rstrip("]")
    (case,) = portal.get(f"v2/requests/{number}.json").json()
    assert case["address"] == request["address"]
    assert number in [one["service_request_id"] for one in portal.get("v2/requests.json?status=open").json()]
    said = json.dumps(request) + portal.get("v2/requests.xml").text + portal.log.read_text()
    assert [word for word in ("anaria", "mes fundida", sent["api_key"]) if word in said] == []


def test_a_key_is_made_by_the_command_and_stored_nowhere(portal: Portal) -> None:
    made = escucha("open311-key", "council-app", "--topic", "noise", env=portal.env).stdout.decode().splitlines()
    key, entry = (line.rpartition(": ")[2] for line in made)
    assert key.startswith("o311_")
    assert entry.startswith("council-app:")
    assert entry.endswith(":noise")
    assert key not in entry


def test_keys_without_an_inbox_end_with_code_2_and_the_cure(portal: Portal, tmp_path: Path) -> None:
    profile = write_profile(tmp_path, tmp_path / "posts.jsonl")
    env = portal.env | {"ESCUCHA_CITY": str(profile), "ESCUCHA_HOME": str(tmp_path / "home")}
    done = escucha("portal", env=env, check=False)
    assert done.returncode == 2
    assert b"add [sources.inbox]" in done.stderr
