"""Staff choose the service of a case with an outside ticket: the ticket gets one note, and moves where its system allows it."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import update

from contact_centre.email.numbers import number_of
from core.config.city import ContactCentre
from ledger import read, schema
from ledger.cases import corrections
from ledger.database.writing import writing
from pipeline.casework import correct, fields, grouping
from pipeline.casework.triage_lease import triage_held
from pipeline.context import Context
from pipeline.steps.deliver import deliver
from tests.support.desk_client import browser
from tests.support.ledger_facts import unbalanced
from tests.support.mail_rig import DEPARTMENT, EmailRig
from tests.support.outside_tickets import SYSTEMS, change_of, deliver_after_kill, enter, reference_of
from tests.support.seeded import fill, open_seeded
from tests.support.ticket_rig import Rig
from tests.support.zammad_rig import ZammadRig

pytestmark = pytest.mark.timeout(900)
pytest_plugins = ["tests.support.django_helpdesk_server", "tests.support.request_tracker_server", "tests.support.mailbox_server"]
LAMPS = "street_lighting"


@pytest.fixture(params=SYSTEMS)
def rig(request: pytest.FixtureRequest, clean_environment: pytest.MonkeyPatch) -> Iterator[Rig]:
    yield from enter(clean_environment, request, request.param)


def opened(home: Path, rig: Rig, lamps: str | None) -> Context:
    """Open a ledger whose cases ask for their service; `lamps` is the queue of the department for lighting."""
    context = open_seeded(home, 0, datetime.now(UTC))
    centre = ContactCentre(system=rig.name, max_per_run=50, options=rig.table)
    departments = tuple(one.model_copy(update={"queue": lamps if LAMPS in one.topics else None}) for one in context.city.departments)
    triage = context.city.triage.model_copy(update={"topic": 1.0})
    context.city = context.city.model_copy(update={"contact_centre": centre, "departments": departments, "triage": triage})
    fill(context.ledger, context.city, 12, datetime.now(UTC), source=f"feeds{os.urandom(3).hex()}")
    return context


@pytest.fixture
def context(tmp_path: Path, rig: Rig) -> Iterator[Context]:
    context = opened(tmp_path, rig, rig.queues[1])
    yield context
    context.ledger.close()


def cases(context: Context) -> tuple[str, str]:
    """Return the case about lamps, and another one."""
    keys = [one.case_key for one in read.case_records(context.ledger)]
    guesses = read.topic_guesses(context.ledger, keys)
    lamp = next(key for key in keys if guesses[key].topic == LAMPS)
    return lamp, next(key for key in keys if key != lamp)


def kinds(context: Context, key: str) -> list[tuple[str, str]]:
    return [(one.kind, one.state) for one in read.deliveries(context.ledger, key)]


def test_the_ticket_moves_to_the_queue_of_the_service_once_and_back_after_an_undo(context: Context, rig: Rig) -> None:
    deliver(context)
    lamp, other = cases(context)
    ticket = reference_of(context, lamp)
    assert rig.queue(ticket) == rig.queues[0]
    fields.set_topic(context, lamp, LAMPS, "ana", "")
    assert deliver(context) == {"delivered": 1}
    assert rig.queue(ticket) == rig.queues[1]
    assert deliver(context) == {"delivered": 0}
    assert len(rig.notes(ticket)) == 1
    assert rig.notes(reference_of(context, other)) == []
    grouping.undo(context, change_of(context, lamp, "topic"), "ana", "")
    assert deliver(context) == {"delivered": 1}
    assert rig.queue(ticket) == rig.queues[0]
    assert [note.startswith(f"{lamp}.move.") for note in rig.notes(ticket)] == [True, True]
    assert unbalanced(context.ledger) == []


def test_a_corrected_label_that_moves_the_case_is_sent_to_its_ticket(context: Context, rig: Rig) -> None:
    deliver(context)
    lamp, _ = cases(context)
    ticket = reference_of(context, lamp)
    for one in list(read.post_records(context.ledger, case_key=lamp)):
        correct(context, one.post_id, "topic", LAMPS, "ana", "")
    found = read.case_record(context.ledger, lamp)
    assert found is not None
    assert found.topic == LAMPS
    assert deliver(context) == {"delivered": 1}
    assert (rig.queue(ticket), len(rig.notes(ticket))) == (rig.queues[1], 1)
    assert deliver(context) == {"delivered": 0}
    one = next(read.post_records(context.ledger, case_key=lamp))
    correct(context, one.post_id, "sentiment", "positive", "ana", "")  # concerns no department
    assert deliver(context) == {"delivered": 0}
    assert unbalanced(context.ledger) == []


def test_a_corrected_kind_that_moves_the_case_is_sent_once_for_each_department(tmp_path: Path) -> None:
    context = open_seeded(tmp_path, 12, datetime.now(UTC))
    lamp = next(read.case_records(context.ledger)).case_key
    post = next(read.post_records(context.ledger, case_key=lamp)).post_id
    with writing(context.ledger) as connection:
        connection.execute(update(schema.cases).values(system="zammad"))

    def to(department: str, kind: str) -> None:
        def route(_kind: str, _topic: str, _kept: str | None, at: datetime) -> tuple[str, datetime]:
            return department, at

        corrections.correct(context.ledger, post, "case_kind", kind, "ana", "", datetime.now(UTC), None, route)
        with writing(context.ledger) as connection:  # as if it were sent: the next change is another note
            connection.execute(update(schema.deliveries).values(state="sent", attempt=1))

    for department, kind in (("Aguas", "question"), ("Aguas", "report"), ("Parques", "request")):
        to(department, kind)
    keys = [one.kind for one in read.deliveries(context.ledger, lamp)]
    assert keys == ["move", "move"], "the second correction left the department as it was"
    context.ledger.close()


def test_a_killed_run_moves_the_ticket_with_one_note(context: Context, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    deliver(context)
    lamp, _ = cases(context)
    ticket = reference_of(context, lamp)
    fields.set_topic(context, lamp, LAMPS, "ana", "")
    deliver_after_kill(context, rig, ".moved", monkeypatch)
    assert (rig.queue(ticket), len(rig.notes(ticket))) == (rig.queues[1], 1)
    assert kinds(context, lamp) == [("open", "sent"), ("move", "sent")]


def test_an_answer_before_the_ticket_is_sent_needs_no_note(context: Context, rig: Rig) -> None:
    lamp, _ = cases(context)
    fields.set_topic(context, lamp, LAMPS, "ana", "")
    deliver(context)
    ticket = reference_of(context, lamp)
    assert (rig.queue(ticket), rig.notes(ticket), kinds(context, lamp)) == (rig.queues[1], [], [("open", "sent")])


def test_two_answers_before_the_next_run_are_one_note(context: Context, rig: Rig) -> None:
    deliver(context)
    lamp, _ = cases(context)
    for topic in ("noise", LAMPS):
        fields.set_topic(context, lamp, topic, "ana", "")
    deliver(context)
    ticket = reference_of(context, lamp)
    assert (rig.queue(ticket), len(rig.notes(ticket))) == (rig.queues[1], 1)


def test_the_note_waits_for_the_department_that_the_posts_vote_for(context: Context, rig: Rig) -> None:
    deliver(context)
    lamp, _ = cases(context)
    with triage_held(context, "triage of another process"):
        fields.set_topic(context, lamp, LAMPS, "ana", "")
        assert deliver(context) == {"delivered": 0}
        fields.vote_again(context, lamp, "triage of another process", "people changed its posts")
    assert deliver(context) == {"delivered": 1}
    assert rig.queue(reference_of(context, lamp)) == rig.queues[1]


def test_a_ticket_that_staff_moved_to_a_queue_of_their_own_stays_there(
    tmp_path: Path, clean_environment: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    for rig in enter(clean_environment, request, "zammad"):
        assert isinstance(rig, ZammadRig)
        context = opened(tmp_path, rig, "Alumbrado")
        deliver(context)
        lamp, _ = cases(context)
        ticket = reference_of(context, lamp)
        rig.server.tickets[int(ticket)]["group"] = "Obras"
        fields.set_topic(context, lamp, LAMPS, "ana", "")
        deliver(context)
        assert (rig.queue(ticket), len(rig.notes(ticket))) == ("Obras", 1)
        assert "El servicio del caso" in rig.server.articles[-1]["body"]
        context.ledger.close()


@pytest.mark.parametrize("updates", [True, False])
def test_where_tickets_cannot_be_moved_the_note_is_all(
    tmp_path: Path, clean_environment: pytest.MonkeyPatch, request: pytest.FixtureRequest, updates: bool
) -> None:
    for rig in enter(clean_environment, request, "open311-json"):
        rig.table["updates"] = updates
        context = opened(tmp_path, rig, None)
        deliver(context)
        lamp, _ = cases(context)
        ticket = reference_of(context, lamp)
        rig.close_ticket(ticket)
        fields.set_topic(context, lamp, LAMPS, "ana", "")
        deliver(context)
        assert len(rig.notes(ticket)) == updates
        assert rig.state(ticket)[ticket].state == "resolved"
        reasons = [one.reason for one in read.deliveries(context.ledger, lamp) if one.kind == "move"]
        assert (reasons == [None]) == updates
        if not updates:
            assert "change its service there by hand" in str(reasons)
        page = browser(context).get(f"/cases/{lamp}").text
        said = "The ticket of this case was not told its service and department"
        assert (said in page) is not updates
        assert "service and department · refused" in page or updates
        assert (lamp in browser(context).get("/sources").text) is not updates
        context.ledger.close()


@pytest.mark.slow
def test_both_mailboxes_are_told_and_the_new_one_gets_the_whole_case(
    tmp_path: Path, clean_environment: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    for rig in enter(clean_environment, request, "email"):
        assert isinstance(rig, EmailRig)
        context = opened(tmp_path, rig, "alumbrado@dept.test")
        deliver(context)
        lamp, _ = cases(context)
        assert len(rig.taken(lamp)) == 1
        # anybody who knows the number can send such a message to our mailbox: no address of it is written to
        rig.put(f"Message-ID: <{number_of(lamp).lower()}.x@evil.test>\r\nTo: spy@evil.test\r\n\r\nx".encode())
        fields.set_topic(context, lamp, LAMPS, "ana", "")
        deliver(context)
        sent = [(to, mail) for to, mail in rig.server.taken if f"Re: [{number_of(lamp)}]" in mail["Subject"]]
        assert sorted(to for to, _ in sent) == sorted(["alumbrado@dept.test", DEPARTMENT, rig.user])
        text = str(sent[0][1].get_content())
        assert "Alumbrado. Departamento:" in text
        assert "Farola fundida en la Puerta del Sol" in text
        fields.set_topic(context, lamp, "noise", "ana", "")
        deliver(context)
        assert "Farola fundida" not in str(rig.server.taken[-1][1].get_content())
        assert deliver(context) == {"delivered": 0}
        context.ledger.close()
