"""Test that each door keeps the service that a citizen chose, and that a report with a place is a case at once."""

from pathlib import Path

import pytest
from starlette.testclient import TestClient

from core.records.annotation import Annotation, Label
from core.records.post import Post
from ledger import read
from ledger.database import Ledger
from ledger.processing import annotations
from pipeline import casework
from pipeline.context import Context, now
from pipeline.steps.receive import receive
from pipeline.steps.triage import triage
from portal.pages import report_form
from tests.support.citizen_reports import send
from tests.support.ledger_facts import LEASE, reading, unbalanced
from tests.support.portal_facts import FORM, KEYS, client_of, portal_context

CREATE = "/open311/v2/requests.json"


@pytest.fixture
def context(tmp_path: Path, portal_ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> Context:
    monkeypatch.setattr(report_form, "FASTEST_S", 0)
    return portal_context(tmp_path, portal_ledger, keys=KEYS)


@pytest.fixture
def client(context: Context) -> TestClient:
    return client_of(context)


def misread(one: Post, is_spam: bool) -> Annotation:
    """Annotate a report as about noise, with nothing to act on."""
    found = reading(one, topic="noise", places=(), spam=is_spam)
    label = Label(question="actionable", value=False, score=0.04, model="reader@1")
    return found.model_copy(update={"labels": {**found.labels, "actionable": label}})


def process(context: Context, is_spam: bool = False) -> None:
    while claimed := annotations.claim_pending(context.ledger, "reader", 10, now(), LEASE):
        read_now = [misread(one, is_spam) for one in claimed]
        annotations.store_annotations(context.ledger, "reader", read_now, [], now())
    triage(context)


def by_the_form(context: Context) -> None:
    send(client_of(context))


def by_open311(context: Context) -> None:
    assert client_of(context).post(CREATE, data=FORM).status_code == 200


def by_open311_with_a_point_alone(context: Context) -> None:
    point = {"address_string": "", "lat": "40.4085", "long": "-3.7008"}
    assert client_of(context).post(CREATE, data={**FORM, **point}).status_code == 200


def by_a_tool(context: Context) -> None:
    item = {"id": 1, "sender": "web", "text": "Farola apagada", "service": "street_lighting", "place": "Calle Mayor 3"}
    assert [one.result for one in receive(context, [item])] == ["stored"]


@pytest.mark.parametrize("door", [by_the_form, by_open311, by_open311_with_a_point_alone, by_a_tool])
def test_a_report_with_service_and_place_is_a_case_by_each_door(context: Context, door: object) -> None:
    assert callable(door)
    door(context)
    [record] = read.post_records(context.ledger)
    stored = read.post_of(context.ledger, record.post_id)
    assert stored is not None
    assert stored.service == "street_lighting"
    assert stored.author is not None
    process(context)
    [case] = read.case_records(context.ledger)
    assert (case.topic, case.department) == ("street_lighting", context.city.department("street_lighting").name)
    assert case.reason == "service: chosen by the citizen, who says where it is; doubt: actionable 0.040"
    assert unbalanced(context.ledger) == []


def test_a_report_that_does_not_know_its_service_is_decided_by_the_model(context: Context) -> None:
    send(client_of(context), service="unsure")
    process(context)
    assert list(read.case_records(context.ledger)) == []


def test_what_reads_as_spam_is_a_case_with_a_flag(context: Context) -> None:
    """The model may only flag what a citizen reports with service and place."""
    send(client_of(context))
    process(context, is_spam=True)
    [case] = read.case_records(context.ledger)
    assert case.reason == (
        "service: chosen by the citizen, who says where it is; doubt: perhaps a test or advertising; doubt: actionable 0.040"
    )


def test_a_person_changes_the_topic_and_the_service_sent_again_changes_nothing(context: Context) -> None:
    by_a_tool(context)
    process(context)
    [record] = read.post_records(context.ledger)
    casework.correct(context, record.post_id, "topic", "roads_pavements", "ana", "es una valla")
    triage(context)
    item = {"id": 1, "sender": "web", "text": "Farola apagada", "service": "street_lighting", "place": "Calle Mayor 3"}
    assert [one.result for one in receive(context, [item])] == ["duplicate"]
    triage(context)
    [case] = read.case_records(context.ledger)
    assert case.topic == "roads_pavements"


@pytest.mark.parametrize(
    ("given", "reason"),
    [
        ({"service": "lighting", "place": "Calle Mayor 3"}, "bad_field: service"),
        ({"service": "street_lighting"}, "bad_field: service"),
        ({"service": "street_lighting", "place": "  "}, "bad_field: service"),
        ({"place": 3}, "bad_field: place"),
    ],
)
def test_a_wrong_service_or_one_without_a_place_is_refused_with_its_field(context: Context, given: dict[str, object], reason: str) -> None:
    [receipt] = receive(context, [{"id": 1, "text": "Farola apagada", **given}])
    assert (receipt.result, receipt.reason) == ("rejected", reason)


def test_a_place_that_the_text_names_already_is_not_repeated(context: Context) -> None:
    receive(context, [{"id": 1, "text": "Farola apagada en calle mayor 3", "place": "Calle Mayor 3"}])
    [record] = read.post_records(context.ledger)
    assert record.text == "Farola apagada en calle mayor 3"
