"""Test which requests Open311 refuses, and in which words."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ledger import read
from ledger.database import Ledger
from ledger.processing import decisions
from pipeline.context import now
from tests.support.ledger_facts import decide, no_case, read_all
from tests.support.open311_requests import CREATE, form, number_of, post_of, posts_stored, refusal
from tests.support.portal_facts import KEYS, city_with, client_of, portal_context


@pytest.fixture
def client(tmp_path: Path, portal_ledger: Ledger) -> TestClient:
    return client_of(portal_context(tmp_path, portal_ledger, keys=KEYS))


def test_a_request_without_a_case_says_so_and_a_foreign_token_is_404(client: TestClient, portal_ledger: Ledger) -> None:
    answer = client.post(CREATE, data=form())
    number, token = number_of(answer), post_of(portal_ledger, answer)
    read_all(portal_ledger, now())
    post = read.post_of(portal_ledger, token)
    assert post is not None
    decisions.untriaged(portal_ledger, 10)
    assert decide(portal_ledger, [no_case(post)], now()) == 1
    (row,) = client.get(f"/open311/v2/requests/{number}.json").json()
    assert (row["status"], row["status_notes"]) == ("closed", "Cerrado sin actuación municipal")
    assert "no case was opened" in refusal(client.get(f"/open311/v2/tokens/{token}.json"), 404)
    assert refusal(client.get("/open311/v2/tokens/abc.json"), 404) == "token was not found"


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
        ({"address_string": "Calle Mayor 1\r\nBcc: x@example.org"}, 400, "address_string has control characters or line ends"),
        ({"email": "a@example.org\nb"}, 400, "email has control characters"),
        ({"first_name": "A" * 151}, 400, "first_name has 151 characters"),
        ({"media_url": "javascript:alert(1)"}, 400, "media_url is not an address"),
        ({"address_string": None}, 400, "a location is missing"),
        ({"address_string": None, "address_id": "7"}, 400, "a location is missing"),
        ({"lat": "40.4"}, 400, "lat and long belong together"),
        ({"lat": "nan", "long": "1"}, 400, "lat or long is not a number of degrees"),
        ({"lat": "999", "long": "1"}, 400, "lat or long is not a number of degrees"),
        ({"address_string": None, "lat": "0", "long": "0"}, 400, "lat and long are outside Madrid"),
        ({"lat": "40.3064", "long": "-3.7327"}, 400, "lat and long are outside Madrid: send the point of the problem"),
        ({"attribute[WHISHETN]": "<b>1</b>"}, 400, "attribute[WHISHETN] has HTML or XML"),
        ({"attribute[WHISHETN]": "1" * 1001}, 400, "attribute[WHISHETN] has 1,001 characters; 1,000 are allowed"),
    ],
)
def test_a_faulty_request_is_refused_in_words_and_not_stored(
    client: TestClient, portal_ledger: Ledger, more: dict[str, str | None], status: int, words: str
) -> None:
    assert words in refusal(client.post(CREATE, data=form(**more)), status)
    answer = client.post("/open311/v2/requests.xml", data=form(**more))
    assert answer.status_code == status
    assert f"<code>{status}</code>" in answer.text
    assert posts_stored(portal_ledger) == 0


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
        (b"&".join([b"lat=1"] * 201), "application/x-www-form-urlencoded", 400, "not a percent-encoded form in UTF-8"),
        (b"lat=1&lat=2", "application/x-www-form-urlencoded", 400, "lat is given twice"),
        (b"description=" + b"x" * 10_000_000, "application/x-www-form-urlencoded", 413, "more than 100,000 bytes"),
        (b"", "application/x-www-form-urlencoded", 403, "api_key is missing"),
    ],
)
def test_a_body_that_is_no_such_form_is_refused_in_words(client: TestClient, content: bytes, kind: str, status: int, words: str) -> None:
    assert words in refusal(client.post(CREATE, content=content, headers={"content-type": kind}), status)


def test_another_jurisdiction_is_404(tmp_path: Path, portal_ledger: Ledger) -> None:
    client = client_of(portal_context(tmp_path, portal_ledger, city_with(jurisdiction_id="madrid.es"), keys=KEYS))
    assert "jurisdiction_id" in refusal(client.post(CREATE, data=form(jurisdiction_id="getafe.es")), 404)
    assert client.post(CREATE, data=form(jurisdiction_id="madrid.es")).status_code == 200
