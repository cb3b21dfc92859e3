"""Check that what a citizen sent is plain text.

Nothing is corrected silently: what hides, reorders or marks up text is refused.
"""

import re
from typing import Literal

from core.text import BIDI

LINK = re.compile(r"https?://[^\s<>\"']+")
LAYOUT = frozenset("\n\r\t")
_MARKUP = re.compile(r"</?[a-zA-Z!?]")

Fault = Literal["long", "control", "direction", "markup"]


def text_fault(text: str, limit: int, *, has_lines: bool) -> Fault | None:
    """Return what is wrong with a text; None: it is plain.

    `limit`: in characters. `has_lines`: line ends and tabs are allowed.

    >>> text_fault("Una farola <b>rota</b>", 100, has_lines=False)
    'markup'
    """
    layout = LAYOUT if has_lines else frozenset()
    if len(text) > limit:
        return "long"
    if any((ord(one) < 32 or 127 <= ord(one) < 160) and one not in layout for one in text):
        return "control"
    if BIDI.intersection(text):
        return "direction"
    return "markup" if _MARKUP.search(text) else None
