"""Which time a report is about: by the city's clock, through both nights in which the clock changes."""

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from reports.build.period import Interval, last_closed

MADRID = ZoneInfo("Europe/Madrid")
HOUR = timedelta(hours=1)


def madrid(month: int, day: int, hour: int = 7, minute: int = 0, fold: int = 0, year: int = 2026) -> datetime:
    return datetime(year, month, day, hour, minute, tzinfo=MADRID, fold=fold).astimezone(UTC)


def test_a_minute_before_seven_the_week_is_not_over_and_at_seven_it_is() -> None:
    before = last_closed("0 7 * * MON", MADRID, madrid(11, 23, 6, 59))
    at_seven = last_closed("0 7 * * MON", MADRID, madrid(11, 23))
    assert (before.start, before.end) == (madrid(11, 9), madrid(11, 16))
    assert (at_seven.previous, at_seven.start, at_seven.end) == (madrid(11, 9), madrid(11, 16), madrid(11, 23))
    assert before.end == at_seven.start


def test_a_second_counts_and_its_parts_do_not() -> None:
    now = madrid(11, 23) - timedelta(microseconds=1)
    assert last_closed("0 7 * * MON", MADRID, now).end == madrid(11, 16)
    assert last_closed("0 7 * * MON", MADRID, now + timedelta(microseconds=2)).end == madrid(11, 23)


def test_the_week_of_the_autumn_night_has_an_hour_more_and_that_of_the_spring_night_one_less() -> None:
    autumn = last_closed("0 7 * * MON", MADRID, madrid(10, 26, 9))  # clock back on Sunday 25 October 2026, 3:00
    assert (autumn.start, autumn.end, autumn.end - autumn.start) == (madrid(10, 19), madrid(10, 26), 169 * HOUR)
    spring = last_closed("0 7 * * MON", MADRID, madrid(3, 29, 9, year=2027))  # forward on Sunday 28 March 2027, 2:00
    assert spring.end - spring.start == 167 * HOUR
    assert spring.start - spring.previous == 168 * HOUR


def test_a_run_in_the_hour_that_comes_twice_happens_once() -> None:
    runs = ends_between("30 2 * * *", madrid(10, 24, 12), madrid(10, 26, 12))
    assert runs == [madrid(10, 24, 2, 30), madrid(10, 25, 2, 30, fold=0), madrid(10, 26, 2, 30)]


def test_a_run_in_the_hour_that_is_left_out_is_made_up_an_hour_later() -> None:
    runs = ends_between("30 2 * * *", madrid(3, 27, 12, year=2027), madrid(3, 29, 12, year=2027))
    assert runs == [madrid(3, 27, 2, 30, year=2027), madrid(3, 28, 3, 30, year=2027), madrid(3, 29, 2, 30, year=2027)]


@pytest.mark.parametrize("schedule", ["0 * * * *", "30 2 * * *", "0 2 * * *", "0 0 * * *", "0 7,19 * * *"])
@pytest.mark.parametrize("day", [datetime(2026, 10, 23, tzinfo=UTC), datetime(2027, 3, 26, tzinfo=UTC)], ids=["autumn", "spring"])
def test_intervals_follow_each_other_without_hole_or_overlap_and_each_has_its_own_key(schedule: str, day: datetime) -> None:
    found: list[Interval] = []
    for minutes in range(0, 4 * 24 * 60, 10):
        interval = last_closed(schedule, MADRID, day + timedelta(minutes=minutes))
        assert interval.previous < interval.start < interval.end <= day + timedelta(minutes=minutes)
        if not found or found[-1] != interval:
            found.append(interval)
    assert all((a.start, a.end) == (b.previous, b.start) for a, b in pairwise(found))
    assert len({interval.key(MADRID) for interval in found}) == len(found) >= 4


def test_the_key_names_days_and_hours_only_where_days_do_not_tell() -> None:
    assert last_closed("0 7 * * MON", MADRID, madrid(11, 23)).key(MADRID) == "2026-11-16_2026-11-23"
    assert last_closed("0 7 1 * *", MADRID, madrid(3, 1, year=2027)).key(MADRID) == "2027-02-01_2027-03-01"
    assert last_closed("0 7,19 * * *", MADRID, madrid(11, 23, 19)).key(MADRID) == "2026-11-23T0700_2026-11-23T1900"


def test_a_month_is_compared_with_the_month_before() -> None:
    march = last_closed("0 0 1 * *", MADRID, madrid(4, 1, 0, year=2027))
    assert (march.previous, march.start, march.end) == tuple(madrid(m, 1, 0, year=2027) for m in (2, 3, 4))


def ends_between(schedule: str, first: datetime, last: datetime) -> list[datetime]:
    """The ends of all intervals seen by who looks every ten minutes."""
    steps = int((last - first) / timedelta(minutes=10)) + 1
    ends = [last_closed(schedule, MADRID, first + n * timedelta(minutes=10)).end for n in range(steps)]
    return list(dict.fromkeys(ends))
