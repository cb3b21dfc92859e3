"""Test that a topic corrected on a case is learnt from: its posts are corrected, and reviews count as checks."""

from ledger import read
from pipeline import casework
from pipeline.casework import fields, grouping
from pipeline.context import Context
from tests.support.case_changes import case, last_change, of, posts


def topics(context: Context, key: str) -> dict[str, tuple[str | None, tuple[str, ...]]]:
    """Return topic and changed questions of each post of a case."""
    return {one.post_id: (one.topic, one.changed) for one in read.post_records(context.ledger, case_key=key)}


def test_the_posts_of_a_case_get_the_topic_that_a_person_sets_and_count_as_checked(context: Context) -> None:
    bins = of(context, "waste_cleaning")
    first, *others = posts(context, bins.case_key)
    casework.correct(context, first, "topic", "parks_trees", "ben", "it is a tree")
    fields.set_topic(context, bins.case_key, "noise", "ana", "", with_posts=True)
    found = topics(context, bins.case_key)
    assert found[first] == ("parks_trees", ("topic",))  # a person had decided
    assert {found[one] for one in others} == {("noise", ("topic",))}
    fields.set_topic(context, bins.case_key, "noise", "ana", "", with_posts=True)  # sent twice
    made = [one.who for one in read.audit(context.ledger, others[0]) if one.what == "correct topic"]
    assert made == ["ana"]


def test_without_the_box_the_posts_keep_what_they_had(context: Context) -> None:
    bins = of(context, "waste_cleaning")
    fields.set_topic(context, bins.case_key, "noise", "ana", "")
    assert {one for one, _ in topics(context, bins.case_key).values()} == {"waste_cleaning"}


def test_undoing_the_topic_of_a_case_sets_its_posts_back(context: Context) -> None:
    bins = of(context, "waste_cleaning")
    before = topics(context, bins.case_key)
    fields.set_topic(context, bins.case_key, "noise", "ana", "", with_posts=True)
    grouping.undo(context, last_change(context, bins.case_key, "topic"), "ana", "")
    assert case(context, bins.case_key).topic == "waste_cleaning"
    assert topics(context, bins.case_key) == before


def test_a_review_confirms_or_changes_whether_a_post_can_be_acted_on(context: Context) -> None:
    waiting = list(read.post_records(context.ledger, decision="in_review"))
    assert waiting
    for one in waiting:
        assert (one.confirmed, one.changed) == ((), ())
    rejected = waiting[0]
    casework.reject_review(context, rejected.post_id, "ana", "no es del Ayuntamiento")
    after = read.post_record(context.ledger, rejected.post_id)
    assert after is not None
    assert (after.confirmed if rejected.actionable is False else after.changed) == ("actionable",)
