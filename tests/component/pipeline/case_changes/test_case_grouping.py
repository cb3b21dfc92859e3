"""Merge, split, move, common cause and undo: every post is in one case, every counter is right, and people's word binds."""

from functools import partial

import pytest

from core.errors import ConfigurationError, StaleError
from ledger import read, schema
from ledger.cases import workflow
from ledger.database.writing import writing
from ledger.retention import forget
from pipeline import casework
from pipeline.casework import grouping
from pipeline.context import Context
from tests.support.case_changes import NOW, answer_to, case, changes, last_change, of, post, posts
from tests.support.ledger_facts import unbalanced
from tests.support.seeded import store_and_decide


def test_a_merged_case_gives_its_posts_to_the_other_and_undo_gives_them_back(context: Context) -> None:
    lamp, bins = of(context, "street_lighting"), of(context, "waste_cleaning")
    theirs = posts(context, lamp.case_key)
    grouping.merge(context, lamp.case_key, bins.case_key, "ana", "one fault")
    merged, whole = case(context, lamp.case_key), case(context, bins.case_key)
    assert (merged.state, merged.posts, whole.posts, whole.authors) == ("merged", 0, 8, 2)  # two texts, each copied three times
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
    casework.answer(context, bins.case_key, "ana", "told them", "on X")
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
    store_and_decide(context.ledger, context.city, changed, NOW)  # their authors edited them: they are read and decided again
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


def test_a_closed_case_is_not_offered_for_merging(context: Context) -> None:
    bins = of(context, "waste_cleaning")
    key = grouping.split(context, bins.case_key, posts(context, bins.case_key)[2:], "ana", "")
    with writing(context.ledger) as connection:
        connection.execute(schema.incident_rulings.delete())  # the split keeps both apart
    assert [one.case_key for one in grouping.like(context, bins.case_key)] == [key]
    casework.resolve(context, key, "ana", "")
    assert grouping.like(context, bins.case_key) == []
