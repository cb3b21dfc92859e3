"""Files of days that a council gives: read, or refused with the line and the cure."""

from collections.abc import Callable
from datetime import date, timedelta
from pathlib import Path
from string import Formatter

import pytest
from babel.messages.pofile import read_po
from pydantic import ValidationError

from core.config.day_files import MOST_ROWS, PROBLEMS, DayFileError, check_span, load_calendar, load_weather
from core.config.profile.forecast import ForecastFiles

ROOT = Path(__file__).resolve().parents[3]
HEAD = "date,temperature,rain,wind\n"


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "days.csv"
    path.write_bytes(text.encode() if isinstance(text, str) else text)
    return path


def test_a_calendar_has_several_kinds_a_day_and_ordinary_days_that_end_it(tmp_path: Path) -> None:
    text = "date,kind,name\n2026-12-25,Holiday,Navidad\n2026-12-25,school,\n2026-12-24,event,\n\n2026-12-31,none,\n"
    assert load_calendar(written(tmp_path, text)) == {
        date(2026, 12, 24): ("event",),
        date(2026, 12, 25): ("holiday", "school"),
        date(2026, 12, 31): (),
    }


def test_a_spanish_spreadsheet_with_semicolons_and_decimal_commas_is_read(tmp_path: Path) -> None:
    text = "\ufeffFecha;Lluvia;Viento;Temperatura\r\n2026-12-24;0,4;11;6,5\r\n"
    assert load_weather(written(tmp_path, text)) == {date(2026, 12, 24): (6.5, 0.4, 11.0)}


@pytest.mark.parametrize(
    ("load", "text", "code", "words"),
    [
        (load_calendar, "", "empty", "no days"),
        (load_calendar, "date,kind\n", "empty", "no days"),
        (load_calendar, "day,kind\n2026-12-24,holiday\n", "column", "“date” is missing"),
        (load_calendar, "date,kind\n24/12/2026,holiday\n", "date", "line 2: “24/12/2026” is no date"),
        (load_calendar, "date,kind\n2026-02-30,holiday\n", "date", "“2026-02-30”"),
        (load_calendar, "date,kind\n2026-W01-1,holiday\n", "date", "“2026-W01-1”"),
        (load_calendar, "date,kind\n2026-12-24\n", "kind", "line 2"),
        (load_calendar, b"date,kind\n2026-12-24,d\xeda\n", "unreadable", "UTF-8"),
        (load_calendar, 'date,kind\n2026-12-24,"open\n', "unreadable", "CSV"),
        (load_weather, "date,temperature,rain\n2026-12-24,6,0\n", "column", "“wind” is missing"),
        (load_weather, HEAD + "2026-12-24,6,wet,10\n", "number", "line 2, rain: “wet” is no number from 0 to 2000"),
        (load_weather, HEAD + "2026-12-24,nan,0,10\n", "number", "“nan”"),
        (load_weather, HEAD + "2026-12-24,1_0,0,10\n", "number", "“1_0”"),
        (load_weather, HEAD + "2026-12-24,6,-1,10\n", "number", "“-1”"),
        (load_weather, HEAD + "2026-12-24,6,0,1\n2026-12-24,7,0,1\n", "doubled", "line 3: the day 2026-12-24"),
        (load_weather, HEAD + "2026-12-24,6,0,1\n2026-12-26,7,0,1\n", "gap", "the day 2026-12-25 is missing"),
        (load_weather, HEAD + "2026-12-24,6,0,1\n" * (MOST_ROWS + 1), "long", "more than 20000 lines"),
        (load_weather, "PK\x03\x04\x00\x00", "column", "the first line must be date,temperature,rain,wind"),
    ],
)
def test_garbage_is_refused_with_the_line_and_the_cure(
    tmp_path: Path, load: Callable[[Path], object], text: str | bytes, code: str, words: str
) -> None:
    with pytest.raises(DayFileError) as refused:
        load(written(tmp_path, text))
    assert refused.value.code == code
    assert words in str(refused.value)


def test_a_file_that_is_not_there_is_refused(tmp_path: Path) -> None:
    with pytest.raises(DayFileError, match="no such file") as refused:
        load_weather(tmp_path / "weather.csv")
    assert refused.value.code == "missing"


def test_a_file_must_cover_the_past_to_learn_from_and_every_day_to_come() -> None:
    days = {date(2026, 1, 1) + timedelta(days=n): (1.0, 0.0, 1.0) for n in range(100)}
    check_span(days, date(2026, 1, 1), date(2026, 4, 10))
    with pytest.raises(DayFileError, match=r"begins on 2026-01-01, too late .* by 2025-12-31"):
        check_span(days, date(2025, 12, 31), date(2026, 4, 10))
    with pytest.raises(DayFileError, match="ends on 2026-04-10, and the forecast needs it until 2026-04-11"):
        check_span(days, date(2026, 1, 1), date(2026, 4, 11))


@pytest.mark.parametrize("name", ["../weather.csv", "/etc/passwd", ""])
def test_a_file_outside_the_folder_of_the_profile_is_refused(name: str) -> None:
    with pytest.raises(ValidationError, match="folder of the profile"):
        ForecastFiles(weather=name)


@pytest.mark.parametrize("language", ["es", "ca", "gl", "eu"])
def test_every_problem_has_a_text_with_its_values(language: str) -> None:
    with (ROOT / "locale" / language / "reports.po").open("rb") as file:
        known = {message.id: str(message.string) for message in read_po(file)}
    for text in PROBLEMS.values():
        assert known.get(text), text
        assert names(text) == names(known[text])


def names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}
