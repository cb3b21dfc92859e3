"""Test Open311 as others speak it: FixMyStreet's requests and updates, and filters by place and local time.

The shapes are written from FixMyStreet's published code and protocol; they were not tried on the real service.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlencode
from xml.etree.ElementTree import Element, fromstring

import pytest
from httpx2 import Response
from starlette.testclient import TestClient

from core.records.annotation import Annotation, Label
from core.records.post import Post
from ledger import read
from ledger.cases import workflow
from ledger.database import Ledger
from ledger.processing import annotations
from pipeline import casework
from pipeline.casework.answering import answers
from pipeline.context import Context, now
from pipeline.portal import citizens
from pipeline.steps.triage import triage
from tests.support.ledger_facts import LEASE, decide, into_case, read_all, reading
from tests.support.open311_requests import CREATE, form, number_of, post_of, posts_stored, refusal
from tests.support.portal_facts import KEY, KEYS, LIGHTS_KEY, city_with, client_of, open_cases, portal_context

FORM = {"content-type": "application/x-www-form-urlencoded"}
UPDATES = "/open311/v2/servicerequestupdates"
FIXMYSTREET = [
    ("api_key", KEY),
    ("jurisdiction_id", ""),
    ("service_code", "street_lighting"),
    ("lat", "40.41690"),
    ("long", "-3.70350"),
    ("address_id", "#NOTPINPOINTED#"),
    ("address_string", ""),
    ("description", "Farola rota\r\n\r\nLleva un mes fundida"),
    ("email", "ana@example.org"),
    ("first_name", "Ana"),
    ("last_name", "Ruiz"),
    ("phone", ""),
    ("title", "MS"),
    ("requested_datetime", "2026-11-30T10:00:00+01:00"),
    ("external_system", "fms"),
    ("media_url", "https://fms.example/photo/4711.0.jpeg"),
    ("media_url", "https://fms.example/photo/4711.1.jpeg"),
    ("attribute[title]", "Farola rota"),
    ("attribute[description]", "Lleva un mes fundida"),
    ("attribute[report_url]", "https://fms.example/report/4711"),
    ("attribute[fixmystreet_id]", "4711"),
    ("attribute[easting]", "440290.1"),
    ("attribute[northing]", "4474254.7"),
    ("attribute[usrn]", "20500123"),
    ("attribute[asset_resource_id]", "{3F2504E0}"),
    ("attribute[service_request_id_ext]", "4711"),
    ("attribute[Latitude]", "40.41690"),
    ("attribute[position]", "40.41690, -3.70350"),
    ("attribute[contact_name]", "Ana Ruiz"),
    ("attribute[email]", "ana@example.org"),
    ("attribute[lamp]", "A-17"),
    ("attribute[colour][]", "blanca"),
    ("attribute[colour][]", "cálida"),
    ("attribute[empty]", ""),
]
"""A report with two photos, as FixMyStreet sends it to a council."""


@pytest.fixture
def context(tmp_path: Path, portal_ledger: Ledger) -> Context:
    return portal_context(tmp_path, portal_ledger, keys=KEYS)


@pytest.fixture
def client(context: Context) -> TestClient:
    return client_of(context)


def xml(answer: Response) -> Element:
    assert answer.status_code == 200, answer.text
    return fromstring(answer.content)  # noqa: S314  our own server's


def sent(client: TestClient, path: str, pairs: list[tuple[str, str]]) -> Response:
    return client.post(path, content=urlencode(pairs), headers=FORM)


def text_of(ledger: Ledger, post_id: str) -> str:
    post = read.post_of(ledger, post_id)
    assert post is not None
    return post.text


def case_of(ledger: Ledger, post_id: str) -> str:
    """Open the case of a post; return its key."""
    post = read.post_of(ledger, post_id)
    assert post is not None
    read_all(ledger, now())
    (decision,) = into_case(post)
    assert decide(ledger, [decision], now()) == 1
    assert decision.case is not None
    return decision.case.key


def test_a_report_of_fixmystreet_is_taken_whole_and_gets_its_id_at_once(
    client: TestClient, context: Context, portal_ledger: Ledger
) -> None:
    answer = sent(client, "/open311/v2/requests.xml", FIXMYSTREET)
    number = xml(answer).findtext("request/service_request_id")
    assert number
    receipt = read.receipt(portal_ledger, number)
    assert receipt is not None
    assert text_of(portal_ledger, receipt.post_id) == (
        "Alumbrado. Farola rota\n\nLleva un mes fundida\nPlaza de la Puerta del Sol, Sol\nlamp: A-17\ncolour: blanca, cálida"
    )
    original = casework.open_original(context, receipt.post_id, "ana")
    assert original.url == ("https://fms.example/photo/4711.0.jpeg https://fms.example/photo/4711.1.jpeg https://fms.example/report/4711")
    again = xml(sent(client, "/open311/v2/requests.xml", FIXMYSTREET))
    assert again.findtext("request/service_request_id") == number
    assert posts_stored(portal_ledger) == 1


@pytest.mark.parametrize("names", [("media_url", "media_url"), ("media_url[]", "media_url[]"), ("media_url[0]", "media_url[1]")])
def test_several_pictures_are_taken_however_they_are_named(
    client: TestClient, context: Context, portal_ledger: Ledger, names: tuple[str, str]
) -> None:
    links = ("https://a.example/1.jpg", "https://a.example/2.jpg")
    pairs = [*form().items(), *zip(names, links, strict=True)]
    post_id = post_of(portal_ledger, sent(client, CREATE, pairs))
    assert casework.open_original(context, post_id, "ana").url == " ".join(links)


def test_eleven_pictures_and_one_that_is_no_link_are_refused(client: TestClient, portal_ledger: Ledger) -> None:
    many = [("media_url", f"https://a.example/{number}.jpg") for number in range(11)]
    words = refusal(sent(client, CREATE, [*form().items(), *many, ("media_url[]", "javascript:1")]), 400)
    assert words == ("media_url is not an address that begins with https:// or http://; media_url: 12 pictures; 10 are allowed")
    assert posts_stored(portal_ledger) == 0


def test_unknown_fields_and_filters_change_nothing(client: TestClient, portal_ledger: Ledger) -> None:
    assert number_of(sent(client, CREATE, [*form().items(), ("colour", "red"), ("colour", "blue")]))
    (key,) = open_cases(portal_ledger, [1])
    answer = client.get("/open311/v2/requests.json?colour=red&colour=blue&extensions=true&start_date=&page=")
    assert [row["service_request_id"] for row in answer.json()] == [key]


def ids(client: TestClient, **query: Any) -> list[str]:
    answer = client.get("/open311/v2/requests.json", params=query)
    assert answer.status_code == 200, answer.text
    return [row["service_request_id"] for row in answer.json()]


def test_times_without_an_offset_are_the_citys_own(client: TestClient, context: Context, portal_ledger: Ledger) -> None:
    (key,) = open_cases(portal_ledger, [5])
    (row,) = read.published_cases(portal_ledger, keys=[key])
    local = row.received_at.astimezone(context.city.zone).replace(microsecond=0)
    before, after = local - timedelta(minutes=1), local + timedelta(minutes=1)
    assert ids(client, start_date=f"{before:%Y-%m-%dT%H:%M:%S}") == [key]
    assert ids(client, start_date=f"{after:%Y-%m-%dT%H:%M:%S}") == []
    assert ids(client, start_date=f"{after:%Y-%m-%d %H:%M:%S}") == []
    assert ids(client, start_date=f"{local:%Y-%m-%d}") == [key]
    assert ids(client, end_date=f"{local:%Y-%m-%d}") == []
    assert ids(client, updated_after=f"{after:%Y-%m-%dT%H:%M:%S}") == []
    unencoded = f"/open311/v2/requests.json?start_date={after.astimezone(UTC):%Y-%m-%dT%H:%M:%S}+00:00"
    assert client.get(unencoded).json() == []


def test_a_list_can_be_asked_by_place(tmp_path: Path, portal_ledger: Ledger, client: TestClient) -> None:
    (near,) = open_cases(portal_ledger, [3], lat=40.42345, lon=-3.68765)
    (far,) = open_cases(portal_ledger, [2], lat=40.45, lon=-3.6)
    (nowhere,) = open_cases(portal_ledger, [1], lat=None, lon=None)
    assert ids(client) == [nowhere, far, near]
    assert ids(client, bbox="-3.70,40.42,-3.68,40.43") == [near]
    assert ids(client, bbox="-3.70,40.42,-3.50,40.46") == [far, near]
    assert ids(client, bbox="-3.70,40.42,-3.50,40.46", page_size=1, page=2) == [near]
    assert ids(client, lat="40.42345", long="-3.68765", radius="300") == [near]
    assert ids(client, lat="40.42345", long="-3.68765", radius="9000") == [far, near]
    assert ids(client, lat="40.42345", long="-3.68765", radius="9000", bbox="-3.61,40.4,-3.5,40.5") == [far]
    districts = client_of(portal_context(tmp_path, portal_ledger, city_with(location="district")))
    assert ids(districts, lat="40.42345", long="-3.68765", radius="300") == []


def test_a_filter_by_place_tells_no_more_than_the_published_point(tmp_path: Path, portal_ledger: Ledger) -> None:
    """The case lies at 40.42345; 40.4 is published: asked street by street, it is nowhere else."""
    (key,) = open_cases(portal_ledger, [3], lat=40.42345, lon=-3.68765)
    (hidden,) = open_cases(portal_ledger, [2], topic="housing_social", lat=40.42345, lon=-3.68765)
    rough = client_of(portal_context(tmp_path, portal_ledger, city_with(decimals=1)))
    assert ids(rough, lat="40.42345", long="-3.68765", radius="500") == []
    assert ids(rough, bbox="-3.71,40.39,-3.69,40.41") == [key]
    assert hidden not in ids(rough, bbox="-4,40,-3,41")


def updates(client: TestClient, **query: Any) -> list[dict[str, Any]]:
    answer = client.get(f"{UPDATES}.json", params=query)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()
    return found


def test_a_system_follows_its_own_requests_by_their_ids(client: TestClient, context: Context, portal_ledger: Ledger) -> None:
    answer = client.post(CREATE, data=form())
    number, post_id = number_of(answer), post_of(portal_ledger, answer)
    key = case_of(portal_ledger, post_id)
    assert updates(client, api_key=KEY) == []  # it was opened: no news
    before = now()
    casework.assign(context, key, "Vías públicas", "ana", "interno")
    [drafted] = answers.draft(context, [post_id], "Se cambia esta noche.", "es", "ana")
    answers.approve(context, drafted, "eva")
    assert len(updates(client, api_key=KEY)) == 1  # an answer that is not published yet is no news
    answers.publish(context, drafted, "eva")
    casework.resolve(context, key, "ana", "interno")
    found = updates(client, api_key=KEY, start_date=before.isoformat())
    assert [(one["status"], one["description"]) for one in found] == [
        ("INVESTIGATING", "En tramitación en el servicio competente"),
        ("IN_PROGRESS", "Se cambia esta noche."),
        ("IN_PROGRESS", "Contestado; la actuación está pendiente"),
        ("FIXED", "Resuelto"),
    ]
    assert {one["service_request_id"] for one in found} == {number}
    assert len({one["update_id"] for one in found}) == 4
    assert updates(client, api_key=KEY) == found
    assert updates(client, api_key=KEY, page_size=1, page=2) == found[1:2]
    assert updates(client, api_key=LIGHTS_KEY) == []  # not its requests
    assert "interno" not in str(found)
    root = xml(client.get(f"{UPDATES}.xml", params={"api_key": KEY}))
    assert root.tag == "service_request_updates"
    assert [one.findtext("update_id") for one in root.iterfind("request_update")] == [one["update_id"] for one in found]
    assert refusal(client.get(f"{UPDATES}.json?api_key=wrong"), 403) == "api_key is not valid here"


def test_everybody_may_read_the_steps_of_published_cases(client: TestClient, context: Context, portal_ledger: Ledger) -> None:
    first, second = open_cases(portal_ledger, [10, 9])
    (hidden,) = open_cases(portal_ledger, [8], replay=True)
    before = now()
    for key in (first, second):
        workflow.change(portal_ledger, key, "assigned", "CANARY", "CANARY", now())
    workflow.change(portal_ledger, hidden, "assigned", "ana", "", now())
    casework.reject(context, second, "ana", "CANARY")
    found = updates(client)
    assert [(one["service_request_id"], one["status"]) for one in found] == [
        (first, "INVESTIGATING"),
        (second, "INVESTIGATING"),
        (second, "NO_FURTHER_ACTION"),
    ]
    assert "CANARY" not in str(found)
    assert updates(client, end_date=before.isoformat()) == []
    assert updates(client, api_key="") == found


def update(number: str, **more: str | None) -> dict[str, str]:
    fields = {
        "api_key": KEY,
        "service_request_id": number,
        "update_id": "99",
        "updated_datetime": "2026-12-01T09:00:00",
        "status": "OPEN",
        "description": "Sigue igual, y ahora hay cables sueltos. Soy Ana Ruiz",
        "first_name": "Ana",
        "last_name": "Ruiz",
        "email": "ana@example.org",
        "media_url": "https://fms.example/photo/c99.jpeg",
    }
    return {name: value for name, value in {**fields, **more}.items() if value is not None}


def test_an_update_is_a_message_in_the_thread_of_its_report_once(client: TestClient, context: Context, portal_ledger: Ledger) -> None:
    answer = client.post(CREATE, data=form(email="ana@example.org"))
    number, reported = number_of(answer), post_of(portal_ledger, answer)
    taken = [client.post(f"{UPDATES}.json", data=update(number)).json() for _ in range(2)]
    assert taken[0] == taken[1]
    ((row,),) = taken[:1]
    post, report = (read.post_of(portal_ledger, one) for one in (row["update_id"], reported))
    assert post is not None
    assert report is not None
    assert posts_stored(portal_ledger) == 2
    assert post.text == "Sigue igual, y ahora hay cables sueltos. Soy [name]"
    assert (post.reply_to, post.thread, post.author) == (reported, report.thread, report.author)
    assert post.created_at == min(datetime(2026, 12, 1, 8, tzinfo=UTC), post.received_at)
    assert casework.open_original(context, post.post_id, "ana").url == "https://fms.example/photo/c99.jpeg"
    other = client.post(f"{UPDATES}.xml", data=update(number, update_id="100"))
    assert xml(other).findtext("request_update/update_id") != row["update_id"]
    assert posts_stored(portal_ledger) == 3


def test_an_update_that_reopens_counts_as_not_fixed(client: TestClient, context: Context, portal_ledger: Ledger) -> None:
    answer = client.post(CREATE, data=form())
    number, key = number_of(answer), case_of(portal_ledger, post_of(portal_ledger, answer))
    casework.resolve(context, key, "ana", "hecho")
    later = (now() + timedelta(seconds=1)).isoformat()
    client.post(f"{UPDATES}.json", data=update(number, updated_datetime=later))
    assert [one.state for one in read.published_cases(portal_ledger, keys=[key])] == ["resolved"]
    client.post(f"{UPDATES}.json", data=update(number, updated_datetime=later, update_id="100", status="REOPEN"))
    assert [one.state for one in read.published_cases(portal_ledger, keys=[key])] == ["assigned"]


@pytest.mark.parametrize(
    ("more", "status", "words"),
    [
        ({"status": None, "description": None}, 400, "status is missing; description is missing"),
        ({"updated_datetime": "yesterday"}, 400, "updated_datetime: not a time"),
        ({"description": "<b>x</b>"}, 400, "description has HTML or XML"),
        ({"service_request_id": "C-1"}, 404, "was not found among the requests of this api_key"),
        ({"api_key": LIGHTS_KEY}, 404, "was not found among the requests of this api_key"),
        ({"api_key": "wrong"}, 403, "api_key is not valid here"),
        ({"api_key": None}, 403, "api_key is missing"),
    ],
)
def test_a_faulty_update_is_refused_in_words(
    client: TestClient, portal_ledger: Ledger, more: dict[str, str | None], status: int, words: str
) -> None:
    number = number_of(client.post(CREATE, data=form()))
    assert words in refusal(client.post(f"{UPDATES}.json", data=update(number, **more)), status)
    assert posts_stored(portal_ledger) == 1


def test_a_report_of_the_form_is_no_request_of_a_system(client: TestClient, context: Context, portal_ledger: Ledger) -> None:
    """Its number is half of its secret link, and its citizen has a page."""
    number = citizens.store_report(context, {"id": "1", "sender": "portal", "text": "La farola no se enciende"})
    assert number is not None
    assert refusal(client.get(f"/open311/v2/requests/{number}.json"), 404) == "service_request_id was not found"
    assert "not found" in refusal(client.post(f"{UPDATES}.json", data=update(number)), 404)


def triaged(context: Context, actionable: float) -> None:
    """Annotate what waits with this score, and triage it."""
    while claimed := annotations.claim_pending(context.ledger, "reader", 10, now(), LEASE):
        read_as = [annotated(one, actionable) for one in claimed]
        annotations.store_annotations(context.ledger, "reader", read_as, [], now())
    triage(context)


def annotated(post: Post, actionable: float) -> Annotation:
    found = reading(post, places=())
    label = Label(question="actionable", value=actionable >= 0.5, score=actionable, model="reader@1")
    return found.model_copy(update={"labels": found.labels | {"actionable": label}})


def test_an_update_joins_the_case_of_its_report_though_it_reports_nothing_itself(
    client: TestClient, context: Context, portal_ledger: Ledger
) -> None:
    answer = client.post(CREATE, data=form())
    triaged(context, 0.99)
    report = read.receipt(portal_ledger, number_of(answer))
    assert report is not None
    assert report.case_key is not None
    sent_id = client.post(f"{UPDATES}.json", data=update(report.number, description="Gracias, ¿se sabe algo?")).json()[0]
    triaged(context, 0.02)
    post = read.post_record(portal_ledger, sent_id["update_id"])
    assert post is not None
    assert (post.decision, post.case_key) == ("in_case", report.case_key)


@pytest.mark.parametrize(("end", "shown"), [("[c:17]", "[c:17]"), ("Soy Ana Ruiz", None)])
def test_a_sender_knows_its_request_by_the_key_that_ends_its_description(client: TestClient, end: str, shown: str | None) -> None:
    person = {"first_name": "Ana", "last_name": "Ruiz"}
    number = number_of(client.post(CREATE, data=form(description=f"La farola está fundida.\n\n{end}", **person)))
    (row,) = client.get(f"/open311/v2/requests/{number}.json").json()
    assert row["description"] == f"Alumbrado {shown or f'[{number}]'}"
