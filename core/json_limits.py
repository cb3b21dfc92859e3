"""How deep a record of strangers is nested: no reader of JSON bears brackets within brackets without end."""

import json
import re
from typing import Any

DEEPEST = 100
"""Levels of one record: many times what any network gives."""
LEFT = 2 * DEEPEST
"""Levels that are read of a whole answer: enough to see that a record in it goes beyond `DEEPEST`."""
_SIGNS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]', re.DOTALL)
"""Brackets, and texts whole, for brackets in a text are none."""


def read_json(content: str | bytes) -> Any:
    """What stands there, with null for what lies deeper than `LEFT` levels: one such record must not cost those beside it.

    Raises:
        ValueError: it is no JSON.
    """
    text = content if isinstance(content, str) else content.decode(json.detect_encoding(content), "surrogatepass")
    try:
        found = json.loads(text)
        if text.count("[") + text.count("{") <= LEFT or not is_deep(found, LEFT):
            return found
    except RecursionError:
        pass  # deeper than the library goes
    return json.loads(_cut(text))


def is_deep(value: Any, levels: int = DEEPEST) -> bool:
    """Whether it is nested deeper than so many levels."""
    level = [value]
    for _ in range(levels + 1):
        level = [
            inner
            for one in level
            if isinstance(one, dict | list)
            for inner in (one.values() if isinstance(one, dict) else one)
        ]
        if not level:
            return False
    return True


def _cut(text: str) -> str:
    kept, begin, depth = [], 0, 0
    for found in _SIGNS.finditer(text):
        sign = found[0]
        if sign in ("[", "{"):
            depth += 1
            if depth == LEFT + 1:
                kept.append(f"{text[begin : found.start()]}null")
        elif sign in ("]", "}"):
            if depth == LEFT + 1:
                begin = found.end()
            depth -= 1
    return "".join([*kept, text[begin:] if depth <= LEFT else ""])
