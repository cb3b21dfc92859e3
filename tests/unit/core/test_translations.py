"""Every text that people read exists in Spanish: the texts are taken out of code and templates and sought in `locale/es`."""

import ast
import re
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from core.i18n.display_names import NAMES, REASONS, display_reason
from core.i18n.translate import translator

ROOT = Path(__file__).resolve().parents[3]
IN_TEMPLATE = re.compile(r"""_\(\s*(?:"([^"]+)"|'([^']+)')\s*\)""")


def texts_of(room: str) -> set[str]:
    found: set[str] = set()
    for template in (ROOT / room / "templates").glob("*.html"):
        found |= {a or b for a, b in IN_TEMPLATE.findall(template.read_text())}
    for module in (ROOT / room).rglob("*.py"):
        for node in ast.walk(ast.parse(module.read_text())):
            if isinstance(node, ast.Call):
                found |= _texts_of_call(node)
    return found


def _texts_of_call(node: ast.Call) -> set[str]:
    called = node.func.id if isinstance(node.func, ast.Name) else ""
    texts = [a.value for a in node.args if isinstance(a, ast.Constant) and isinstance(a.value, str)]
    if called == "_":
        return set(texts)
    if called == "page":  # the words of the page that says what is in the way
        return {k.value.value for k in node.keywords if k.arg == "words" and isinstance(k.value, ast.Constant)}
    return set()


def catalogue(room: str) -> dict[str, str]:
    with (ROOT / "locale" / "es" / f"{room}.po").open("rb") as file:
        return {str(m.id): str(m.string) for m in read_po(file) if m.id}


@pytest.mark.parametrize("room", ["dags", "desk", "reports"])
def test_every_text_of_the_room_exists_in_spanish(room: str) -> None:
    texts, known = texts_of(room), catalogue(room)
    assert len(texts) > 10
    assert sorted(text for text in texts if not known.get(text)) == []


@pytest.mark.parametrize("room", ["dags", "desk", "reports"])
def test_no_translation_is_left_over(room: str) -> None:
    files = [
        *(ROOT / room).rglob("*.py"),
        *(ROOT / room / "templates").glob("*.html"),
        ROOT / "pipeline" / "casework.py",
        ROOT / "ledger" / "system" / "users.py",
    ]
    joined = re.sub(r'"\n\s+"', "", "".join(path.read_text() for path in files))
    assert sorted(text for text in catalogue(room) if text not in joined) == []


def test_what_the_case_book_refuses_is_said_in_spanish() -> None:
    code = (ROOT / "pipeline" / "casework.py").read_text()
    said = set(re.findall(r'(?:RefusalError\(\s*|_needed\(\w+, )"([^"]+)"', code))
    assert len(said) >= 5
    assert sorted(said - set(catalogue("desk"))) == []


def test_every_code_has_a_name_in_spanish() -> None:
    known = catalogue("names")
    assert sorted(name for names in NAMES.values() for name in names.values() if name not in known) == []
    assert [words for _, words in REASONS if words not in known] == []


def test_a_reason_is_read_in_the_readers_language_and_a_persons_words_stay() -> None:
    stored = "act: actionable 0.91 >= 0.80; same incident as 3 more"
    assert display_reason(stored, "es") == (
        "bastante seguro para actuar (0.91; desde 0.80, caso por sí solo); misma incidencia que 3 más"
    )
    assert display_reason("ya se avisó al servicio", "en") == "ya se avisó al servicio"


def test_spanish_is_spoken_when_asked_for() -> None:
    assert translator("es", "names")("Waste and cleaning") == "Residuos y limpieza"
    assert translator("en", "names")("Waste and cleaning") == "Waste and cleaning"
