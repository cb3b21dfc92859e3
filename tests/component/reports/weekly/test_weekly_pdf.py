"""Test the report as PDF: tagged, in its language, made whatever a citizen wrote."""

import io
import re
import shutil
import subprocess
from itertools import pairwise
from pathlib import Path
from typing import Any

import pikepdf
import pytest

from ledger.database import open_ledger
from reports.build.aggregate import count
from reports.build.period import last_closed
from reports.build.statistics import Numbers
from reports.document.sections import build_document
from reports.output import html, pdf
from tests.support import pdf_ua
from tests.support.ledger_facts import SALT
from tests.support.report_facts import CITY, NASTY, NOW, quoting


def pdf_of(numbers: Numbers, language: str = "es") -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(pdf.render(build_document(CITY, "weekly", numbers, language))))


def elements(document: pikepdf.Pdf) -> list[tuple[str, Any]]:
    """The tags of the document, in reading order."""
    return [(str(tag.S), tag) for tag in pdf_ua.elements(document.Root.StructTreeRoot)]


@pytest.mark.parametrize("language", ["es", "en"])
def test_the_pdf_is_tagged_named_and_in_its_language(numbers: Numbers, language: str) -> None:
    document = pdf_of(numbers, language)
    assert bool(document.Root.MarkInfo.Marked) is True
    assert str(document.Root.Lang) == language
    assert bool(document.Root.ViewerPreferences.DisplayDocTitle) is True
    with document.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
        assert "Madrid" in metadata["dc:title"]
        assert "2026" in metadata["dc:title"]


def test_the_pdf_has_headings_table_headers_and_a_text_for_each_picture(numbers: Numbers) -> None:
    document = pdf_of(numbers)
    tags = elements(document)
    names = [name for name, _ in tags]
    levels = [int(name[2]) for name in names if re.fullmatch("/H[1-6]", name)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))  # no level is left out
    assert names.count("/Table") == 8
    headers = [node for name, node in tags if name == "/TH"]
    scopes = [str(a.Scope) for node in headers for a in (node.A if isinstance(node.A, pikepdf.Array) else [node.A]) if "/Scope" in a]
    assert len(headers) == 6 * 4 + 8 + 3
    assert scopes == ["/Column"] * len(headers)
    pictures = [str(node.Alt) for name, node in tags if name == "/Figure"]
    assert [one.partition(":")[0] for one in pictures] == [
        "Mensajes por día",
        "Quejas por distrito",
        "Casos",
        "Respondidos en plazo",
        "Casos abiertos al final",
        "Mensajes por día, según el sentimiento. negativo",
        "Quejas por tema, ahora y en el periodo anterior",
    ]
    assert "negativo: 3 en total" in pictures[5]
    assert "Calzadas y aceras: 2 (1)" in pictures[6]
    assert names.count("/LI") == 7 + 7  # in short, with what changed most; how to read


@pytest.mark.parametrize("text", NASTY.values(), ids=NASTY.keys())
def test_the_pdf_is_made_whatever_a_citizen_wrote(numbers: Numbers, text: str) -> None:
    document = pdf_of(quoting(numbers, text))
    assert bool(document.Root.MarkInfo.Marked) is True
    assert [name for name, _ in elements(document)].count("/Table") == 8  # no text became markup


def test_languages_the_fonts_know_are_printed_and_the_others_boxed(numbers: Numbers) -> None:
    texts = ("Ελληνικά кириллица ½ № →", "שלום", "马德里 ไทย 한국어 🇪🇸!")
    printed = text_of(pdf.render(build_document(CITY, "weekly", quoting(numbers, *texts), "en")))
    assert "Ελληνικά кириллица ½ № →" in printed
    assert "שלום" in printed or "םולש" in printed  # programs differ in how they read from right to left
    assert "□ □ □ □!" in printed


def test_markup_in_a_post_is_printed_as_it_was_written(numbers: Numbers) -> None:
    printed = text_of(pdf.render(build_document(CITY, "weekly", quoting(numbers, NASTY["typst"]), "es")))
    assert '#import "x": y; $x^2$ @ref <label> *bold* _under_ `raw`' in printed


def test_a_sign_without_a_shape_becomes_a_box_and_the_report_says_so(numbers: Numbers) -> None:
    words = build_document(CITY, "weekly", quoting(numbers, NASTY["emoji"]), "es")
    printed = text_of(pdf.render(words))
    assert "Gracias □ □ ❤ □ por la fuente" in printed
    assert "□ sustituye a un carácter" in printed
    assert "□ está" not in text_of(pdf.render(build_document(CITY, "weekly", quoting(numbers, "sin más"), "es")))
    assert "🙏🏽" in html.render(words)


def text_of(document: bytes) -> str:
    """What the PDF says, as a program reads it."""
    if shutil.which("pdftotext") is None:
        pytest.skip("needs pdftotext (apt-get install poppler-utils)")
    found = subprocess.run(["pdftotext", "-", "-"], input=document, capture_output=True, check=True, timeout=30)
    return " ".join(found.stdout.decode().split())


@pytest.mark.parametrize("language", ["es", "en"])
def test_an_empty_ledger_gives_a_report_that_says_so(tmp_path: Path, language: str) -> None:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", SALT)
    numbers = count(ledger, CITY.zone, last_closed("0 7 * * MON", CITY.zone, NOW))
    ledger.close()
    words = build_document(CITY, "weekly", numbers, language)
    said = {"es": "Ni mensajes ni casos en este periodo.", "en": "No posts and no cases in this interval."}
    assert [one.text for one in words.short] == [said[language]]
    assert words.caveat == ""
    assert "<svg" not in html.render(words)
    names = [name for name, _ in elements(pdf_of(numbers, language))]
    assert "/Table" not in names
    assert "/H2" in names
