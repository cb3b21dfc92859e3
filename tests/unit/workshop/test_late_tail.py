"""The least delay of a rule with a minimum of people, on planted events."""

from datetime import UTC, datetime, timedelta

import pytest

from workshop.trends.city import UNSEEN, Event
from workshop.trends.late_tail import LATE, bound, main
from trends.records import Sighting

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


def event_of(subjects: list[tuple[tuple[str, str], ...]]) -> tuple[Event, dict[str, Sighting]]:
    """Return an event with a post every ten minutes."""
    posts = {
        str(n): Sighting(str(n), NINE + n * timedelta(minutes=10), str(n), str(n), "x", some)
        for n, some in enumerate(subjects)
    }
    return Event("street", "step", NINE, len(posts), frozenset(posts)), posts


def test_the_bound_is_the_post_with_which_one_subject_has_its_people() -> None:
    street, other = (("street", "Calle A"),), (("street", "Calle B"),)
    event, posts = event_of([street, other, street, street, street])
    assert bound(event, posts, 3) == 30
    assert bound(event, posts, 4) == 40
    assert bound(event, posts, 5) == float("inf")


def test_a_word_needs_one_person_more() -> None:
    event, posts = event_of([(("word", "socavon"),)] * 5)
    assert bound(event, posts, 4) == 40
    assert bound(event, posts, 3) == 30


def test_the_months_that_may_be_tuned_on_are_not_the_unseen_ones() -> None:
    assert UNSEEN.first - LATE.first > timedelta(weeks=17)
    assert not {one.name for one in LATE.shapes[:5]} & {one.name for one in UNSEEN.shapes}
    with pytest.raises(SystemExit):
        main(["--margin", "low"])
