"""Search what is already reported: only what /open publishes, by service, place and state."""

import html
import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings, strategies as st
from starlette.testclient import TestClient

from core.records.case import OPEN
from ledger import read
from ledger.database import Ledger
from ledger.database.writing import writing
from ledger.schema import cases
from pipeline.casework import publication
from pipeline.context import Context, now
from portal.pages.ask import STATES
from portal.site import FRESH_S, Cache
from tests.support.ledger_facts import post
from tests.support.portal_facts import city_with, client_of, open_case, portal_context

PLACES = (
    ("street_lighting", "Calle de Mesón de Paredes", "Embajadores", "Centro"),
    ("waste_cleaning", "Plaza de Lavapiés", "Embajadores", "Centro"),
    ("street_lighting", "Calle de Alcalá", "Goya", "Salamanca"),
    ("noise", "Calle de la Luz", "Sol", "Centro"),
    ("safety_police", "Calle Secreta", "Embajadores", "Centro"),
)


@pytest.fixture
def keys(portal_ledger: Ledger) -> list[str]:
    """Five problems that four people reported each: their keys."""
    found = []
    for n, (topic, place, barrio, district) in enumerate(PLACES, start=1):
        at = now() - timedelta(hours=n)
        one = post(n, created_at=at, received_at=at)
        found.append(open_case(portal_ledger, one, at, topic=topic, place=place, barrio=barrio, district=district))
    with writing(portal_ledger) as connection:
        connection.execute(cases.update().values(authors=4))
    return found


@pytest.fixture
def context(tmp_path: Path, portal_ledger: Ledger, keys: list[str]) -> Context:
    return portal_context(tmp_path, portal_ledger)


@pytest.fixture
def client(context: Context) -> TestClient:
    return client_of(context)


def page_of(client: TestClient, question: str, language: str = "es", **more: str) -> str:
    answer = client.get("/ask", params={"q": question, **more}, headers={"accept-language": language})
    assert answer.status_code == 200
    return answer.text


def found(client: TestClient, question: str, language: str = "es", **more: str) -> list[str]:
    return re.findall(r'<li class="problem" id="([^"]+)"', page_of(client, question, language, **more))


@pytest.mark.parametrize(
    ("language", "question", "expected"),
    [
        ("es", "farola fundida Embajadores", [0]),
        ("es", "luces apagadas en Salamanca", [2]),
        ("en", "street light out, Embajadores", [0]),
        ("ca", "fanal fos a Embajadores", [0]),
        ("gl", "lixo na praza de Lavapiés", [1]),
        ("eu", "argiak itzalita, Embajadores", [0]),
        ("es", "farola", [0, 2]),
        ("es", "hay una farola fundida en mi calle", [0, 2]),
        ("es", "Embajadores", [0, 1]),
        ("es", "ruido calle de la Luz", [3, 0, 2]),  # a lamp or the street's name: both are shown, the street first
        ("es", "piscina Embajadores", [0, 1]),  # another service: said so
        ("es", "piscina", []),
        ("es", "asdf qwerty", []),
    ],
)
def test_words_find_what_is_published(client: TestClient, keys: list[str], language: str, question: str, expected: list[int]) -> None:
    assert found(client, question, language) == [keys[one] for one in expected]


def test_the_page_says_in_what_way_problems_match(client: TestClient) -> None:
    assert "Del mismo servicio, en cualquier lugar." in page_of(client, "farola")
    assert "En el lugar que indica, de otros servicios." in page_of(client, "piscina Embajadores")
    assert "En el lugar que indica.<" in page_of(client, "Embajadores")
    assert "<p>Del mismo servicio" not in page_of(client, "farola Embajadores")
    none = page_of(client, "piscina")
    assert "No hay nada, comunicado por suficientes personas, con estas palabras." in none
    assert "Puede ser la primera persona en avisar." in none


def test_a_state_narrows_the_problems(client: TestClient, context: Context, portal_ledger: Ledger, keys: list[str]) -> None:
    with writing(portal_ledger) as connection:
        connection.execute(cases.update().where(cases.c.case_key == keys[2]).values(state="assigned"))
    assert found(client, "farola", state="assigned") == [keys[2]]
    assert found(client, "farola", state="new") == [keys[0]]
    assert found(client, "farola", state="resolved") == [keys[0], keys[2]]  # closed problems are not published
    assert set(STATES) == OPEN


def test_i_see_it_too_and_the_entry_of_the_list_are_one_click_away(client: TestClient, keys: list[str]) -> None:
    page = page_of(client, "farola Embajadores")
    assert f'<a href="/open#{keys[0]}">' in page
    assert f'id="{keys[0]}"' in client.get("/open").text
    assert client.post(f"/open/{keys[0]}/seen", follow_redirects=False).headers["location"] == "/open?seen=1"
    assert f'action="/open/{keys[0]}/seen"' in page


def test_the_words_and_the_service_are_kept_for_the_form(client: TestClient) -> None:
    page = page_of(client, 'farola "rota" & <b>sucia')
    link = html.unescape(re.findall(r'href="(/report\?[^"]+)"', page)[0])
    assert parse_qs(urlsplit(link).query) == {"description": ['farola "rota" & <b>sucia']}  # two services: none chosen
    form = client.get(link).text
    assert "farola &#34;rota&#34; &amp; &lt;b&gt;sucia</textarea>" in form
    link = html.unescape(re.findall(r'href="(/report\?[^"]+)"', page_of(client, "farola rota"))[0])
    assert '<option value="street_lighting" selected>' in client.get(link).text


@pytest.mark.parametrize("path", ["/ask?q=farola", "/report?description=farola"])
def test_no_page_needs_a_script_or_loads_one(client: TestClient, path: str) -> None:
    assert "<script" not in client.get(path).text


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("farola " * 1500, "Your question is long: only its first 300 characters were searched."),
        ("\x00\x07\u202e\u200b", "What you wrote has no letter or number to search for."),
        ("de la en por", "Your question has only words that say neither what happens nor where."),
        ("12345", "Your question has only words that say neither what happens nor where."),
        ("fa\x00ro\u202ela", "Nothing that enough people reported has these words."),
    ],
)
def test_what_cannot_be_searched_is_said_in_words(client: TestClient, typed: str, words: str) -> None:
    page = page_of(client, typed, "en")
    assert words in page
    assert not re.search(r"[\x00-\x08\x0e-\x1f\u202e\u200b]", page)
    assert len(page) < 20_000
    assert ("Already reported" in page) is ("Nothing that" in words or "long" in words)  # else no random answers either


def test_what_is_not_published_is_not_found(client: TestClient, context: Context, portal_ledger: Ledger, keys: list[str]) -> None:
    with writing(portal_ledger) as connection:
        connection.execute(cases.update().where(cases.c.case_key == keys[0]).values(authors=2))
    publication.set_publication(context, keys[2], "withhold", "ana", "por seguridad")
    assert found(client, "farola") == []
    hidden = city_with(hidden=["noise"])
    assert found(client_of(replace(context, city=hidden)), "ruido") == []
    off = context.city.model_copy(update={"portal": context.city.portal.model_copy(update={"incidents": False})})
    page = page_of(client_of(replace(context, city=off)), "ruido")
    assert "Ya se ha avisado" not in page
    assert "Avise con estas palabras" in page


def test_a_place_that_is_kept_back_finds_nothing(client: TestClient, context: Context, keys: list[str]) -> None:
    """A problem of safety has no published place: neither its street nor its barrio finds it."""
    assert found(client, "Secreta") == []
    assert keys[4] not in found(client, "Embajadores")
    coarse = client_of(replace(context, city=city_with(location="district")))
    assert found(coarse, "Embajadores") == []
    assert found(coarse, "farola Salamanca") == [keys[2]]
    assert found(client_of(replace(context, city=city_with(location="none"))), "Salamanca") == []
    assert found(client_of(replace(context, city=city_with(decimals=2))), "Embajadores") == []


WORDS = st.sampled_from(
    ["farola", "basura", "policía", "ruido", "Embajadores", "Secreta", "Centro", "Salamanca", "Alcalá", "bache", "(1)", "Hay", "de"]
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    words=st.lists(WORDS | st.text(max_size=8), max_size=6),
    people=st.lists(st.integers(1, 6), min_size=5, max_size=5),
    state=st.sampled_from(["", *STATES]),
)
def test_no_question_shows_a_problem_of_fewer_people(
    client: TestClient, portal_ledger: Ledger, keys: list[str], words: list[str], people: list[int], state: str
) -> None:
    with writing(portal_ledger) as connection:
        for key, number in zip(keys, people, strict=True):
            connection.execute(cases.update().where(cases.c.case_key == key).values(authors=number))
    site = client.app.state.site  # type: ignore[attr-defined]
    site.reported, site.pages = Cache(), Cache()
    shown = set(found(client, " ".join(words), state=state))
    enough = {key for key, number in zip(keys, people, strict=True) if number >= 3}
    assert shown <= enough
    on_open = set(re.findall(r'<li class="problem" id="([^"]+)"', client.get("/open").text))
    assert shown <= on_open == enough


def test_questions_read_no_ledger_until_the_list_is_old(client: TestClient, monkeypatch: pytest.MonkeyPatch, keys: list[str]) -> None:
    asked: list[int] = []
    original = read.published_cases

    def published(*args: object, **filters: object) -> list[read.PublishedCase]:
        asked.append(1)
        return original(*args, **filters)  # type: ignore[arg-type]

    monkeypatch.setattr(read, "published_cases", published)
    clock = 0.0
    client.app.state.site.reported.clock = lambda: clock  # type: ignore[attr-defined]
    for word in ("farola", "ruido", "basura"):
        assert found(client, word)
    assert len(asked) == 1
    clock = FRESH_S
    assert found(client, "farola")
    assert len(asked) == 2
