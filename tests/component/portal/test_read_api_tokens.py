"""Test who may read: tokens, scopes, encryption, limits, audit."""

from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from starlette.testclient import TestClient

from core.config.settings import Settings
from core.errors import ChangeRefusedError, ConfigurationError
from core.web.rate_limits import RateLimit
from ledger import read
from ledger.database import Ledger
from pipeline.access import api_tokens
from pipeline.context import now
from portal.api.access import Access
from portal.api.endpoints import ENDPOINTS
from portal.api.problems import ProblemError
from tests.support.portal_facts import bearer, client_of, portal_context
from tests.support.read_api_rig import ALL, ROOT, ask, posts_of


@pytest.fixture
def client(tmp_path: Path, portal_ledger: Ledger) -> TestClient:
    return client_of(portal_context(tmp_path, portal_ledger))


def test_a_token_is_shown_once_stored_as_a_hash_listed_and_revoked(portal_ledger: Ledger, client: TestClient) -> None:
    token = bearer(portal_ledger, "cases")
    secret = token["Authorization"].removeprefix("Bearer ")
    (listed,) = api_tokens.list_tokens(portal_ledger)
    assert (listed.name, listed.scopes, listed.made_by) == ("dashboard", frozenset({"cases"}), "console:eva")
    assert secret not in listed.model_dump_json()
    ask(client, "/cases", token)
    assert api_tokens.list_tokens(portal_ledger)[0].used_at is not None
    assert api_tokens.revoke(portal_ledger, "dashboard", "console:eva")
    assert not api_tokens.revoke(portal_ledger, "dashboard", "console:eva")
    assert ask(client, "/cases", token, 401)["type"] == "urn:escucha:problem:token"
    with pytest.raises(ChangeRefusedError, match="choose another name"):
        bearer(portal_ledger, "posts")
    with pytest.raises(ChangeRefusedError, match="no token with the name other"):
        api_tokens.revoke(portal_ledger, "other", "console:eva")
    entries = [(line.who, line.what, line.subject, line.why) for line in reversed(read.audit(portal_ledger))]
    assert entries == [
        ("console:eva", "api_token_made", "dashboard", "cases"),
        ("token:dashboard", "api_read", "list_cases", "{}"),
        ("console:eva", "api_token_revoked", "dashboard", ""),
    ]


@pytest.mark.parametrize(
    ("name", "scopes", "days", "words"),
    [
        ("Big App", ["posts"], 30, "small letters"),
        ("app", [], 30, "one or more rights"),
        ("app", ["write"], 30, "one or more rights"),
        ("app", ["posts"], 0, "1 to 730 days"),
        ("app", ["posts"], 731, "1 to 730 days"),
    ],
)
def test_a_wrong_token_is_not_made(portal_ledger: Ledger, name: str, scopes: list[str], days: int, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        api_tokens.make(portal_ledger, name, scopes, days, "eva")
    assert api_tokens.list_tokens(portal_ledger) == []


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer x", "Basic esc_x", "Bearer esc_" + "x" * 500, "Bearer esc_é"])
def test_a_request_without_a_valid_token_learns_how_to_get_one(client: TestClient, given: str) -> None:
    answer = client.get(f"{ROOT}/posts", headers={b"Authorization": given.encode()} if given else {})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="escucha"'
    assert "escucha token make" in answer.json()["detail"]


def test_an_expired_token_is_refused(client: TestClient, portal_ledger: Ledger) -> None:
    token = bearer(portal_ledger, "cases")
    with time_machine.travel(now() + timedelta(days=29), tick=False):
        ask(client, "/cases", token)
    with time_machine.travel(now() + timedelta(days=31), tick=False):
        ask(client, "/cases", token, 401)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda one: one.name)
def test_each_scope_opens_its_own_addresses_alone(client: TestClient, portal_ledger: Ledger, endpoint: Any) -> None:
    path = endpoint.path.replace("{post_id}", "x").replace("{case_key}", "x")
    others = bearer(portal_ledger, *(set(ALL) - {endpoint.scope}), name="others")
    assert endpoint.scope in ask(client, path, others, 403)["detail"]
    mine = bearer(portal_ledger, endpoint.scope, name="mine")
    assert client.get(f"{ROOT}{path}", headers=mine).status_code == (404 if endpoint.path_fields else 200)


def test_limits_count_by_token(tmp_path: Path, portal_ledger: Ledger) -> None:
    access = Access(portal_ledger, Settings(home=tmp_path), tokens=RateLimit(2, 60))
    one, other = (bearer(portal_ledger, "figures", name=name)["Authorization"] for name in ("one", "other"))
    assert [access.enter(one, "192.0.2.1", "http").name for _ in range(2)] == ["one", "one"]
    with pytest.raises(ProblemError, match="300 times a minute") as refused:
        access.enter(one, "192.0.2.2", "http")
    assert 59 <= int(refused.value.response().headers["retry-after"]) <= 60
    assert access.enter(other, "192.0.2.1", "http").name == "other"


def test_strangers_are_counted_by_address_and_do_not_lock_out_a_token(client: TestClient, portal_ledger: Ledger) -> None:
    answers = [client.get(f"{ROOT}/posts") for _ in range(31)]
    assert [answer.status_code for answer in answers] == [401] * 30 + [429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    ask(client, "/response-times", bearer(portal_ledger, "figures"))


def test_a_token_is_not_accepted_over_plain_http(tmp_path: Path, portal_ledger: Ledger) -> None:
    client = client_of(portal_context(tmp_path, portal_ledger, portal_host="0.0.0.0"))
    assert ask(client, "/posts", bearer(portal_ledger, "posts"), 403)["type"] == "urn:escucha:problem:encryption"


@pytest.mark.parametrize(("proto", "code"), [("https", 200), ("http", 403), ("", 403)])
@pytest.mark.parametrize("path", [f"{ROOT}/posts", "/mcp"])
def test_a_proxy_with_tls_must_say_that_each_request_came_encrypted(
    tmp_path: Path, portal_ledger: Ledger, path: str, proto: str, code: int
) -> None:
    behind: dict[str, Any] = {"portal_address": "https://portal.example", "trusted_proxies": "127.0.0.1"}
    client = client_of(portal_context(tmp_path, portal_ledger, None, portal_host="0.0.0.0", **behind))
    headers = bearer(portal_ledger, "posts") | ({"X-Forwarded-Proto": proto} if proto else {})
    message = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    answer = client.post(path, json=message, headers=headers) if path == "/mcp" else client.get(path, headers=headers)
    assert answer.status_code == code


def test_one_set_of_filters_is_audited_once_an_hour(client: TestClient, portal_ledger: Ledger) -> None:
    token, _ = bearer(portal_ledger, "posts"), posts_of(portal_ledger, 3)
    page = ask(client, "/posts", token, limit=1, topic="roads_pavements")
    ask(client, "/posts", token, limit=1, topic="roads_pavements", after=page["next"])
    ask(client, "/posts", token, language="es")
    noted = [line.why for line in reversed(read.audit(portal_ledger)) if line.what == "api_read"]
    assert noted == ['{"topic": "roads_pavements"}', '{"language": "es"}']
