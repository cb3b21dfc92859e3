"""Test events marked by staff in reports: on their days, with their letter, and only where they belong."""

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import pytest

from core.config.profile.reports import Scope
from core.config.settings import Settings
from core.records.marked_event import EventFields
from ledger.database import Ledger
from ledger.system import marked_events
from reports.build.asked import Asked
from reports.document.document import Picture, Section
from reports.make import build_report, numbers_of
from reports.output import html
from tests.support.report_weeks import CITY, NOW, filled

WEEKLY = Asked(kind="weekly")
"""From Monday 16 to Sunday 22 November."""


def event(name: str, first: int, last: int, month: int = 11, **about: str) -> EventFields:
    return EventFields(name=name, first_day=date(2026, month, first), last_day=date(2026, month, last), **about)


EVENTS = (
    event("Huelga <b>de autobuses", 17, 18),
    event("Obras en Sol", 18, 30, topic="roads_pavements"),
    event("Fiestas de Salamanca", 9, 16, topic="noise", district="Salamanca"),
    event("Semana Santa", 1, 5, month=4),
)


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    ledger = filled(tmp_path_factory.mktemp("weeks"))
    for one in EVENTS:
        marked_events.add(ledger, one, "ana", NOW)
    yield ledger
    ledger.close()


def section(ledger: Ledger, language: str) -> tuple[Section, Picture]:
    """Return the section with the timeline, and the timeline."""
    document = build_report(CITY, Settings(home=Path("/nowhere")), ledger, WEEKLY, language, NOW)
    found = next(one for one in document.sections if one.note and one.picture)
    assert found.picture is not None
    return found, found.picture


@pytest.mark.parametrize(
    ("asked", "names"),
    [
        (WEEKLY, [2, 0, 1]),
        (Asked(kind="weekly", first=date(2026, 11, 9)), [2]),
        (Asked(kind="weekly", first=date(2026, 11, 2)), []),
        (Asked(kind="department", posts=Scope(department="Vías públicas")), [0, 1]),
        (Asked(kind="view", posts=Scope(topic="noise", district="Salamanca")), [2, 0]),
        (Asked(kind="district", posts=Scope(district="Centro")), [0, 1]),
        (Asked(kind="daily", first=date(2026, 11, 18)), [0, 1]),
    ],
)
def test_a_report_has_the_events_of_its_days_and_subject(ledger: Ledger, asked: Asked, names: list[int]) -> None:
    assert numbers_of(CITY, ledger, asked, NOW).events == tuple(EVENTS[at] for at in names)


@pytest.mark.parametrize(
    ("language", "words"),
    [
        ("en", "Marked events: A, Fiestas de Salamanca (9 Nov – 16 Nov); B, Huelga <b>de autobuses (17 Nov – 18 Nov); C, Obras"),
        ("es", "Acontecimientos marcados: A, Fiestas de Salamanca (9 nov – 16 nov); B, Huelga <b>de autobuses (17 nov"),
        ("ca", "Esdeveniments marcats: A, Fiestas"),
        ("gl", "Acontecementos marcados: A, Fiestas"),
        ("eu", "Markatutako gertaerak: A, Fiestas"),
    ],
)
def test_the_events_are_named_under_the_timeline_in_each_language(ledger: Ledger, language: str, words: str) -> None:
    found, picture = section(ledger, language)
    assert found.note.startswith(words)
    assert words in picture.alt


def test_every_strip_shows_the_days_and_letters(ledger: Ledger) -> None:
    _, picture = section(ledger, "en")
    strips = len(numbers_of(CITY, ledger, WEEKLY, NOW).sentiments)
    assert picture.svg.count('fill="#f7e3b5"') == 7 * strips  # 9 to 16, 17 and 18, 18 to 30: each day of the week
    letters = [picture.svg.count(f">{one}<") + picture.svg.count(f">{one} ") for one in "ABC"]
    assert letters == [strips] * 3


def test_the_days_stay_in_their_order(ledger: Ledger) -> None:
    asked = Asked(kind="event", first=date(2026, 10, 20), last=date(2026, 11, 20))
    document = build_report(CITY, Settings(home=Path("/nowhere")), ledger, asked, "en", NOW)
    (svg,) = [one.picture.svg for one in document.sections if one.note and one.picture]
    shown = re.findall(r">(?:Tue) (\d+ \w+)<", svg)
    assert shown == ["20 Oct", "27 Oct", "3 Nov", "10 Nov", "17 Nov"]


def test_without_an_event_the_timeline_is_as_before(tmp_path: Path) -> None:
    ledger = filled(tmp_path)
    document = build_report(CITY, Settings(home=tmp_path), ledger, WEEKLY, "en", NOW)
    ledger.close()
    assert "#f7e3b5" not in html.render(document)
    assert "Marked events" not in html.render(document)


def test_a_name_is_text_in_the_page(ledger: Ledger) -> None:
    document = build_report(CITY, Settings(home=Path("/nowhere")), ledger, WEEKLY, "en", NOW)
    page = html.render(document)
    assert "Huelga &lt;b&gt;de autobuses" in page
    assert "Huelga <b>" not in page
