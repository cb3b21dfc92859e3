"""Every refusal of a change is a template with named values, and the template has a Spanish text with the same names."""

import ast
from collections.abc import Iterator
from importlib import import_module
from pathlib import Path
from string import Formatter

from babel.messages.pofile import read_po

from core.config.city import REVIEW_ABOVE_ACT
from core.config.key_problems import MESSAGES, OTHER
from core.config.known_answers.problems import TEMPLATES
from core.config.thresholds import REACH_TOO_HIGH
from core.errors import ChangeRefusedError, RefusedValueError

ROOT = Path(__file__).resolve().parents[3]
ROOMS = ("core", "ledger", "pipeline", "desk", "triage", "collectors", "contact_centre")


def _all_classes(parent: type[ChangeRefusedError]) -> Iterator[str]:
    yield parent.__name__
    for child in parent.__subclasses__():
        yield from _all_classes(child)


def _raised(path: Path, names: frozenset[str]) -> Iterator[tuple[str, ast.Call]]:
    """Yield the calls that raise such an error, with the name of the module."""
    module = ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        call = node.exc if isinstance(node, ast.Raise) else None
        if isinstance(call, ast.Call) and getattr(call.func, "id", getattr(call.func, "attr", "")) in names:
            yield module, call


def _template(module: str, call: ast.Call) -> str:
    (text,) = call.args
    where = f"{module}:{call.lineno}"
    if isinstance(text, ast.Constant):
        return str(text.value)
    assert isinstance(text, ast.Name | ast.Attribute), f"{where}: a text made of pieces cannot be translated"
    if isinstance(text, ast.Attribute):
        return str(getattr(getattr(import_module(module), getattr(text.value, "id", "")), text.attr))
    return str(getattr(import_module(module), text.id, ""))  # "": an argument of the function (`_required`)


def _names(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name is not None}


def _catalogue() -> dict[str, str]:
    with (ROOT / "locale" / "es" / "desk.po").open("rb") as file:
        return {message.id: str(message.string) for message in read_po(file) if isinstance(message.id, str)}


def test_every_refusal_is_a_template_that_exists_in_spanish() -> None:
    import_module("pipeline.casework.triage_lease")  # defines another class of refusal
    names = frozenset({*_all_classes(ChangeRefusedError), RefusedValueError.__name__})
    assert {"ChangeRefusedError", "StaleError", "TriageBusyError"} <= names
    spanish, found, wrong = _catalogue(), set(), []
    for path in (path for room in ROOMS for path in (ROOT / room).rglob("*.py")):
        for module, call in _raised(path, names):
            template = _template(module, call)
            given = {str(one.arg) for one in call.keywords}
            found.add(template)
            if template and not spanish.get(template):
                wrong.append(f"{module}:{call.lineno}: no Spanish text for {template!r}")
            elif given and not (_names(template) == given == _names(spanish[template])):
                wrong.append(f"{module}:{call.lineno}: the values differ: {template!r}")
    assert wrong == []
    assert len(found) >= 50
    assert sum(bool(_names(one)) for one in found) >= 20


def test_every_problem_of_a_field_exists_in_spanish_with_its_values() -> None:
    spanish = _catalogue()
    sentences = (REVIEW_ABOVE_ACT, REACH_TOO_HIGH)
    for template in (*TEMPLATES.values(), *MESSAGES.values(), OTHER, *sentences):
        assert spanish.get(template), template
        assert _names(template) == _names(spanish[template])


def test_a_message_is_english_and_keeps_its_template_and_values() -> None:
    error = ChangeRefusedError("'{topic}' is none of {possible_topic}", topic="x", possible_topic=("trees", "water"))
    assert str(error) == "'x' is none of trees, water"
    assert error.template == "'{topic}' is none of {possible_topic}"
    assert error.values == {"topic": "x", "possible_topic": ("trees", "water")}
    assert str(ChangeRefusedError("a text with {braces} and no value")) == "a text with {braces} and no value"
    assert str(ChangeRefusedError("the answer contains {text}", text="{case}")) == "the answer contains {case}"
