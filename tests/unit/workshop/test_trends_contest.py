"""Test the back-test through which other methods of early warning go."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import pytest

from workshop.trends import contest, rivals
from workshop.trends.city import CLOCK, UNSEEN, USED, Months, Town
from workshop.trends.contest import Scored, alerts_above, best_threshold, scored
from workshop.trends.pools import Row
from workshop.trends.rivals.detector import WEEK, Make
from trends.records import Sighting

ORIGIN = CLOCK.start_of(USED.first)
NINE = datetime(2026, 1, 1, 9)  # noqa: DTZ001  the time of a real post is local
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)
NOISE = ("service", "noise")
EVERY = [(name, make) for name, make in rivals.rivals().items()]


def post(n: int, at: datetime) -> Sighting:
    return Sighting(f"{n:05d}", at, f"{n:05d}", f"{n:05d}", "x", (NOISE,))


def posts(*minutes: int) -> list[Sighting]:
    return [post(n, ORIGIN + one * MINUTE) for n, one in enumerate(minutes)]


class Told:
    """Record the input of a method, in order."""

    def __init__(self) -> None:
        self.log: list[tuple[str, float]] = []

    def learn(self, count: float) -> None:
        self.log.append(("hour", count))

    def score(self, count: float) -> float:
        self.log.append(("now", count))
        return count


def told(sightings: Sequence[Sighting], window: int) -> list[tuple[str, float]]:
    seen: list[Told] = []

    def make() -> Told:
        seen.append(Told())
        return seen[-1]

    scored(Months(tuple(sightings), (), ()), ORIGIN, window, make)
    return seen[0].log


@pytest.mark.parametrize(
    ("window", "expected"),
    [
        (1, [("hour", 1.0), ("hour", 0.0), ("now", 4.0), ("now", 5.0)]),
        (3, [("hour", 1.0), ("hour", 1.0), ("now", 4.0), ("now", 5.0), ("now", 6.0)]),
    ],
    ids=["1 h", "3 h"],
)
def test_a_method_knows_full_hours_and_the_posts_of_each_run_and_nothing_later(
    window: int, expected: list[tuple[str, float]]
) -> None:
    # Minutes 121 and 122 are seen by the same run of the step; fewer than four people are not asked about.
    assert told(posts(10, 121, 122, 126, 131, 137), window) == expected


def some(score: float, at: datetime, members: Sequence[Sighting], subject: str = "noise") -> Scored:
    return Scored(score, ("service", subject), at, members, 0, len(members))


def test_one_alert_a_day_and_subject_and_one_for_the_same_posts() -> None:
    members = posts(1, 2, 3, 4)
    later = posts(2000, 2001, 2002, 2003)
    first, again = some(9.0, members[-1].at, members), some(8.0, members[-1].at + HOUR, later)
    other = some(7.0, members[-1].at + HOUR, members, "waste")
    next_day = some(6.0, members[-1].at + 25 * HOUR, [post(9, ORIGIN)])
    scores = [first, again, other, next_day]
    assert [one.at for one in alerts_above(scores, 5.0)] == [first.at, next_day.at]
    assert [one.at for one in alerts_above(scores, 7.0)] == [first.at]
    assert alerts_above(scores, 9.1) == []


def test_the_threshold_is_the_lowest_that_finds_most_within_the_budget() -> None:
    town = Town("test", [Row(NINE, "noise", (("street", "Mayor"), ("district", "Centro")), ())], 1, 1)
    event, of_event = town.event(USED.first)
    start = ORIGIN - 24 * HOUR
    scores = [some(5.0, of_event[-1].at, of_event, "a")]
    scores += [some(4.0 - n, ORIGIN + n * HOUR, [post(n, ORIGIN)], f"false {n}") for n in range(3)]
    made = Months(tuple(of_event), (event,), ())
    threshold, result = best_threshold([(scores, made, start, start + timedelta(weeks=1))], 1.0)
    assert (threshold, result.found, result.false_alarms) == (4.0, 1, 1)


@pytest.mark.parametrize(("name", "make"), EVERY, ids=[name for name, _make in EVERY])
def test_a_burst_after_quiet_weeks_scores_higher_than_the_usual_hour(name: str, make: Make) -> None:
    usual, burst = make.detector(), make.detector()
    for one in (usual, burst):
        for hour in range(9 * WEEK):
            one.learn(float(hour % 24 in (9, 12, 18)))
    assert burst.score(12.0) > max(0.0, usual.score(1.0))


def test_a_library_that_is_absent_has_no_row_and_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(rivals, "find_spec", lambda library: None)
    assert list(rivals.rivals()) == ["weekly z (obsei)"]
    assert rivals.missing() == ["river", "ruptures", "statsforecast"]


def test_the_unseen_months_share_no_week_and_no_kind_of_event_with_those_of_the_rule() -> None:
    assert UNSEEN.first - USED.first > timedelta(weeks=17)
    assert not {one.name for one in USED.shapes} & {one.name for one in UNSEEN.shapes}


def test_an_unseen_line_is_one_word_with_places_all_over_and_a_corner_two_streets() -> None:
    rows = [
        Row(
            NINE,
            "noise",
            (("street", f"Calle {n}"), ("barrio", f"B{n}"), ("district", "Centro")),
            (),
        )
        for n in range(50)
    ]
    town = Town("test", rows, 1, 1, UNSEEN)
    drawn = {event.shape: sightings for event, sightings in (town.event(UNSEEN.first) for _ in range(60))}
    assert set(drawn) == {one.name for one in UNSEEN.shapes}
    streets = {
        shape: {name for one in sightings for kind, name in one.subjects if kind == "street"}
        for shape, sightings in drawn.items()
    }
    assert len(streets["corner"]) == 2
    assert len(streets["line"]) > 4
    words = [{subject for subject in one.subjects if subject[0] == "word"} for one in drawn["line"]]
    assert len(set.intersection(*words)) == 1


def test_windows_end_with_a_post_and_exclude_their_begin() -> None:
    times = [ORIGIN + n * 20 * MINUTE for n in range(5)]
    assert list(contest.asked(times, ORIGIN, HOUR, 3)) == [(0, 2), (1, 3), (2, 4)]
