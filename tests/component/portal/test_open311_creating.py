"""Test new requests by Open311: keys, one post each, privacy, refusals."""

import threading
from collections.abc import Iterator
from contextlib import nullcontext
from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from core.errors import ConfigurationError
from core.i18n.reasons import display_reason
from core.privacy.pseudonyms import pseudonym
from ledger import read, reconciliation
from ledger.cases import corrections
from ledger.database import Ledger, open_ledger
from ledger.processing import decisions
from ledger.retention import forget, suppressions
from pipeline import context as running
from pipeline.api_keys import note_in_use, note_made
from pipeline.context import now
from portal import server
from portal.open311 import creation
from portal.open311.keys import make_key, read_keys
from tests.support.ledger_facts import SALT, decide, into_case, no_case, read_all
from tests.support.portal_facts import (
    FORM,
    KEY,
    KEYS,
    LIGHTS_KEY,
    city_with,
    client_of,
    portal_context,
)

CREATE = "/open311/v2/requests.json"
POINT = {"lat": "40.41690", "long": "-3.70350"}


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", SALT)
    yield ledger
    ledger.close()


@pytest.fixture
def client(tmp_path: Path, ledger: Ledger) -> TestClient:
    return client_of(portal_context(tmp_path, ledger, keys=KEYS))


def form(**more: str | None) -> dict[str, str]:
    return {name: value for name, value in {**FORM, **more}.items() if value is not None}


def token_of(answer: Response) -> str:
    assert answer.status_code == 200, answer.text
    (row,) = answer.json()
    assert set(row) == {"token", "service_notice", "account_id"}
    return str(row["token"])


def refused(answer: Response, status: int) -> str:
    assert answer.status_code == status, answer.text
    errors = answer.json()
    assert {error["code"] for error in errors} == {status}
    return "; ".join(error["description"] for error in errors)


def stored(ledger: Ledger) -> int:
    return sum(state.stored for state in read.sources(ledger))


def test_a_request_becomes_a_post_of_the_inbox_and_its_token_the_cases_number(
    client: TestClient, ledger: Ledger
) -> None:
    token = token_of(client.post(CREATE, data=form()))
    post = read.post_of(ledger, token)
    assert post is not None
    assert (post.source, post.text) == ("inbox", f"Alumbrado. {FORM['description']}\n{FORM['address_string']}")
    path = f"/open311/v2/tokens/{token}"
    assert client.get(f"{path}.json").json() == [{"token": token}]
    read_all(ledger, now())
    (decision,) = into_case(post)
    assert decide(ledger, [decision], now()) == 1
    assert decision.case is not None
    assert client.get(f"{path}.json").json() == [{"service_request_id": decision.case.key, "token": token}]
    assert f"<service_request_id>{decision.case.key}</service_request_id>" in client.get(f"{path}.xml").text
    (row,) = client.get(f"/open311/v2/requests/{decision.case.key}.json").json()
    assert row["status"] == "open"
    assert "mes fundida" not in str(row)


def test_a_request_without_a_case_and_a_foreign_token_are_404(client: TestClient, ledger: Ledger) -> None:
    token = token_of(client.post(CREATE, data=form()))
    read_all(ledger, now())
    post = read.post_of(ledger, token)
    assert post is not None
    decisions.untriaged(ledger, 10)
    assert decide(ledger, [no_case(post)], now()) == 1
    assert "no case was opened" in refused(client.get(f"/open311/v2/tokens/{token}.json"), 404)
    assert refused(client.get("/open311/v2/tokens/abc.json"), 404) == "token was not found"


def test_the_same_request_sent_again_is_one_until_a_day_has_passed(
    client: TestClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun = now()
    tokens = []
    for hours in (0, 0.1, 23.5, 30):
        moment = begun + timedelta(hours=hours)
        for module in (creation, running):
            monkeypatch.setattr(module, "now", lambda moment=moment: moment)
        monkeypatch.setattr("pipeline.receive.now", lambda moment=moment: moment)
        monkeypatch.setattr("pipeline.collect.now", lambda moment=moment: moment)
        tokens.append(token_of(client.post(CREATE, data=form())))
    assert tokens[0] == tokens[1] == tokens[2] != tokens[3]
    assert stored(ledger) == 2


def test_two_people_with_the_same_words_are_two_and_two_keys_too(client: TestClient, ledger: Ledger) -> None:
    sent = [form(email="ana@example.org"), form(email="luis@example.org"), form(), form(api_key=LIGHTS_KEY)]
    assert len({token_of(client.post(CREATE, data=one)) for one in sent}) == 4
    assert stored(ledger) == 4


def test_many_at_once_make_one_and_the_books_balance(client: TestClient, ledger: Ledger) -> None:
    tokens: list[str] = []
    threads = [
        threading.Thread(target=lambda: tokens.append(token_of(client.post(CREATE, data=form())))) for _ in range(8)
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert len(tokens) == 8
    assert len(set(tokens)) == 1
    assert stored(ledger) == 1
    assert [line for line in reconciliation.balance_sheet(ledger, None) if line.ok is False] == []


def test_nothing_that_identifies_the_author_is_kept_or_shown(
    client: TestClient, ledger: Ledger, tmp_path: Path
) -> None:
    person = {
        "first_name": "Ana", "last_name": "Canaria", "email": "ana.canaria@correo.example", "phone": "600777123",
        "device_id": "canary-device", "account_id": "canary-account", "media_url": "https://fotos.example/canary.jpg",
        "description": "Soy Ana Canaria, 600 777 123. La farola está fundida.",
    }  # fmt: skip
    token = token_of(client.post(CREATE, data=form(**person)))
    shown = client.get(f"/open311/v2/tokens/{token}.json").text + client.get("/open311/v2/requests.xml").text
    post = read.post_of(ledger, token)
    assert post is not None
    assert "[name]" in post.text
    assert post.author == pseudonym(SALT, "inbox", "open311-app:account_id:canary-account")
    ledger.close()
    files = [file.read_bytes() for file in tmp_path.rglob("*") if file.is_file()]
    words = (b"Canaria", b"canaria", b"600 777", b"600777123", b"canary", KEY.encode())
    assert [word for word in words for content in (*files, shown.encode()) if word in content] == []


def test_who_objects_and_what_was_erased_is_not_stored_again(client: TestClient, ledger: Ledger) -> None:
    suppressions.object_author(ledger, pseudonym(SALT, "inbox", "open311-app:email:ana@example.org"), now())
    assert "objected" in refused(client.post(CREATE, data=form(email="ana@example.org")), 400)
    token = token_of(client.post(CREATE, data=form()))
    assert forget.erase_post(ledger, token, "erasure", now())
    assert "erased" in refused(client.post(CREATE, data=form()), 400)
    assert refused(client.get(f"/open311/v2/tokens/{token}.json"), 404) == "token was not found"


def test_without_keys_reading_works_and_creating_does_not(tmp_path: Path, ledger: Ledger) -> None:
    client = client_of(portal_context(tmp_path, ledger))
    assert client.get("/open311/v2/services.json").status_code == 200
    assert "no keys yet" in refused(client.post(CREATE, data=form()), 403)
    assert stored(ledger) == 0


@pytest.mark.parametrize(
    "key",
    [None, "wrong", KEY[:-1], f"{KEY}x", "x" * 150, "ñ€"],
    ids=["none", "another", "shorter", "longer", "long", "not ASCII"],
)
def test_without_a_valid_key_nothing_is_stored(client: TestClient, ledger: Ledger, key: str | None) -> None:
    words = refused(client.post(CREATE, data=form(api_key=key)), 403)
    assert words.startswith("api_key is")
    assert key is None or key == "wrong" or key not in words
    assert stored(ledger) == 0


def test_guessing_keys_is_stopped_and_the_right_one_still_works(client: TestClient) -> None:
    answers = [client.post(CREATE, data=form(api_key=f"guess-{n}")).status_code for n in range(12)]
    assert answers == [403] * 10 + [429] * 2
    assert client.post(CREATE, data=form()).status_code == 200


def test_a_key_may_do_what_its_entry_says_and_a_revoked_one_nothing(tmp_path: Path, ledger: Ledger) -> None:
    client = client_of(portal_context(tmp_path, ledger, keys=KEYS))
    assert client.post(CREATE, data=form(api_key=LIGHTS_KEY)).status_code == 200
    words = refused(client.post(CREATE, data=form(api_key=LIGHTS_KEY, service_code="noise")), 403)
    assert words == "this api_key may not create requests of the service noise"
    revoked = client_of(portal_context(tmp_path, ledger, keys=KEYS.split(",")[1]))
    assert refused(revoked.post(CREATE, data=form()), 403) == "api_key is not valid here"


def test_more_than_a_key_may_send_in_a_minute_waits(client: TestClient) -> None:
    answers = [client.post(CREATE, data=form(description=f"Farola {n % 3} fundida")).status_code for n in range(61)]
    assert answers == [200] * 60 + [429]


@pytest.mark.parametrize(
    ("more", "status", "words"),
    [
        ({"service_code": "nothing"}, 404, "service_code nothing was not found"),
        ({"service_code": None}, 400, "service_code is missing"),
        ({"description": None}, 400, "description is missing"),
        ({"description": "  "}, 400, "description is missing"),
        ({"description": "x" * 4001}, 400, "4,001 characters; 4,000 are allowed"),
        ({"description": "Farola <b>rota</b>"}, 400, "description has HTML or XML"),
        ({"description": "<?xml version='1.0'?><a/>"}, 400, "description has HTML or XML"),
        ({"description": "Farola \u202eator"}, 400, "direction of text"),
        ({"description": "Farola \x00rota"}, 400, "control characters"),
        (
            {"address_string": "Calle Mayor 1\r\nBcc: x@example.org"},
            400,
            "address_string has control characters or line ends",
        ),
        ({"email": "a@example.org\nb"}, 400, "email has control characters"),
        ({"first_name": "A" * 151}, 400, "first_name has 151 characters"),
        ({"media_url": "javascript:alert(1)"}, 400, "media_url is not an address"),
        ({"address_string": None}, 400, "a location is missing"),
        ({"address_string": None, "address_id": "7"}, 400, "a location is missing"),
        ({"lat": "40.4"}, 400, "lat and long belong together"),
        ({"lat": "nan", "long": "1"}, 400, "lat or long is not a number of degrees"),
        ({"lat": "999", "long": "1"}, 400, "lat or long is not a number of degrees"),
        ({"address_string": None, "lat": "0", "long": "0"}, 400, "not within 200 m of any street of Madrid"),
        ({"attribute[WHISHETN]": "1"}, 400, "unknown field attribute[WHISHETN]"),
    ],
)
def test_a_faulty_request_is_refused_in_words_and_not_stored(
    client: TestClient, ledger: Ledger, more: dict[str, str | None], status: int, words: str
) -> None:
    assert words in refused(client.post(CREATE, data=form(**more)), status)
    answer = client.post("/open311/v2/requests.xml", data=form(**more))
    assert answer.status_code == status
    assert f"<code>{status}</code>" in answer.text
    assert stored(ledger) == 0


def test_several_faults_are_several_errors(client: TestClient) -> None:
    answer = client.post(CREATE, data=form(description="<i>x</i>", address_string="a\nb", media_url="x"))
    assert [error["code"] for error in answer.json()] == [400, 400, 400]


@pytest.mark.parametrize(
    ("content", "kind", "status", "words"),
    [
        (b"<request/>", "text/xml", 400, "neither XML nor JSON nor files"),
        (b"{}", "application/json", 400, "neither XML nor JSON nor files"),
        (b"--x", "multipart/form-data; boundary=x", 400, "neither XML nor JSON nor files"),
        (b"description=%ff", "application/x-www-form-urlencoded", 400, "not a percent-encoded form in UTF-8"),
        ("descripción=x".encode(), "application/x-www-form-urlencoded", 400, "not a percent-encoded form in UTF-8"),
        (b"no field", "application/x-www-form-urlencoded", 400, "not a percent-encoded form in UTF-8"),
        (b"&".join([b"lat=1"] * 50), "application/x-www-form-urlencoded", 400, "not a percent-encoded form in UTF-8"),
        (b"lat=1&lat=2", "application/x-www-form-urlencoded", 400, "lat is given twice"),
        (b"description=" + b"x" * 10_000_000, "application/x-www-form-urlencoded", 413, "more than 100,000 bytes"),
        (b"", "application/x-www-form-urlencoded", 403, "api_key is missing"),
    ],
)
def test_a_body_that_is_no_such_form_is_refused_in_words(
    client: TestClient, content: bytes, kind: str, status: int, words: str
) -> None:
    assert words in refused(client.post(CREATE, content=content, headers={"content-type": kind}), status)


def test_a_key_in_the_address_is_refused_because_addresses_are_logged(client: TestClient) -> None:
    body = urlencode(form()).encode()
    kind = {"content-type": "application/x-www-form-urlencoded"}
    answer = client.post(f"{CREATE}?api_key={KEY}", content=body, headers=kind)
    assert "in the body, not in the address" in refused(answer, 400)
    assert KEY not in answer.text


def test_lines_of_a_description_stay_and_a_point_is_named_after_its_street(client: TestClient, ledger: Ledger) -> None:
    point = token_of(client.post(CREATE, data=form(address_string=None, description="Fundida.\r\nDe noche", **POINT)))
    named = token_of(
        client.post(CREATE, data=form(address_string=None, description="Farola en la calle de Alcalá", **POINT))
    )
    texts = [post.text for token in (point, named) if (post := read.post_of(ledger, token))]
    assert texts == [
        "Alumbrado. Fundida.\nDe noche\nPlaza de la Puerta del Sol",
        "Alumbrado. Farola en la calle de Alcalá",
    ]


def test_another_jurisdiction_is_404(tmp_path: Path, ledger: Ledger) -> None:
    client = client_of(portal_context(tmp_path, ledger, city_with(jurisdiction_id="madrid.es"), keys=KEYS))
    assert "jurisdiction_id" in refused(client.post(CREATE, data=form(jurisdiction_id="getafe.es")), 404)
    assert client.post(CREATE, data=form(jurisdiction_id="madrid.es")).status_code == 200


def test_keys_need_an_inbox_and_an_encrypted_way(tmp_path: Path, ledger: Ledger) -> None:
    server.check_keys(portal_context(tmp_path, ledger, keys=KEYS))
    without = portal_context(tmp_path, ledger, keys=KEYS)
    without.sources.clear()
    with pytest.raises(ConfigurationError, match=r"add \[sources.inbox\]"):
        server.check_keys(without)
    with pytest.raises(ConfigurationError, match="keys would be sent unencrypted"):
        server.check_keys(portal_context(tmp_path, ledger, keys=KEYS, portal_host="0.0.0.0"))
    encrypted: dict[str, Any] = {
        "portal_host": "0.0.0.0",
        "portal_url": "https://portal.example.org",
        "trusted_proxies": "10.0.0.1",
    }
    server.check_keys(portal_context(tmp_path, ledger, keys=KEYS, **encrypted))


def test_the_chosen_service_is_the_topic_whatever_the_model_reads(client: TestClient, ledger: Ledger) -> None:
    token = token_of(client.post(CREATE, data=form(service_code="noise")))
    assert token_of(client.post(CREATE, data=form(service_code="noise"))) == token  # sent again: said once
    [said] = read.corrections_of(ledger, token)
    assert (said.question, said.value, said.who) == ("topic", "noise", "open311-app")
    read_all(ledger)  # the model reads another topic
    record = read.post_record(ledger, token)
    assert record is not None
    assert (record.topic, record.corrected) == ("noise", ("topic",))
    assert display_reason(said.why, "es") == "el ciudadano eligió este servicio"


def test_what_staff_corrected_is_not_undone_by_a_request_sent_again(client: TestClient, ledger: Ledger) -> None:
    token = token_of(client.post(CREATE, data=form()))
    corrections.correct(ledger, token, "topic", "waste_cleaning", "ana", "", now())
    token_of(client.post(CREATE, data=form()))
    assert [one.value for one in read.corrections_of(ledger, token)] == ["street_lighting", "waste_cleaning"]


def test_a_topic_lost_by_a_kill_after_storing_is_said_when_the_request_is_sent_again(
    client: TestClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    def kill(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(creation, "state_topic", kill)
        with pytest.raises(BaseException):  # noqa: B017, PT011  the client of the tests may wrap it
            client.post(CREATE, data=form())
    token = token_of(client.post(CREATE, data=form()))
    assert [one.value for one in read.corrections_of(ledger, token)] == ["street_lighting"]


def test_keys_that_come_into_use_are_replaced_or_revoked_are_audited_once(tmp_path: Path, ledger: Ledger) -> None:
    def start(entries: str) -> list[tuple[str, str, str]]:
        context = portal_context(tmp_path, ledger, keys=entries)
        before = len(list(read.audit(ledger)))
        note_in_use(context, {key.name: key.fingerprint for key in read_keys(entries)})
        lines = list(read.audit(ledger))
        return sorted((one.who, one.what, one.subject) for one in lines[: len(lines) - before])

    assert start(KEYS) == [("escucha", "open311_key_in_use", name) for name in ("app", "lights")]
    assert start(KEYS) == []
    replaced = make_key("app")[1]
    assert start(replaced) == [("escucha", "open311_key_changed", "app"), ("escucha", "open311_key_revoked", "lights")]
    assert start("") == [("escucha", "open311_key_revoked", "app")]
    assert [line.ok for line in reconciliation.balance_sheet(ledger, None) if line.name == reconciliation.AUDIT] == [
        True
    ]


def test_the_portal_audits_its_keys_when_it_starts(
    tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    context = portal_context(tmp_path, ledger, keys=KEYS)
    monkeypatch.setattr(server, "open_context", lambda *_: nullcontext(context))
    monkeypatch.setattr("uvicorn.Server.run", lambda _: None)
    assert server.serve(context.city_path, context.settings) == 0
    note_made(context, "app", ["noise"], "eva")
    assert {(one.who, one.what) for one in read.audit(ledger)} == {
        ("escucha", "open311_key_in_use"), ("eva", "open311_key_made"),
    }  # fmt: skip
