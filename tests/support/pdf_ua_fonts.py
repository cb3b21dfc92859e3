"""Check the fonts of a PDF by the rules of PDF/UA-1 (checkpoints 10 and 31 of the Matterhorn Protocol)."""

import re
from collections.abc import Iterator
from typing import Any

from pikepdf import Array, Dictionary, Name, Pdf, Stream, parse_content_stream

FILES = ("/FontFile", "/FontFile2", "/FontFile3")
NO_CHARACTER = ("\0", "\ufeff", "\ufffe")
_PAIR = re.compile(rb"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>")
_RANGE = re.compile(rb"<([0-9a-fA-F]+)>\s*<([0-9a-fA-F]+)>\s*(?:<([0-9a-fA-F]+)>|\[([^\]]*)\])")
_BLOCK = re.compile(rb"begin(bfchar|bfrange)(.*?)end\1", re.DOTALL)


def font_faults(document: Pdf) -> Iterator[str]:
    """Yield what breaks a rule about fonts and the characters shown with them."""
    shown: dict[tuple[int, int], tuple[Any, set[int]]] = {}
    for page in document.pages:
        _collect(page.obj, page.Resources, shown)
    for font, codes in shown.values():
        yield from (f"{fault}: {font.get('/BaseFont', '')}" for fault in _of_font(font, codes))


def _collect(stream: Any, resources: Any, shown: dict[tuple[int, int], tuple[Any, set[int]]]) -> None:
    """Collect the codes shown with each composite font, also inside forms."""
    codes: set[int] = set()
    for one in parse_content_stream(stream):
        operands, name = list(one.operands), str(one.operator)
        if name == "Tf":
            font = resources.Font[str(operands[0])]
            codes = shown.setdefault(font.objgen, (font, set()))[1]
        elif name in ("Tj", "'", '"', "TJ"):
            said = operands[-1] if isinstance(operands[-1], Array) else [operands[-1]]
            for text in said:
                if not isinstance(text, (int, float)) and hasattr(text, "__bytes__") and not _is_number(text):
                    raw = bytes(text)
                    codes.update(int.from_bytes(raw[at : at + 2]) for at in range(0, len(raw), 2))
        elif name == "Do":
            drawn = resources.XObject[str(operands[0])]
            if isinstance(drawn, Stream) and drawn.get("/Subtype") == Name.Form:
                _collect(drawn, drawn.get("/Resources", resources), shown)


def _is_number(value: Any) -> bool:
    try:
        float(value)
    except (TypeError, ValueError):
        return False
    return True


def _of_font(font: Any, codes: set[int]) -> Iterator[str]:
    if font.get("/Subtype") != Name.Type0 or font.get("/Encoding") != Name("/Identity-H"):
        yield "31-006: not a composite font with two bytes a character"
        return
    (inner,) = font.DescendantFonts
    if not any(one in inner.get("/FontDescriptor", Dictionary()) for one in FILES):
        yield "31-009: a font that is not embedded"
    if inner.get("/Subtype") == Name.CIDFontType2 and "/CIDToGIDMap" not in inner:
        yield "31-004: no map from characters to glyphs"
    if 0 in codes:
        yield "31-030: a character without a glyph"
    if "/ToUnicode" not in font:
        yield "31-027: characters that cannot be read as Unicode"
        return
    meant = to_unicode(font.ToUnicode.read_bytes())
    if missing := codes - set(meant):
        yield f"10-001: {len(missing)} characters cannot be read as Unicode"
    if any(sign in text for text in meant.values() for sign in NO_CHARACTER):
        yield "31-028, 31-029: characters that are read as none"


def to_unicode(table: bytes) -> dict[int, str]:
    """Return what each code of a ToUnicode table means."""
    found: dict[int, str] = {}
    for kind, body in _BLOCK.findall(table):
        if kind == b"bfchar":
            found |= {int(code, 16): _text(text) for code, text in _PAIR.findall(body)}
            continue
        for first, last, start, each in _RANGE.findall(body):
            low, high = int(first, 16), int(last, 16)
            if start:
                found |= {low + n: _text(start)[:-1] + chr(ord(_text(start)[-1]) + n) for n in range(high - low + 1)}
            else:
                found |= {low + n: _text(text) for n, text in enumerate(re.findall(rb"<([0-9a-fA-F]+)>", each))}
    return found


def _text(digits: bytes) -> str:
    return bytes.fromhex(digits.decode()).decode("utf-16-be", "replace")
