"""The report as a tagged PDF (PDF/UA-1), set by typst from a fixed template; posts enter as data, never as markup.

Only the fonts inside typst are used, so the same report is the same file, byte for byte, on every machine. They have the letters of
Europe, Hebrew and Arabic, and no emoji; PDF/UA forbids a sign without a shape, so such signs become a box and a line says so.
"""

import json
import re
import unicodedata
from collections.abc import Collection
from functools import lru_cache
from pathlib import Path
from typing import Any

import typst

from core.i18n.translate import translator
from reports.document.document import Document

TEMPLATE = Path(__file__).parents[1] / "templates" / "report.typ"
FONT, SECOND_FONT = "Libertinus Serif", "DejaVu Sans Mono"
BOX = "□"
NO_SHAPE = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
SKIN_TONES = "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
"""They hang on the sign before them, as accents do: typst then complains of that sign."""
LAST_PLAIN = 0x17F
"""Of the Latin letters up to here the fonts have all."""
SIGNS = "–−·…•"
"""Signs of ours that the fonts have, too."""
PROBE = f"""#set document(title: "probe")
#set text(lang: "en", font: ("{FONT}", "{SECOND_FONT}"))
#for one in json(bytes(sys.inputs.signs)) [#par(one)]"""


def render(words: Document) -> bytes:
    """The PDF.

    Raises:
        typst.TypstError: the template or a picture is broken.
    """
    unusual = {c for c in words.model_dump_json() if ord(c) > LAST_PLAIN and c not in SIGNS + BOX}
    without = _without_shape(frozenset(unusual))
    try:
        return _set(words, without)
    except typst.TypstError:
        if not unusual - without:
            raise
        return _set(words, unusual)  # signs that have a shape alone and none together: a box for each


@lru_cache(maxsize=64)
def _without_shape(signs: frozenset[str]) -> frozenset[str]:
    """Those of the signs that the fonts do not have, as typst itself says; of an accent: on a letter."""
    alone = [f"a{c}" if unicodedata.category(c).startswith("M") else c for c in sorted(signs)]
    try:
        typst.compile(
            PROBE.encode(), sys_inputs={"signs": json.dumps(alone)}, pdf_standards=["ua-1"], ignore_system_fonts=True
        )
    except typst.TypstError as error:
        named = "".join(NO_SHAPE.findall(error.diagnostic))
        return signs & set(ESCAPED.sub(lambda code: chr(int(code[1], 16)), named))
    return frozenset()


def _set(words: Document, without: Collection[str]) -> bytes:
    _ = translator(words.language, "reports")
    data = _boxed(words.model_dump(mode="json", exclude={"sections": {"__all__": {"picture"}}}), without)
    for quote in data["quotes"]:  # typst knows languages, not their countries
        quote["language"] = quote["language"].partition("-")[0].lower()
    report = data | {
        "pictures": [
            _picture(section.picture.svg, section.picture.alt) if section.picture else None
            for section in words.sections
        ],
        "in_short": _("In short"),
        "examples": _("Examples"),
        "no_examples": _("No post to quote in this interval."),
        "how_to_read": _("How to read this report"),
        "boxes": _("□ stands for a sign that this document's fonts do not have; the HTML page shows it.")
        if without
        else "",
        "fonts": [FONT, SECOND_FONT],
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
        return _boxed_text(value, without)
    if isinstance(value, dict):
        return {key: _boxed(one, without) for key, one in value.items()}
    if isinstance(value, list):
        return [_boxed(one, without) for one in value]
    return value


def _boxed_text(text: str, without: Collection[str]) -> str:
    shown: list[str] = []
    for character in text:
        if unicodedata.category(character) == "Cf" or character == "\ufe0f":
            continue
        hangs_on = character in SKIN_TONES or unicodedata.category(character).startswith("M")
        if character in without or (hangs_on and shown[-1:] == [BOX]):
            character = BOX
        if character != BOX or shown[-1:] != [BOX]:
            shown.append(character)
    return "".join(shown)
