"""Test our Open311 with `three`, a client that others wrote and published."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from core.web.connection import server_config
from ledger import read
from ledger.cases import workflow
from ledger.database import Ledger
from pipeline.context import Context, now
from portal.app import create_app
from tests.support.portal_facts import KEY, KEYS, open_cases, portal_context
from tests.support.served_pages import served_by
from tests.support.three_client import client_at, read_xml


@pytest.fixture
def context(tmp_path: Path, portal_ledger: Ledger) -> Context:
    return portal_context(tmp_path, portal_ledger, keys=KEYS)


@pytest.fixture
def address(context: Context) -> Iterator[str]:
    with served_by(server_config(create_app(context), "127.0.0.1", 0)) as address:
        yield address


def test_discovery_and_services(address: str) -> None:
    client = client_at(address)
    assert client.discovery()["endpoints"][0]["specification"] == "http://wiki.open311.org/GeoReport_v2"
    services = {one["service_code"]: one["type"] for one in client.services()}
    assert services["street_lighting"] == "realtime"
    assert client.services("street_lighting") == {"service_code": "street_lighting", "attributes": []}


def test_lists_by_service_status_count_and_days(address: str, portal_ledger: Ledger) -> None:
    client = client_at(address)
    road, older = open_cases(portal_ledger, [3, 24 * 40])
    (light,) = open_cases(portal_ledger, [2], topic="street_lighting")

    def ids(**query: object) -> list[str]:
        return [row["service_request_id"] for row in client.requests(**query)]

    assert ids() == [light, road, older]
    assert [row["service_request_id"] for row in client.requests("street_lighting")] == [light]
    assert ids(count=1) == [light]
    assert ids(count=1, page=3) == [older]
    assert ids(status="closed") == []
    assert client.request(road)[0]["status"] == "open"
    day = now().astimezone()
    first = day.replace(year=day.year - 1)
    assert client.requests(start=f"{first:%m-%d-%Y}", end=f"{day:%m-%d-%Y}")[0]["code"] == 400  # more than 90 days
    (case,) = read.published_cases(portal_ledger, keys=[older])
    assert older in ids(between=[f"{case.received_at:%m/%d/%Y}", f"{day:%m/%d/%Y}"])


def test_a_new_request_is_followed_by_its_id_from_the_first_moment(address: str, portal_ledger: Ledger) -> None:
    client = client_at(address, KEY)
    fields = {"address": "Plaza de Lavapiés 3", "name": "Ana Ruiz", "description": "La farola lleva un mes fundida"}
    (made,) = client.post("street_lighting", email="ana@example.org", media_url="https://a.example/1.jpg", **fields)
    number = made["service_request_id"]
    assert client.request(number)[0] == {
        **client.request(number)[0],
        "service_request_id": number,
        "service_code": "street_lighting",
        "status": "open",
    }
    assert client.post("street_lighting", email="ana@example.org", media_url="https://a.example/1.jpg", **fields) == [made]
    receipt = read.receipt(portal_ledger, number)
    assert receipt is not None
    post = read.post_of(portal_ledger, receipt.post_id)
    assert post is not None
    assert post.text == "Alumbrado. La farola lleva un mes fundida\nPlaza de Lavapiés 3"
    assert client_at(address, "wrong").post("street_lighting", **fields)[0]["code"] == 403


def test_the_same_in_xml(address: str, portal_ledger: Ledger) -> None:
    client = client_at(address, KEY, "xml")
    older, newer = open_cases(portal_ledger, [3, 2])
    assert len(read_xml(client.services(convert=False))["service"]) > 10
    rows = read_xml(client.requests(convert=False))["request"]
    assert [row["service_request_id"] for row in rows] == [newer, older]
    workflow.change(portal_ledger, older, "assigned", "ana", "", now())
    update = read_xml(client.get("servicerequestupdates", convert=False))["request_update"]
    assert (update["service_request_id"], update["status"]) == (older, "INVESTIGATING")
