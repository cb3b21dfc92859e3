"""The report as a tagged PDF (PDF/UA-1), set by typst from a fixed template; posts enter as data, never as markup.

Only the fonts inside typst are used, so the same report is the same file, byte for byte, on every machine. They have the letters of
Europe, Hebrew and Arabic, and no emoji; PDF/UA forbids a sign without a shape, so such signs become a box and a line says so.
"""

import json
import re
import unicodedata
from collections.abc import Collection
from pathlib import Path
from typing import Any

import typst

from core.translate import translator
from reports.words import Words

TEMPLATE = Path(__file__).parent / "templates" / "report.typ"
FONT = "Libertinus Serif"
BOX = "▯"
NO_SHAPE = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
TRIES = 8
LAST_PLAIN = 0x17F
"""Of these Latin letters the fonts have all; kept when a text cannot be set otherwise."""


def render(words: Words) -> bytes:
    """The PDF.

    Raises:
        typst.TypstError: the template or a picture is broken.
    """
    without: set[str] = set()
    for _try in range(TRIES):
        try:
            return _set(words, without)
        except typst.TypstError as error:
            more = _without_shape(str(error)) - without
            if not more:
                raise
            without |= more
    return _set(words, {c for c in words.model_dump_json() if ord(c) > LAST_PLAIN and c not in f"–−·…{BOX}"})


def _without_shape(message: str) -> set[str]:
    """The signs typst's complaint names."""
    named = "".join(NO_SHAPE.findall(message))
    return set(ESCAPED.sub(lambda code: chr(int(code[1], 16)), named))


def _set(words: Words, without: Collection[str]) -> bytes:
    _ = translator(words.language, "reports")
    data = _boxed(words.model_dump(mode="json", exclude={"sections": {"__all__": {"picture"}}}), without)
    report = data | {
        "pictures": [
            _picture(section.picture.svg, section.picture.alt) if section.picture else None
            for section in words.sections
        ],
        "in_short": _("In short"),
        "examples": _("Examples"),
        "no_examples": _("No post to quote in this interval."),
        "how_to_read": _("How to read this report"),
        "boxes": _("▯ stands for a sign that this document's fonts do not have; the HTML page shows it.")
        if without
        else "",
        "font": FONT,
    }
    made: bytes = typst.compile(
        str(TEMPLATE), sys_inputs={"report": json.dumps(report)}, pdf_standards=["ua-1"], ignore_system_fonts=True
    )
    return made


def _picture(svg: str, alt: str) -> dict[str, str]:
    """The picture with its texts in the document's own font."""
    return {"svg": re.sub(r'font-family="[^"]*"', f'font-family="{FONT}"', svg), "alt": alt}


def _boxed(value: Any, without: Collection[str]) -> Any:
    """The same data with a box for each run of signs that have no shape; the joiners between them go too."""
    if isinstance(value, str):
        shown = "".join(BOX if c in without else c for c in value if unicodedata.category(c) != "Cf" and c != "\ufe0f")
        return re.sub(f"{BOX}+", BOX, shown)
    if isinstance(value, dict):
        return {key: _boxed(one, without) for key, one in value.items()}
    if isinstance(value, list):
        return [_boxed(one, without) for one in value]
    return value
