"""Take and hand over cases, and undo it: owner and state."""

import pytest

from core.errors import StaleError
from ledger import read
from pipeline import casework
from pipeline.casework import grouping, ownership
from pipeline.context import Context
from tests.support.case_changes import case, last_change, of
from tests.support.ledger_facts import unbalanced


def test_taking_a_case_shows_who_works_on_it_and_who_has_it_open(context: Context) -> None:
    bins = of(context, "waste_cleaning")
    seen = read.case_revision(context.ledger, bins.case_key)
    ownership.take(context, bins.case_key, "ana", seen=seen)
    assert case(context, bins.case_key).state == "assigned"
    with pytest.raises(StaleError):
        ownership.take(context, bins.case_key, "luis", seen=seen)
    assert ownership.open_page(context, bins.case_key, "ana") == []
    assert ownership.open_page(context, bins.case_key, "luis") == ["ana"]
    assert [one.case_key for one in read.case_records(context.ledger, assignee="ana")] == [bins.case_key]
    assert bins.case_key not in {one.case_key for one in read.case_records(context.ledger, unassigned=True)}


def state_and_owner(context: Context, key: str) -> tuple[str, str | None]:
    work = read.case_work(context.ledger, key)
    assert work is not None
    return case(context, key).state, work.assignee


def states(context: Context, key: str) -> list[tuple[str, str]]:
    return [(one.state, one.who) for one in read.transitions(context.ledger, key)]


def test_an_undone_taking_gives_back_the_state_as_well_as_the_owner(context: Context) -> None:
    """Before, the case stayed `assigned` to no one."""
    bins = of(context, "waste_cleaning")
    ownership.take(context, bins.case_key, "ana")
    assert state_and_owner(context, bins.case_key) == ("assigned", "ana")
    grouping.undo(context, last_change(context, bins.case_key, "assignee"), "ben", "")
    assert state_and_owner(context, bins.case_key) == ("new", None)
    assert states(context, bins.case_key) == [("new", "escucha"), ("assigned", "ana"), ("new", "ben")]
    assert read.transitions(context.ledger, bins.case_key)[-1].why == "undone: assignee"
    ownership.take(context, bins.case_key, "ben")  # it can be taken again
    assert case(context, bins.case_key).state == "assigned"
    assert unbalanced(context.ledger) == []


def test_an_undone_taking_leaves_a_state_that_was_set_since(context: Context) -> None:
    bins, lamp = of(context, "waste_cleaning"), of(context, "street_lighting")
    ownership.take(context, bins.case_key, "ana")
    casework.answer(context, bins.case_key, "ana", "told them", "by mail")
    grouping.undo(context, last_change(context, bins.case_key, "assignee"), "ana", "")
    assert state_and_owner(context, bins.case_key) == ("answered", None)
    casework.assign(context, lamp.case_key, lamp.department, "ana", "")
    ownership.take(context, lamp.case_key, "ana")  # it was assigned before
    grouping.undo(context, last_change(context, lamp.case_key, "assignee"), "ana", "")
    assert state_and_owner(context, lamp.case_key) == ("assigned", None)


def test_an_undone_handing_over_gives_the_case_back_to_who_had_it(context: Context) -> None:
    bins = of(context, "waste_cleaning")
    casework.set_user(context.ledger, "ben", "hash", "agent")
    ownership.take(context, bins.case_key, "ana")
    ownership.hand_over(context, bins.case_key, "ben", "ana", "")
    grouping.undo(context, last_change(context, bins.case_key, "assignee"), "ana", "")
    assert state_and_owner(context, bins.case_key) == ("assigned", "ana")


def test_an_undone_assignment_to_a_department_gives_back_the_state(context: Context) -> None:
    bins = of(context, "waste_cleaning")
    other = next(one.name for one in context.city.departments if one.name != bins.department)
    casework.assign(context, bins.case_key, other, "ana", "theirs")
    grouping.undo(context, last_change(context, bins.case_key, "department"), "ana", "")
    assert (case(context, bins.case_key).state, case(context, bins.case_key).department) == ("new", bins.department)
