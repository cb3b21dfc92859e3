"""Test the forecast of a ledger on desk, report and command."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.config.city import load_city
from core.config.settings import Settings
from core.records.post import Post
from escucha.commands.forecast import format_text
from ledger.database import Ledger, open_ledger
from ledger.processing import annotations
from pipeline.context import Context
from reports.build.forecast import DueDay, Outlook, _ahead, build_outlook
from reports.document.forecast import forecast_section, work_section
from tests.support.desk_client import browser
from tests.support.ledger_facts import LEASE, SALT, arrive, decide, into_case, post, reading
from trends.forecast import Forecast, Point

MADRID = load_city(Path(__file__).resolve().parents[3] / "cities" / "madrid.toml")
NOW = datetime(2026, 11, 25, 12, tzinfo=UTC)  # a Wednesday
WEEKS = 16
NEAR_THE_LOW_END = (
    "La cifra suele estar cerca del extremo inferior: una semana tranquila queda poco por debajo de lo habitual, y una con un suceso, muy "
    "por encima."
)


def _post(number: int, weeks_ago: int, hour: int, source: str) -> Post:
    at = NOW - timedelta(weeks=weeks_ago) + timedelta(hours=hour)
    return post(number, source, created_at=at, received_at=at, author=f"{number:032x}")


def _annotate(ledger: Ledger) -> None:
    while claimed := annotations.claim_pending(ledger, "reader", 100, NOW, LEASE):
        annotations.store_annotations(ledger, "reader", [reading(one) for one in claimed], [], NOW)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    """Provide a ledger with three complaints a week, each a case."""
    opened = open_ledger(f"sqlite:///{tmp_path_factory.mktemp('forecast') / 'ledger.sqlite'}", SALT)
    posts = [_post(week * 10 + n, week, n, "mastodon") for week in range(1, WEEKS + 1) for n in range(3)]
    arrive(opened, posts, "mastodon", NOW)
    _annotate(opened)
    decide(opened, [decision for one in posts for decision in into_case(one)], NOW)
    yield opened
    opened.close()


@pytest.fixture(scope="module")
def outlook(ledger: Ledger) -> Outlook:
    return build_outlook(MADRID, ledger, NOW, weeks=2)


def test_three_a_week_stay_three_a_week_by_service_and_district(outlook: Outlook) -> None:
    found = {(one.what, one.service, one.district): one for one in outlook.series}
    expected = [(None, None), ("roads_pavements", None), ("roads_pavements", "Salamanca")]
    assert set(found) == {(what, *names) for what in ("complaints", "cases") for names in expected}
    for one in found.values():
        assert set(one.past) == {3}
        assert [(week.median, week.low, week.high) for week in one.ahead] == [(3.0, 3, 3)] * 2
    assert [str(week.monday) for week in outlook.series[0].ahead] == ["2026-11-23", "2026-11-30"]
    assert not outlook.made_up


def test_the_work_of_a_day_is_what_waits_and_what_will_come(outlook: Outlook) -> None:
    assert {one.department for one in outlook.due} == {"Vías públicas"}
    come = sum(one.expected or 0.0 for one in outlook.due)
    assert come == pytest.approx(2.5)  # 72 working hours are six days: most of the three a week are due later
    assert all((one.low or 0) <= one.known + (one.expected or 0) + 1 for one in outlook.due)
    assert not any(one.day.weekday() >= 5 for one in outlook.due)  # nothing is due when the city does not work


def test_report_section_and_command_say_the_same(outlook: Outlook) -> None:
    section = forecast_section(outlook, "es")
    assert section.title == "Qué se prevé para la próxima semana"
    assert section.tables[0].rows == (("Todos los servicios", "3", "3 (3–3)"), ("Calzadas y aceras", "3", "3 (3–3)"))
    assert section.note == f"Entre paréntesis, el intervalo que se cumple en unas cuatro de cada cinco semanas. {NEAR_THE_LOW_END}"
    lines = format_text(outlook)
    assert "complaints · roads_pavements · Salamanca: 2026-11-23 3 (3 to 3), 2026-11-30 3 (3 to 3)" in lines
    assert json.loads(outlook.model_dump_json())["series"][0]["ahead"][0]["high"] == 3


def test_the_work_ahead_has_its_interval_and_the_report_says_what_it_is_made_with(outlook: Outlook) -> None:
    day = outlook.due[0].day
    due = [
        DueDay(day=day, department="Vías públicas", known=4, expected=2.6, low=5, high=11),
        DueDay(day=day, department="Parques", known=3, expected=0.2, low=3, high=3),
        DueDay(day=day, department="Limpieza", known=2, expected=None, low=None, high=None),
    ]
    section = work_section(outlook.model_copy(update={"due": tuple(due)}), "es")
    assert section is not None
    assert [row[1] for row in section.tables[0].rows] == ["2", "3", "4 + 3 (5–11)"]
    assert section.note.endswith("Entre paréntesis, el intervalo de ambos juntos, que se cumple en unas cuatro de cada cinco semanas.")
    made_up = forecast_section(outlook.model_copy(update={"made_up": True}), "es").note
    assert made_up.endswith("Calculado con mensajes de ejemplo y reproducidos, porque hay menos de 12 semanas de otros.")


@pytest.mark.parametrize(
    ("mean", "low", "high", "bounds"),
    [(3.46, 0.2, 3.46, (0, 4)), (8.54, 8.54, 45.0, (8, 45)), (9.46, 9.46, 20.0, (9, 20)), (5.0, 2.4, 9.6, (2, 10))],
)
def test_an_interval_holds_the_number_as_it_is_shown(mean: float, low: float, high: float, bounds: tuple[int, int]) -> None:
    made = Forecast(models=(), points=(Point(mean, low, high),), error=0.0, naive_error=0.0)
    (week,) = _ahead(made, NOW.date())
    assert (week.low, week.high) == bounds
    assert week.low <= round(week.median) <= week.high


def test_one_real_report_does_not_empty_the_forecast_of_a_demonstration(tmp_path: Path) -> None:
    opened = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", SALT)
    posts = [_post(week * 10 + n, week, n, "example-x") for week in range(1, WEEKS + 1) for n in range(3)]
    for source, some in (("example-x", posts), ("mastodon", [_post(999, 1, 5, "mastodon")])):
        arrive(opened, some, source, NOW)
    _annotate(opened)
    found = build_outlook(MADRID, opened, NOW)
    assert found.made_up
    assert found.series[0].past[-1] == 4
    assert found.series[0].ahead
    opened.close()


def test_an_empty_ledger_says_so(tmp_path: Path) -> None:
    empty = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", SALT)
    found = build_outlook(MADRID, empty, NOW)
    assert (found.series, found.due) == ((), ())
    assert "no complaints and no cases yet" in format_text(found)
    empty.close()


@pytest.mark.parametrize(("language", "title", "none"), [("en", "Forecast", "not enough data"), ("es", "Previsión", "datos insuficientes")])
def test_the_desk_shows_the_tables(ledger: Ledger, tmp_path: Path, language: str, title: str, none: str) -> None:
    context = Context(city=MADRID, settings=Settings(home=tmp_path), salt=SALT, ledger=ledger, sources={}, city_path=MADRID.path)
    page = browser(context, language).get("/forecast").text
    assert f"<h1>{title}</h1>" in page
    assert "Salamanca" in page or none in page
    assert (NEAR_THE_LOW_END in page) == (language == "es")
