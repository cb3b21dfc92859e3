"""Test that reports of the form count as people: in warnings, on /open, in priority and in pooled evidence.

A receipt is a person. Reports of one network address in one hour about one place are of one.
"""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from core.records.annotation import Annotation, Label
from core.records.post import Post
from ledger import read
from ledger.database import Ledger
from ledger.processing import annotations
from pipeline.context import Context, now
from pipeline.portal import citizens
from pipeline.steps.receive import receive
from portal.app import create_app
from portal.pages import report_form
from tests.support.citizen_reports import send
from tests.support.ledger_facts import ALCALA, LEASE, decide, into_case, reading
from tests.support.portal_facts import LOCAL, portal_context
from tests.support.warning_rig import run_at, shown, told
from triage.decide import build_features
from triage.eligibility import voice_scores
from triage.incident_matching.weights import load
from triage.urgency.priority import distinct_voices

LEAKS = (
    "Huele mucho a gas en el portal",
    "Fuga de gas, salgan a mirar",
    "Olor a gas desde hace diez minutos",
    "Escape de gas junto a la obra",
    "Se oye salir gas de una zanja",
    "La tubería que rompió la excavadora pierde",
    "Los vecinos notamos gas en la escalera",
    "Peste a gas en toda la acera",
    "Han cortado la calle por el gas",
    "No se puede respirar del olor",
    "Hay una fuga enfrente del colegio",
    "Mi madre está mareada del gas",
    "Sale gas por la alcantarilla",
    "El bar ha cerrado por olor a gas",
    "Gas en el garaje, muy fuerte",
    "Por favor vengan, huele a gas",
    "Silbido y olor a gas en la esquina",
    "Otra vez gas como en verano",
    "Nos han dicho que salgamos de casa por gas",
    "Olor fuerte al abrir la ventana",
    "Gas en la parada del autobús",
    "Escape grande, está la valla tirada",
    "Las máquinas han picado la conducción",
    "Huele en el patio interior",
    "Desde el quinto se nota el gas",
)
Phone = Callable[[int], TestClient]


@pytest.fixture
def context(tmp_path: Path, portal_ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setattr(report_form, "FASTEST_S", 0)
    return portal_context(tmp_path, portal_ledger)


@pytest.fixture
def phone(context: Context) -> Phone:
    """Return the browser of a citizen: each has an address of its own."""
    app = create_app(context)
    return lambda number: TestClient(app, base_url=LOCAL, client=(f"81.40.0.{number}", 50000))


def annotated(one: Post, score: float = 0.9) -> Annotation:
    found = reading(one, topic="water_sewage", places=(ALCALA,))
    label = Label(question="actionable", value=score >= 0.5, score=score, model="reader@1")
    return found.model_copy(update={"labels": {**found.labels, "actionable": label}})


def annotate(ledger: Ledger, score: float = 0.9) -> None:
    while claimed := annotations.claim_pending(ledger, "reader", 100, now(), LEASE):
        annotations.store_annotations(ledger, "reader", [annotated(one, score) for one in claimed], [], now())


def report(client: TestClient, text: str, house: int, **more: str) -> str:
    return send(client, service="water_sewage", description=text, place=f"Calle de Alcalá {house}", **more)


def test_25_gas_leaks_by_the_form_in_one_street_and_hour_give_a_warning(
    context: Context, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = now()
    told(context.ledger, [moment - n * timedelta(hours=8) for n in range(1, 90)], "Otra cosa", "noise", ())
    for number, text in enumerate(LEAKS, start=1):
        report(phone(number), text, number)
    annotate(context.ledger)
    run_at(context, now(), monkeypatch)
    assert ("Water and sewage in Calle de Alcalá", 25, False) in shown(context)


def test_neighbours_who_write_the_same_few_words_are_no_copies_of_each_other(
    context: Context, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = now()
    told(context.ledger, [moment - n * timedelta(hours=8) for n in range(1, 90)], "Otra cosa", "noise", ())
    for number in range(1, 26):
        report(phone(number), "huele a gas", 12)
    annotate(context.ledger)
    run_at(context, now(), monkeypatch)
    assert ("Water and sewage in Calle de Alcalá", 25, False) in shown(context)


def test_the_same_forms_from_one_address_are_one_person_and_no_warning(
    context: Context, phone: Phone, monkeypatch: pytest.MonkeyPatch
) -> None:
    moment = now()
    told(context.ledger, [moment - n * timedelta(hours=8) for n in range(1, 90)], "Otra cosa", "noise", ())
    for number, text in enumerate(LEAKS[:10], start=1):
        report(phone(1), text, number)
    annotate(context.ledger)
    assert run_at(context, now(), monkeypatch)["warnings"] == 0


def authors(ledger: Ledger) -> list[str | None]:
    posts = [read.post_of(ledger, one.post_id) for one in read.post_records(ledger)]
    return [one.author for one in posts if one is not None]


@pytest.mark.parametrize("address", ["127.0.0.1", "10.1.2.3", "fe80::1", "testclient", ""])
def test_an_address_of_a_proxy_or_an_office_tells_nothing_and_each_receipt_is_a_person(context: Context, address: str) -> None:
    client = TestClient(create_app(context), base_url=LOCAL, client=(address, 50000))
    for number, text in enumerate(LEAKS[:3], start=1):
        report(client, text, number)
    found = authors(context.ledger)
    assert None not in found
    assert len(set(found)) == 3


def test_one_address_is_another_person_in_another_hour_and_at_another_place(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    moment = now().replace(minute=10)

    def who(address: str, place: str, point: tuple[float, float] | None = None, hours: int = 0) -> str | None:
        monkeypatch.setattr(citizens, "now", lambda: moment + timedelta(hours=hours))
        return citizens.reporter(context, address, place, point)

    first = who("81.40.0.1", "Calle de Alcalá 3")
    assert who("81.40.0.1", "calle de alcala, 17") == first
    assert who("81.40.0.1", "Calle de Alcalá 3", hours=1) != first
    assert who("81.40.0.1", "Plaza de Lavapiés 3") != first
    assert who("81.40.0.2", "Calle de Alcalá 3") != first
    at_sol = who("81.40.0.1", "Calle de Alcalá 3", (40.4168, -3.7038))
    assert who("81.40.0.1", "Puerta del Sol", (40.4171, -3.7041)) == at_sol != first
    assert who("2a02:9000:1::/64", "Calle de Alcalá 3") != who("2a02:9000:2::/64", "Calle de Alcalá 3")


def test_nothing_of_the_address_is_kept(context: Context, phone: Phone, tmp_path: Path) -> None:
    report(phone(77), LEAKS[0], 1)
    context.ledger.close()
    assert [file.name for file in tmp_path.rglob("*") if file.is_file() and b"81.40.0.77" in file.read_bytes()] == []


def posts_of(ledger: Ledger) -> list[Post]:
    found = [read.post_of(ledger, one.post_id) for one in read.post_records(ledger)]
    return [one for one in found if one is not None]


def test_a_problem_that_only_the_form_knows_is_shown_on_open_with_its_people(context: Context, phone: Phone) -> None:
    least = context.city.portal.minimum_witnesses
    for number in range(1, least + 1):
        report(phone(number), LEAKS[number], 3)
    annotate(context.ledger)
    assert decide(context.ledger, into_case(*posts_of(context.ledger))) == least
    page = phone(1).get("/open", headers={"accept-language": "en"}).text
    assert f"{least} people" in page


def test_reports_are_different_voices_for_pooled_evidence_and_for_priority(context: Context, phone: Phone) -> None:
    for number in range(1, 4):
        report(phone(number), LEAKS[number], 3)
    report(phone(3), LEAKS[9], 3)  # the third citizen again
    annotate(context.ledger, score=0.6)
    members = [build_features(context.city, load().vocabulary, one, annotated(one, 0.6)) for one in posts_of(context.ledger)]
    assert voice_scores(members) == [0.6, 0.6, 0.6]
    assert len(distinct_voices(members)) == 3


def test_neighbours_who_write_the_same_few_words_are_different_voices(context: Context, phone: Phone) -> None:
    for number in range(1, 16):
        report(phone(number), "farola apagada", 12)
    annotate(context.ledger, score=0.6)
    members = [build_features(context.city, load().vocabulary, one, annotated(one, 0.6)) for one in posts_of(context.ledger)]
    assert voice_scores(members) == [0.6] * 15
    assert len(distinct_voices(members)) == 15


def test_a_reply_on_the_receipt_is_of_the_person_who_reported(context: Context, phone: Phone) -> None:
    report(phone(1), LEAKS[0], 1)
    [reported] = posts_of(context.ledger)
    item = {"id": "reply", "sender": "portal", "text": "Es en el número 1", "reply_to": "x"}
    [receipt] = receive(context, [item], author=reported.author)
    assert receipt.result == "stored"
    assert {one.author for one in posts_of(context.ledger)} == {reported.author}
