"""What a report is asked for: its days by the city's calendar, its name, and what is refused."""

from datetime import UTC, date, datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from pydantic import ValidationError

from core.config.city import load_city
from core.config.profile.reports import Report, Scope
from core.errors import ConfigurationError
from reports.build.asked import Asked, asked_in_profile, check_asked, interval_in_profile, interval_of
from reports.build.period import earlier_periods

MADRID = ZoneInfo("Europe/Madrid")
CITY = load_city(Path(__file__).parents[3] / "cities" / "madrid.toml")
NOW = datetime(2026, 11, 28, 8, tzinfo=UTC)  # a Saturday


def days(asked: Asked, now: datetime = NOW) -> tuple[str, str, str]:
    """Return the local starts of the interval before, of the interval, and its end."""
    found = interval_of(asked, MADRID, now)
    previous, start, end = (at.astimezone(MADRID) for at in (found.previous, found.start, found.end))
    assert {at.time().isoformat() for at in (previous, start, end)} == {"00:00:00"}
    return str(previous.date()), str(start.date()), str(end.date())


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        (Asked(kind="daily"), ("2026-11-26", "2026-11-27", "2026-11-28")),
        (Asked(kind="weekly"), ("2026-11-09", "2026-11-16", "2026-11-23")),
        (Asked(kind="monthly"), ("2026-09-01", "2026-10-01", "2026-11-01")),
        (Asked(kind="view", period="month"), ("2026-09-01", "2026-10-01", "2026-11-01")),
        (Asked(kind="weekly", first=date(2026, 3, 31)), ("2026-03-23", "2026-03-30", "2026-04-06")),
        (Asked(kind="monthly", first=date(2028, 2, 29)), ("2028-01-01", "2028-02-01", "2028-03-01")),
        (Asked(kind="event", first=date(2026, 11, 25), last=date(2026, 11, 27)), ("2026-11-22", "2026-11-25", "2026-11-28")),
    ],
)
def test_periods_are_those_of_the_calendar(asked: Asked, expected: tuple[str, str, str]) -> None:
    assert days(asked, datetime(2029, 1, 1, tzinfo=UTC) if asked.first and asked.first.year == 2028 else NOW) == expected


def test_a_week_in_which_the_clock_changes_has_an_hour_more_or_less() -> None:
    autumn = interval_of(Asked(kind="weekly", first=date(2026, 10, 25)), MADRID, NOW)
    spring = interval_of(Asked(kind="weekly", first=date(2026, 3, 29)), MADRID, NOW)
    assert [(one.end - one.start).total_seconds() / 3600 for one in (autumn, spring)] == [169, 167]


def test_on_the_stroke_of_midnight_the_day_that_ended_is_reported() -> None:
    midnight = datetime(2026, 11, 27, 23, tzinfo=UTC)
    assert days(Asked(kind="daily"), midnight)[1] == "2026-11-27"


def test_earlier_periods_are_the_same_days_of_the_week_and_of_a_month_the_months_before() -> None:
    day = interval_of(Asked(kind="daily"), MADRID, NOW)
    starts = [start.astimezone(MADRID) for start, _end in earlier_periods(day, MADRID)]
    assert [one.strftime("%a %d %b %H:%M") for one in starts[:2]] == ["Fri 20 Nov 00:00", "Fri 13 Nov 00:00"]
    assert len(starts) == 8  # through the change of the clock in October too: all at midnight
    assert {one.hour for one in starts} == {0}
    event = interval_of(Asked(kind="event", first=date(2026, 11, 10), last=date(2026, 11, 19)), MADRID, NOW)
    assert (event.start - earlier_periods(event, MADRID)[0][0]).days == 14  # ten days: two weeks earlier
    month = interval_of(Asked(kind="monthly"), MADRID, NOW)
    assert [start.astimezone(MADRID).month for start, _end in earlier_periods(month, MADRID)] == [9, 8, 7, 6, 5, 4]


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (
            Asked(kind="event", first=date(2026, 11, 27), last=date(2026, 12, 31)),
            r"has not ended: its last day is 2026-12-31, and the last complete day is 2026-11-27",
        ),
        (Asked(kind="weekly", first=date(2026, 11, 24)), r"has not ended: its last day is 2026-11-29"),
        (Asked(kind="daily", first=date(2026, 11, 28)), r"has not ended"),
        (Asked(kind="event", first=date(2026, 11, 9), last=date(2026, 11, 8)), r"--to 2026-11-08 is before --from 2026-11-09"),
        (Asked(kind="event", first=date(2024, 1, 1), last=date(2026, 1, 1)), r"at most 366 days"),
        (Asked(kind="view", last=date(2026, 11, 8)), r"--to needs --from"),
    ],
)
def test_days_that_make_no_period_are_refused(asked: Asked, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        interval_of(asked, MADRID, NOW)


@pytest.mark.parametrize(
    ("asked", "message"),
    [
        (Asked(kind="event"), r"'event' needs its days: --from DAY --to DAY"),
        (Asked(kind="district"), r"'district' needs --district NAME"),
        (Asked(kind="department"), r"'department' needs --department NAME"),
        (Asked(kind="department", posts=Scope(department="Playas")), r"no department 'Playas'; known: Limpieza y residuos, "),
        (Asked(kind="weekly", last=date(2026, 11, 8)), r"--to is not for the kind 'weekly'.*any day of the week"),
    ],
)
def test_what_the_city_has_not_is_refused(asked: Asked, message: str) -> None:
    with pytest.raises(ConfigurationError, match=message):
        check_asked(asked, CITY)


@pytest.mark.parametrize(
    ("asked", "name"),
    [
        (Asked(kind="daily"), "daily"),
        (Asked(kind="district", posts=Scope(district="San Blas - Canillejas")), "district-san-blas-canillejas"),
        (Asked(kind="view", posts=Scope(topic="noise", intent="complaint")), "view-noise-complaint"),
    ],
)
def test_the_folder_is_named_after_what_is_asked(asked: Asked, name: str) -> None:
    assert asked.name == name


def test_long_and_foreign_names_stay_different_and_short() -> None:
    long = [Asked(kind="district", posts=Scope(district="Distrito " * 9 + end)).name for end in ("uno", "dos")]
    greek = Asked(kind="district", posts=Scope(district="Αθήνα")).name
    assert len({*long, greek}) == 3
    assert all(len(name) <= 60 and name.isascii() for name in (*long, greek))


def test_a_table_named_after_a_kind_is_of_that_kind_and_another_follows_its_schedule() -> None:
    weekly = Report(schedule="0 7 * * MON")
    assert asked_in_profile("weekly", weekly) == Asked(kind="weekly")
    assert asked_in_profile("press", weekly) is None
    bins = Report(kind="department", posts=Scope(department="Limpieza y residuos"), schedule="0 7 * * *", period="day")
    assert asked_in_profile("bins", bins) == Asked(kind="department", posts=bins.posts, period="day")
    assert interval_in_profile(CITY, "weekly", NOW) == interval_of(Asked(kind="weekly"), MADRID, NOW)


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ({"kind": "yearly"}, "'daily', 'weekly', 'monthly'"),
        ({"kind": "event"}, "an event has its own days"),
        ({"kind": "district"}, "needs district in"),
        ({"posts": {"topic": "bins"}}, "unknown topic 'bins'; allowed: waste_cleaning"),
        ({"languages": ["fr"]}, "there are no texts in 'fr'"),
        ({"languages": []}, "at least 1 item"),
    ],
)
def test_a_table_that_makes_no_sense_is_refused(table: dict[str, object], message: str) -> None:
    with pytest.raises(ValidationError, match=message):
        Report.model_validate({"schedule": "0 7 * * MON", **table})
