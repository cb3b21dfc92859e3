"""Compare due dates with a table computed by hand.

Spans, holidays, August, clock changes, days off, edges.
"""

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.config.city import City, load_city
from core.config.profile.calendar import WorkingHours
from core.errors import ConfigurationError
from core.records.kind import working_time
from core.working_hours import due_at, worked
from tests.unit.core.test_city import GOOD

MADRID = load_city(Path(__file__).resolve().parents[3] / "cities" / "madrid.toml")


def town(**hours: Any) -> City:
    closed = ["2026-05-15", "2026-11-09", "2027-05-15"]
    return MADRID.model_copy(update={"working_hours": WorkingHours.model_validate({"region": "MD", "closed": closed} | hours)})


AUGUST = {"from": "08-01", "to": "08-31", "spans": ["08:00-14:00"]}
OFFICE = town(spans=["08:00-15:00", "16:00-18:00"], seasons=[AUGUST])
"""Nine hours a day with a lunch break; six in August."""
ALL_WEEK = town(spans=["00:00-06:00"], days=["MON", "TUE", "WED", "THU", "FRI", "SAT", "SUN"])
"""Works when clocks change."""
CHRISTMAS = town(opens="09:00", closes="14:00", seasons=[{"from": "12-24", "to": "01-06", "spans": []}])
"""Closed from 24 December to 6 January; else five hours a day."""
ROWS = [
    # city, received, answer time, due, all by the clock of Madrid
    ("within the morning", OFFICE, "2026-11-24T09:00", "PT4H", "2026-11-24T13:00"),
    ("up to the lunch break exactly", OFFICE, "2026-11-24T09:00", "PT6H", "2026-11-24T15:00"),
    ("over the lunch break: 6 h, then 1 h from 16:00", OFFICE, "2026-11-24T09:00", "PT7H", "2026-11-24T17:00"),
    ("received in the lunch break", OFFICE, "2026-11-24T15:30", "PT1H", "2026-11-24T17:00"),
    ("received before hours", OFFICE, "2026-11-24T06:10", "PT2H", "2026-11-24T10:00"),
    ("received after hours", OFFICE, "2026-11-24T22:00", "PT2H", "2026-11-25T10:00"),
    ("received exactly at closing", OFFICE, "2026-11-24T18:00", "PT1H", "2026-11-25T09:00"),
    ("received exactly at opening", OFFICE, "2026-11-24T08:00", "PT1H", "2026-11-24T09:00"),
    ("a whole day ends at closing", OFFICE, "2026-11-24T08:00", "PT9H", "2026-11-24T18:00"),
    ("a whole day as a day", OFFICE, "2026-11-24T08:00", "P1D", "2026-11-24T18:00"),
    ("Friday evening to Monday", OFFICE, "2026-11-27T17:00", "PT2H", "2026-11-30T09:00"),
    ("received on Saturday", OFFICE, "2026-11-28T11:00", "PT3H", "2026-11-30T11:00"),
    ("received on Sunday", OFFICE, "2026-11-29T23:59", "PT30M", "2026-11-30T08:30"),
    ("San Isidro, Friday 15 May: Thursday 17:00, 1 h, then Monday", OFFICE, "2026-05-14T17:00", "PT2H", "2026-05-18T09:00"),
    ("received on San Isidro", OFFICE, "2026-05-15T10:00", "PT1H", "2026-05-18T09:00"),
    ("Almudena, Monday 9 November", OFFICE, "2026-11-06T17:30", "PT1H", "2026-11-10T08:30"),
    ("received on the Almudena", OFFICE, "2026-11-09T12:00", "P1D", "2026-11-10T18:00"),
    ("8 December, a holiday of Spain; the 7th one of Madrid", OFFICE, "2026-12-04T17:00", "PT2H", "2026-12-09T09:00"),
    ("spring clocks on 29 March: Friday to Monday", OFFICE, "2026-03-27T17:00", "PT2H", "2026-03-30T09:00"),
    ("autumn clocks on 25 October: Friday to Monday", OFFICE, "2026-10-23T17:00", "PT2H", "2026-10-26T09:00"),
    ("autumn clocks, days", OFFICE, "2026-10-23T12:00", "P2D", "2026-10-27T12:00"),
    ("the spring night has 5 working hours from 00:00 to 06:00", ALL_WEEK, "2026-03-29T00:00", "PT5H", "2026-03-29T06:00"),
    ("5 h and 1 h of Monday", ALL_WEEK, "2026-03-29T00:00", "PT6H", "2026-03-30T01:00"),
    ("the autumn night has 7", ALL_WEEK, "2026-10-25T00:00", "PT7H", "2026-10-25T06:00"),
    ("half of 6 h, half of 7 h: 02:30 winter time", ALL_WEEK, "2026-10-24T03:00", "P1D", "2026-10-25T02:30+01:00"),
    ("August morning", OFFICE, "2026-08-04T09:00", "PT5H", "2026-08-04T14:00"),
    ("August afternoon is closed", OFFICE, "2026-08-04T14:30", "PT1H", "2026-08-05T09:00"),
    ("Friday 31 July 17:00: 1 h, then 6 h of Monday 3 August", OFFICE, "2026-07-31T17:00", "PT7H", "2026-08-03T14:00"),
    ("a day from half of a long day ends at half of a short one", OFFICE, "2026-07-31T12:30", "P1D", "2026-08-03T11:00"),
    ("31 August is short, 1 September long", OFFICE, "2026-08-31T13:00", "PT2H", "2026-09-01T09:00"),
    ("August of the next year too", OFFICE, "2027-08-03T13:00", "PT2H", "2027-08-04T09:00"),
    # From Monday 20 July: 10 days to 31 July, 20 days from 3 to 28 August (15 August is a Saturday).
    ("30 working days of a proposal into August", OFFICE, "2026-07-20T08:00", "P30D", "2026-08-28T14:00"),
    # 24 November 12:00 plus 30 days, without 7, 8, 25 December, 1 and 6 January: 4 in November, 20 in December, 6 in January.
    ("30 working days of a proposal over Christmas", MADRID, "2026-11-24T12:00", "P30D", "2027-01-12T12:00"),
    ("days, then hours", OFFICE, "2026-11-24T08:00", "P1DT2H", "2026-11-25T10:00"),
    ("a season over the turn of the year: 23 December 13:00 to 7 January", CHRISTMAS, "2026-12-23T13:00", "PT2H", "2027-01-07T10:00"),
    ("old keys: 08:00 to 20:00", MADRID, "2026-11-24T19:00", "PT2H", "2026-11-25T09:00"),
]


def at(local: str) -> datetime:
    found = datetime.fromisoformat(local)
    return (found if found.tzinfo else found.replace(tzinfo=MADRID.zone)).astimezone(UTC)


@pytest.mark.parametrize(("city", "received", "within", "due"), [row[1:] for row in ROWS], ids=[row[0] for row in ROWS])
def test_a_case_is_due_as_computed_by_hand(city: City, received: str, within: str, due: str) -> None:
    assert due_at(city, at(received), working_time(within)) == at(due)


@pytest.mark.parametrize("row", [row for row in ROWS if "D" not in row[3]], ids=lambda row: row[0])
def test_the_working_time_up_to_the_due_date_is_the_answer_time(row: tuple[str, City, str, str, str]) -> None:
    _, city, received, within, due = row
    assert worked(city, at(received), at(due)) == working_time(within).time


def test_no_working_time_passes_backwards_or_at_night() -> None:
    assert worked(OFFICE, at("2026-11-25T09:00"), at("2026-11-24T09:00")) == timedelta(0)
    assert worked(OFFICE, at("2026-11-24T18:00"), at("2026-11-25T08:00")) == timedelta(0)


SEASON = '[[working_hours.seasons]]\nfrom = "{}"\nto = "{}"\nspans = {}\n'
BAD = {
    "over midnight": ('spans = ["22:00-06:00"]\n', "spans.0.*must end later on the same day, not after midnight"),
    "of no length": ('spans = ["08:00-08:00"]\n', "must end later on the same day"),
    "no span": ('spans = ["morning"]\n', "not a span such as '08:00-15:00'"),
    "an hour that is none": ('spans = ["08:00-25:00"]\n', "not a span such as '08:00-15:00'"),
    "overlapping": ('spans = ["08:00-15:00", "14:00-18:00"]\n', "14:00-18:00 starts before 08:00-15:00 has ended"),
    "both forms": ('opens = "08:00"\nspans = ["08:00-15:00"]\n', "either spans, or opens and closes"),
    "no working day": ("days = []\n", "on at least one day"),
    "closed all year": (SEASON.format("01-01", "12-31", "[]"), "the seasons close every day of the year"),
    "no such day": (SEASON.format("02-30", "03-01", "[]"), "seasons.0.from': .*not a month and a day, such as '08-31'"),
    "a day with its year": (SEASON.format("2026-08-01", "08-31", "[]"), "not a month and a day, such as '08-31'"),
    "a holiday without its year": ('closed = ["05-15"]\n', "working_hours.closed.0': .*valid date"),
    "unknown key of a season": (
        SEASON.format("08-01", "08-31", "[]") + "open = true\n",
        r"unknown key 'working_hours.seasons.0.open' \(allowed: from, to, spans\)",
    ),
}


@pytest.mark.parametrize("name", BAD)
def test_a_wrong_calendar_is_refused_with_key_and_cure(tmp_path: Path, name: str) -> None:
    text, words = BAD[name]
    path = tmp_path / "villa.toml"
    path.write_text(GOOD + "[working_hours]\n" + text)
    with pytest.raises(ConfigurationError, match=words):
        load_city(path)
