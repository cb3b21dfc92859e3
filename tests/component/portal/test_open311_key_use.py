"""Test the keys of Open311: rights, limits, encryption, audit."""

from contextlib import nullcontext
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from starlette.testclient import TestClient

from core.config.towns import ServedTown
from core.errors import ConfigurationError
from ledger import read, reconciliation
from ledger.database import Ledger
from pipeline.access.api_keys import note_in_use, note_made
from portal import server
from portal.open311.keys import make_key, read_keys
from tests.support.open311_requests import CREATE, form, posts_stored, refusal
from tests.support.portal_facts import KEY, KEYS, LIGHTS_KEY, client_of, portal_context


@pytest.fixture
def client(tmp_path: Path, portal_ledger: Ledger) -> TestClient:
    return client_of(portal_context(tmp_path, portal_ledger, keys=KEYS))


def test_without_keys_reading_works_and_creating_does_not(tmp_path: Path, portal_ledger: Ledger) -> None:
    client = client_of(portal_context(tmp_path, portal_ledger))
    assert client.get("/open311/v2/services.json").status_code == 200
    assert "no keys yet" in refusal(client.post(CREATE, data=form()), 403)
    assert posts_stored(portal_ledger) == 0


@pytest.mark.parametrize(
    "key", [None, "wrong", KEY[:-1], f"{KEY}x", "x" * 150, "ñ€"], ids=["none", "another", "shorter", "longer", "long", "not ASCII"]
)
def test_without_a_valid_key_nothing_is_stored(client: TestClient, portal_ledger: Ledger, key: str | None) -> None:
    words = refusal(client.post(CREATE, data=form(api_key=key)), 403)
    assert words.startswith("api_key is")
    assert key is None or key == "wrong" or key not in words
    assert posts_stored(portal_ledger) == 0


def test_guessing_keys_is_stopped_and_the_right_one_still_works(client: TestClient) -> None:
    answers = [client.post(CREATE, data=form(api_key=f"guess-{n}")).status_code for n in range(12)]
    assert answers == [403] * 10 + [429] * 2
    assert client.post(CREATE, data=form()).status_code == 200


def test_a_key_may_do_what_its_entry_says_and_a_revoked_one_nothing(tmp_path: Path, portal_ledger: Ledger) -> None:
    client = client_of(portal_context(tmp_path, portal_ledger, keys=KEYS))
    assert client.post(CREATE, data=form(api_key=LIGHTS_KEY)).status_code == 200
    words = refusal(client.post(CREATE, data=form(api_key=LIGHTS_KEY, service_code="noise")), 403)
    assert words == "this api_key may not create requests of the service noise"
    revoked = client_of(portal_context(tmp_path, portal_ledger, keys=KEYS.split(",")[1]))
    assert refusal(revoked.post(CREATE, data=form()), 403) == "api_key is not valid here"


def test_more_than_a_key_may_send_in_a_minute_waits(client: TestClient) -> None:
    answers = [client.post(CREATE, data=form(description=f"Farola {n % 3} fundida")).status_code for n in range(61)]
    assert answers == [200] * 60 + [429]


def test_a_key_in_the_address_is_refused_because_addresses_are_logged(client: TestClient) -> None:
    body = urlencode(form()).encode()
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = client.post(f"{CREATE}?api_key={KEY}", content=body, headers=kind)
    assert "in the body, not in the address" in refusal(answer, 400)
    assert KEY not in answer.text


def test_keys_need_an_inbox_and_an_encrypted_way(tmp_path: Path, portal_ledger: Ledger) -> None:
    server.check_keys(portal_context(tmp_path, portal_ledger, keys=KEYS))
    without = portal_context(tmp_path, portal_ledger, keys=KEYS)
    without.sources.clear()
    with pytest.raises(ConfigurationError, match=r"add \[sources.inbox\]"):
        server.check_keys(without)
    with pytest.raises(ConfigurationError, match="keys would be sent unencrypted"):
        server.check_keys(portal_context(tmp_path, portal_ledger, keys=KEYS, portal_host="0.0.0.0"))
    encrypted: dict[str, Any] = {"portal_host": "0.0.0.0", "portal_url": "https://portal.example.org", "trusted_proxies": "10.0.0.1"}
    server.check_keys(portal_context(tmp_path, portal_ledger, keys=KEYS, **encrypted))


def test_keys_that_come_into_use_are_replaced_or_revoked_are_audited_once(tmp_path: Path, portal_ledger: Ledger) -> None:
    def start(entries: str) -> list[tuple[str, str, str]]:
        context = portal_context(tmp_path, portal_ledger, keys=entries)
        before = len(list(read.audit(portal_ledger)))
        note_in_use(context, {key.name: key.fingerprint for key in read_keys(entries)})
        lines = list(read.audit(portal_ledger))
        return sorted((one.who, one.what, one.subject) for one in lines[: len(lines) - before])

    assert start(KEYS) == [("escucha", "open311_key_in_use", name) for name in ("app", "lights")]
    assert start(KEYS) == []
    replaced = make_key("app")[1]
    assert start(replaced) == [("escucha", "open311_key_changed", "app"), ("escucha", "open311_key_revoked", "lights")]
    assert start("") == [("escucha", "open311_key_revoked", "app")]
    assert [line.ok for line in reconciliation.balance_sheet(portal_ledger, None) if line.name == reconciliation.AUDIT] == [True]


def test_the_portal_audits_its_keys_when_it_starts(tmp_path: Path, portal_ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    context = portal_context(tmp_path, portal_ledger, keys=KEYS)
    monkeypatch.setattr(server, "open_context", lambda *_: nullcontext(context))
    monkeypatch.setattr("uvicorn.Server.run", lambda _: None)
    assert server.serve([ServedTown("madrid", context.city_path, context.settings)], context.settings) == 0
    note_made(context, "app", ["noise"], "eva")
    assert {(one.who, one.what) for one in read.audit(portal_ledger)} == {("escucha", "open311_key_in_use"), ("eva", "open311_key_made")}
