"""Who gets in before there are users, and how the first one is made: nobody but this machine, or the holder of the one-time link."""

import os
import re
import socket
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from starlette.routing import Mount, Route
from starlette.testclient import TestClient

from core.config.settings import Settings
from core.errors import ConfigurationError, UnavailableError
from core.privacy.secret_filter import without_secrets
from core.web.peer import is_foreign
from desk.app import create_app
from desk.auth.security import refuse_plain_http, users_demanded
from desk.auth.users import set_user
from desk.http.admission import OPEN, OPEN_FOLDERS
from desk.pages.admin.setup import LINE, VALID_S, FirstUser
from ledger import read
from pipeline.context import Context
from tests.support.seeded import NOW, open_seeded

PASSWORD = "una clave bien larga 27"  # noqa: S105
SITE = {"desk_url": "https://escucha.example.org"}


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = open_seeded(tmp_path, 12, NOW)
    yield context
    context.ledger.close()


def site(context: Context, **settings: object) -> Context:
    return replace(context, settings=context.settings.model_copy(update=settings))


def caller(context: Context, host: str = "127.0.0.1:8800", peer: str = "127.0.0.1", **headers: str) -> TestClient:
    more = {name.replace("_", "-"): value for name, value in headers.items()}
    app = create_app(context)
    return TestClient(app, base_url=f"http://{host}", client=(peer, 50000), headers={"accept-language": "en"} | more)


def private(context: Context) -> list[str]:
    """Every address of the desk that is not for citizens, taken from the application itself."""
    paths = [route.path for route in create_app(context).routes if isinstance(route, Route | Mount)]
    closed = [path for path in paths if path not in OPEN and not f"{path}/".startswith(OPEN_FOLDERS)]
    return [re.sub(r"\{[^}]+\}", "x", path) for path in closed if not path.startswith("/public/data")]


FORWARDED = [
    {"x_forwarded_for": "203.0.113.9"},
    {"x_forwarded_for": ""},
    {"x_forwarded_for": "127.0.0.1"},
    {"x_real_ip": "127.0.0.1"},
    {"forwarded": "for=127.0.0.1"},
    {"via": "1.1 proxy"},
    {"x_forwarded_host": "x"},
    {"x_forwarded_proto": "https"},
    {"cf_connecting_ip": "203.0.113.9"},
    {"true_client_ip": "203.0.113.9"},
    {"x_forwarded_port": "443"},
    {"origin": "https://escucha.example.org"},
]


@pytest.mark.parametrize("headers", FORWARDED, ids=str)
def test_without_users_nothing_that_came_through_a_proxy_is_answered(context: Context, headers: dict[str, str]) -> None:
    stranger = caller(context, **headers)
    answers = {path: stranger.get(path, follow_redirects=False).status_code for path in private(context)}
    assert len(answers) >= 18
    assert set(answers.values()) == {403}
    assert "has no users yet" in stranger.get("/cases").text


@pytest.mark.parametrize(
    ("host", "peer", "status"),
    [
        ("127.0.0.1:8800", "127.0.0.1", 200),
        ("localhost:8800", "127.0.0.1", 200),
        ("[::1]:8800", "::1", 200),
        ("127.0.0.1:8800", "10.0.0.7", 403),
        ("127.0.0.1:8800", "", 403),
        ("127.0.0.1:8800", "testclient", 403),
        ("escucha.example.org", "127.0.0.1", 400),
        ("127.0.0.1.example.org", "127.0.0.1", 400),
    ],
)
def test_without_users_only_this_machine_by_its_own_name_is_answered(context: Context, host: str, peer: str, status: int) -> None:
    assert caller(context, host, peer).get("/cases").status_code == status


def test_without_users_the_machine_itself_works_as_before(context: Context) -> None:
    assert caller(context, origin="http://127.0.0.1:8800").get("/cases").status_code == 200
    assert caller(context, origin="null").get("/cases").status_code == 200  # what a browser sends with our own forms
    assert caller(context).get("/setup").status_code == 403


@pytest.mark.parametrize("headers", [{}, *FORWARDED[:2]], ids=str)
@pytest.mark.parametrize("path", ["/public", "/public/data.csv", "/public/data.json", "/notice", "/alive"])
def test_pages_for_citizens_are_open_to_everybody(context: Context, path: str, headers: dict[str, str]) -> None:
    context = site(context, **SITE)
    answer = caller(context, "escucha.example.org", "203.0.113.9", **headers).get(path, follow_redirects=False)
    assert answer.status_code == (307 if path.startswith("/public") else 200)


@pytest.mark.parametrize(
    ("settings", "demanded"),
    [
        ({}, False),
        ({"desk_url": "http://localhost:8800"}, False),
        ({"desk_url": "http://[::1]:8800"}, False),
        ({"desk_url": "https://escucha.example.org"}, True),
        ({"desk_url": "http://10.0.0.5:8800"}, True),
        ({"desk_host": "0.0.0.0"}, True),
        ({"desk_host": "10.0.0.5"}, True),
        ({"trusted_proxies": "127.0.0.1"}, True),
    ],
)
def test_a_desk_for_others_demands_users(settings: dict[str, str], demanded: bool) -> None:
    assert users_demanded(Settings(**settings)) is demanded  # type: ignore[arg-type]


@pytest.mark.parametrize("host", ["127.0.0.1:8800", "escucha.example.org"])
def test_where_users_are_demanded_and_there_are_none_even_this_machine_gets_words_only(context: Context, host: str) -> None:
    client = caller(site(context, **SITE), host)
    for path in private(context):
        answer = client.get(path, follow_redirects=False)
        assert answer.status_code == 403, path
    assert "one-time link" in client.get("/").text
    assert "escucha user NAME --role admin" in client.get("/cases").text
    assert "set-cookie" not in client.get("/cases").headers


def form(token: str, name: str = "rosa", password: str = PASSWORD, again: str = PASSWORD) -> dict[str, str]:
    return {"token": token, "name": name, "password": password, "again": again}


def test_the_one_time_link_makes_the_first_user_once(context: Context) -> None:
    client = caller(site(context, **SITE), "escucha.example.org")
    first = client.app.state.desk.first_user  # type: ignore[attr-defined]
    assert client.get("/setup?once=").status_code == 403  # no link was written yet: no token opens it
    token = first.issue()
    assert client.get("/setup").status_code == 403
    assert client.get(f"/setup?once={token[:-1]}").status_code == 403
    assert client.post("/setup", data=form("guessed")).status_code == 403
    assert client.get(f"/setup?once={token}").status_code == 200
    assert "not the same" in client.post("/setup", data=form(token, again="otra")).text
    short = {"password": "corta", "again": "corta"}
    assert client.post("/setup", data=form(token) | short).status_code == 400
    assert not read.has_users(context.ledger)
    assert client.post("/setup", data=form(token), follow_redirects=False).headers["location"] == "/login"
    stored = read.user(context.ledger, "rosa")
    assert stored is not None
    assert stored.role == "admin"
    assert client.get(f"/setup?once={token}").status_code == 404
    assert client.post("/setup", data=form(token, name="eva")).status_code == 404
    assert client.post("/setup", data=form(first.issue(), name="eva")).status_code == 404
    assert read.user(context.ledger, "eva") is None
    assert client.get("/cases", follow_redirects=False).headers["location"].startswith("/login")


def test_the_link_ends_with_its_hour_and_with_the_next_one(context: Context) -> None:
    client = caller(site(context, **SITE), "escucha.example.org")
    first = client.app.state.desk.first_user  # type: ignore[attr-defined]
    moment = 1000.0
    first.clock = lambda: moment
    old, new = first.issue(), first.issue()
    assert [client.get(f"/setup?once={one}").status_code for one in (old, new)] == [403, 200]
    moment += VALID_S
    assert client.get(f"/setup?once={new}").status_code == 403
    assert new not in repr(vars(first))  # its hash alone is kept


def test_a_user_made_by_command_closes_the_set_up_page_too(context: Context) -> None:
    client = caller(site(context, **SITE), "escucha.example.org")
    token = client.app.state.desk.first_user.issue()  # type: ignore[attr-defined]
    set_user(context.ledger, "rosa", PASSWORD, "admin")
    assert client.get(f"/setup?once={token}").status_code == 404
    assert client.post("/setup", data=form(token, name="eva")).status_code == 404


def test_guessing_links_is_slowed_down(context: Context) -> None:
    client = caller(site(context, **SITE), "escucha.example.org")
    statuses = [client.get(f"/setup?once={n}").status_code for n in range(22)]
    assert statuses == [403] * 20 + [429] * 2


def test_plain_http_on_a_network_is_refused_in_words() -> None:
    with pytest.raises(ConfigurationError, match="ESCUCHA_DESK_PLAIN_HTTP=true"):
        refuse_plain_http(Settings(desk_host="0.0.0.0"))
    with pytest.raises(ConfigurationError, match="ESCUCHA_TRUSTED_PROXIES"):
        refuse_plain_http(Settings(desk_host="0.0.0.0", desk_url="https://escucha.example.org"))
    refuse_plain_http(Settings(desk_host="0.0.0.0", desk_plain_http=True))
    refuse_plain_http(Settings(desk_host="0.0.0.0", desk_url="https://x.example", trusted_proxies="10.0.0.1"))
    refuse_plain_http(Settings())


def test_cookies_and_hsts_follow_the_address(context: Context) -> None:
    set_user(context.ledger, "rosa", PASSWORD, "admin")
    secure = caller(site(context, **SITE), "escucha.example.org").get("/login")
    assert secure.headers["strict-transport-security"] == "max-age=31536000"
    assert "secure" in secure.headers["set-cookie"].lower()
    plain = caller(context).get("/login")
    assert "strict-transport-security" not in plain.headers


def test_a_ledger_that_does_not_answer_lets_nobody_in_and_says_so(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    def away(ledger: object) -> bool:
        raise UnavailableError("the ledger does not answer")

    monkeypatch.setattr(read, "has_users", away)
    answer = caller(context).get("/cases")
    assert (answer.status_code, "the ledger does not answer" in answer.text) == (503, True)


def test_a_connection_of_another_account_of_this_machine_is_not_the_person_at_it() -> None:
    """A web server of its own account may hide every sign of itself; the system still knows whose socket it is."""
    if os.geteuid() != 0:
        pytest.skip("needs root, to connect as another account")
    ask = (
        "import encodings.idna, os, sys, socket; os.setuid(int(sys.argv[2])); "
        "s = socket.create_connection(('127.0.0.1', int(sys.argv[1]))); s.recv(1)"
    )
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(60)
        port = server.getsockname()[1]
        for account, foreign in ((65534, True), (0, False)):
            with subprocess.Popen([sys.executable, "-c", ask, str(port), str(account)]) as child:
                connection, client = server.accept()
                assert is_foreign(client, connection.getsockname()) is foreign
                connection.close()
                child.wait(60)


def test_the_line_with_the_link_reaches_the_log_with_its_token() -> None:
    """Secrets are taken out of every line of the log; this one is meant to be read there."""
    link = f"https://escucha.example.org/setup?once={FirstUser().issue()}"
    assert without_secrets(f"{LINE}{link}") == f"{LINE}{link}"
