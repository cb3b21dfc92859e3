"""Test the towns that the back-test of early warning draws."""

from datetime import datetime, timedelta

from workshop.trends.city import UNSEEN, USED, Town
from workshop.trends.pools import Row

NINE = datetime(2026, 1, 1, 9)  # noqa: DTZ001  the time of a real post is local


def test_the_unseen_months_share_no_week_and_no_kind_of_event_with_those_of_the_rule() -> None:
    assert UNSEEN.first - USED.first > timedelta(weeks=17)
    assert not {one.name for one in USED.shapes} & {one.name for one in UNSEEN.shapes}


def test_an_unseen_line_is_one_word_with_places_all_over_and_a_corner_two_streets() -> None:
    rows = [Row(NINE, "noise", (("street", f"Calle {n}"), ("barrio", f"B{n}"), ("district", "Centro")), ()) for n in range(50)]
    town = Town("test", rows, 1, 1, UNSEEN)
    drawn = {event.shape: sightings for event, sightings in (town.event(UNSEEN.first) for _ in range(60))}
    assert set(drawn) == {one.name for one in UNSEEN.shapes}
    streets = {
        shape: {name for one in sightings for _kind, name in one.subjects if "|street|" in name} for shape, sightings in drawn.items()
    }
    assert len(streets["corner"]) == 2
    assert len(streets["line"]) > 4
    words = [{subject for subject in one.subjects if subject[0] == "word"} for one in drawn["line"]]
    assert len(set.intersection(*words)) == 1
