"""Which service? The citizen is asked on the receipt while the topic is undecided: once, below staff, kept in the history."""

import re
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest
from sqlalchemy import select
from starlette.testclient import TestClient

from ledger import read, schema
from ledger.database import Ledger
from ledger.database.writing import writing
from pipeline import casework
from pipeline.casework import fields, grouping, services
from pipeline.context import Context
from pipeline.portal import citizens
from pipeline.steps.triage import triage
from portal.pages import report_form
from tests.support.citizen_reports import SPANISH, asking, send, triage_uncertain
from tests.support.ledger_facts import unbalanced
from tests.support.portal_facts import client_of, portal_context

pytest_plugins = ("tests.support.ledger_fixtures",)

UNSAID = "Lleva un mes igual, por la noche no se ve nada"
"""What a citizen writes who names no thing, which would decide the service by itself."""
GENERAL = "Atención a la ciudadanía"
BUTTON = re.compile(r'<button name="service" value="(\w+)" class="quiet">([^<]+)</button>')


@pytest.fixture
def context(tmp_path: Path, ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setattr(report_form, "FASTEST_S", 0)
    return asking(portal_context(tmp_path, ledger))


@pytest.fixture
def client(context: Context) -> TestClient:
    return client_of(context, SPANISH)


@pytest.fixture
def path(client: TestClient, context: Context) -> str:
    """The receipt of a report whose case asks for its service."""
    found = send(client, service="unsure", description=UNSAID)
    triage_uncertain(context)
    return found


def the_case(context: Context) -> tuple[str, str | None, str]:
    (case,) = read.case_records(context.ledger)
    guess = read.topic_guesses(context.ledger, [case.case_key]).get(case.case_key)
    return case.topic, None if guess is None else guess.topic, case.department


def history(context: Context) -> list[tuple[str, str, str]]:
    (case,) = read.case_records(context.ledger)
    work = read.case_work(context.ledger, case.case_key)
    assert work is not None
    return [(one.what, one.who, one.why) for one in work.changes if one.what != "revote"]


def asked(client: TestClient, path: str) -> list[str]:
    return [value for value, _ in BUTTON.findall(client.get(path).text)]


SAID = ("topic", "the citizen", "the citizen says which service it is")


def test_a_report_of_who_does_not_know_the_service_has_no_service_in_its_text(client: TestClient, path: str, context: Context) -> None:
    (post,) = read.post_records(context.ledger)
    assert post.text == f"{UNSAID}\nPlaza de Lavapiés 3"


def test_the_receipt_asks_with_three_services_and_another(client: TestClient, path: str, context: Context) -> None:
    assert the_case(context) == ("other", "street_lighting", GENERAL)
    page = client.get(path).text
    assert "¿De qué servicio se trata?" in page
    assert BUTTON.findall(page) == [
        ("street_lighting", "Alumbrado"),
        ("traffic_parking", "Tráfico y aparcamiento"),
        ("noise", "Ruido"),
        ("other", "Otro, o no lo sé"),
    ]
    assert "<dt>Servicio</dt><dd>por decidir</dd>" in page


def test_it_is_asked_in_every_language_of_the_portal(client: TestClient, path: str) -> None:
    questions = {
        "en": "Which service is it about?",
        "ca": "De quin servei es tracta?",
        "gl": "De que servizo se trata?",
        "eu": "Zein zerbitzuri buruzkoa da?",
    }
    pages = {one: client.get(path, headers={"accept-language": one}).text for one in questions}
    assert [one for one, question in questions.items() if question not in pages[one]] == []


def test_nothing_is_asked_before_there_is_a_case_or_where_its_topic_is_decided(client: TestClient, context: Context) -> None:
    found = send(client)
    assert asked(client, found) == []
    context.city = context.city.model_copy(update={"triage": context.city.triage.model_copy(update={"topic": 0.0})})
    triage_uncertain(context)
    assert (the_case(context)[:2], asked(client, found)) == (("street_lighting", None), [])


def test_nothing_is_asked_where_the_thing_named_decides_the_service(client: TestClient, context: Context) -> None:
    """The model is as uncertain as where it is asked; a lamp is of street lighting all the same."""
    found = send(client, service="unsure")
    triage_uncertain(context)
    assert (the_case(context)[:2], asked(client, found)) == (("street_lighting", None), [])


def test_a_hidden_service_is_not_offered(client: TestClient, path: str, context: Context) -> None:
    hides = context.city.open311.model_copy(update={"hidden": ("noise",)})
    context.city = context.city.model_copy(update={"open311": hides})
    assert asked(client, path) == ["street_lighting", "traffic_parking", "other"]
    assert client.post(f"{path}/service", data={"service": "noise"}).status_code == 400


def test_the_answer_moves_the_case_once_whatever_is_clicked_again(client: TestClient, path: str, context: Context) -> None:
    first = client.post(f"{path}/service", data={"service": "traffic_parking"}, follow_redirects=False)
    assert (first.status_code, first.headers["location"]) == (303, f"{path}?said=1")
    for again in ("traffic_parking", "noise", "other"):  # a double click, and an old page
        assert client.post(f"{path}/service", data={"service": again}).status_code == 200
    assert the_case(context) == ("traffic_parking", None, "Movilidad")
    assert history(context) == [SAID]
    audited = [(one.who, one.what) for one in read.audit(context.ledger) if one.what == "set topic"]
    assert audited == [("the citizen", "set topic")]
    assert "Su aviso se dirige al servicio que ha indicado." in client.get(f"{path}?said=1").text
    assert asked(client, path) == []
    triage(context)  # its posts still vote for something else
    assert the_case(context) == ("traffic_parking", None, "Movilidad")
    assert unbalanced(context.ledger) == []


def test_the_answer_is_sent_to_the_ticket_in_an_outside_system_once(client: TestClient, path: str, context: Context) -> None:
    with writing(context.ledger) as connection:
        connection.execute(schema.cases.update().values(system="request_tracker"))
        connection.execute(schema.deliveries.update().values(system="request_tracker", state="delivered", attempt=1))
    for _ in range(2):
        client.post(f"{path}/service", data={"service": "traffic_parking"})
    with context.ledger.read() as connection:
        kinds = connection.execute(select(schema.deliveries.c.kind).order_by(schema.deliveries.c.id)).scalars()
        assert [one for one in kinds if one == "move"] == ["move"]


def test_a_service_that_was_not_offered_is_not_taken_and_the_question_is_asked_again(
    client: TestClient, path: str, context: Context
) -> None:
    """A form of one's own could otherwise send any case to any department."""
    offered = asked(client, path)
    assert "water_sewage" not in offered
    answer = client.post(f"{path}/service", data={"service": "water_sewage"}, follow_redirects=False)
    assert answer.status_code == 409
    assert [value for value, _ in BUTTON.findall(answer.text)] == offered
    assert (the_case(context), history(context)) == (("other", "street_lighting", GENERAL), [])
    client.post(f"{path}/service", data={"service": "noise"})  # the refused one was no answer
    assert the_case(context)[0] == "noise"


def test_another_or_unknown_leaves_it_to_staff_who_are_told(client: TestClient, path: str, context: Context) -> None:
    (case,) = read.case_records(context.ledger)
    page = client.post(f"{path}/service", data={"service": "other"}).text
    assert "Una persona del Ayuntamiento decidirá de qué servicio se trata." in page
    assert (the_case(context), history(context)) == (("other", "street_lighting", GENERAL), [])
    assert services.service_questions(context, [case.case_key])[case.case_key].citizen_unsure
    assert asked(client, path) == []


@pytest.mark.parametrize("topic", ["noise", "other"])
def test_what_staff_decided_first_stays(client: TestClient, path: str, context: Context, topic: str) -> None:
    (case,) = read.case_records(context.ledger)
    fields.set_topic(context, case.case_key, topic, "ana", "")
    department = the_case(context)[2]
    page = client.post(f"{path}/service", data={"service": "street_lighting"}).text  # from a page that was open before
    assert "El servicio ya estaba decidido." in page
    assert (the_case(context), history(context)) == ((topic, None, department), [("topic", "ana", "")])


def test_staff_may_change_the_answer_and_undo_it(client: TestClient, path: str, context: Context) -> None:
    (case,) = read.case_records(context.ledger)
    client.post(f"{path}/service", data={"service": "street_lighting"})
    fields.set_topic(context, case.case_key, "noise", "ana", "")
    assert (the_case(context)[:2], history(context)) == (("noise", None), [SAID, ("topic", "ana", "")])
    work = read.case_work(context.ledger, case.case_key)
    assert work is not None
    for change in reversed([one.id for one in work.changes if one.what == "topic"]):
        grouping.undo(context, change, "ana", "")
    assert the_case(context)[:2] == ("other", "street_lighting")
    assert asked(client, path) == []  # the citizen is asked once
    with writing(context.ledger) as connection:  # and so is every other one of this case
        connection.execute(schema.receipts.update().values(said_topic=None))
    assert asked(client, path) == []
    client.post(f"{path}/service", data={"service": "noise"})
    assert the_case(context)[:2] == ("other", "street_lighting")


def test_a_closed_case_asks_nothing(client: TestClient, path: str, context: Context) -> None:
    (case,) = read.case_records(context.ledger)
    casework.reject(context, case.case_key, "ana", "no procede")
    assert asked(client, path) == []
    client.post(f"{path}/service", data={"service": "street_lighting"})
    assert the_case(context)[:2] == ("other", "street_lighting")


def test_a_guess_or_nonsense_changes_nothing(client: TestClient, path: str, context: Context) -> None:
    _, _, number, secret = path.split("/")
    wrong = {
        f"/case/7K3D9F012Q/{secret}/service": ("noise", 404),  # a guessed number with the secret of another one
        f"/case/{number}/{'0' * 20}/service": ("noise", 404),
        f"{path}/service": ("nonsense", 400),
        f"{path}/service?empty": ("", 400),
    }
    found = {address: client.post(address, data={"service": said}).status_code for address, (said, _) in wrong.items()}
    assert found == {address: status for address, (_, status) in wrong.items()}
    assert client.get(f"{path}/service").status_code == 405
    assert (the_case(context), history(context)) == (("other", "street_lighting", GENERAL), [])


def test_of_two_answers_at_once_one_is_taken(client: TestClient, path: str, context: Context) -> None:
    start = Barrier(2)

    def answer(service: str) -> int:
        mine = client_of(context, SPANISH)
        start.wait(120)
        return mine.post(f"{path}/service", data={"service": service}).status_code

    with ThreadPoolExecutor(2) as workers:
        assert list(workers.map(answer, ("traffic_parking", "noise"))) == [200, 200]
    assert history(context) == [SAID]
    triage(context)
    topic, guess, department = the_case(context)
    assert (guess, department) == (None, {"traffic_parking": "Movilidad", "noise": "Seguridad y convivencia"}[topic])


def test_when_citizen_and_staff_answer_at_once_staff_decide(client: TestClient, path: str, context: Context) -> None:
    (case,) = read.case_records(context.ledger)
    start = Barrier(2)

    def by_staff() -> None:
        start.wait(120)
        fields.set_topic(context, case.case_key, "noise", "ana", "")

    with ThreadPoolExecutor(1) as worker:
        done = worker.submit(by_staff)
        start.wait(120)
        assert client.post(f"{path}/service", data={"service": "traffic_parking"}).status_code == 200
        done.result(120)
    triage(context)
    assert the_case(context) == ("noise", None, "Seguridad y convivencia")


def test_what_a_second_citizen_of_the_case_says_comes_too_late(client: TestClient, path: str, context: Context) -> None:
    second = send(client, service="unsure", description=UNSAID)
    triage_uncertain(context)
    assert len(list(read.case_records(context.ledger))) == 1
    client.post(f"{path}/service", data={"service": "noise"})
    page = client.post(f"{second}/service", data={"service": "street_lighting"}).text
    assert "El servicio ya estaba decidido." in page


def test_a_killed_portal_leaves_the_department_to_the_next_triage(
    client: TestClient, path: str, context: Context, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(citizens, "vote_soon", lambda *_: None)
    client.post(f"{path}/service", data={"service": "noise"})
    assert the_case(context) == ("noise", None, GENERAL)
    triage(context)
    assert the_case(context) == ("noise", None, "Seguridad y convivencia")


def test_pages_and_receipt_say_the_same_while_the_service_is_undecided(
    client: TestClient, path: str, context: Context, ledger: Ledger
) -> None:
    """The list said "Otros" where the receipt said "por decidir"; after "I do not know" the receipt said it too."""
    with writing(ledger) as connection:
        connection.execute(schema.cases.update().values(authors=3, place="Plaza de Lavapiés"))
    (case,) = read.case_records(context.ledger)
    citizen_does_not_know = client.post(f"{path}/service", data={"service": "other"}, follow_redirects=False)
    assert citizen_does_not_know.status_code == 303
    client.app.state.site.reported.clock = lambda: float("inf")  # type: ignore[attr-defined]  # read when the form was sent
    for page in ("/", "/open", "/ask?q=ruido+Lavapi%C3%A9s"):
        [said] = re.findall(rf'id="{case.case_key}">\s*<p class="what"><strong>(?:<a [^>]+>)?([^<]+)', client.get(page).text)
        assert said == "Servicio por decidir", page
    assert "<dt>Servicio</dt><dd>por decidir</dd>" in client.get(path).text
    fields.set_topic(context, case.case_key, "other", "ana", "no es de ningún servicio")
    client.app.state.site.pages.clock = lambda: float("inf")  # type: ignore[attr-defined]
    assert "<strong>Otros</strong>" in client.get("/open").text
    assert "<dt>Servicio</dt><dd>Otros</dd>" in client.get(path).text
