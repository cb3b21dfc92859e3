"""Translate codes into what people read.

`waste_cleaning` becomes "Waste and cleaning", in the user's language (`locale/es/names.po`).
"""

from collections.abc import Sequence

from core.i18n.names import NAMES
from core.i18n.translate import translator
from core.records.answer import FIELDS, local_field
from core.records.post import EXAMPLE, is_example
from core.records.priority import LOWEST, PriorityPoint

EXAMPLE_OF = "{0} (example)"
"""Display name of an example source."""
CONSOLE = "console:"
"""Before the operating system account that ran a command."""
AT_CONSOLE = "{0} (command line)"


def display_name(kind: str, value: object, language: str) -> str:
    """Return the display name of a code.

    The code itself when it has none: a source of another name, a language outside the list. A dash for None.

    >>> display_name("topic", "waste_cleaning", "en"), display_name("topic", None, "en")
    ('Waste and cleaning', '–')
    >>> display_name("source", "mailbox", "es"), display_name("source", "example-x", "es")
    ('Correo electrónico', 'X (ejemplo)')
    >>> display_name("person", "desk", "es"), display_name("person", "console:root", "es"), display_name("person", "ana", "es")
    ('sin identificar (aplicación sin usuarios)', 'root (línea de órdenes)', 'ana')
    """
    if value is None:
        return "–"
    if kind == "source" and is_example(str(value)):
        original = display_name(kind, str(value).removeprefix(EXAMPLE), language)
        return translator(language, "names")(EXAMPLE_OF).format(original)
    if kind == "person" and str(value).startswith(CONSOLE):
        return translator(language, "names")(AT_CONSOLE).format(str(value).removeprefix(CONSOLE))
    if kind == "placeholder":
        return local_field(str(value), language)
    name = translator(language, "names")(NAMES[kind].get(str(value), str(value)))
    if kind == "section_text":
        return name.replace("{fields}", ", ".join(local_field(f"{{{one}}}", language) for one in FIELDS))
    return name


def display_points(points: Sequence[PriorityPoint], language: str) -> list[str]:
    """Return what adds up to a priority, the base first.

    Empty without points.

    >>> display_points([PriorityPoint(name="citizens", points=2, evidence="12")], "en")
    ['every case begins with 1', '12 different people (+2)']
    """
    base = display_name("priority_base", "1", language).format(LOWEST)
    return [base, *(display_point(one, language) for one in points)] if points else []


def display_point(point: PriorityPoint, language: str) -> str:
    """Return one point of a priority for display, with its evidence.

    >>> display_point(PriorityPoint(name="citizens", points=2, evidence="12"), "en")
    '12 different people (+2)'
    """
    template = translator(language, "names")(NAMES["priority_point"][point.name])
    evidence = display_name("topic", point.evidence, language) if point.name == "topic" else point.evidence
    text: str = template.format(*evidence.split("|"))
    return f"{text} (+{point.points})" if point.points else text
