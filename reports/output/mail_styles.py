"""Write the styles of an HTML mail into its elements.

Mail programs drop style sheets: each element carries its own style, generated from `templates/mail.css`, and its class, by which the
sheet in the head makes dark mails where a program honours it.
"""

import re
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path

from markupsafe import Markup

SHEET = Path(__file__).parents[1] / "templates" / "mail.css"
_RULE = re.compile(r"^\.([a-z]+) \{ (.+) \}$", re.MULTILINE)


@lru_cache(maxsize=1)
def rules() -> dict[str, dict[str, str]]:
    """Return the declarations of each class.

    Later properties replace earlier ones.
    """
    found = _RULE.findall(SHEET.read_text(encoding="utf-8"))
    return {name: dict(_declarations(text)) for name, text in found}


def _declarations(text: str) -> list[tuple[str, str]]:
    parts = (one.partition(":") for one in text.split(";") if one.strip())
    return [(name.strip(), value.strip()) for name, _, value in parts]


def styler(colour: str) -> Callable[[str], Markup]:
    """Return the function that writes the attributes of an element.

    >>> str(styler("#0b4f6c")("gap"))
    'class="gap" style="font-size:10px;line-height:10px"'
    """

    @lru_cache(maxsize=64)
    def style(classes: str) -> Markup:
        merged: dict[str, str] = {}
        for name in classes.split():
            merged |= rules()[name]
        written = ";".join(f"{name}:{value.replace('BRAND', colour)}" for name, value in merged.items())
        return Markup('class="{}" style="{}"').format(classes, written)

    return style
