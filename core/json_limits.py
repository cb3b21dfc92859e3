"""Limit the nesting depth of untrusted JSON.

Without a limit a hostile record would exceed the parser's recursion limit.
"""

import json
import re
from typing import Any

MAX_DEPTH = 100
"""Maximum levels of one record: many times what any network sends."""
MAX_ANSWER_DEPTH = 2 * MAX_DEPTH
"""Maximum levels of a whole answer: enough to detect that a record in it exceeds `MAX_DEPTH`."""
_TOKENS = re.compile(r'"[^"\\]*(?:\\.[^"\\]*)*"?|[\[\]{}]', re.DOTALL)
"""Brackets, and whole strings, because brackets inside a string do not nest."""


def read_json(content: str | bytes) -> Any:
    """Parse JSON, with null for what is nested deeper than `MAX_ANSWER_DEPTH` levels.

    One hostile record must not make the others of the same answer unreadable.

    Raises:
        ValueError: it is not JSON.
    """
    text = content if isinstance(content, str) else content.decode(json.detect_encoding(content), "surrogatepass")
    try:
        found = json.loads(text)
        if text.count("[") + text.count("{") <= MAX_ANSWER_DEPTH or not is_deep(found, MAX_ANSWER_DEPTH):
            return found
    except RecursionError:
        pass  # deeper than the json module's limit
    return json.loads(_cut(text))


def is_deep(value: Any, levels: int = MAX_DEPTH) -> bool:
    """Return whether a value is nested deeper than `levels`.

    >>> is_deep([[1]], levels=1), is_deep([1], levels=1)
    (True, False)
    """
    level = [value]
    for _ in range(levels + 1):
        level = [inner for one in level if isinstance(one, dict | list) for inner in (one.values() if isinstance(one, dict) else one)]
        if not level:
            return False
    return True


def _cut(text: str) -> str:
    kept, begin, depth = [], 0, 0
    for found in _TOKENS.finditer(text):
        token = found[0]
        if token in ("[", "{"):
            depth += 1
            if depth == MAX_ANSWER_DEPTH + 1:
                kept.append(f"{text[begin : found.start()]}null")
        elif token in ("]", "}"):
            if depth == MAX_ANSWER_DEPTH + 1:
                begin = found.end()
            depth -= 1
    return "".join([*kept, text[begin:] if depth <= MAX_ANSWER_DEPTH else ""])
