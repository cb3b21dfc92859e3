"""Test the map of the report form: steps that keep every field, bad clicks, and one report at the end."""

import html
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from core.records.read_models import PostRecord
from gazetteer import Gazetteer
from ledger import read
from ledger.database import Ledger
from pipeline.context import Context
from portal.pages import report_form
from portal.rendering import LANGUAGES
from tests.support.citizen_reports import REPORT, SPANISH
from tests.support.portal_facts import client_of, portal_context
from tests.support.report_points import begun, chosen, click, hidden, step

SOL = (40.41699, -3.70356)
GETAFE = (40.3064, -3.7327)


@pytest.fixture
def context(tmp_path: Path, portal_ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setattr(report_form, "FASTEST_S", 0)
    return portal_context(tmp_path, portal_ledger)


@pytest.fixture
def client(context: Context) -> TestClient:
    return client_of(context)


def posts(ledger: Ledger) -> list[PostRecord]:
    return list(read.post_records(ledger))


def point_of(ledger: Ledger) -> tuple[float | None, float | None]:
    (record,) = posts(ledger)
    post = read.post_of(ledger, record.post_id)
    assert post is not None
    return post.lat, post.lon


def test_two_clicks_choose_district_and_point_and_a_third_one_the_exact_point(
    client: TestClient, context: Context, portal_ledger: Ledger
) -> None:
    given, page = click(client, context.city, begun(client), *SOL)
    assert (given["view"], given["point"]) == ("district_1", "")
    assert "Elija ahora el punto en Centro." in page
    given, page = click(client, context.city, given, *SOL)
    assert given["view"].startswith("near_")
    assert "Punto elegido:" in page
    given, page = click(client, context.city, given, *SOL)
    assert "cerca de Plaza de la Puerta del Sol, Sol" in page
    assert posts(portal_ledger) == []
    answer = client.post("/report", data=given, follow_redirects=False)
    assert answer.status_code == 303
    assert posts(portal_ledger)[0].text == f"Alumbrado. {REPORT['description']}\nPlaza de la Puerta del Sol, Sol"
    lat, lon = point_of(portal_ledger)
    assert lat == pytest.approx(SOL[0], abs=0.00005)  # a pixel of the last map is 3.6 m
    assert lon == pytest.approx(SOL[1], abs=0.00005)


@pytest.mark.parametrize("size", ["s", "m", "l"])
def test_a_click_means_the_same_point_on_every_size_of_the_map(client: TestClient, context: Context, size: str) -> None:
    given, _ = click(client, context.city, begun(client, view="near_40.415_-3.705"), *SOL, size=size)
    lat, lon = map(float, given["point"].split(","))
    assert (lat, lon) == pytest.approx(SOL, abs=0.00006)


def test_every_field_stays_through_all_steps_and_the_report_is_one(client: TestClient, context: Context, portal_ledger: Ledger) -> None:
    typed = {
        "place": 'Plaza "Mayor" & 3',
        "area": "barrio:1-6",
        "service": "noise",
        "description": "Ruido <3\n\nde noche & día",
        "photo": "https://fotos.example/a.jpg?x=1&y=2",
    }
    given = begun(client, **typed)
    token = given["token"]
    for way in ("show", "city", "click", "click", "click", "district", "city", "clear", "city", "click", "click"):
        if way == "click":
            given, page = click(client, context.city, given, *SOL)
        else:
            given, page = step(client, {**given, "step": way})
        shown = page.replace("\r\n", "\n")
        assert given["token"] == token
        assert all(value in shown for name, value in typed.items() if name not in ("service", "area"))
        assert '<option value="noise" selected>' in page
        assert '<option value="barrio:1-6" selected>' in page
    assert posts(portal_ledger) == []
    plain = {**given, "description": "Ruido todas las noches"}
    paths = {client.post("/report", data=plain, follow_redirects=False).headers["location"] for _ in range(2)}
    assert len(paths) == len(posts(portal_ledger)) == 1


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"at_m.x": "-3", "at_m.y": "9"}, "fuera del mapa"),
        ({"at_m.x": "9999", "at_m.y": "9"}, "fuera del mapa"),
        ({"at_m.x": "337", "at_m.y": "9"}, "fuera del mapa"),
        ({"at_m.x": "9" * 500, "at_m.y": "9"}, "fuera del mapa"),
        ({"at_m.x": "nan", "at_m.y": "1e3"}, "fuera del mapa"),
        ({"at_m.x": "٣", "at_m.y": "4"}, "fuera del mapa"),
        ({"at_m.x": "12"}, "fuera del mapa"),
        ({"at_m.x": "0", "at_m.y": "0"}, "Con el teclado"),  # what browsers send for the Enter key
        ({"at_m.x": "2", "at_m.y": "330"}, "está fuera de Madrid"),
        ({"step": "no_such"}, "fuera del mapa"),
    ],
)
def test_a_bad_click_is_said_in_words_and_loses_nothing(
    client: TestClient, portal_ledger: Ledger, more: dict[str, str], words: str
) -> None:
    given, page = step(client, {**begun(client, place="Calle Mayor 1", point="40.41690,-3.70350"), **more})
    assert words in page
    assert (given["view"], given["point"]) == ("city", "40.41690,-3.70350")
    assert 'value="Calle Mayor 1"' in page
    assert REPORT["description"] in page
    assert posts(portal_ledger) == []


@pytest.mark.parametrize("point", ["x", "40.4", "nan,nan", "inf,1", "40.3064,-3.7327", "0,0", "1,2,3", "9" * 400, "1e308,1", "1,1e300"])
def test_a_point_that_is_not_in_the_city_is_refused_and_everything_else_kept(client: TestClient, portal_ledger: Ledger, point: str) -> None:
    given = begun(client, place="Calle Mayor 1", point=point)
    answer = client.post("/report", data=given, headers=SPANISH)
    assert answer.status_code == 422
    assert "ya no es válido" in answer.text
    assert hidden(answer.text)["point"] == ""
    assert 'value="Calle Mayor 1"' in answer.text
    assert posts(portal_ledger) == []
    again = {**given, **hidden(answer.text)}
    assert client.post("/report", data=again, follow_redirects=False).status_code == 303
    assert point_of(portal_ledger) == (None, None)


def test_an_unknown_view_shows_the_city_and_an_unknown_neighbourhood_is_none(client: TestClient) -> None:
    given, page = step(client, begun(client, view="../../etc", area="barrio:99", step="clear"))
    assert given["view"] == "city"
    assert "etc" not in page


def test_the_point_wins_over_the_address_and_the_citizen_is_told_before(
    client: TestClient, context: Context, portal_ledger: Ledger
) -> None:
    given = chosen(client, context.city, *SOL, place="Paseo de Extremadura 100")
    _, page = step(client, {**given, "step": "district"})
    assert "El punto no está en Paseo de Extremadura" in page
    assert client.post("/report", data=given, follow_redirects=False).status_code == 303
    assert posts(portal_ledger)[0].text.endswith("\nPaseo de Extremadura 100")
    assert point_of(portal_ledger)[0] == pytest.approx(SOL[0], abs=0.0001)


def test_an_address_at_the_point_says_nothing_of_two_places(client: TestClient, context: Context) -> None:
    _, page = step(client, {**chosen(client, context.city, *SOL, place="Puerta del Sol 5"), "step": "district"})
    assert "no está en" not in page


def test_by_keyboard_a_neighbourhood_and_an_address_are_enough(client: TestClient, portal_ledger: Ledger) -> None:
    sent = begun(client, place="Calle Mayor 3", area="barrio:1-1")
    assert client.post("/report", data=sent, follow_redirects=False).status_code == 303
    sent = begun(client, area="barrio:1-1")
    assert client.post("/report", data=sent, follow_redirects=False).status_code == 303
    assert sorted(one.text.rsplit("\n", 1)[1] for one in posts(portal_ledger)) == ["Calle Mayor 3, Palacio", "Palacio"]


def test_show_goes_to_the_address_or_the_neighbourhood_and_says_what_it_found(client: TestClient) -> None:
    for typed, view, words in (
        ({"place": "Calle de Fuencarral 81"}, "near_40.425_-3.700", "El mapa muestra Calle de Fuencarral."),
        ({"place": "Calle de Alcalá"}, "city", "Calle de Alcalá: es una vía larga"),
        ({"place": "Calle de Xyzzyplugh"}, "city", "No hemos encontrado esta dirección"),
        ({"area": "barrio:8-1"}, "district_8", "Elija ahora el punto en Fuencarral - El Pardo"),
        ({"place": "Calle de Xyzzyplugh", "area": "district:1"}, "district_1", "No hemos encontrado esta dirección"),
    ):
        given, page = step(client, begun(client, **typed, step="show"))
        assert (given["view"], given["point"]) == (view, "")
        assert words in page


def test_the_map_is_in_every_language_of_the_portal(client: TestClient) -> None:
    for language in LANGUAGES:
        head = {"accept-language": language}
        given = {**begun(client), "at_m.x": "2", "at_m.y": "330"}
        page = html.unescape(client.post("/report", data=given, headers=head).text)
        for words in ("Point on the map (optional)", "That point is outside Madrid.", "Not chosen"):
            assert (words in page) == (language == "en")


def test_too_many_steps_wait_and_the_form_can_still_be_sent(client: TestClient, portal_ledger: Ledger) -> None:
    given = begun(client, place="Calle Mayor 1")
    for _ in range(60):
        client.post("/report", data={**given, "step": "clear"})
    answer = client.post("/report", data={**given, "step": "clear"}, headers=SPANISH)
    assert answer.status_code == 429
    assert "Espere un minuto" in answer.text
    assert 'value="Calle Mayor 1"' in answer.text
    assert client.post("/report", data=given, follow_redirects=False).status_code == 303
    assert len(posts(portal_ledger)) == 1


def test_pictures_are_kept_by_browsers_and_name_no_point(client: TestClient, context: Context) -> None:
    page = client.post("/report", data=chosen(client, context.city, *SOL) | {"step": "city"}).text
    assert "40.4169" not in page.replace(hidden(page)["point"], "")
    picture = client.get("/report/map/s/city.svg")
    assert picture.headers["content-type"] == "image/svg+xml"
    assert picture.headers["cache-control"] == "public, max-age=3600"
    for wrong in ("x/city", "s/district_99", "s/near_40.416_-3.703", "s/near_0.000_0.000", "s/%2e%2e"):
        assert client.get(f"/report/map/{wrong}.svg").status_code == 404


@pytest.mark.slow
def test_pictures_asked_for_without_end_are_refused(client: TestClient) -> None:
    answers = [client.get("/report/map/s/city.svg").status_code for _ in range(301)]
    assert (set(answers[:300]), answers[300]) == ({200}, 429)


def test_no_more_of_an_address_is_looked_up_than_the_form_takes(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    found = Gazetteer.find

    def find(self: Gazetteer, text: str, *more: Any) -> Any:
        asked.append(len(text))
        return found(self, text, *more)

    monkeypatch.setattr(Gazetteer, "find", find)
    given = begun(client, place="calle mayor, " * 1000, point="40.41690,-3.70350")
    for more in ({"step": "show"}, {}):
        client.post("/report", data={**given, **more})
    assert asked
    assert max(asked) <= 150


def test_a_city_without_outlines_has_a_form_without_a_map(tmp_path: Path, portal_ledger: Ledger, context: Context) -> None:
    city = context.city.model_copy(update={"gazetteer_folder": None})
    plain = client_of(portal_context(tmp_path, portal_ledger, city))
    page = plain.get("/report").text
    assert 'type="image"' not in page
    assert '<select id="area"' not in page
    assert plain.get("/report/map/s/city.svg").status_code == 404
    sent = {**REPORT, "token": hidden(page)["token"]}
    assert plain.post("/report", data={**sent, "step": "show"}).status_code == 200
    assert plain.post("/report", data=sent, follow_redirects=False).status_code == 303
