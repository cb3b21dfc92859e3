"""The report as a tagged PDF (PDF/UA-1), set by typst from a fixed template; posts enter as data, never as markup."""

import json
import unicodedata
from pathlib import Path
from typing import Any

import typst

from core.city import City
from core.translate import translator
from dashboards.charts import Chart
from reports.numbers import Numbers
from reports.words import END_NOTE, REPLAY_NOTE, Words

TEMPLATE = Path(__file__).parent / "templates" / "report.typ"
LAST_SET_IN_TYPE = 0x2BFF
"""The fonts inside typst have letters of the European languages and common signs, no emoji: PDF/UA refuses what has no glyph."""


def render(city: City, numbers: Numbers, words: Words, pictures: list[Chart]) -> bytes:
    """The PDF.

    Raises:
        typst.TypstError: the template or a picture is broken.
    """
    _ = translator(words.language, "reports")
    note = _(REPLAY_NOTE)
    end = _(END_NOTE)
    report = {
        **words.model_dump(),
        "note": f"{numbers.replayed} {note}" if numbers.replayed else "",
        "figure_headers": [_("Figure"), _("Now"), _("Before or detail")],
        "pictures": [{"title": one.title, "svg": one.svg, "alt": one.caption} for one in pictures],
        "examples_title": _("Examples"),
        "no_examples": _("No complaints in this interval."),
        "end": f"{end} {city.attribution}",
    }
    made: bytes = typst.compile(
        str(TEMPLATE), sys_inputs={"report": json.dumps(_settable(report))}, pdf_standards=["ua-1"]
    )
    return made


def _settable(value: Any) -> Any:
    """The same data with only characters that the fonts can show (pictures are left alone)."""
    if isinstance(value, str):
        return (
            value
            if value.startswith("<svg")
            else "".join(_shown(c) for c in unicodedata.normalize("NFC", value)).strip()
        )
    if isinstance(value, dict):
        return {key: _settable(one) for key, one in value.items()}
    if isinstance(value, list | tuple):
        return [_settable(one) for one in value]
    return value


def _shown(character: str) -> str:
    if character.isspace():
        return " "
    known = ord(character) <= LAST_SET_IN_TYPE and unicodedata.category(character) not in (
        "Cc",
        "Cf",
        "Cn",
        "Co",
        "Cs",
        "Mn",
        "Me",
    )
    latin = ord(character) < 0x0530 or 0x2010 <= ord(character) <= 0x2122
    return character if known and latin else ""
