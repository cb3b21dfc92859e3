"""Correct topic, place and department: a case votes again, and people's word binds."""

import pytest

from core.errors import ConfigurationError
from ledger import read
from pipeline import casework
from pipeline.casework import fields, grouping
from pipeline.casework.triage_lease import TriageBusyError
from pipeline.context import Context
from tests.support.case_changes import answer_to, case, changes, last_change, of, posts


def test_a_corrected_topic_moves_the_case_to_its_department_with_a_new_due_date(context: Context) -> None:
    bins = of(context, "waste_cleaning")
    for one in posts(context, bins.case_key):
        casework.correct(context, one, "topic", "roads_pavements", "ana", "it is the pavement")
    after = case(context, bins.case_key)
    assert (after.topic, after.department) == ("roads_pavements", context.city.department("roads_pavements").name)
    assert after.due_at != bins.due_at
    assert ("revote", "escucha", False) in changes(context, bins.case_key)


def test_a_department_that_a_person_chose_stays_when_the_topic_is_corrected(context: Context) -> None:
    bins = of(context, "waste_cleaning")
    other = next(one.name for one in context.city.departments if one.name != bins.department)
    casework.assign(context, bins.case_key, other, "ana", "they asked for it")
    for one in posts(context, bins.case_key):
        casework.correct(context, one, "topic", "roads_pavements", "ana", "")
    after = case(context, bins.case_key)
    assert (after.topic, after.department) == ("roads_pavements", other)


def test_a_topic_set_on_the_case_itself_outlives_every_vote(context: Context) -> None:
    bins = of(context, "waste_cleaning")
    fields.set_topic(context, bins.case_key, "noise", "ana", "")
    assert (case(context, bins.case_key).topic, case(context, bins.case_key).department) == ("noise", context.city.department("noise").name)
    casework.correct(context, posts(context, bins.case_key)[0], "topic", "parks_trees", "ana", "")
    answer_to(context, posts(context, bins.case_key)[0], 24)
    assert case(context, bins.case_key).topic == "noise"
    grouping.undo(context, last_change(context, bins.case_key, "topic"), "ana", "")
    assert case(context, bins.case_key).topic == "waste_cleaning"


def test_a_place_is_set_by_its_name_and_an_unknown_one_is_refused(context: Context) -> None:
    bins = of(context, "waste_cleaning")
    fields.set_place(context, bins.case_key, "calle de Embajadores 45", "ana", "")
    after = case(context, bins.case_key)
    assert (after.place, after.district) == ("Calle de Embajadores", "Centro")
    with pytest.raises(ConfigurationError, match="is no place we know"):
        fields.set_place(context, bins.case_key, "el parque de mi tía", "ana", "")


def test_a_case_closes_with_its_reason_when_its_last_post_is_nothing_to_act_on(context: Context) -> None:
    bins = of(context, "waste_cleaning")
    *most, last = posts(context, bins.case_key)
    for one in most:
        casework.correct(context, one, "actionable", False, "ana", "")
    assert case(context, bins.case_key).state == "new"
    casework.correct(context, last, "actionable", False, "ana", "")
    step = read.transitions(context.ledger, bins.case_key)[-1]
    assert (step.state, step.who) == ("rejected", "escucha")
    assert step.why == "withdrawn: ana said that none of its posts is something to act on"


def test_a_correction_made_while_triage_is_at_work_reaches_the_case_with_the_next_triage(context: Context) -> None:
    from pipeline.casework.triage_lease import triage_held
    from pipeline.steps.triage import triage

    bins = of(context, "waste_cleaning")
    with triage_held(context, "another worker"):
        for one in posts(context, bins.case_key):
            casework.correct(context, one, "topic", "roads_pavements", "ana", "")
        with pytest.raises(TriageBusyError):
            grouping.split(context, bins.case_key, posts(context, bins.case_key)[:1], "ana", "")
    assert case(context, bins.case_key).topic == "waste_cleaning"
    triage(context)
    assert case(context, bins.case_key).topic == "roads_pavements"
