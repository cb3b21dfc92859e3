"""Test that no page of a report in PDF is half empty, however much the report has to say."""

import io
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from pypdf import PageObject, PdfReader

from core.config.settings import Settings
from ledger.database import Ledger
from reports.build.asked import Asked
from reports.document.document import Document, Quote
from reports.make import build_report
from reports.output import pdf
from tests.support.report_weeks import CITY, NOW, filled

TOP, BOTTOM = 57.0, 62.0
"""Margins of a page in points; the footer lies in the one below."""
SAID = Quote(text="Sigue igual que hace un mes y nadie ha venido a verlo. " * 5, language="es", footer="Queja · Ruido")
ASKED: dict[str, dict[str, Any]] = {
    "weekly": {},
    "monthly": {},
    "event": {"first": "2026-11-16", "last": "2026-11-18"},
    "department": {"posts": {"department": "Vías públicas"}},
    "district": {"posts": {"district": "Centro"}},
    "view": {"posts": {"topic": "roads_pavements"}},
}


@pytest.fixture(scope="module")
def ledger(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ledger]:
    ledger = filled(tmp_path_factory.mktemp("weeks"))
    yield ledger
    ledger.close()


def document(ledger: Ledger, kind: str, language: str) -> Document:
    asked = Asked.model_validate({"kind": kind, **ASKED.get(kind, {})})
    return build_report(CITY, Settings(home=Path("/nowhere")), ledger, asked, language, NOW)


def filled_to(page: PageObject) -> float:
    """Return how far down its text goes, from 0 to 1."""
    lines: list[float] = []

    def visit(text: str, cm: list[float], tm: list[float], _font: object, _size: float) -> None:
        if text.strip():
            lines.append(tm[4] * cm[1] + tm[5] * cm[3] + cm[5])

    page.extract_text(visitor_text=visit)
    height = float(page.mediabox.height)
    lowest = min(one for one in lines if one > BOTTOM)
    return (height - TOP - lowest) / (height - TOP - BOTTOM)


@pytest.mark.parametrize("kind", ASKED)
@pytest.mark.parametrize("quotes", [0, 4, 8])
def test_no_page_is_half_empty(ledger: Ledger, kind: str, quotes: int) -> None:
    made = document(ledger, kind, "es" if quotes % 8 else "en")
    pages = PdfReader(io.BytesIO(pdf.render(made.model_copy(update={"quotes": (SAID,) * quotes})))).pages
    assert [round(filled_to(page), 2) for page in pages if filled_to(page) < 0.5] == []


@pytest.mark.parametrize("language", ["es", "en", "ca"])
@pytest.mark.parametrize("kind", ASKED)
def test_the_first_page_is_full(ledger: Ledger, kind: str, language: str) -> None:
    """The five parts are on it, and the summary begins below them."""
    first = PdfReader(io.BytesIO(pdf.render(document(ledger, kind, language)))).pages[0]
    assert filled_to(first) > 0.75


def test_a_briefing_keeps_to_one_page_and_fills_it(ledger: Ledger) -> None:
    made = document(ledger, "daily", "es")
    for more in (0, 6, 12, 20):
        short = (*made.short, *(made.short[-1:] * more))
        (page,) = PdfReader(io.BytesIO(pdf.render(made.model_copy(update={"short": short, "quotes": (SAID,) * 3})))).pages
        assert 0.55 < filled_to(page) <= 1.0, more
