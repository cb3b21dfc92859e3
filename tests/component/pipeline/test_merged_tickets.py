"""A case that an outside system works is merged on the desk: its ticket is closed there once, and an undo opens it again."""

import os
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from core.config.city import ContactCentre
from ledger import read
from pipeline.casework import grouping
from pipeline.context import Context
from pipeline.steps.deliver import deliver
from pipeline.steps.follow import follow
from tests.support.desk_client import browser
from tests.support.ledger_facts import unbalanced
from tests.support.outside_tickets import SYSTEMS, change_of, deliver_after_kill, enter, reference_of
from tests.support.seeded import fill, open_seeded
from tests.support.ticket_rig import Rig
from tests.support.ticket_rigs import started

pytestmark = pytest.mark.timeout(900)
pytest_plugins = ["tests.support.django_helpdesk_server", "tests.support.request_tracker_server"]
CLOSED = ("resolved", "rejected")


@pytest.fixture(params=SYSTEMS)
def rig(request: pytest.FixtureRequest, clean_environment: pytest.MonkeyPatch) -> Iterator[Rig]:
    yield from enter(clean_environment, request, request.param)


def opened(home: Path, rig: Rig) -> Context:
    context = open_seeded(home, 0, datetime.now(UTC))
    centre = ContactCentre(system=rig.name, max_per_run=50, options=rig.table)
    departments = tuple(one.model_copy(update={"queue": None}) for one in context.city.departments)
    context.city = context.city.model_copy(update={"contact_centre": centre, "departments": departments})
    # the source makes the posts, and with them the case keys, new to the server in every test
    fill(context.ledger, context.city, 12, datetime.now(UTC), source=f"feeds{os.urandom(3).hex()}")
    return context


@pytest.fixture
def context(tmp_path: Path, rig: Rig) -> Iterator[Context]:
    context = opened(tmp_path, rig)
    yield context
    context.ledger.close()


def cases(context: Context) -> tuple[str, str]:
    """Deliver all cases; return the keys of two of them."""
    deliver(context)
    found = {one.topic: one.case_key for one in read.case_records(context.ledger)}
    return found["street_lighting"], found["waste_cleaning"]


def state_of(context: Context, key: str) -> str:
    found = read.case_record(context.ledger, key)
    assert found is not None
    return found.state


def is_closed(rig: Rig, reference: str) -> bool:
    return rig.state(reference)[reference].state in CLOSED


def test_the_ticket_of_a_merged_case_is_closed_once_and_reopened_by_undo(context: Context, rig: Rig) -> None:
    lamp, bins = cases(context)
    ticket, other = reference_of(context, lamp), reference_of(context, bins)
    before = state_of(context, lamp)
    grouping.merge(context, lamp, bins, "ana", "the same works")
    assert not is_closed(rig, ticket)
    assert deliver(context)["delivered"] >= 2  # the note of the other ticket, and the closing
    assert is_closed(rig, ticket)
    assert not is_closed(rig, other)
    assert len(rig.notes(other)) == 1
    [note] = rig.notes(ticket)
    assert note.startswith(f"{lamp}.merge.{bins}.")
    assert deliver(context) == {"delivered": 0}
    follow(context)
    assert (state_of(context, lamp), state_of(context, bins)) == ("merged", before)

    grouping.undo(context, change_of(context, bins, "merge"), "ana", "not the same")
    follow(context)  # before the reopening has arrived: the closed ticket must not close the case
    assert state_of(context, lamp) == before
    deliver(context)
    assert not is_closed(rig, ticket)
    assert [one.split(".")[1] for one in rig.notes(ticket) if one.startswith(f"{lamp}.")][:2] == ["merge", "unmerge"]
    follow(context)
    assert state_of(context, lamp) in ("new", "assigned")
    assert unbalanced(context.ledger) == []


def test_a_killed_run_closes_the_ticket_with_one_note(context: Context, rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    lamp, bins = cases(context)
    ticket = reference_of(context, lamp)
    grouping.merge(context, lamp, bins, "ana", "")
    deliver_after_kill(context, rig, "merge_noted", monkeypatch)
    assert is_closed(rig, ticket)
    assert len(rig.notes(ticket)) == 1
    assert [one.state for one in read.deliveries(context.ledger, lamp)] == ["sent", "sent"]


def test_a_merge_undone_before_it_left_writes_nothing(context: Context, rig: Rig) -> None:
    lamp, bins = cases(context)
    ticket = reference_of(context, lamp)
    grouping.merge(context, lamp, bins, "ana", "")
    grouping.undo(context, change_of(context, bins, "merge"), "ana", "")
    deliver(context)
    assert (rig.notes(ticket), is_closed(rig, ticket)) == ([], False)
    assert [one.kind for one in read.deliveries(context.ledger, lamp)] == ["open"]


def test_a_case_that_was_closed_before_stays_closed_after_an_undo(context: Context, rig: Rig) -> None:
    lamp, bins = cases(context)
    ticket = reference_of(context, lamp)
    rig.close_ticket(ticket)
    follow(context)
    assert state_of(context, lamp) in CLOSED
    grouping.merge(context, lamp, bins, "ana", "")
    deliver(context)
    grouping.undo(context, change_of(context, bins, "merge"), "ana", "")
    deliver(context)
    assert is_closed(rig, ticket)
    assert len(rig.notes(ticket)) == 2


def test_a_system_that_cannot_close_for_us_leaves_it_to_a_person(
    tmp_path: Path, clean_environment: pytest.MonkeyPatch, request: pytest.FixtureRequest
) -> None:
    with started("open311-json", request.getfixturevalue) as rig:
        for name, value in rig.environment.items():
            clean_environment.setenv(name, value)
        context = opened(tmp_path, rig)
        lamp, bins = cases(context)
        ticket = reference_of(context, lamp)
        assert context.closes_merged_tickets() is None
        grouping.merge(context, lamp, bins, "ana", "")
        deliver(context)
        assert not is_closed(rig, ticket)
        page = browser(context, "es").get(f"/cases/{lamp}").text
        assert "El tique de este caso sigue abierto en el sistema externo" in page
        assert f"Open311 {ticket} → {bins}" in page
        grouping.undo(context, change_of(context, bins, "merge"), "ana", "")
        assert deliver(context) == {"delivered": 0}
        context.ledger.close()
