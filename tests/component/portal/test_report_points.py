"""Test the point of a report from the form to desk and portal: exact for staff, rounded for everybody."""

import html
from pathlib import Path

import pytest
from hypothesis import given, strategies as st
from starlette.testclient import TestClient

from core.config.city import load_city
from core.records.read_models import CaseRecord
from ledger import read
from ledger.database import Ledger
from ledger.read import PublishedCase
from ledger.retention import forget
from pipeline.context import Context, now
from portal.open311.requests import location
from portal.pages import report_form
from tests.support.desk_client import browser
from tests.support.open311_requests import CREATE, form, number_of
from tests.support.portal_facts import KEYS, MADRID, city_with, client_of, portal_context
from tests.support.report_points import chosen, triage_reports

SOL = (40.41699, -3.70356)
WORDS = (
    "La farola lleva un mes fundida, no se ve nada",
    "Sigue apagada la farola, llevo semanas avisando",
    "Farola fundida otra vez, de noche da miedo",
)


@pytest.fixture
def context(tmp_path: Path, portal_ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Context:
    """A city that publishes points of 5 decimals, and cases from their first witness on."""
    monkeypatch.setattr(report_form, "FASTEST_S", 0)
    city = city_with(decimals=5)
    portal = city.portal.model_copy(update={"minimum_witnesses": 1})
    return portal_context(tmp_path, portal_ledger, city.model_copy(update={"portal": portal}), keys=KEYS)


@pytest.fixture
def client(context: Context) -> TestClient:
    return client_of(context)


def the_case(context: Context) -> CaseRecord:
    triage_reports(context)
    (case,) = read.case_records(context.ledger)
    return case


def test_a_point_of_the_form_becomes_a_case_there_whatever_the_address_says(client: TestClient, context: Context) -> None:
    sent = chosen(client, context.city, *SOL, place="Paseo de Extremadura 100", description=WORDS[0])
    assert client.post("/report", data=sent, follow_redirects=False).status_code == 303
    case = the_case(context)
    assert (case.place, case.barrio, case.district) == ("Plaza de la Puerta del Sol", "Sol", "Centro")
    assert (case.lat, case.lon) == tuple(map(float, sent["point"].split(",")))


def test_staff_see_the_case_on_their_map_at_its_point_and_nobody_else_does(client: TestClient, context: Context) -> None:
    sent = chosen(client, context.city, *SOL, description=WORDS[0])
    receipt = client.post("/report", data=sent, follow_redirects=False).headers["location"]
    case = the_case(context)
    [point] = read.case_points(context.ledger)
    assert f"{point.lat:.5f},{point.lon:.5f}" == sent["point"]
    desk = html.unescape(browser(context, "es").get(f"/cases/{case.case_key}").text)
    assert "Plaza de la Puerta del Sol" in desk
    assert "Este caso no tiene punto en el mapa" not in desk
    (row,) = client.get(f"/open311/v2/requests/{case.case_key}.json").json()
    assert (row["lat"], row["long"]) == (40.417, -3.704)
    opened = client.get("/open", headers={"accept-language": "es"}).text
    assert "Plaza de la Puerta del Sol, Centro" in opened
    assert opened.count('<circle class="dot"') == 2  # for narrow and for wide screens
    exact = [part[: part.index(".") + 5] for part in sent["point"].split(",")]
    for path in ("/open", "/", receipt, "/open311/v2/requests.json", "/open311/v2/requests.xml", "/data"):
        assert [one for one in exact if one in client.get(path).text] == [], path


def test_reports_at_one_point_are_one_case_with_and_without_words_for_it(client: TestClient, context: Context) -> None:
    for words in WORDS:
        sent = chosen(client, context.city, *SOL, description=words)
        assert client.post("/report", data=sent, follow_redirects=False).status_code == 303
    assert the_case(context).posts == len(WORDS)


def test_a_point_of_open311_beside_a_monument_is_a_case_on_its_square(client: TestClient, context: Context) -> None:
    """Beside Carlos III: his street is 650 m away."""
    point = {"lat": str(SOL[0]), "long": str(SOL[1])}
    number_of(client.post(CREATE, data=form(address_string=None, description=f"{WORDS[0]}\nCarlos III", **point)))
    case = the_case(context)
    assert (case.place, case.lat, case.lon) == ("Plaza de la Puerta del Sol", *SOL)


def test_without_a_point_the_typed_address_places_the_case(client: TestClient, context: Context) -> None:
    sent = chosen(client, context.city, *SOL, place="Calle de Fuencarral 81", description=WORDS[0]) | {"point": ""}
    client.post("/report", data=sent)
    assert the_case(context).place == "Calle de Fuencarral"


def test_a_forgotten_report_leaves_no_point(client: TestClient, context: Context) -> None:
    client.post("/report", data=chosen(client, context.city, *SOL, description=WORDS[0]))
    case = the_case(context)
    (record,) = read.post_records(context.ledger)
    assert forget.erase_post(context.ledger, record.post_id, "erasure", now())
    found = read.case_record(context.ledger, case.case_key)
    assert found is not None
    assert (found.place, found.lat, found.lon) == (None, None, None)


def test_a_point_goes_with_its_report_though_the_case_has_others(client: TestClient, context: Context) -> None:
    """The next triage takes the point of another report, if one gave it."""
    near = (SOL[0] + 0.0001, SOL[1])
    for words, at in zip(WORDS, (SOL, SOL, near), strict=False):
        client.post("/report", data=chosen(client, context.city, *at, description=words))
    case = the_case(context)
    posts = list(read.post_records(context.ledger))
    gave = {one.post_id: read.post_of(context.ledger, one.post_id) for one in posts}
    theirs = [key for key, one in gave.items() if one is not None and (one.lat, one.lon) == (case.lat, case.lon)]
    assert 0 < len(theirs) < len(posts)
    for key in theirs:
        assert forget.erase_post(context.ledger, key, "erasure", now())
    found = read.case_record(context.ledger, case.case_key)
    assert found is not None
    assert (found.place, found.lat, found.lon) == (case.place, None, None)
    assert the_case(context).lat not in (None, case.lat)


@given(
    lat=st.floats(-90, 90),
    lon=st.floats(-180, 180),
    decimals=st.integers(0, 5),
    source=st.sampled_from(["inbox", "mailbox", "x"]),
    where=st.sampled_from(["street", "district", "none"]),
    merged=st.booleans(),
)
def test_no_profile_publishes_a_chosen_point_below_a_hundred_metres(
    lat: float, lon: float, decimals: int, source: str, where: str, merged: bool
) -> None:
    city = load_city(MADRID)
    options = city.open311.model_copy(update={"decimals": decimals, "location": where})
    at = now()
    case = PublishedCase(
        case_key="C-1",
        title="",
        topic="noise",
        department="D",
        state="new",
        received_at=at,
        due_at=at,
        updated_at=at,
        place="Calle",
        district="Centro",
        lat=lat,
        lon=lon,
        source=source if merged else "x",
        sources=() if merged else ("x", source),
        merged_into=None,
        authors=1,
        barrio=None,
        topic_guess=None,
    )
    _, shown_lat, shown_lon = location(city.model_copy(update={"open311": options}), case)
    if where != "street":
        assert (shown_lat, shown_lon) == (None, None)
        return
    allowed = decimals if source == "x" else min(decimals, 3)
    assert (shown_lat, shown_lon) == (round(lat, allowed), round(lon, allowed))
