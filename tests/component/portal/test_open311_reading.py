"""Test reading by Open311: formats, filters, pages, and what is hidden."""

import json
from datetime import timedelta
from pathlib import Path
from typing import Any
from xml.etree.ElementTree import Element, fromstring

import pytest
from httpx2 import Response
from sqlalchemy import update
from starlette.testclient import TestClient

from ledger import schema
from ledger.database import Ledger
from ledger.database.writing import writing
from pipeline import casework
from pipeline.casework import grouping
from pipeline.context import now
from pipeline.sources import Source
from tests.support.ledger_facts import post
from tests.support.portal_facts import KEYS, city_with, client_of, open_case, open_cases, portal_context

DAY = 24


@pytest.fixture
def client(tmp_path: Path, portal_ledger: Ledger) -> TestClient:
    return client_of(portal_context(tmp_path, portal_ledger))


def read(client: TestClient, path: str, /, code: int = 200, **query: Any) -> Any:
    """Return the JSON: a list of objects, and one object for a single service."""
    answer = client.get(f"/open311/v2/{path}.json", params=query)
    assert answer.status_code == code, answer.text
    assert answer.headers["content-type"] == "application/json; charset=utf-8"
    return answer.json()


def ids(client: TestClient, **query: Any) -> list[str]:
    return [row["service_request_id"] for row in read(client, "requests", **query)]


def xml(answer: Response) -> Element:
    assert answer.headers["content-type"] == "text/xml; charset=utf-8"
    return fromstring(answer.content)  # noqa: S314  our own server's


def shape(value: object) -> object:
    """Write JSON as XML would hold it."""
    if isinstance(value, dict):
        return {name: shape(one) for name, one in value.items()}
    if isinstance(value, list):
        return [shape(one) for one in value]
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


def test_discovery_names_the_public_address_in_both_formats(tmp_path: Path, portal_ledger: Ledger) -> None:
    client = client_of(portal_context(tmp_path, portal_ledger, portal_url="https://portal.example.org/"))
    found = client.get("/open311/discovery.json").json()
    (endpoint,) = found["endpoints"]
    assert endpoint["url"] == "https://portal.example.org/open311/v2"
    assert (endpoint["specification"], endpoint["type"]) == ("http://wiki.open311.org/GeoReport_v2", "production")
    assert endpoint["formats"] == ["text/xml", "application/json"]
    root = xml(client.get("/open311/discovery.xml"))
    assert root.tag == "discovery"
    assert root.findtext("endpoints/endpoint/url") == endpoint["url"]
    assert [one.text for one in root.iterfind("endpoints/endpoint/formats/format")] == endpoint["formats"]
    assert root.findtext("contact") == found["contact"]


def test_services_are_the_topics_with_the_councils_codes_and_definitions(tmp_path: Path, portal_ledger: Ledger) -> None:
    city = city_with(codes={"street_lighting": "006"}, hidden=["safety_police"])
    client = client_of(portal_context(tmp_path, portal_ledger, city))
    rows = read(client, "services")
    assert len(rows) == 16
    light = next(row for row in rows if row["service_code"] == "006")
    assert light == {
        "service_code": "006",
        "service_name": "Alumbrado",
        "description": "Vías públicas",
        "metadata": False,
        "type": "realtime",
        "keywords": "",
        "group": "Vías públicas",
    }
    root = xml(client.get("/open311/v2/services.xml"))
    assert [{child.tag: child.text or "" for child in one} for one in root.iterfind("service")] == shape(rows)
    assert read(client, "services/006") == {"service_code": "006", "attributes": []}
    assert xml(client.get("/open311/v2/services/006.xml")).findtext("service_code") == "006"
    for unknown in ("services/street_lighting", "services/safety_police", "services/999"):
        assert read(client, unknown, code=404)[0]["code"] == 404


def test_a_request_has_the_fields_of_the_standard_and_the_councils_id(client: TestClient, portal_ledger: Ledger) -> None:
    (key,) = open_cases(portal_ledger, [5])
    (row,) = read(client, f"requests/{key}")
    times = {name: row.pop(name) for name in ("requested_datetime", "updated_datetime", "expected_datetime")}
    assert row == {
        "service_request_id": key,
        "status": "open",
        "status_notes": "Recibido",
        "service_name": "Calzadas y aceras",
        "service_code": "roads_pavements",
        "description": f"Calzadas y aceras [{key}]",
        "agency_responsible": "Vías públicas",
        "service_notice": None,
        "address": "Calle de Alcalá, Salamanca",
        "address_id": None,
        "zipcode": None,
        "lat": 40.42,
        "long": -3.68,
        "media_url": None,
    }
    assert all(time[-6:] in ("+01:00", "+02:00") for time in times.values())
    root = xml(client.get(f"/open311/v2/requests/{key}.xml"))
    assert root.tag == "service_requests"
    assert {child.tag: child.text or "" for child in root.find("request") or ()} == shape({**row, **times})
    assert read(client, "requests/C-none", code=404)[0]["description"] == "service_request_id was not found"
    assert xml(client.get("/open311/v2/requests/C-none.xml")).findtext("error/code") == "404"


def test_each_filter_alone(client: TestClient, portal_ledger: Ledger) -> None:
    new, older, ancient = open_cases(portal_ledger, [2, 50 * DAY, 120 * DAY])
    (light,) = open_cases(portal_ledger, [4], topic="street_lighting")
    moment = now()
    assert ids(client) == [new, light, older]
    assert ids(client, service_request_id=f"{ancient}, {new},C-none") == [new, ancient]
    assert ids(client, service_code="street_lighting") == [light]
    assert ids(client, service_code="street_lighting,roads_pavements") == [new, light, older]
    assert ids(client, start_date=(moment - timedelta(days=130)).isoformat()) == [older, ancient]
    assert ids(client, start_date=(moment - timedelta(days=1)).isoformat()) == [new, light]
    assert ids(client, end_date=(moment - timedelta(days=1)).isoformat()) == [older]
    assert ids(client, updated_after=(moment - timedelta(days=130)).isoformat()) == [new, light, older, ancient]
    assert ids(client, updated_before=(moment - timedelta(days=100)).isoformat()) == [ancient]


def test_status_follows_the_case_and_updates_are_found_by_their_time(client: TestClient, portal_ledger: Ledger, tmp_path: Path) -> None:
    context = portal_context(tmp_path, portal_ledger)
    first, second = open_cases(portal_ledger, [10 * DAY, 10 * DAY])
    before = now().isoformat()
    casework.resolve(context, first, "ana", "Farola cambiada por Luis Canaria")
    assert (ids(client, status="open"), ids(client, status="closed")) == ([second], [first])
    assert len(ids(client, status="open,closed")) == 2
    assert ids(client, updated_after=before) == [first]
    (row,) = read(client, f"requests/{first}")
    assert (row["status"], row["status_notes"], row["expected_datetime"]) == ("closed", "Resuelto", None)
    casework.reopen(context, first, "ana", "Vuelve a fallar")
    assert read(client, f"requests/{first}")[0]["status"] == "open"


def test_days_that_have_not_come_have_no_requests(client: TestClient, portal_ledger: Ledger) -> None:
    open_cases(portal_ledger, [1])
    assert len(ids(client)) == 1
    assert ids(client, start_date="2090-01-01T00:00:00Z") == []
    assert ids(client, start_date="2090-01-01T00:00:00Z", end_date="2090-02-01T00:00:00Z") == []


def test_a_merged_case_names_the_one_that_goes_on(client: TestClient, portal_ledger: Ledger) -> None:
    first, second = open_cases(portal_ledger, [3, 2])
    with writing(portal_ledger) as connection:
        change = update(schema.cases).where(schema.cases.c.case_key == second)
        connection.execute(change.values(state="merged", merged_into=first))
    (row,) = read(client, f"requests/{second}")
    assert (row["status"], row["status_notes"]) == ("closed", f"Duplicado: se tramita con el número {first}")


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"start_date": "2026-01-01T00:00:00Z", "end_date": "2026-05-01T00:00:00Z"}, "90 days"),
        ({"start_date": "2026-05-01T00:00:00Z", "end_date": "2026-04-01T00:00:00Z"}, "end_date is before start_date"),
        ({"start_date": "yesterday"}, "start_date: not a time such as 2026-11-24T10:00:00Z"),
        ({"bbox": "-3.7,40.4,-3.8,40.5"}, "bbox: not west,south,east,north"),
        ({"bbox": "-3.7,40.4,-3.6"}, "bbox: not 4 numbers"),
        ({"lat": "40.4", "long": "-3.7"}, "radius is missing: lat, long and radius (in metres) belong together"),
        ({"lat": "40.4", "long": "nan", "radius": "100"}, "lat, long and radius: not 3 numbers"),
        ({"lat": "40.4", "long": "-3.7", "radius": "0"}, "metres up to 100,000"),
        ({"start_date": "9999-12-31T23:00:00Z"}, "beyond the calendar"),
        ({"status": "pending"}, "neither open nor closed"),
        ({"page": "0"}, "page: not a number from 1"),
        ({"page": "٣"}, "page: not a number from 1"),
        ({"page_size": "1001"}, "page_size: not a number from 1 to 1000"),
        ({"page_size": "9" * 5000}, "page_size: not a number"),
        ({"service_request_id": " , "}, "service_request_id is empty"),
        ({"service_request_id": ",".join(["C-1"] * 201)}, "201 values"),
        ({"page": ["1", "2"]}, "page is given twice"),
    ],
)
def test_a_wrong_filter_is_400_in_both_formats(client: TestClient, query: dict[str, Any], words: str) -> None:
    (error,) = read(client, "requests", code=400, **query)
    assert error["code"] == 400
    assert words in error["description"]
    answer = client.get("/open311/v2/requests.xml", params=query)
    assert answer.status_code == 400
    root = xml(answer)
    assert (root.tag, root.findtext("error/code")) == ("errors", "400")
    assert words in str(root.findtext("error/description"))


def test_an_unknown_service_is_404_and_its_name_cannot_break_the_answer(client: TestClient) -> None:
    answer = client.get("/open311/v2/requests.xml", params={"service_code": "<b>&\r\nX: y\u202e\x01"})
    assert answer.status_code == 404
    assert "\n" not in str(xml(answer).findtext("error/description"))


@pytest.mark.parametrize("names", [("page", "page_size", 1), ("start", "rows", 0)])
def test_pages_hold_every_request_once(client: TestClient, portal_ledger: Ledger, names: tuple[str, str, int]) -> None:
    place, size, first = names
    keys = open_cases(portal_ledger, range(1, 8))
    step = 1 if place == "page" else 3
    pages = [ids(client, **{size: 3, place: first + number * step}) for number in range(4)]
    assert [len(page) for page in pages] == [3, 3, 1, 0]
    assert [key for page in pages for key in page] == keys


def test_a_page_links_to_the_next_one(client: TestClient, portal_ledger: Ledger) -> None:
    open_cases(portal_ledger, range(1, 4))
    answer = client.get("/open311/v2/requests.json?page_size=2&status=open")
    assert answer.headers["link"] == ('<http://127.0.0.1:8803/open311/v2/requests.json?page_size=2&status=open&page=2>; rel="next"')
    assert "link" not in client.get("/open311/v2/requests.json?page_size=2&page=2").headers


def test_another_jurisdiction_and_another_format_are_404(tmp_path: Path, portal_ledger: Ledger) -> None:
    client = client_of(portal_context(tmp_path, portal_ledger, city_with(jurisdiction_id="madrid.es")))
    assert read(client, "services", jurisdiction_id="madrid.es")
    assert "madrid.es" in read(client, "services", code=404, jurisdiction_id="getafe.es")[0]["description"]
    assert client.get("/open311/v2/services.html").json()[0]["code"] == 404
    assert client.get("/open311/v2/elsewhere.xml").text.startswith("<?xml")
    assert client.get("/open311/v2/elsewhere.xml").status_code == 404
    assert client.post("/open311/v2/services.json").json()[0]["code"] == 405
    assert client.get("/elsewhere").status_code == 404


def test_conditions_save_the_body_until_something_changes(client: TestClient, portal_ledger: Ledger, tmp_path: Path) -> None:
    (key,) = open_cases(portal_ledger, [30])
    path = f"/open311/v2/requests/{key}.json"
    first = client.get(path)
    tag, changed = first.headers["etag"], first.headers["last-modified"]
    assert client.get(path, headers={"if-none-match": f'"x", W/{tag}'}).status_code == 304
    assert client.get(path, headers={"if-modified-since": changed}).status_code == 304
    assert client.get(path, headers={"if-modified-since": "yesterday"}).status_code == 200
    assert client.get("/open311/v2/requests.json", headers={"if-modified-since": changed}).status_code == 200
    casework.answer(portal_context(tmp_path, portal_ledger), key, "ana", "Se avisó", "por teléfono")
    second = client.get(path, headers={"if-none-match": tag, "if-modified-since": changed})
    assert second.status_code == 200
    assert second.headers["etag"] != tag
    head = client.head(path)
    assert (head.status_code, head.headers["etag"]) == (200, second.headers["etag"])


@pytest.mark.slow
def test_a_reader_in_a_hurry_is_told_to_wait(client: TestClient) -> None:
    answers = [client.get("/open311/discovery.json") for _ in range(600)]
    assert {one.status_code for one in answers} == {200}
    refused = client.get("/open311/v2/services.xml")
    assert (refused.status_code, refused.headers["retry-after"]) == (429, "60")
    assert xml(refused).findtext("error/code") == "429"


@pytest.mark.parametrize(
    ("options", "address", "lat"),
    [
        ({}, "Calle de Alcalá, Salamanca", 40.423),
        ({"decimals": 1}, "Calle de Alcalá, Salamanca", 40.4),
        ({"location": "district"}, "Salamanca", None),
        ({"location": "none"}, None, None),
        ({"no_location": ["roads_pavements"]}, None, None),
    ],
)
def test_the_profile_says_how_exact_a_location_is(
    tmp_path: Path, portal_ledger: Ledger, options: dict[str, Any], address: str | None, lat: float | None
) -> None:
    (key,) = open_cases(portal_ledger, [1], lat=40.42345, lon=-3.68765)
    client = client_of(portal_context(tmp_path, portal_ledger, city_with(**options)))
    (row,) = read(client, f"requests/{key}")
    assert (row["address"], row["lat"], row["long"] is None) == (address, lat, lat is None)


def test_no_personal_data_comes_out(client: TestClient, portal_ledger: Ledger, tmp_path: Path) -> None:
    context = portal_context(tmp_path, portal_ledger)
    at = now() - timedelta(hours=1)
    canary = post(1, text="CANARY Soy Ana y vivo aquí", author="c" * 32, created_at=at, received_at=at)
    key = open_case(portal_ledger, canary, at, title="Calle de Alcalá: CANARY Soy Ana", lat=40.423456, lon=-3.687654)
    casework.note(context, key, "CANARYstaff", "CANARY note")
    casework.assign(context, key, "Vías públicas", "CANARYstaff", "CANARY why")
    casework.resolve(context, key, "CANARYstaff", "CANARY reason")
    for form in ("json", "xml"):
        for path in ("discovery", "services", "requests", f"requests/{key}", "requests/C-none", "services/noise"):
            text = client.get(f"/open311/v2/{path}.{form}").text
            hidden = ("CANARY", "c" * 32, canary.post_id, canary.origin, "40.4234", "3.6876")
            assert [word for word in hidden if word in text] == [], path
    assert len(read(client, "requests")) == 1


@pytest.mark.parametrize(("source", "shown"), [("archive", True), ("mailbox", False), ("inbox", False)])
def test_titles_are_shown_only_if_the_profile_says_so_and_never_of_private_messages(
    tmp_path: Path, portal_ledger: Ledger, source: str, shown: bool
) -> None:
    at = now()
    key = open_case(portal_ledger, post(1, source=source, created_at=at, received_at=at), at)
    for texts in (False, True):
        client = client_of(portal_context(tmp_path, portal_ledger, city_with(texts=texts)))
        (row,) = read(client, f"requests/{key}")
        assert row["description"].endswith(f" [{key}]")
        assert ("bache" in row["description"]) is (texts and shown)


def test_a_letter_does_not_show_when_its_case_was_merged(tmp_path: Path, portal_ledger: Ledger) -> None:
    at = now()
    letter = open_case(portal_ledger, post(1, source="inbox", created_at=at, received_at=at), at, lat=40.423456, lon=-3.687654)
    other = open_case(portal_ledger, post(2, source="archive", created_at=at, received_at=at), at)
    context = portal_context(tmp_path, portal_ledger, city_with(texts=True, decimals=5))
    grouping.merge(context, letter, other, "ana", "the same")
    for key in (letter, other):
        (row,) = read(client_of(context), f"requests/{key}")
        assert "bache" not in row["description"]
        assert (row["lat"], row["long"]) != (40.423456, -3.687654)


def test_examples_are_shown_only_while_nothing_real_is_there(tmp_path: Path, portal_ledger: Ledger) -> None:
    at = now()
    key = open_case(portal_ledger, post(1, source="example-x", created_at=at, received_at=at, replayed_from=at), at)
    context = portal_context(tmp_path, portal_ledger)
    assert ids(client_of(context)) == []
    inbox = context.sources["inbox"]
    context.sources["example-x"] = Source("example-x", inbox.module, inbox.options, None, [])
    (row,) = read(client_of(context), "requests")
    assert (row["service_request_id"], row["service_notice"]) == (key, "Ejemplo redactado para la demostración")
    real = portal_context(tmp_path, portal_ledger, keys=KEYS)
    real.sources["example-x"] = context.sources["example-x"]
    assert ids(client_of(real)) == []


def test_replayed_cases_and_hidden_topics_are_not_published(tmp_path: Path, portal_ledger: Ledger) -> None:
    (replayed,) = open_cases(portal_ledger, [1], replay=True)
    (hidden,) = open_cases(portal_ledger, [2], topic="noise")
    client = client_of(portal_context(tmp_path, portal_ledger, city_with(hidden=["noise"])))
    assert ids(client) == []
    assert ids(client, service_request_id=f"{replayed},{hidden}") == []


def test_every_answer_may_be_read_by_pages_of_others_and_holds_no_markup(client: TestClient, portal_ledger: Ledger) -> None:
    open_cases(portal_ledger, [1], place="<script>\u202e\x0bCalle")
    answer = client.get("/open311/v2/requests.xml")
    assert answer.headers["access-control-allow-origin"] == "*"
    assert answer.headers["x-content-type-options"] == "nosniff"
    assert xml(answer).findtext("request/address") == "<script>Calle, Salamanca"
    assert "\u202e" not in json.dumps(client.get("/open311/v2/requests.json").json(), ensure_ascii=False)
