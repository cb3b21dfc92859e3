"""Reports in the co-official languages: headings and sentences are translated, and what is not is Spanish, never English."""

import io
import re
from collections.abc import Iterator
from pathlib import Path

import pikepdf
import pytest
from babel.messages.pofile import read_po

from core.config.settings import Settings
from core.i18n.display_names import display_name
from core.i18n.languages import interface_languages
from core.i18n.names import NAMES
from core.i18n.translate import translator
from ledger.database import Ledger
from reports.build.asked import Asked
from reports.document.document import Document
from reports.make import build_report
from reports.output import html, pdf
from tests.support.report_weeks import CITY, NOW, filled

ROOT = Path(__file__).resolve().parents[3]
CO_OFFICIAL = ("ca", "gl", "eu")
TECHNICAL = re.compile(r"^(an? |its |not (a record|UTF|valid)|too |nested|without text|contains char|the (model|source))")
"""Reasons why a record could not be read: Spanish in all co-official languages."""


def catalogue(language: str, room: str) -> dict[str, str]:
    with (ROOT / "locale" / language / f"{room}.po").open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file) if m.id}


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    ledger = filled(tmp_path_factory.mktemp("weeks"))
    yield ledger
    ledger.close()


def document(ledger: Ledger, language: str) -> Document:
    return build_report(CITY, Settings(home=Path("/nowhere")), ledger, Asked.model_validate({"kind": "weekly"}), language, NOW)


def test_reports_have_languages_that_the_desk_does_not_have() -> None:
    assert set(interface_languages("reports")) - set(interface_languages()) >= {"eu", "gl"}


@pytest.mark.parametrize("language", CO_OFFICIAL)
def test_headings_and_sentences_are_complete_and_keep_their_places(language: str) -> None:
    spanish, ours = catalogue("es", "reports"), catalogue(language, "reports")
    assert sorted(text for text in spanish if text not in ours and not TECHNICAL.match(text)) == []
    for english, said in ours.items():
        assert said, english
        assert sorted(re.findall(r"{\w+}", english)) == sorted(re.findall(r"{\w+}", said)), english


@pytest.mark.parametrize("language", CO_OFFICIAL)
@pytest.mark.parametrize("kind", ["sentiment", "intent", "topic", "case_kind"])
def test_every_code_in_a_table_has_a_name(language: str, kind: str) -> None:
    assert all(name in catalogue(language, "names") for name in NAMES[kind].values())


@pytest.mark.parametrize(
    ("language", "begins", "topic"),
    [
        (
            "ca",
            "El que més ha canviat: Calçades i voreres a Centro (missatges: 24; 0 en cadascun dels 5 períodes anteriors)",
            "Calçades i voreres",
        ),
        (
            "gl",
            "O que máis cambiou: Calzadas e beirarrúas en Centro (mensaxes: 24; 0 en cada un dos 5 períodos anteriores)",
            "Calzadas e beirarrúas",
        ),
        (
            "eu",
            "Gehien aldatu dena: Galtzadak eta espaloiak (Centro) (mezuak: 24; aurreko 5 aldietako bakoitzean, 0)",
            "Galtzadak eta espaloiak",
        ),
    ],
)
def test_a_report_is_in_the_language_and_says_so(ledger: Ledger, language: str, begins: str, topic: str) -> None:
    one = document(ledger, language)
    assert one.short[1].text.startswith(begins)
    assert display_name("topic", "roads_pavements", language) == topic
    assert f'<html lang="{language}">' in html.render(one)
    assert str(pikepdf.open(io.BytesIO(pdf.render(one))).Root.Lang) == language


@pytest.mark.parametrize(
    ("language", "room", "text", "shown"),
    [
        ("gl", "names", "case rejected", "caso rechazado"),  # a text that the catalogue lacks
        ("eu", "desk", "Reports", "Informes"),  # a room without a catalogue
        ("ca", "desk", "no such text", "no such text"),  # neither Catalan nor Spanish: the English of the code
        ("fr", "reports", "Remark", "Remark"),  # Spanish is no language of France
    ],
)
def test_what_a_co_official_language_lacks_is_spanish_then_english(language: str, room: str, text: str, shown: str) -> None:
    assert translator(language, room)(text) == shown
