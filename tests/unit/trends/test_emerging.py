"""Test that groups of near vectors do not depend on order."""

import numpy as np
from hypothesis import given, settings, strategies as st

from trends.emerging import centred, groups, neighbours, representative

RANDOM = np.random.default_rng(7)
CENTRES = RANDOM.normal(size=(2, 48))
VECTORS = np.vstack(
    [CENTRES[0] + 0.4 * RANDOM.normal(size=(7, 48)), CENTRES[1] + 0.4 * RANDOM.normal(size=(6, 48)), RANDOM.normal(size=(40, 48))]
).astype(np.float32)
IDS = [f"{n:03d}" for n in range(53)]
PEOPLE = [f"p{n}" for n in range(53)]


def members(order: list[int], people: list[str] = PEOPLE) -> list[set[str]]:
    found = groups([IDS[n] for n in order], [people[n] for n in order], centred(VECTORS[order]), 5)
    return [{IDS[order[n]] for n in one} for one in found]


def test_the_planted_issues_are_the_groups() -> None:
    assert members(list(range(53))) == [set(IDS[:7]), set(IDS[7:13])]


@settings(max_examples=20, deadline=None)
@given(st.permutations(range(53)))
def test_the_order_changes_nothing(order: list[int]) -> None:
    assert members(order) == [set(IDS[:7]), set(IDS[7:13])]


def test_few_people_are_no_issue_however_much_they_write() -> None:
    people = ["a", "b", "c", "d", "a", "b", "c", *PEOPLE[7:]]
    assert members(list(range(53)), people) == [set(IDS[7:13])]


def test_neighbours_and_the_most_typical_posts() -> None:
    unit = centred(VECTORS)
    assert set(neighbours(unit[2], unit)) == set(range(7))
    shown = representative(unit, range(7), IDS)
    assert len(shown) == 3
    assert set(shown) <= set(IDS[:7])
    assert groups([], [], unit[:0], 5) == []
