"""Test that the council's files of days change a forecast, and that it says so."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from core.config.city import City, load_city
from core.config.profile.forecast import ForecastFiles
from core.config.settings import Settings
from escucha.commands.check import check_forecast_files
from escucha.commands.forecast import format_text
from ledger.database import Ledger, open_ledger
from ledger.processing import annotations
from pipeline.context import Context
from reports.build.day_files import days_of, weather_of
from reports.build.forecast import Outlook, build_outlook
from reports.document.forecast import file_notes, forecast_section
from tests.support.desk_client import browser
from tests.support.ledger_facts import LEASE, SALT, arrive, post, reading

MADRID = load_city(Path(__file__).resolve().parents[3] / "cities" / "madrid.toml")
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)  # a Wednesday
MONDAY = date(2026, 11, 23)
WEEKS = 60
EVERY = 6
"""Each sixth week has three days of a fair, and twelve complaints more; the next is the week after NOW's."""
DAY = timedelta(days=1)


def is_special(week: int) -> bool:
    """Tell whether a week has the fair, counted from that of NOW."""
    return week % EVERY == 1


def fair(until: date = MONDAY + 28 * DAY) -> str:
    mondays = [MONDAY + week * 7 * DAY for week in range(-WEEKS, 5) if is_special(week)]
    days = [f"{monday + n * DAY},fair,Feria" for monday in mondays for n in (2, 3, 4) if monday + n * DAY <= until]
    return "\n".join(("date,kind,name", *days, f"{until},none,", ""))


def weather(until: date = MONDAY + 28 * DAY, without: date | None = None) -> str:
    days = [MONDAY + n * DAY for n in range(-7 * WEEKS, (until - MONDAY).days + 1)]
    rows = [f"{day},{10 + day.day % 7},{day.day % 3},12" for day in days if day != without]
    return "\n".join(("date,temperature,rain,wind", *rows, ""))


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """Provide a ledger whose complaints follow the fair."""
    opened = open_ledger(f"sqlite:///{tmp_path_factory.mktemp('files') / 'ledger.sqlite'}", SALT)
    posts = []
    for week in range(-WEEKS, 0):
        for n in range(5 + week % 2 + (12 if is_special(week) else 0)):
            number = (week + WEEKS) * 100 + n
            at = NOW + timedelta(weeks=week, hours=n)
            posts.append(post(number, "mastodon", created_at=at, received_at=at, author=f"{number:032x}"))
    arrive(opened, posts, "mastodon", NOW)
    while claimed := annotations.claim_pending(opened, "reader", 100, NOW, LEASE):
        annotations.store_annotations(opened, "reader", [reading(one) for one in claimed], [], NOW)
    yield opened
    opened.close()


def city_with(folder: Path, **files: str) -> City:
    """Return Madrid with files beside its profile, by kind."""
    for kind, text in files.items():
        (folder / f"{kind}.csv").write_text(text, encoding="utf-8")
    named = ForecastFiles(**{kind: f"{kind}.csv" for kind in files})
    return MADRID.model_copy(update={"forecast": named, "path": folder / "city.toml"})


def next_week(found: Outlook) -> float:
    """Return what is expected of the week of the next fair, in all."""
    return next(one.ahead[1].median for one in found.series if one.service is None and one.district is None)


def test_a_calendar_changes_the_forecast_and_every_reader_is_told(ledger: Ledger, tmp_path: Path) -> None:
    city = city_with(tmp_path, calendar=fair())
    found, without = build_outlook(city, ledger, NOW), build_outlook(MADRID, ledger, NOW)
    assert next_week(found) > next_week(without) + 6
    assert all(one.uses == ("calendar",) for one in found.series if one.ahead)
    (file,) = found.files
    assert (file.problem, file.used, file.of) == (None, 3, 3)
    note = "The calendar calendar.csv is used for 3 of 3 numbers: there it lowered the errors of past weeks."
    assert format_text(found)[0] == note
    assert any(line.endswith(", with calendar") for line in format_text(found))
    assert note in forecast_section(found, "en").note
    assert (without.files, file_notes(without, "en")) == ((), ())


def test_a_file_that_lowers_no_error_is_not_used_and_changes_nothing(ledger: Ledger, tmp_path: Path) -> None:
    found = build_outlook(city_with(tmp_path, weather=weather()), ledger, NOW)
    assert next_week(found) == next_week(build_outlook(MADRID, ledger, NOW))
    assert file_notes(found, "en") == ("The weather weather.csv is used for no number: it lowered no error.",)


@pytest.mark.parametrize(
    ("files", "words"),
    [
        ({"calendar": fair(MONDAY + 20 * DAY)}, "it ends on 2026-12-13, and the forecast needs it until 2026-12-20"),
        ({"calendar": "date,kind\n1 May,fair\n"}, "line 2: “1 May” is no date"),
        ({"weather": weather(MONDAY)}, "it ends on 2026-11-23, and the forecast needs it until 2026-12-20"),
        ({"weather": weather(without=MONDAY - DAY)}, "the day 2026-11-22 is missing"),
        ({"weather": "\x00\x01"}, "the column “date” is missing"),
    ],
)
def test_a_wrong_file_is_named_and_the_forecast_is_made_without_it(
    ledger: Ledger, tmp_path: Path, files: dict[str, str], words: str
) -> None:
    city = city_with(tmp_path, **files)
    found = build_outlook(city, ledger, NOW)
    assert found.series == build_outlook(MADRID, ledger, NOW).series
    (note,) = file_notes(found, "en")
    assert "is not used: " + words in note
    assert format_text(found)[0] == note
    (checked,) = check_forecast_files(city, NOW.date())
    assert not checked.good
    assert words in checked.message


def test_the_check_passes_a_good_file_and_says_nothing_without_files(tmp_path: Path) -> None:
    (checked,) = check_forecast_files(city_with(tmp_path, calendar=fair()), NOW.date())
    assert (checked.good, checked.part) == (True, "forecast calendar")
    assert check_forecast_files(MADRID, NOW.date()) == []


@pytest.fixture
def desk_at_that_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let the desk forecast from NOW on, on whatever day the test runs."""
    monkeypatch.setattr("desk.pages.reporting.forecast.now", lambda: NOW)


@pytest.mark.usefixtures("desk_at_that_time")
def test_the_desk_names_the_file_and_marks_the_rows_in_spanish(ledger: Ledger, tmp_path: Path) -> None:
    city = city_with(tmp_path, calendar=fair(), weather="")
    context = Context(city=city, settings=Settings(home=tmp_path), salt=SALT, ledger=ledger, sources={}, city_path=city.path)
    page = browser(context, "es").get("/forecast").text
    assert "El calendario calendar.csv se usa para 3 de 3 cifras" in page
    assert "El tiempo meteorológico de weather.csv no se usa: no tiene ningún día." in page
    assert page.count("<small>con calendario</small>") == 3


@pytest.mark.usefixtures("desk_at_that_time")
def test_the_desk_sees_a_changed_file_and_profile_at_once(ledger: Ledger, tmp_path: Path) -> None:
    city = city_with(tmp_path, calendar=fair(MONDAY + 20 * DAY))
    context = Context(city=city, settings=Settings(home=tmp_path), salt=SALT, ledger=ledger, sources={}, city_path=city.path)
    desk = browser(context, "en")
    assert "it ends on 2026-12-13" in desk.get("/forecast").text
    (tmp_path / "calendar.csv").write_text(fair(), encoding="utf-8")
    assert "is used for 3 of 3 numbers" in desk.get("/forecast").text
    (tmp_path / "calendar.csv").unlink()
    assert "there is no such file beside the profile" in desk.get("/forecast").text
    context.city = MADRID
    assert "calendar.csv" not in desk.get("/forecast").text


def test_a_week_is_summed_by_kind_of_day_and_has_no_weather_with_a_day_missing() -> None:
    calendar = {MONDAY: ("fair",), MONDAY + DAY: ("fair", "strike"), MONDAY + 7 * DAY: ("fair",)}
    assert days_of(calendar, ("fair",), MONDAY) == (2.0, 1.0)
    days = {MONDAY + n * DAY: (10.0 + n, 1.0, 20.0) for n in range(6)}
    assert weather_of(days, MONDAY) is None
    assert weather_of({**days, MONDAY + 6 * DAY: (16.0, 3.0, 20.0)}, MONDAY) == (13.0, 3.0, 20.0)
