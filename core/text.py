"""Sanitise text by citizens before it is shown or sent.

Such text may hold characters that hide words, reverse a line or cover the lines above. It is stored as written (redacted only) and
sanitised where it is shown.
"""

import re
import unicodedata
from collections.abc import Set
from typing import Literal

BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Invisible characters that set the direction of text, so that they can reverse a line."""
ZERO_WIDTH = frozenset("\u200b\u200c\u200d\u2060\ufeff")
"""Characters without width, so that they can hide a difference between two words."""
JOINERS = frozenset("\u200d\ufe0f")
"""Characters that join several emoji to one (a family, a flag)."""
NO_CHARACTERS = frozenset({"Cs", "Cn"})
"""Unicode categories of surrogate halves and unassigned code points."""
NO_GLYPHS = NO_CHARACTERS | {"Cf", "Co"}
"""The same, format characters and private-use code points."""
PICTURE, LINK = "🖼", "🔗"
"""Signs of the lines that describe a picture or name a link, at the end of a post."""
NOT_LAST = " .,;:…·-–—(¿¡«“"
"""Characters that do not stand before the dots of a shortened text."""
LONGEST_WORD = 60
"""Characters of a word that a message repeats."""
_LINE_BREAKS = str.maketrans({"\r": "\n", "\u2028": "\n", "\u2029": "\n"})


def sanitise(
    text: str,
    *,
    remove: Set[str] = BIDI,
    categories: Set[str] = frozenset(),
    keep: Set[str] = frozenset(),
    layout: Literal["as_is", "lines", "one_line"] = "as_is",
    max_marks: int | None = None,
) -> str:
    """Remove characters that hide, reorder or cover text.

    >>> sanitise("a\\u202eb")
    'ab'
    >>> sanitise("Fila 1\\r\\nFila\\t2\\x07", layout="lines")
    'Fila 1\\nFila 2'
    >>> sanitise("Fila 1\\r\\nFila\\t2\\x07", layout="one_line")
    'Fila 1 Fila 2'

    Args:
        text: any text.
        remove: characters to remove.
        categories: Unicode categories to remove.
        keep: characters to keep though their category is removed; they do not count as marks.
        layout: `lines` unifies line breaks to `\\n`, replaces tabs by spaces and removes other control characters; `one_line` replaces
            all of them by spaces and collapses spaces; `as_is` changes neither.
        max_marks: combining marks allowed on one letter after composition (NFC); None: any number, not composed.
    """
    if layout == "lines":
        text = text.replace("\r\n", "\n").translate(_LINE_BREAKS)
    if max_marks is not None:
        text = unicodedata.normalize("NFC", text)
    kept: list[str] = []
    marks = 0
    for character in text:
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") and character not in keep else 0
        if category == "Cc" and layout != "as_is":
            kept.append(_control(character, layout))
        elif character in keep or not (character in remove or category in categories or _is_above(marks, max_marks)):
            kept.append(character)
    found = "".join(kept)
    return " ".join(found.split()) if layout == "one_line" else found


def one_line(text: str) -> str:
    """Return the text in one line of printable characters.

    Each run of other characters becomes one space.

    >>> one_line("Subject\\r\\nBcc: x@example.org")
    'Subject Bcc: x@example.org'
    """
    return " ".join("".join(c if c.isprintable() else " " for c in text).split())


def shorten(text: str, characters: int) -> str:
    """Cut a text to a number of characters, between words if possible.

    >>> shorten("Tres farolas a oscuras. Llevan así una semana", 26)
    'Tres farolas a oscuras…'
    >>> shorten("Farola fundida", 14)
    'Farola fundida'
    """
    if len(text) <= characters:
        return text
    start, space, _ = text[: characters + 1].rpartition(" ")
    return f"{(start if space and len(start) >= characters // 2 else text[:characters]).rstrip(NOT_LAST)}…"


def _control(character: str, layout: Literal["lines", "one_line"]) -> str:
    if layout == "one_line" or character == "\t":
        return " "
    return character if character == "\n" else ""


def _is_above(marks: int, most: int | None) -> bool:
    return most is not None and marks > most


def without_attachments(text: str) -> str:
    """Drop the lines about pictures and links at the end.

    >>> without_attachments("Así seguimos\\n🖼 Farola caída\\n🔗 Quejas")
    'Así seguimos'
    """
    lines = text.split("\n")
    while lines and lines[-1].startswith((f"{PICTURE} ", f"{LINK} ")):
        lines.pop()
    return "\n".join(lines)


def brief(message: str) -> str:
    """Shorten the long words of a message, and show what is invisible.

    A message repeats what was written, which may be a whole file, or move a terminal's cursor.

    >>> brief("no topic " + "x" * 100) == "no topic " + "x" * 60 + "…"
    True
    """
    shown = "".join(one if one.isprintable() else "\ufffd" for one in message)
    return re.sub(rf"(\S{{{LONGEST_WORD}}})\S+", r"\1…", shown)
