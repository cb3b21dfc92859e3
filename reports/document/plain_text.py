"""Makes what people wrote fit to be printed: one line, nothing that hides or rearranges text, no towers of accents."""

import unicodedata

JOINERS = "\u200d\ufe0f"
"""They make one sign of several (a family, a flag); everything else without a shape is taken out."""
MOST_MARKS = 3
"""Marks on one letter: no language puts more on it, and towers of them cover the lines above."""


def sanitise(text: str) -> str:
    """The text in one line of visible characters."""
    kept: list[str] = []
    marks = 0
    for character in unicodedata.normalize("NFC", text):
        category = unicodedata.category(character)
        marks = marks + 1 if category in ("Mn", "Me") and character not in JOINERS else 0
        if character.isspace() or category in ("Cc", "Zl", "Zp"):
            kept.append(" ")
        elif character in JOINERS or (category not in ("Cf", "Cs", "Co", "Cn") and marks <= MOST_MARKS):
            kept.append(character)
    return " ".join("".join(kept).split())


def shortened(text: str, characters: int) -> str:
    """The beginning of the text, cut between two words where there are any."""
    whole = sanitise(text)
    if len(whole) <= characters:
        return whole
    start, space, _rest = whole[:characters].rpartition(" ")
    return f"{start if space and len(start) >= characters // 2 else whole[:characters]}…"
