"""Test reports by citizens: form, checks, receipt and votes."""

import re
import time
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from core.privacy.pseudonyms import keyed_hash
from core.records.annotation import Annotation, Label
from core.records.post import Post
from ledger import read
from ledger.cases.history import entries as history
from ledger.database import Ledger
from ledger.database.writing import writing
from ledger.processing import annotations
from ledger.retention import forget
from pipeline.context import Context, now
from pipeline.portal import citizens
from pipeline.steps.triage import triage
from portal.pages import report_form
from tests.support.citizen_reports import REPORT, SPANISH, open_its_case, send, token_of
from tests.support.ledger_facts import LEASE, decide, no_case, read_all, reading
from tests.support.portal_facts import client_of, portal_context


@pytest.fixture
def context(tmp_path: Path, portal_ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setattr(report_form, "FASTEST_S", 0)
    context = portal_context(tmp_path, portal_ledger)
    context.sources.clear()  # a profile without [sources.inbox]
    return context


@pytest.fixture
def client(context: Context) -> TestClient:
    return client_of(context)


def stored(ledger: Ledger) -> list[str]:
    return [one.text for one in read.post_records(ledger)]


def test_a_report_becomes_a_post_of_the_inbox_with_a_receipt(client: TestClient, portal_ledger: Ledger) -> None:
    path = send(client)
    assert stored(portal_ledger) == [f"Alumbrado. {REPORT['description']}\n{REPORT['place']}"]
    page = client.get(path, headers={"accept-language": "es"})
    assert page.status_code == 200
    assert "Recibido" in page.text
    assert page.headers["cache-control"] == "no-store"
    assert REPORT["description"] not in page.text


def test_the_receipt_follows_the_case(client: TestClient, portal_ledger: Ledger) -> None:
    path = send(client)
    key = open_its_case(portal_ledger)
    page = client.get(path, headers={"accept-language": "es"}).text
    assert key in page
    assert "Vías públicas" in page
    with writing(portal_ledger) as connection:
        history.add_step(connection, key, "resolved", now(), "ana", "lamp replaced by Ana")
    page = client.get(path, headers={"accept-language": "es"}).text
    assert "Resuelto" in page
    assert "lamp replaced" not in page  # notes of staff are internal


def test_not_fixed_reopens_the_case_and_says_so_once(client: TestClient, portal_ledger: Ledger) -> None:
    path = send(client)
    key = open_its_case(portal_ledger)
    with writing(portal_ledger) as connection:
        history.add_step(connection, key, "resolved", now() - timedelta(minutes=1), "ana", "")
    for _ in range(2):
        assert client.post(path, data={"solved": "no"}).status_code == 200
    case = read.case_record(portal_ledger, key)
    assert case is not None
    assert case.state == "assigned"
    assert [step.state for step in read.transitions(portal_ledger, key)].count("assigned") == 1
    assert read.solved_votes(portal_ledger)[key].unsolved == 1


def test_not_fixed_takes_words_that_reach_the_case(client: TestClient, portal_ledger: Ledger) -> None:
    path = send(client)
    key = open_its_case(portal_ledger)
    with writing(portal_ledger) as connection:
        history.add_step(connection, key, "resolved", now() - timedelta(minutes=1), "ana", "")
    refused = client.post(path, data={"solved": "no", "text": "<b>sigue</b>"}, headers=SPANISH)
    assert (refused.status_code, "sin HTML" in refused.text, "&lt;b&gt;sigue" in refused.text) == (422, True, True)
    assert read.case_record(portal_ledger, key).state == "resolved"  # type: ignore[union-attr]
    for _ in range(2):
        assert client.post(path, data={"solved": "no", "text": "La farola parpadea y se vuelve a apagar"}).status_code == 200
    assert stored(portal_ledger)[0] == "La farola parpadea y se vuelve a apagar"
    assert len(stored(portal_ledger)) == 2
    assert read.case_record(portal_ledger, key).state == "assigned"  # type: ignore[union-attr]


def test_solved_is_counted_and_changes_no_state(client: TestClient, portal_ledger: Ledger) -> None:
    path = send(client)
    key = open_its_case(portal_ledger)
    with writing(portal_ledger) as connection:
        history.add_step(connection, key, "resolved", now() - timedelta(minutes=1), "ana", "")
    client.post(path, data={"solved": "yes"})
    assert read.solved_votes(portal_ledger)[key].solved == 1
    case = read.case_record(portal_ledger, key)
    assert case is not None
    assert case.state == "resolved"


def test_a_vote_on_an_open_case_counts_nothing(client: TestClient, portal_ledger: Ledger) -> None:
    path = send(client)
    open_its_case(portal_ledger)
    client.post(path, data={"solved": "no"})
    assert read.solved_votes(portal_ledger) == {}


def test_a_report_with_nothing_to_do_says_so(client: TestClient, portal_ledger: Ledger) -> None:
    path = send(client)
    read_all(portal_ledger)
    (record,) = read.post_records(portal_ledger)
    post = read.post_of(portal_ledger, record.post_id)
    assert post is not None
    decide(portal_ledger, [no_case(post)])
    assert "no aprecia que proceda actuar" in client.get(path, headers={"accept-language": "es"}).text


def test_the_same_form_sent_twice_is_one_report(client: TestClient, portal_ledger: Ledger) -> None:
    token = token_of(client)
    paths = {client.post("/report", data={**REPORT, "token": token}, follow_redirects=False).headers["location"] for _ in range(2)}
    assert len(paths) == 1
    assert len(stored(portal_ledger)) == 1


def test_the_same_text_of_two_people_is_two_reports(client: TestClient, portal_ledger: Ledger) -> None:
    assert send(client) != send(client)
    assert len(stored(portal_ledger)) == 2


@pytest.mark.parametrize(
    ("field", "value", "words"),
    [
        ("service", "", "Elija el servicio"),
        ("service", "no_such", "Elija el servicio"),
        ("place", "", "calle y número"),
        ("description", "roto", "dos palabras como mínimo"),
        ("description", "palabra " * 400, "demasiado largo"),
        ("description", "a" * 10_000, "demasiado largo"),
        ("description", "una farola <script>alert(1)</script> rota", "sin HTML"),
        ("description", "una farola \u202egnp.exe rota aquí", "sin HTML"),
        ("photo", "javascript:alert(1)", "https://"),
        ("place", "Calle\x00 Mayor", "sin HTML"),
    ],
)
def test_a_wrong_field_is_named_and_the_text_kept(client: TestClient, portal_ledger: Ledger, field: str, value: str, words: str) -> None:
    data = {**REPORT, field: value, "token": token_of(client)}
    answer = client.post("/report", data=data, headers={"accept-language": "es"})
    assert answer.status_code == 422
    assert words in answer.text
    assert "<script>" not in answer.text
    if field != "place":
        assert REPORT["place"] in answer.text
    assert stored(portal_ledger) == []


def test_robots_are_refused(client: TestClient, portal_ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    assert client.post("/report", data={**REPORT, "token": "0.0.0"}).status_code == 422
    trapped = {**REPORT, "token": token_of(client), "website": "https://spam.example"}
    assert client.post("/report", data=trapped).status_code == 422
    monkeypatch.setattr(report_form, "FASTEST_S", 60)
    assert client.post("/report", data={**REPORT, "token": token_of(client)}).status_code == 422
    assert stored(portal_ledger) == []


def test_the_eleventh_report_from_one_address_waits(client: TestClient, portal_ledger: Ledger) -> None:
    for _ in range(10):
        send(client)
    answer = client.post("/report", data={**REPORT, "token": token_of(client)})
    assert answer.status_code == 429
    assert REPORT["description"] in answer.text
    assert len(stored(portal_ledger)) == 10


def test_a_form_full_of_signs_of_nine_bytes_each_is_taken(client: TestClient, portal_ledger: Ledger) -> None:
    photo = f"https://example.org/?{'&' * 470}"
    send(client, description=f"{'€' * 998} {'€' * 998} 50", place="路" * 150, photo=photo)
    assert len(stored(portal_ledger)) == 1


def test_a_form_of_ten_megabytes_is_refused_while_it_arrives(client: TestClient) -> None:
    assert client.post("/report", data={**REPORT, "description": "a" * 10_000_000}).status_code == 413


def test_a_guessed_number_or_key_shows_nothing(client: TestClient, portal_ledger: Ledger) -> None:
    path = send(client)
    _, _, number, secret = path.split("/")
    wrong = [f"/case/{number}/{'0' * 20}", f"/case/0000000000/{secret}", f"/case/{number}/%20"]
    pages = {re.sub(r"next=[^\"]+", "", client.get(one).text) for one in wrong}
    assert {client.get(one).status_code for one in wrong} == {404}
    assert len(pages) == 1  # the answer does not tell which of the two is wrong


def test_numbers_cannot_be_tried_out(client: TestClient) -> None:
    statuses = [client.get(f"/case/000000000{at % 10}/{'0' * 20}").status_code for at in range(31)]
    assert statuses[:30] == [404] * 30
    assert statuses[30] == 429


def test_number_and_key_typed_by_hand_lead_to_the_receipt(client: TestClient, context: Context) -> None:
    path = send(client)
    _, _, number, secret = path.split("/")
    typed = citizens.shown_number(number).lower()
    answer = client.get("/case", params={"number": typed, "secret": f" {secret} "}, follow_redirects=False)
    assert answer.headers["location"] == path


def test_a_key_has_eight_signs_and_may_be_typed_as_it_was_heard(client: TestClient, context: Context) -> None:
    _, _, number, key = send(client).split("/")
    assert re.fullmatch("[0-9A-HJKMNP-TV-Z]{8}", key)
    assert f"<code>{key[:4]}-{key[4:]}</code>" in client.get(f"/case/{number}/{key}").text
    heard = f"{key[:4]} {key[4:]}".lower().replace("0", "o").replace("1", "l")
    assert client.get(f"/case/{number}/{heard}").status_code == 200
    assert client.get(f"/case/{number}/{keyed_hash(context.salt, 'receipt secret', number)[:20]}").status_code == 200, (
        "links of older mails"
    )


def test_a_forgotten_report_has_no_receipt(client: TestClient, portal_ledger: Ledger) -> None:
    path = send(client)
    assert forget.forget_older(portal_ledger, now() + timedelta(days=400), now()) == 1
    assert client.get(path).status_code == 404


def test_reports_can_be_switched_off(tmp_path: Path, portal_ledger: Ledger) -> None:
    context = portal_context(tmp_path, portal_ledger)
    city = context.city.model_copy(update={"portal": context.city.portal.model_copy(update={"reports": False})})
    client = client_of(portal_context(tmp_path, portal_ledger, city))
    assert "<textarea" not in client.get("/report").text
    assert client.post("/report", data=REPORT).status_code == 404


def test_two_words_are_enough_with_a_service_and_three_without_one(client: TestClient) -> None:
    """ "Farola apagada" says all, once the service is chosen; the form says the rule before."""
    assert "Bastan dos palabras si ha elegido un servicio, tres si no." in client.get("/report", headers=SPANISH).text
    assert send(client, description="Farola apagada").startswith("/case/")
    data = {**REPORT, "service": "unsure", "description": "Farola apagada", "token": token_of(client)}
    answer = client.post("/report", data=data, headers=SPANISH)
    assert answer.status_code == 422
    assert "con dos palabras como mínimo, o con tres si no sabe el servicio" in answer.text
    assert send(client, service="unsure", description="Hay farola apagada").startswith("/case/")


@pytest.fixture
def real_pace(monkeypatch: pytest.MonkeyPatch, context: Context) -> TestClient:
    """Return a client of a portal that refuses what is sent within two seconds."""
    monkeypatch.setattr(report_form, "FASTEST_S", 2)
    return client_of(context, SPANISH)


def token_in(page: str) -> str:
    found = re.search(r'name="token" value="([^"]+)"', page)
    assert found is not None
    return found[1]


def test_a_form_sent_at_once_after_a_step_on_the_map_is_accepted(real_pace: TestClient) -> None:
    stepped = real_pace.post("/report", data={**REPORT, "token": token_of(real_pace), "step": "show"}).text
    answer = real_pace.post("/report", data={**REPORT, "token": token_in(stepped)}, follow_redirects=False)
    assert answer.status_code == 303


def test_a_form_sent_at_once_after_a_corrected_field_is_accepted(real_pace: TestClient, monkeypatch: pytest.MonkeyPatch) -> None:
    token = token_of(real_pace)
    moment = time.time()
    monkeypatch.setattr(time, "time", lambda: moment + 60)
    shown = real_pace.post("/report", data={**REPORT, "service": "", "token": token})
    assert shown.status_code == 422
    answer = real_pace.post("/report", data={**REPORT, "token": token_in(shown.text)}, follow_redirects=False)
    assert answer.status_code == 303


def test_a_form_sent_at_once_and_without_any_step_is_still_refused(real_pace: TestClient) -> None:
    answer = real_pace.post("/report", data={**REPORT, "token": token_of(real_pace)})
    assert answer.status_code == 422
    assert "muy deprisa" in answer.text


def test_the_receipt_says_service_department_and_due_date_before_any_model_has_read_it(client: TestClient, context: Context) -> None:
    page = client.get(send(client), headers=SPANISH).text
    department = context.city.department("street_lighting")
    assert "<dt>Servicio</dt><dd>Alumbrado</dd>" in page
    assert f"<dt>Departamento</dt><dd>{department.name}</dd>" in page
    assert "<dt>Respuesta prevista antes del</dt>" in page
    unsure = client.get(send(client, service="unsure"), headers=SPANISH).text
    assert "<dt>Departamento</dt>" not in unsure


def test_the_case_that_the_model_doubts_opens_with_the_service_and_date_that_were_said(client: TestClient, context: Context) -> None:
    path = send(client)
    before = re.findall(r"<dt>(Departamento|Respuesta[^<]*)</dt><dd>([^<]+)", client.get(path, headers=SPANISH).text)
    while claimed := annotations.claim_pending(context.ledger, "reader", 10, now(), LEASE):
        annotations.store_annotations(context.ledger, "reader", [doubted(one) for one in claimed], [], now())
    triage(context)
    [case] = read.case_records(context.ledger)
    assert (case.topic, case.state) == ("street_lighting", "new")
    after = re.findall(r"<dt>(Departamento|Respuesta[^<]*)</dt><dd>([^<]+)", client.get(path, headers=SPANISH).text)
    assert after == before
    [record] = read.post_records(context.ledger)
    assert record.decision == "in_case"


def doubted(post: Post) -> Annotation:
    """Annotate a report as the model did 27 of 49: something else, and perhaps nothing to act on."""
    found = reading(post, topic="noise", places=())
    label = Label(question="actionable", value=False, score=0.04, model="reader@1")
    return found.model_copy(update={"labels": {**found.labels, "actionable": label}})
