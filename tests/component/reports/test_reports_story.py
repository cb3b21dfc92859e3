"""A report tells five things in order, each with one sentence and a picture: page, PDF and slides begin with them."""

import io
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader

from core.config.settings import Settings
from core.records.case import State
from core.records.marked_event import EventFields
from ledger.cases import workflow
from ledger.database import Ledger
from ledger.system import marked_events
from reports.build.asked import Asked
from reports.document.document import Document
from reports.make import build_report
from reports.output import html, odp, pdf
from tests.support.report_weeks import CITY, MONDAY, NOW, filled

FIVE = {
    "es": ["Qué ha pasado", "Dónde", "Qué hizo el Ayuntamiento", "Con qué rapidez", "Qué viene"],
    "en": ["What happened", "Where", "What the city did", "How fast", "What comes"],
    "ca": ["Què ha passat", "On", "Què va fer l'Ajuntament", "Amb quina rapidesa", "Què ve"],
}
CASE = "C-000000000001"
DRAW = "{urn:oasis:names:tc:opendocument:xmlns:drawing:1.0}"
TEXT = "{urn:oasis:names:tc:opendocument:xmlns:text:1.0}"


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = filled(tmp_path)
    yield ledger
    ledger.close()


def document(ledger: Ledger, language: str = "es", kind: str = "weekly") -> Document:
    settings = Settings(home=Path("/nowhere"), desk_url="https://escucha.example.org")
    return build_report(CITY, settings, ledger, Asked.model_validate({"kind": kind}), language, NOW)


@pytest.mark.parametrize("language", FIVE)
def test_the_five_come_in_order_with_one_sentence_each(ledger: Ledger, language: str) -> None:
    story = document(ledger, language).story
    assert [one.title for one in story] == FIVE[language]
    assert [len(one.sentences) for one in story] == [1] * 5
    assert not any(one.tables for one in story)


def test_the_five_sentences_of_a_week_with_an_answered_incident(ledger: Ledger) -> None:
    workflow.change(ledger, CASE, "answered", "ana", "", MONDAY + timedelta(hours=20))
    marked_events.add(
        ledger, EventFields(name="Obras del metro", first_day=MONDAY.date(), last_day=MONDAY.date(), topic="roads_pavements"), "ana", NOW
    )
    story = document(ledger).story
    assert [one.sentences[0].text for one in story] == [
        "De lo que escribió más gente: Calzadas y aceras en Calle de Alcalá, Salamanca (personas: 15; el caso «Un agujero (1)»). "
        "Causa probable: Obras del metro. Qué se hizo: Vías públicas respondió el 17 de noviembre de 2026; el caso sigue abierto.",
        "De donde llegan más quejas que nombran un lugar: Centro (24); Salamanca (5).",
        "Casos recibidos: 1; respondidos: 1; cerrados: 0; abiertos al final: 1.",
        "La mitad de las respuestas llegó en 20 horas o menos, nueve de cada diez en 20; en plazo: 100\xa0% (1/1); fuera de plazo: 0.",
        "Datos insuficientes para una previsión. Casos abiertos al final: 1.",
    ]
    assert [one.picture.alt.partition(":")[0] if one.picture else None for one in story] == [
        "Mensajes por día",
        "Quejas por distrito",
        "Casos",
        "Respondidos en plazo",
        "Casos abiertos al final",
    ]
    assert story[1].picture is not None
    assert story[1].picture.alt == "Quejas por distrito: Centro: 24; Salamanca: 5."
    assert ">24  Centro</text>" in story[1].picture.svg
    assert story[1].picture.svg.count("<path ") == 21, "each district of the city is drawn"


@pytest.mark.parametrize(
    ("state", "done"),
    [
        ("resolved", "lo dio por resuelto el 18 de noviembre de 2026."),
        ("rejected", "lo cerró sin actuación el 18 de noviembre de 2026."),
        ("assigned", "aún no ha respondido; el plazo acaba el 18 de noviembre de 2026."),
    ],
)
def test_the_first_sentence_says_what_was_done(ledger: Ledger, state: State, done: str) -> None:
    workflow.change(ledger, CASE, state, "ana", "", MONDAY + timedelta(days=2))
    assert document(ledger).story[0].sentences[0].text.endswith(f"Qué se hizo: Vías públicas {done}")


@pytest.mark.parametrize("language", FIVE)
def test_the_slides_are_the_five_and_then_an_annex(ledger: Ledger, language: str) -> None:
    with zipfile.ZipFile(io.BytesIO(odp.render(document(ledger, language)))) as archive:
        content = ElementTree.fromstring(archive.read("content.xml"))  # noqa: S314
    pages = list(content.iter(f"{DRAW}page"))
    titles = ["".join(page.find(f"{DRAW}frame").itertext()) for page in pages]  # type: ignore[union-attr]
    assert titles[1:6] == FIVE[language]
    assert titles[6] == {"es": "Anexo: todas las cifras y tablas", "en": "Annex: all figures and tables"}.get(
        language, "Annex: totes les xifres i taules"
    )
    assert all(page.find(f"{DRAW}frame/{DRAW}image") is not None for page in pages[1:6])
    for paragraph in content.iter(f"{TEXT}p"):
        if list(paragraph.iter(f"{TEXT}a")):
            # LibreOffice breaks a link in the middle of a word where the line ends: it has a line of its own.
            assert len("".join(paragraph.itertext())) < odp.LINE / 2
            assert len(list(paragraph.iter(f"{TEXT}a"))) == 1


@pytest.mark.parametrize("language", FIVE)
@pytest.mark.parametrize("kind", ["weekly", "monthly"])
def test_the_first_page_of_the_pdf_has_all_five(ledger: Ledger, kind: str, language: str) -> None:
    first = PdfReader(io.BytesIO(pdf.render(document(ledger, language, kind)))).pages[0].extract_text()
    places = [first.find(title) for title in FIVE[language]]
    assert min(places) >= 0


def test_the_page_begins_with_the_five_and_says_the_first_sentence_once(ledger: Ledger) -> None:
    found = document(ledger)
    page = html.render(found)
    headings = [part.partition("</h2>")[0] for part in page.split("<h2>")[1:]]
    assert headings[:6] == [*FIVE["es"], "Más en resumen"]
    assert page.count(found.short[0].text) == 1


def test_a_briefing_of_one_page_has_no_five_parts(ledger: Ledger) -> None:
    found = document(ledger, kind="daily")
    assert found.story == ()
    assert not any("cerrados" in one.more for one in found.figures), "what was closed is too long for its box"
    assert "<h2>En resumen</h2>" in html.render(found)
