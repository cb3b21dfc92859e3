"""Test the citizens' pages: what is published and what never is."""

import csv
import io
import logging
import math
import re
import time
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from pydantic import ValidationError
from starlette.testclient import TestClient

from core.config.profile.portal import Portal
from ledger import read
from ledger.cases.history import entries as history
from ledger.database import Ledger
from ledger.database.writing import writing
from ledger.schema import cases
from pipeline.casework import fields, grouping, publication
from pipeline.casework.triage_lease import triage_held
from pipeline.context import Context, now
from pipeline.portal import citizens
from portal.app import create_app
from portal.site import FRESH_S
from tests.support.portal_facts import LOCAL, city_with, client_of, open_cases, portal_context

PAGES = ("/", "/ask", "/ask?q=farola", "/report", "/case", "/open", "/times", "/data", "/notice", "/nothing")


@pytest.fixture
def context(tmp_path: Path, portal_ledger: Ledger) -> Context:
    return portal_context(tmp_path, portal_ledger)


@pytest.fixture
def client(context: Context) -> TestClient:
    return client_of(context)


def reported_by(ledger: Ledger, key: str, people: int) -> None:
    with writing(ledger) as connection:
        connection.execute(cases.update().where(cases.c.case_key == key).values(authors=people))


def close(ledger: Ledger, key: str) -> None:
    with writing(ledger) as connection:
        history.add_step(connection, key, "resolved", now(), "ana", "")


def answer(ledger: Ledger, key: str) -> None:
    with writing(ledger) as connection:
        history.add_step(connection, key, "answered", now(), "ana", "")


@pytest.mark.parametrize("path", PAGES)
@pytest.mark.parametrize("language", ["es", "en", "ca", "gl", "eu"])
def test_every_page_is_whole_in_every_language(client: TestClient, path: str, language: str) -> None:
    page = client.get(path, headers={"accept-language": language})
    assert page.status_code == (404 if path == "/nothing" else 200)
    assert f'<html lang="{language}">' in page.text
    assert page.text.rstrip().endswith("</html>")
    assert "<script" not in page.text
    assert "script-src" not in page.headers["content-security-policy"]  # default-src 'none' covers it


@pytest.mark.parametrize(
    ("language", "basis"),
    [
        ("es", "Artículo 6.1.e) del RGPD: cumplimiento de una misión realizada en interés público"),
        ("en", "Article 6(1)(e) of the GDPR: performance of a task carried out in the public interest"),
        ("ca", "Article 6.1.e del RGPD: compliment d&#39;una missió realitzada en interès públic"),
        ("gl", "Artigo 6.1.e) do RXPD: cumprimento dunha misión realizada en interese público"),
        ("eu", "DBEOren 6.1.e) artikulua: interes publikoaren izenean"),
    ],
)
def test_the_notice_names_its_legal_basis_in_the_language_of_the_page(client: TestClient, language: str, basis: str) -> None:
    assert basis in client.get("/notice", headers={"accept-language": language}).text


@pytest.mark.parametrize(("language", "name"), [("es", "Archivo"), ("en", "Archive"), ("eu", "Artxiboa")])
def test_the_notice_names_its_sources_in_words(context: Context, language: str, name: str) -> None:
    sources: dict[str, Any] = {"archive": SimpleNamespace(name="archive", off=None)}
    found = client_of(replace(context, sources=sources)).get("/notice", headers={"accept-language": language})
    assert f"{name}." in found.text
    assert " archive." not in found.text


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("es", "RGPD, artículo 13"),
        ("en", "GDPR Article 13"),
        ("ca", "RGPD, article 13"),
        ("gl", "RXPD, artigo 13"),
        ("eu", "DBEO, 13. artikulua"),
    ],
)
def test_the_notice_says_what_is_done_with_a_report_of_the_form(context: Context, language: str, words: str) -> None:
    closed = context.city.model_copy(update={"portal": Portal(reports=False)})
    for city, is_said in ((context.city, True), (closed, False)):
        page = client_of(replace(context, city=city)).get("/notice", headers={"accept-language": language}).text
        assert (words in page) is is_said


def test_a_legal_basis_of_the_profile_is_shown_as_it_is(context: Context) -> None:
    own = "Ordenanza de Atención a la Ciudadanía, artículo 4"
    notice = context.city.notice.model_copy(update={"basis": own})
    city = context.city.model_copy(update={"notice": notice})
    assert f"<dd>{own}</dd>" in client_of(replace(context, city=city)).get("/notice").text


@pytest.mark.parametrize("path", ["/", "/open"])
def test_a_problem_is_published_when_three_people_reported_it(tmp_path: Path, portal_ledger: Ledger, path: str) -> None:
    few, enough = open_cases(portal_ledger, [5, 3])
    reported_by(portal_ledger, few, 2)
    reported_by(portal_ledger, enough, 3)
    page = client_of(portal_context(tmp_path, portal_ledger)).get(path).text
    assert f'id="{enough}"' in page
    assert few not in page


def test_a_closed_problem_is_not_open(client: TestClient, portal_ledger: Ledger) -> None:
    (key,) = open_cases(portal_ledger, [3])
    reported_by(portal_ledger, key, 9)
    close(portal_ledger, key)
    assert key not in client.get("/open").text


def test_no_text_of_a_citizen_is_on_any_page(client: TestClient, portal_ledger: Ledger) -> None:
    (key,) = open_cases(portal_ledger, [3])
    reported_by(portal_ledger, key, 9)
    (record,) = read.post_records(portal_ledger)
    case = read.case_record(portal_ledger, key)
    assert case is not None
    words = set(re.findall(r"\w{7,}", f"{record.text} {case.title}")) - {"alumbrado"}
    canaries = [f"{record.author}", record.post_id, *(word for word in words if word not in {"Alcalá"})]
    for path in PAGES:
        text = client.get(path).text
        assert [one for one in canaries if one in text] == [], path


def test_a_place_that_could_point_to_a_person_is_not_shown(tmp_path: Path, portal_ledger: Ledger) -> None:
    (key,) = open_cases(portal_ledger, [3], topic="housing_social", place="Calle de Alcalá 45")
    reported_by(portal_ledger, key, 9)
    page = client_of(portal_context(tmp_path, portal_ledger)).get("/open").text
    assert key in page
    assert "Alcalá 45" not in page
    hidden = city_with(hidden=["housing_social"])
    assert key not in client_of(portal_context(tmp_path, portal_ledger, hidden)).get("/open").text


def test_i_see_it_too_counts_a_browser_once(tmp_path: Path, context: Context, portal_ledger: Ledger) -> None:
    (key,) = open_cases(portal_ledger, [3])
    reported_by(portal_ledger, key, 3)
    first, second = client_of(context), client_of(context)
    for client in (first, first, second):
        assert client.post(f"/open/{key}/seen", follow_redirects=False).status_code == 303
    assert read.sightings(portal_ledger, [key]) == {key: 2}
    assert "5 personas" in client_of(portal_context(tmp_path, portal_ledger)).get("/open", headers={"accept-language": "es"}).text


def test_who_deletes_the_cookie_does_not_count_without_end(context: Context, portal_ledger: Ledger) -> None:
    key, other = open_cases(portal_ledger, [3, 4])
    reported_by(portal_ledger, key, 3)
    reported_by(portal_ledger, other, 3)
    client = client_of(context)
    answers = []
    for _ in range(7):
        client.cookies.clear()
        answers.append(client.post(f"/open/{key}/seen", follow_redirects=False).status_code)
    assert answers == [303] * 5 + [429] * 2
    assert read.sightings(portal_ledger, [key]) == {key: 5}
    assert client.post(f"/open/{other}/seen", follow_redirects=False).status_code == 303
    refused = client.post(f"/open/{key}/seen", headers={"accept-language": "es"}).text
    assert "Esta incidencia ya se ha contado varias veces desde su conexión." in refused


def test_only_published_problems_can_be_seen_too(client: TestClient, portal_ledger: Ledger) -> None:
    (key,) = open_cases(portal_ledger, [3])
    reported_by(portal_ledger, key, 2)
    assert client.post(f"/open/{key}/seen").status_code == 404
    assert client.post("/open/E-nothing/seen").status_code == 404
    assert read.sightings(portal_ledger, [key]) == {}


def test_ask_finds_the_answer_and_what_is_reported(client: TestClient, portal_ledger: Ledger) -> None:
    (key,) = open_cases(portal_ledger, [3], topic="street_lighting")
    reported_by(portal_ledger, key, 3)
    page = client.get("/ask", params={"q": "hay una farola fundida en mi calle"}, headers={"accept-language": "es"}).text
    assert re.findall(r"<h3>([^<]+)</h3>", page)[0] == "¿Dónde aviso de una farola fundida?"
    assert f'id="{key}"' in page


NO_ANSWER_KNOWN = (
    "¿Quién ganó el mundial de fútbol de 2010?",
    "¿Qué tiempo hará mañana?",
    "Receta de tortilla de patatas",
    "¿Cuánto cuesta un piso en París?",
    "¿Me pueden subir el sueldo?",
    "¿Cuándo abre el nuevo aeropuerto de Berlín?",
    "¿Cuál es la capital de Australia?",
    "¿Por qué el cielo es azul?",
    "¿Cómo arreglo mi lavadora?",
    "¿Qué horario tiene mi peluquería?",
)


@pytest.mark.parametrize("question", NO_ANSWER_KNOWN)
def test_ask_never_gives_something_else_as_the_answer(client: TestClient, question: str) -> None:
    page = client.get("/ask", params={"q": question}, headers={"accept-language": "es"}).text
    official = page.split('<h2 id="answers">')[1].split("</section>")[0]
    assert "<h3>" not in official
    assert "No hay una respuesta publicada" in official
    assert ("<h3>" in page) == ("Quizá le sirva una de estas respuestas" in page)


@pytest.mark.parametrize("question", ["¿Cómo me empadrono?", "¿Cómo renuevo el DNI?", "How do I register at the town hall?"])
def test_ask_gives_the_answer_to_a_question_in_nearly_its_words(client: TestClient, question: str) -> None:
    page = client.get("/ask", params={"q": question}, headers={"accept-language": "es"}).text
    assert "<h3>" in page.split('<h2 id="answers">')[1].split("</section>")[0]


def test_ask_answers_no_question_about_another_town(client: TestClient) -> None:
    page = client.get("/ask", params={"q": "¿Cómo me empadrono en Sevilla?"}, headers={"accept-language": "es"}).text
    assert "<h3>" not in page


def test_ask_says_when_it_has_no_answer(client: TestClient) -> None:
    page = client.get("/ask", params={"q": "asdf qwerty"}, headers={"accept-language": "es"}).text
    assert "No hay una respuesta publicada" in page
    assert "<h3>" not in page


def test_ask_escapes_what_was_asked(client: TestClient) -> None:
    assert "<img" not in client.get("/ask", params={"q": '"><img src=x>'}).text.replace('<img src="/static/', "")


def test_the_times_page_shows_what_the_open_data_holds(client: TestClient, portal_ledger: Ledger) -> None:
    for key in open_cases(portal_ledger, [9, 8, 7, 6, 5, 4]):
        answer(portal_ledger, key)
        close(portal_ledger, key)
    rows = list(csv.DictReader(io.StringIO(client.get("/data/response-times.csv").text)))
    (total,) = [row for row in rows if row["kind"] == "all"]
    (month, *_) = [row for row in rows if row["kind"] == "month"]
    assert (total["cases"], total["answered"]) == ("6", "6")
    assert re.fullmatch(r"\d{4}\.\d{2}", month["name"])
    said = f"Half of the answered reports of the last year got their first answer within {math.ceil(float(total['median_hours']))} hours"
    for path in ("/times", "/"):  # half of them in 6.4 hours: not within 6
        assert said in client.get(path, headers={"accept-language": "en"}).text


def test_the_times_page_says_that_other_holds_the_cases_without_a_service_yet(client: TestClient, portal_ledger: Ledger) -> None:
    for key in open_cases(portal_ledger, [9, 8, 7, 6, 5], topic="other", topic_guess="noise"):
        close(portal_ledger, key)
    page = client.get("/times", headers={"accept-language": "es"}).text
    assert '<th scope="row">Otros, o por decidir</th>' in page


def test_the_descriptions_name_the_columns_of_the_table(client: TestClient) -> None:
    header = client.get("/data/response-times.csv").text.splitlines()[0].split(",")
    package = client.get("/data/datapackage.json").json()
    table = client.get("/data/response-times.csv-metadata.json").json()
    assert [field["name"] for field in package["resources"][0]["schema"]["fields"]] == header
    assert [column["titles"] for column in table["tableSchema"]["columns"]] == header
    catalogue = client.get("/data/catalog.jsonld").json()
    files = [one["dcat:downloadURL"]["@id"] for one in catalogue["@graph"] if one["@type"] == "dcat:Distribution"]
    assert [client.get(url).status_code for url in files] == [200, 200, 200]


def test_a_file_that_did_not_change_is_not_sent_again(client: TestClient) -> None:
    first = client.get("/data/response-times.csv")
    again = client.get("/data/response-times.csv", headers={"if-none-match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert "csv-metadata.json" in first.headers["link"]


def test_public_load_reads_the_ledger_once(client: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []

    def published(*_: object, **__: object) -> list[object]:
        asked.append(1)
        return []

    monkeypatch.setattr(read, "published_cases", published)
    for _ in range(20):
        assert client.get("/open").status_code == 200
    assert len(asked) == 1


def test_a_promise_that_has_passed_and_a_problem_without_a_point_are_said(context: Context, portal_ledger: Ledger) -> None:
    [placed, without] = [*open_cases(portal_ledger, [9]), *open_cases(portal_ledger, [5], lat=None, lon=None)]
    for key, due in ((placed, now() - timedelta(days=2)), (without, now() + timedelta(days=2))):
        with writing(portal_ledger) as connection:
            connection.execute(cases.update().where(cases.c.case_key == key).values(authors=4, due_at=due))
    page = client_of(context).get("/open", headers={"accept-language": "en"}).text
    assert (page.count("answer was expected by"), page.count("answer expected by")) == (1, 1)
    assert "1 problem without a known point is only in the list." in page


def test_the_language_switch_leads_back_and_never_elsewhere(client: TestClient) -> None:
    there = client.get("/language/en?next=/open", follow_redirects=False)
    assert there.headers["location"] == "/open"
    assert client.get("/language/en?next=//evil.example", follow_redirects=False).headers["location"] == "/"
    assert '<html lang="en">' in client.get("/open", headers={"accept-language": "es"}).text


@pytest.mark.parametrize(
    ("people", "choice", "is_published"), [(2, "rule", False), (3, "rule", True), (1, "publish", True), (9, "withhold", False)]
)
def test_a_person_decides_what_is_published_beside_the_rule(
    context: Context, portal_ledger: Ledger, people: int, choice: str, is_published: bool
) -> None:
    (key,) = open_cases(portal_ledger, [3])
    reported_by(portal_ledger, key, people)
    publication.set_publication(context, key, choice, "ana", "por seguridad")
    client = client_of(context)
    assert (f'id="{key}"' in client.get("/open").text) is is_published
    on_open311 = [one["service_request_id"] for one in client.get("/open311/v2/requests.json").json()]
    assert (key in on_open311) is (choice != "withhold")


def test_no_machine_undoes_what_a_person_decided_to_publish(context: Context, portal_ledger: Ledger) -> None:
    (key,) = open_cases(portal_ledger, [3])
    publication.set_publication(context, key, "withhold", "ana", "es una vivienda")
    reported_by(portal_ledger, key, 50)
    with triage_held(context, "triage"):
        fields.vote_again(context, key, "triage", "people changed its posts")
    assert key not in client_of(context).get("/open").text
    [change] = [one for one in read.case_work(portal_ledger, key).changes if one.what == "publication"]  # type: ignore[union-attr]
    assert (change.who, change.why, change.after) == ("ana", "es una vivienda", {"published": False})
    assert ("ana", "set publication") in [(line.who, line.what) for line in read.audit(portal_ledger, key)]
    grouping.undo(context, change.id, "eva", "")
    assert key in client_of(context).get("/open").text


def test_the_state_of_a_case_is_on_its_pages_within_a_minute(
    context: Context, portal_ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    (key,) = open_cases(portal_ledger, [3])
    reported_by(portal_ledger, key, 9)
    app = client_of(context)
    clock = time.monotonic()
    app.app.state.site.pages.clock = lambda: clock  # type: ignore[attr-defined]
    assert key in app.get("/open").text
    close(portal_ledger, key)
    clock += FRESH_S
    answer = app.get("/open")
    assert key not in answer.text
    kept_by_browsers = int(re.findall(r"max-age=(\d+)", answer.headers["cache-control"])[0])
    assert kept_by_browsers + FRESH_S <= 60
    assert app.get("/case").headers["cache-control"] == "no-store"


@pytest.mark.parametrize("query", ["since=2099-01-01", "service=no_such", "service=%00", "from=2099&to=1999"])
def test_parameters_that_make_no_sense_change_no_page(client: TestClient, query: str) -> None:
    assert client.get(f"/open?{query}").text == client.get("/open").text
    assert client.get(f"/times?{query}").text == client.get("/times").text


def test_a_city_names_the_language_of_its_portal(tmp_path: Path, portal_ledger: Ledger) -> None:
    found = portal_context(tmp_path, portal_ledger)
    options = Portal(language="ca")
    client = client_of(replace(found, city=found.city.model_copy(update={"portal": options})))
    assert "Temps de resposta de la ciutat" in client.get("/times", headers={"accept-language": "fr"}).text
    assert "Tiempos de respuesta" in client.get("/times", headers={"accept-language": "es"}).text
    with pytest.raises(ValidationError, match="there are no texts in 'xx'; known: ca, es, eu, gl, en"):
        Portal(language="xx")


def test_a_fault_on_a_receipt_is_logged_without_its_key(context: Context, caplog: pytest.LogCaptureFixture) -> None:
    number = citizens.store_report(context, {"id": "1", "sender": "portal", "text": "La farola no se enciende"})
    assert number is not None
    secret = citizens.secret_of(context, number)
    with writing(context.ledger) as connection:
        connection.exec_driver_sql("ALTER TABLE receipts RENAME TO lost")
    client = TestClient(create_app(context), base_url=LOCAL, client=("127.0.0.1", 1), raise_server_exceptions=False)
    with caplog.at_level(logging.WARNING, "escucha"):
        assert client.get(f"/case/{number}/{secret}").status_code == 500
    assert [one.getMessage() for one in caplog.records] == ["portal /case/...: UnavailableError"]
    assert secret not in caplog.text
