"""Write parameters and words as a typed search."""

import re
from collections.abc import Mapping
from datetime import date

from search.queries.typed.fields import Vocabulary

_PLAIN = re.compile(r"[\w.,~+-]+")


def write_typed(parameters: Mapping[str, str], words: str, known: Vocabulary) -> str:
    """Return the search whose reading gives these parameters and words.

    Parameters without a field are left out.

    >>> write_typed({"topic": "noise", "first": "2026-11-01"}, '"a tope"', Vocabulary("en", {"topic": "topic"}, {}))
    'topic:Noise after:2026-11-01 "a tope"'
    """
    parts = [
        f"{known.name_of(field)}:{quoted(known.written(field, parameters[name]))}"
        for field, name in known.parameters.items()
        if parameters.get(name) and parameters[name] != "custom"
    ]
    first, last = (parameters.get(name) for name in ("first", "last"))
    if first and first == last:
        parts.append(_day("on", first, known))
    else:
        parts += [_day(field, day, known) for field, day in (("after", first), ("until", last)) if day]
    return " ".join([*parts, words] if words else parts)


def _day(field: str, day: str, known: Vocabulary) -> str:
    return f"{known.name_of(field)}:{date.fromisoformat(day).isoformat()}"


def quoted(value: str) -> str:
    """Return a value, in quotes if it needs them.

    A quote within it is left out: values are compared without such signs.
    """
    return value if _PLAIN.fullmatch(value) else '"{}"'.format(value.replace('"', " "))
