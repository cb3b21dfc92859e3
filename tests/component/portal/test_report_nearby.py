"""Test what is shown as already reported before a report is sent: what /open publishes near it, to follow or not."""

import html
import re
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ledger import read
from ledger.database import Ledger
from ledger.database.writing import writing
from ledger.schema import cases
from pipeline.casework import publication
from pipeline.context import Context, now
from pipeline.steps.triage import triage
from portal.pages import report_form
from portal.rendering import LANGUAGES
from portal.site import Site
from tests.support.citizen_reports import SPANISH, token_of
from tests.support.ledger_facts import post, read_all, unbalanced
from tests.support.portal_facts import city_with, client_of, open_case, portal_context

LAMP, LAMP_FAR, RUBBISH, RARE = range(4)
SPOTS = (
    ("street_lighting", "Calle de Narváez", 40.4205, -3.6755, 4),
    ("street_lighting", "Calle de Narváez", 40.4161, -3.6759, 4),  # 490 m south, in the same street
    ("waste_cleaning", "Calle de Narváez", 40.4208, -3.6756, 4),
    ("street_lighting", "Calle de Narváez", 40.4206, -3.6755, 1),  # reported by one person: not published
)
POINT = "40.42060,-3.67550"
MINE = {
    "service": "street_lighting",
    "place": "Calle de Narváez 20",
    "description": "Farola apagada",
    "point": POINT,
    "photo": "",
    "contact": "",
}
pytest_plugins = ("tests.support.ledger_fixtures",)


@pytest.fixture
def keys(ledger: Ledger) -> list[str]:
    found = []
    for n, (topic, place, lat, lon, people) in enumerate(SPOTS, start=1):
        at = now() - timedelta(hours=n)
        one = post(n, created_at=at, received_at=at)
        key = open_case(ledger, one, at, topic=topic, place=place, district="Retiro", barrio="Ibiza", lat=lat, lon=lon)
        with writing(ledger) as connection:
            connection.execute(cases.update().where(cases.c.case_key == key).values(authors=people))
        found.append(key)
    return found


@pytest.fixture
def context(tmp_path: Path, ledger: Ledger, keys: list[str], monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setattr(report_form, "FASTEST_S", 0)
    return portal_context(tmp_path, ledger)


@pytest.fixture
def client(context: Context) -> TestClient:
    return client_of(context, SPANISH)


def sent(client: TestClient, **more: str) -> str:
    """Send the form without following redirects; return the page, or the path of the receipt."""
    answer = client.post("/report", data={**MINE, "token": token_of(client), **more}, follow_redirects=False)
    if answer.status_code == 303:
        return answer.headers["location"].partition("?")[0]
    assert answer.status_code == 200, answer.text
    return html.unescape(answer.text)


def offered(page: str) -> list[str]:
    return re.findall(r'name="follow" value="([^"]+)"', page)


def hidden(page: str) -> dict[str, str]:
    return dict(re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)">', page))


def reports(context: Context) -> list[str]:
    return [one.post_id for one in read.post_records(context.ledger) if one.source == "inbox"]


def test_what_is_published_within_200_m_is_shown_before_sending_its_service_first(
    client: TestClient, context: Context, keys: list[str]
) -> None:
    page = sent(client)
    assert "Ya hay avisos cerca de ese lugar" in page
    assert offered(page) == [keys[LAMP], keys[RUBBISH]]
    assert reports(context) == []
    assert offered(sent(client, service="waste_cleaning")) == [keys[RUBBISH], keys[LAMP]]


def test_without_a_point_the_street_is_looked_up(client: TestClient, keys: list[str]) -> None:
    assert set(offered(sent(client, point=""))) <= {keys[LAMP], keys[LAMP_FAR], keys[RUBBISH]}
    assert offered(sent(client, point="")) != []
    assert sent(client, point="", place="Plaza de Lavapiés 3").startswith("/case/")


def test_only_what_open_publishes_is_shown(context: Context, keys: list[str]) -> None:
    publication.set_publication(context, keys[LAMP], "withhold", "ana", "pide no aparecer")
    assert offered(sent(client_of(context, SPANISH))) == [keys[RUBBISH]]


def test_a_city_that_publishes_no_places_shows_nothing(tmp_path: Path, context: Context) -> None:
    closed = portal_context(tmp_path / "two", context.ledger, city_with(location="none"))
    assert sent(client_of(closed, SPANISH)).startswith("/case/")


def test_it_is_another_sends_the_report_as_it_was_written(client: TestClient, context: Context) -> None:
    kept = hidden(sent(client, description="Farola «apagada»\ny rota"))
    answer = client.post("/report", data={**kept, "another": "yes"}, follow_redirects=False)
    assert answer.status_code == 303
    [one] = reports(context)
    found = read.post_of(context.ledger, one)
    assert found is not None
    assert found.text == "Alumbrado. Farola «apagada»\ny rota\nCalle de Narváez 20"
    assert (found.service, found.lat, found.lon) == ("street_lighting", 40.4206, -3.6755)


def test_change_my_report_shows_the_form_with_its_words(client: TestClient, context: Context) -> None:
    kept = hidden(sent(client))
    page = client.post("/report", data={**kept, "change": "yes"}).text
    assert "Farola apagada</textarea>" in page
    assert f'name="point" value="{POINT}"' in page
    assert reports(context) == []


def test_following_puts_the_report_into_that_case_and_counts_one_person_more(client: TestClient, context: Context, keys: list[str]) -> None:
    kept = hidden(sent(client))
    before = read.case_record(context.ledger, keys[LAMP])
    path = client.post("/report", data={**kept, "follow": keys[LAMP]}, follow_redirects=False).headers["location"]
    read_all(context.ledger)
    triage(context)
    [one] = reports(context)
    record = read.post_record(context.ledger, one)
    assert record is not None
    assert (record.decision, record.case_key) == ("in_case", keys[LAMP])
    case = read.case_record(context.ledger, keys[LAMP])
    assert before is not None
    assert case is not None
    assert case.posts == before.posts + 1
    page = client.get(path).text
    assert keys[LAMP] in page
    assert "<dt>Departamento</dt><dd>Vías públicas</dd>" in page
    assert unbalanced(context.ledger) == []


def test_following_a_case_of_another_service_does_not_move_it(client: TestClient, context: Context, keys: list[str]) -> None:
    kept = hidden(sent(client))
    client.post("/report", data={**kept, "follow": keys[RUBBISH]}, follow_redirects=False)
    [one] = reports(context)
    found = read.post_of(context.ledger, one)
    assert found is not None
    assert found.service is None
    read_all(context.ledger)
    triage(context)
    record = read.post_record(context.ledger, one)
    assert record is not None
    assert record.case_key == keys[RUBBISH]


def test_the_same_follow_sent_twice_is_one_report(client: TestClient, context: Context, keys: list[str]) -> None:
    kept = hidden(sent(client))
    paths = {client.post("/report", data={**kept, "follow": keys[LAMP]}, follow_redirects=False).headers["location"] for _ in range(2)}
    assert len(paths) == 1
    assert len(reports(context)) == 1


@pytest.mark.parametrize("key", ["", "C-20261124-nothing", "RARE", "LAMP_FAR"])
def test_what_is_not_published_near_cannot_be_followed(client: TestClient, context: Context, keys: list[str], key: str) -> None:
    named = {"RARE": keys[RARE], "LAMP_FAR": keys[LAMP_FAR]}.get(key, key)
    kept = hidden(sent(client))
    answer = client.post("/report", data={**kept, "follow": named}, follow_redirects=False)
    assert offered(answer.text) == [keys[LAMP], keys[RUBBISH]]
    assert reports(context) == []


def test_a_case_closed_meanwhile_is_not_followed(client: TestClient, context: Context, keys: list[str]) -> None:
    kept = hidden(sent(client))
    with writing(context.ledger) as connection:
        connection.execute(cases.update().where(cases.c.case_key == keys[LAMP]).values(state="resolved"))
    answer = client.post("/report", data={**kept, "follow": keys[LAMP]}, follow_redirects=False)
    assert answer.status_code == 303
    read_all(context.ledger)
    triage(context)
    [one] = reports(context)
    record = read.post_record(context.ledger, one)
    assert record is not None
    assert record.case_key != keys[LAMP]


def test_a_problem_of_the_example_month_is_seen_too_and_never_joined_by_a_report(
    client: TestClient, context: Context, keys: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Site, "shows_examples", property(lambda _: True))
    with writing(context.ledger) as connection:
        mine = cases.update().where(cases.c.case_key == keys[LAMP])
        connection.execute(mine.values(source="example-mastodon", sources=["example-mastodon"]))
    page = sent(client)
    assert offered(page) == [keys[RUBBISH]]
    assert f'formaction="/open/{keys[LAMP]}/seen">Yo también lo veo' in page
    client.post("/report", data={**hidden(page), "follow": keys[LAMP]})
    assert reports(context) == []
    client.post(f"/open/{keys[LAMP]}/seen", data=hidden(page))
    assert read.sightings(context.ledger, [keys[LAMP]]) == {keys[LAMP]: 1}


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_speaks_every_language_of_the_portal(client: TestClient, language: str) -> None:
    data = {**MINE, "token": token_of(client)}
    page = client.post("/report", data=data, headers={"accept-language": language}).text
    assert f'<html lang="{language}">' in page
    if language != "en":
        assert "Already reported" not in page
        assert "It is another" not in page
