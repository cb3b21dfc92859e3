"""What changed most between a period and the usual ones before it."""

import random

import pytest

from trends.periods import Subject, Usual, improbability, most_changed, unusual, usual_of

NOISE: Subject = ("topic", "noise")
USERA: Subject = ("district", "Usera")
NOISE_USERA: Subject = ("topic_district", "noise", "Usera")
COMPLAINTS: Subject = ("intent", "complaint")


def test_the_usual_is_the_median_and_one_earlier_event_does_not_move_it() -> None:
    assert usual_of([10, 12, 11, 300]) == Usual(middle=11.5, low=10, high=300, periods=4)


@pytest.mark.parametrize("periods", [0, 1, 2])
def test_too_few_earlier_periods_say_nothing(periods: int) -> None:
    assert usual_of([10] * periods) is None
    assert unusual({NOISE: 500}, [{NOISE: 1}] * periods) == []


def test_a_rise_and_a_fall_are_found_and_the_larger_change_comes_first() -> None:
    earlier = [{NOISE: 10 + n, USERA: 40 - n} for n in range(4)]
    found = unusual({NOISE: 30, USERA: 2}, earlier)
    assert [(one.subject, one.now, one.change) for one in found] == [(USERA, 2, -36.5), (NOISE, 30, 18.5)]


def test_what_stops_altogether_is_a_change_and_what_never_was_is_none() -> None:
    earlier = [{NOISE: 30}, {NOISE: 33}, {NOISE: 28}]
    assert [one.subject for one in unusual({}, earlier)] == [NOISE]
    assert unusual({NOISE: 30, USERA: 4}, earlier) == []  # four posts more are never named


def test_a_noisy_subject_needs_a_larger_change_than_a_steady_one() -> None:
    assert improbability(40, [20, 21, 19, 20]) > improbability(40, [20, 35, 5, 28, 12])


@pytest.mark.parametrize(("in_usera", "named"), [(28, NOISE_USERA), (12, NOISE)], ids=["most of it in one district", "all over the city"])
def test_the_narrowest_subject_with_most_of_the_change_is_named(in_usera: int, named: tuple[str, ...]) -> None:
    earlier = [{NOISE: 10, NOISE_USERA: 1}] * 4
    changed = most_changed(unusual({NOISE: 40, NOISE_USERA: in_usera}, earlier))
    assert changed is not None
    assert changed.subject == named


@pytest.mark.parametrize(("noise", "named"), [(60, NOISE), (20, COMPLAINTS)])
def test_complaints_are_named_only_where_no_service_has_most_of_them(noise: int, named: tuple[str, ...]) -> None:
    earlier = [{NOISE: 2, COMPLAINTS: 10}] * 4
    changed = most_changed(unusual({NOISE: noise, COMPLAINTS: 90}, earlier))
    assert changed is not None
    assert changed.subject == named


def test_of_a_hundred_periods_without_an_event_few_name_one() -> None:
    draw = random.Random(7)  # noqa: S311

    def period() -> dict[tuple[str, ...], int]:
        return {("topic", f"t{n}"): sum(draw.random() < 0.05 for _ in range(200)) for n in range(17)}

    named = sum(most_changed(unusual(period(), [period() for _ in range(8)])) is not None for _ in range(100))
    assert named <= 10
