"""Render a report as a tagged PDF (PDF/UA-1) with typst.

Posts enter a fixed template as data, never as markup. Only the fonts inside typst are used, so the same report gives the same bytes on
every machine. They cover the European scripts, Hebrew and Arabic, and no emoji; PDF/UA forbids characters without a glyph, so these
become a box, and a line explains it.
"""

import base64
import json
import re
import unicodedata
from collections.abc import Collection
from pathlib import Path
from typing import Any

import typst

from core.i18n.translate import translator
from core.runtime.one_filler import one_filler
from reports.document.document import Document, Picture

TEMPLATE = Path(__file__).parents[1] / "templates" / "report.typ"
FONT, SECOND_FONT = "Libertinus Serif", "DejaVu Sans Mono"
BOX = "□"
NO_GLYPH = re.compile(r'the text `"(.+?)"` could not be displayed', re.DOTALL)
ESCAPED = re.compile(r"\\u\{([0-9a-f]+)\}")
SKIN_TONES = "\U0001f3fb\U0001f3fc\U0001f3fd\U0001f3fe\U0001f3ff"
"""They modify the character before them, as accents do: typst then reports that character."""
LAST_COVERED = 0x17F
"""Last code point of the Latin range that the fonts cover completely."""
COVERED = "–−·…•“”"
"""Other characters of our texts that the fonts have."""
SCALES = (1.0, 0.96, 1.04, 0.92, 1.08, 1.12, 0.88, 1.16, 1.2, 0.84)
"""Sizes of the text: the first that fills the last page well is taken, else the one that fills it best."""
BRIEF_SCALES = (1.2, 1.1, 1.0)
"""Sizes of the text on a single page: the first that fits. Then examples are left out, and at last letters are smaller."""
SMALLER = (0.94, 0.88)
HEIGHTS = (190, 165, 140, 120, 100)
"""Heights of the pictures of the five parts, in points: the largest with which these are on the first page."""
SIZE, FAMILY = re.compile(r'\b(width|height)="([\d.]+)"'), re.compile(r'font-family="[^"]*"')
WELL_FILLED = 0.6
"""Share of the last page."""
PROBE = f"""#set document(title: "probe")
#set text(lang: "en", font: ("{FONT}", "{SECOND_FONT}"))
#for one in json(bytes(sys.inputs.signs)) [#par(one)]"""


def render(document: Document) -> bytes:
    """Render the PDF.

    Raises:
        typst.TypstError: the template or a chart is broken.
    """
    texts = document.model_dump_json(exclude={"look": {"logo"}})
    unusual = {c for c in texts if ord(c) > LAST_COVERED and c not in COVERED + BOX}
    missing = _without_glyph(frozenset(unusual))
    try:
        return _compile(document, missing)
    except typst.TypstError:
        if not unusual - missing:
            raise
        return _compile(document, unusual)  # characters with a glyph each but none in combination: a box for each


@one_filler(maxsize=64)
def _without_glyph(characters: frozenset[str]) -> frozenset[str]:
    """Return the characters that the fonts lack, as reported by typst.

    Combining marks are tested on a letter.
    """
    alone = [f"a{c}" if unicodedata.category(c).startswith("M") else c for c in sorted(characters)]
    try:
        typst.compile(PROBE.encode(), sys_inputs={"signs": json.dumps(alone)}, pdf_standards=["ua-1"], ignore_system_fonts=True)
    except typst.TypstError as error:
        reported = "".join(NO_GLYPH.findall(error.diagnostic))
        return characters & set(ESCAPED.sub(lambda code: chr(int(code[1], 16)), reported))
    return frozenset()


def _compile(document: Document, missing: Collection[str]) -> bytes:
    _ = translator(document.language, "reports")
    left_out: dict[str, Any] = {"sections": {"__all__": {"picture"}}, "story": {"__all__": {"picture"}}, "look": {"logo"}}
    data = _box(document.model_dump(mode="json", exclude=left_out), missing)
    for said in (*data["quotes"], *([data["remark"]] if data["remark"] else [])):  # typst takes no region of a language
        said["language"] = said["language"].partition("-")[0].lower()
    logo = document.look.logo
    report = data | {
        "short": data["short"][1:] if document.story else data["short"],  # the first sentence is in the first part
        "pictures": [_picture(one.picture, wide=True) for one in document.sections],
        "story_pictures": [_picture(one.picture, wide=at == 0) for at, one in enumerate(document.story)],
        "most": HEIGHTS[-1],
        "logo": None if logo is None else {"format": logo.format, "bytes": list(base64.b64decode(logo.data))},
        "in_short": _("More in short") if document.story else _("In short"),
        "remark_title": _("Remark"),
        "examples": _("Examples"),
        "no_examples": _("No post to quote in this interval."),
        "how_to_read": _("How to read this report"),
        "boxes": _("□ replaces a character that this document's fonts do not contain; the HTML page shows it.") if missing else "",
        "fonts": [FONT, SECOND_FONT],
    }
    pdf_bytes: bytes = typst.compile(
        str(TEMPLATE), sys_inputs={"report": json.dumps(report | _fitting(report))}, pdf_standards=["ua-1"], ignore_system_fonts=True
    )
    return pdf_bytes


def _fitting(report: dict[str, Any]) -> dict[str, Any]:
    """Return the scale with which the pages are full, and the quotes."""
    quotes = report["quotes"]
    if not report["brief"]:
        best, fullest = 1.0, 0.0
        most = next((one for one in HEIGHTS if _story_page(report | {"scale": 1.0, "most": one}) == 1), HEIGHTS[-1])
        for scale in SCALES:
            scaled = report | {"scale": scale, "most": most}
            if scale > 1.0 and _story_page(scaled) > 1:
                continue
            _page, full = _end(scaled)
            if full > fullest:
                best, fullest = scale, full
            if full >= WELL_FILLED:
                break
        return {"scale": best, "most": most}
    tried = [{"scale": scale, "quotes": quotes} for scale in BRIEF_SCALES]
    tried += [{"scale": 1.0, "quotes": quotes[:n]} for n in range(len(quotes) - 1, 0, -1)]
    tried += [{"scale": scale, "quotes": quotes[:1]} for scale in SMALLER]
    return next((one for one in tried if _end(report | one)[0] == 1), tried[-1])


def _end(report: dict[str, Any]) -> tuple[int, float]:
    """Return the last page and the share of it that is filled."""
    end = _asked(report, "<end>")
    return int(end["page"]), float(end["full"])


def _story_page(report: dict[str, Any]) -> int:
    """Return the page on which the five parts end; 1 without them."""
    return int(_asked(report, "<story>")) if report["story"] else 1


def _asked(report: dict[str, Any], label: str) -> Any:
    """Return what the template says of itself under a label."""
    inputs = {"report": json.dumps(report)}
    return json.loads(typst.query(str(TEMPLATE), label, field="value", one=True, sys_inputs=inputs, ignore_system_fonts=True))


def _picture(picture: Picture | None, *, wide: bool) -> dict[str, Any] | None:
    """Return a picture in the document's font, with its proportions."""
    if picture is None:
        return None
    svg = picture.wide if wide else picture.svg
    size = {name: float(value) for name, value in SIZE.findall(svg.partition(">")[0])}
    return {"svg": FAMILY.sub(f'font-family="{FONT}"', svg), "alt": picture.alt, "aspect": size["height"] / size["width"]}


def _box(value: Any, missing: Collection[str]) -> Any:
    """Replace each run of characters without a glyph by a box.

    Joiners between them are removed too.
    """
    if isinstance(value, str):
        return _box_text(value, missing)
    if isinstance(value, dict):
        return {key: _box(one, missing) for key, one in value.items()}
    if isinstance(value, list):
        return [_box(one, missing) for one in value]
    return value


def _box_text(text: str, missing: Collection[str]) -> str:
    shown: list[str] = []
    for character in text:
        if unicodedata.category(character) == "Cf" or character == "\ufe0f":
            continue
        is_modifier = character in SKIN_TONES or unicodedata.category(character).startswith("M")
        if character in missing or (is_modifier and shown[-1:] == [BOX]):
            character = BOX
        if character != BOX or shown[-1:] != [BOX]:
            shown.append(character)
    return "".join(shown)
