"""Test which posts of a case are proposed for splitting."""

import pytest

from tests.unit.triage.test_triage_incidents import LEAK, MADRID, Read, said
from tests.unit.triage.test_triage_people import LEAK_AGAIN
from triage.incidents.split_proposal import MOST, propose_split

LEAKS = (said("a"), said("b", LEAK_AGAIN, 20))
SWING = said("c", "El columpio del parque de Santa Ana está roto y los niños se cortan", 200, topic="parks_trees")
SWING_AGAIN = said("d", "Sigue roto el columpio del parque de Santa Ana, ayer se cortó una niña", 300, topic="parks_trees")


def ids(*posts: Read) -> tuple[str, ...]:
    return tuple(post.post_id for post, _ in posts)


@pytest.mark.parametrize("other", [(SWING,), (SWING, SWING_AGAIN)])
def test_the_posts_that_are_like_none_of_the_others_are_proposed_together(other: tuple[Read, ...]) -> None:
    found = propose_split(MADRID, [*other, *LEAKS])  # in any order: they are taken by time
    assert found is not None
    assert (found.post_ids, found.likeness < 0.01) == (ids(*other), True)


def test_the_larger_group_stays_even_where_the_first_post_is_in_the_smaller_one() -> None:
    found = propose_split(MADRID, [LEAKS[0], SWING, SWING_AGAIN])
    assert found is not None
    assert found.post_ids == ids(LEAKS[0])


@pytest.mark.parametrize("posts", [(), LEAKS[:1], LEAKS, (SWING, SWING_AGAIN)])
def test_a_case_about_one_thing_and_one_of_a_single_post_propose_nothing(posts: tuple[Read, ...]) -> None:
    assert propose_split(MADRID, posts) is None


def test_a_case_too_large_to_compare_proposes_nothing() -> None:
    many = [said(f"{n:03}", f"{LEAK} ({n})", n) for n in range(MOST)]
    assert propose_split(MADRID, [*many[:-1], SWING]) is not None
    assert propose_split(MADRID, [*many, SWING]) is None
