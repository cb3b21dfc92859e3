"""Merge, split, move, common cause and undo: every post is in one case, every counter is right, and people's word binds."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from core.errors import ConfigurationError, StaleError
from core.privacy.pseudonymise import pseudonymise
from core.records.post import Post
from core.records.read_models import CaseRecord
from ledger import read
from ledger.cases import workflow
from ledger.retention import forget
from pipeline import casework
from pipeline.casework import fields, grouping, ownership
from pipeline.casework.triage_lease import TriageBusyError
from pipeline.context import Context
from tests.support.ledger_facts import unbalanced
from tests.support.seeded import SALT, open_seeded, raws, store_and_decide

NOW = datetime.now(UTC)


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    """24 posts: four about containers in calle de Alcalá (a case), four about a lamp at Puerta del Sol (a case)."""
    context = open_seeded(tmp_path, 24, NOW - timedelta(hours=1))
    yield context
    context.ledger.close()


def answer_to(context: Context, post_id: str, number: int) -> str:
    """Let a new post answer one that is known, as triage joins it by its thread; return its id."""
    parent = read.post_of(context.ledger, post_id)
    assert parent is not None
    raw = raws(number + 1, NOW)[number]
    post = pseudonymise(raw, context.city, SALT).model_copy(update={"reply_to": post_id, "thread": parent.thread})
    store_and_decide(context.ledger, context.city, [post], NOW)
    return post.post_id


def of(context: Context, topic: str) -> CaseRecord:
    return next(one for one in read.case_records(context.ledger) if one.topic == topic and one.posts)


def case(context: Context, key: str) -> CaseRecord:
    found = read.case_record(context.ledger, key)
    assert found is not None
    return found


def posts(context: Context, key: str) -> list[str]:
    return [one.post_id for one in read.post_records(context.ledger, case_key=key, order="oldest")]


def post(context: Context, post_id: str) -> Post:
    found = read.post_of(context.ledger, post_id)
    assert found is not None
    return found


def changes(context: Context, key: str) -> list[tuple[str, str, bool]]:
    work = read.case_work(context.ledger, key)
    assert work is not None
    return [(one.what, one.who, one.undone) for one in work.changes]


def last_change(context: Context, key: str, what: str) -> int:
    work = read.case_work(context.ledger, key)
    assert work is not None
    return max(one.id for one in work.changes if one.what == what)


def test_a_merged_case_gives_its_posts_to_the_other_and_undo_gives_them_back(context: Context) -> None:
    lamp, bins = of(context, "street_lighting"), of(context, "waste_cleaning")
    theirs = posts(context, lamp.case_key)
    grouping.merge(context, lamp.case_key, bins.case_key, "ana", "one fault")
    merged, whole = case(context, lamp.case_key), case(context, bins.case_key)
    assert (merged.state, merged.posts, whole.posts, whole.authors) == (
        "merged",
        0,
        8,
        2,
    )  # two texts, each copied three times
    work = read.case_work(context.ledger, lamp.case_key)
    assert work is not None
    assert work.merged_into == bins.case_key
    assert set(theirs) < set(posts(context, bins.case_key))
    assert unbalanced(context.ledger) == []
    grouping.undo(context, last_change(context, bins.case_key, "merge"), "ana", "")
    assert (case(context, lamp.case_key).state, posts(context, lamp.case_key)) == ("new", theirs)
    assert case(context, bins.case_key).model_dump(exclude={"version"}) == bins.model_dump(exclude={"version"})
    assert unbalanced(context.ledger) == []


def test_a_merged_case_is_answered_when_the_other_is(context: Context) -> None:
    lamp, bins = of(context, "street_lighting"), of(context, "waste_cleaning")
    grouping.merge(context, lamp.case_key, bins.case_key, "ana", "")
    assert case(context, lamp.case_key).answered_at is None
    casework.answer(context, bins.case_key, "ana", "told them on X")
    assert case(context, lamp.case_key).answered_at == case(context, bins.case_key).answered_at is not None


def test_later_posts_about_a_merged_case_go_to_the_case_it_was_merged_into(context: Context) -> None:
    lamp, bins = of(context, "street_lighting"), of(context, "waste_cleaning")
    grouping.merge(context, lamp.case_key, bins.case_key, "ana", "")
    answer_to(context, posts(context, bins.case_key)[1], 24)  # answers a post about the lamp
    assert (case(context, lamp.case_key).posts, case(context, bins.case_key).posts) == (0, 9)
    assert unbalanced(context.ledger) == []


def test_split_posts_get_a_case_of_their_own_and_never_come_back_by_themselves(context: Context) -> None:
    bins = of(context, "waste_cleaning")
    chosen = posts(context, bins.case_key)[2:]
    key = grouping.split(context, bins.case_key, chosen, "ana", "another street")
    assert (posts(context, key), case(context, bins.case_key).posts) == (chosen, 2)
    new = case(context, key)
    assert (new.state, new.topic, new.department) == ("new", "waste_cleaning", bins.department)
    assert unbalanced(context.ledger) == []
    answer = answer_to(context, chosen[0], 24)
    assert posts(context, key) == [*chosen, answer]
    changed = [one.model_copy(update={"text": f"{one.text} !"}) for one in map(partial(post, context), chosen)]
    store_and_decide(
        context.ledger, context.city, changed, NOW
    )  # their authors edited them: they are read and decided again
    assert posts(context, key) == [*chosen, answer]
    grouping.undo(context, last_change(context, bins.case_key, "split"), "ana", "")
    assert (case(context, bins.case_key).posts, posts(context, key)) == (4, [answer])
    assert unbalanced(context.ledger) == []


def test_the_same_split_sent_twice_opens_one_case(context: Context) -> None:
    bins = of(context, "waste_cleaning")
    chosen, seen = posts(context, bins.case_key)[2:], read.case_revision(context.ledger, bins.case_key)
    keys = {grouping.split(context, bins.case_key, chosen, "ana", "", seen) for _ in range(2)}
    assert len(keys) == 1
    assert read.count_cases(context.ledger) == 3


def test_posts_whose_split_was_undone_are_split_off_again(context: Context) -> None:
    bins = of(context, "waste_cleaning")
    chosen = posts(context, bins.case_key)[2:]
    first = grouping.split(context, bins.case_key, chosen, "ana", "another street")
    grouping.undo(context, last_change(context, bins.case_key, "split"), "ana", "")
    second = grouping.split(context, bins.case_key, chosen, "ana", "another street after all")
    assert second != first
    assert (posts(context, second), posts(context, first), case(context, bins.case_key).posts) == (chosen, [], 2)
    assert unbalanced(context.ledger) == []


def test_a_post_moves_to_another_case_and_back(context: Context) -> None:
    lamp, bins = of(context, "street_lighting"), of(context, "waste_cleaning")
    one = posts(context, lamp.case_key)[0]
    grouping.move(context, lamp.case_key, [one], bins.case_key, "ana", "")
    assert (case(context, lamp.case_key).posts, case(context, bins.case_key).posts) == (3, 5)
    assert unbalanced(context.ledger) == []
    grouping.undo(context, last_change(context, lamp.case_key, "move"), "ana", "")
    assert (case(context, lamp.case_key).posts, case(context, bins.case_key).posts) == (4, 4)
    assert unbalanced(context.ledger) == []


def test_an_undone_merge_leaves_out_what_was_erased_meanwhile(context: Context) -> None:
    lamp, bins = of(context, "street_lighting"), of(context, "waste_cleaning")
    theirs = posts(context, lamp.case_key)
    grouping.merge(context, lamp.case_key, bins.case_key, "ana", "")
    assert forget.erase_post(context.ledger, theirs[0], "asked by the author", NOW)
    grouping.undo(context, last_change(context, bins.case_key, "merge"), "ana", "")
    assert posts(context, lamp.case_key) == theirs[1:]
    assert unbalanced(context.ledger) == []


def test_what_cannot_be_merged_is_refused_and_nothing_changes(context: Context) -> None:
    lamp, bins = of(context, "street_lighting"), of(context, "waste_cleaning")
    with pytest.raises(ConfigurationError, match="a case cannot be put into itself"):
        grouping.merge(context, lamp.case_key, lamp.case_key, "ana", "")
    with pytest.raises(ConfigurationError, match="there is no case C-none"):
        grouping.merge(context, lamp.case_key, "C-none", "ana", "")
    casework.resolve(context, bins.case_key, "ana", "")
    with pytest.raises(ConfigurationError, match="is closed"):
        grouping.merge(context, lamp.case_key, bins.case_key, "ana", "")
    seen = read.case_revision(context.ledger, lamp.case_key)
    workflow.note(context.ledger, lamp.case_key, "luis", "seen it", NOW)
    casework.reopen(context, bins.case_key, "ana", "")
    with pytest.raises(StaleError):
        grouping.merge(context, lamp.case_key, bins.case_key, "ana", "", seen)
    with pytest.raises(ConfigurationError, match="one post has to stay"):
        grouping.split(context, bins.case_key, posts(context, bins.case_key), "ana", "")
    with pytest.raises(ConfigurationError, match="choose posts that are in this case"):
        grouping.split(context, bins.case_key, posts(context, lamp.case_key), "ana", "")
    assert (case(context, lamp.case_key).posts, case(context, bins.case_key).posts) == (4, 4)


def test_an_earlier_change_is_undone_after_the_later_one_that_depends_on_it(context: Context) -> None:
    lamp, bins = of(context, "street_lighting"), of(context, "waste_cleaning")
    grouping.merge(context, lamp.case_key, bins.case_key, "ana", "")
    first = last_change(context, bins.case_key, "merge")
    key = grouping.split(context, bins.case_key, posts(context, bins.case_key)[:1], "ana", "")
    grouping.merge(context, bins.case_key, key, "ana", "")
    with pytest.raises(ConfigurationError, match="undo that first"):
        grouping.undo(context, first, "ana", "")
    grouping.undo(context, last_change(context, key, "merge"), "ana", "")
    grouping.undo(context, first, "ana", "")
    with pytest.raises(ConfigurationError, match="was undone before"):
        grouping.undo(context, first, "ana", "")
    assert unbalanced(context.ledger) == []


def test_a_common_cause_has_one_level_and_follows_a_merge(context: Context) -> None:
    lamp, bins = of(context, "street_lighting"), of(context, "waste_cleaning")
    grouping.set_common_cause(context, lamp.case_key, bins.case_key, "ana", "the storm")
    work = read.case_work(context.ledger, bins.case_key)
    assert work is not None
    assert work.children == (lamp.case_key,)
    with pytest.raises(ConfigurationError, match="one level"):
        grouping.set_common_cause(context, bins.case_key, lamp.case_key, "ana", "")
    key = grouping.split(context, bins.case_key, posts(context, bins.case_key)[:2], "ana", "")
    grouping.merge(context, bins.case_key, key, "ana", "")
    work = read.case_work(context.ledger, key)
    assert work is not None
    assert work.children == (lamp.case_key,)


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
    assert (case(context, bins.case_key).topic, case(context, bins.case_key).department) == (
        "noise", context.city.department("noise").name,
    )  # fmt: skip
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


def test_like_cases_are_shown_with_the_signs_of_likeness(context: Context) -> None:
    bins = of(context, "waste_cleaning")
    key = grouping.split(context, bins.case_key, posts(context, bins.case_key)[2:], "ana", "")
    grouping.undo(context, last_change(context, bins.case_key, "split"), "ana", "")
    assert key not in {one.case_key for one in grouping.like(context, bins.case_key)}  # undone: it has no posts


def test_cases_said_to_be_different_are_proposed_again_after_undo(context: Context) -> None:
    """Before, "not the same" left no change that could be undone."""
    bins, lamp = of(context, "waste_cleaning"), of(context, "street_lighting")
    before = [one.model_dump() for one in read.incident_rulings(context.ledger)]
    grouping.keep_apart(context, bins.case_key, lamp.case_key, "ana", "two streets")
    added = [one for one in read.incident_rulings(context.ledger) if one.model_dump() not in before]
    assert {(one.same, one.who) for one in added} == {(False, "ana")}
    assert len(added) == 8
    grouping.undo(context, last_change(context, bins.case_key, "apart"), "ben", "my mistake")
    assert [one.model_dump() for one in read.incident_rulings(context.ledger)] == before
    assert changes(context, bins.case_key)[-2:] == [("apart", "ana", True), ("undo", "ben", False)]


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
    casework.answer(context, bins.case_key, "ana", "by mail")
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
