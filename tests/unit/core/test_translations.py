"""Every text that people read exists in Spanish: the texts are taken out of code and templates and sought in `locale/es`.

The other folders of `locale/` are compared with the Spanish one.
"""

import ast
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.pofile import read_po

from collectors.youtube.reply import NOT_LISTED
from core.i18n.display_names import AT_CONSOLE, EXAMPLE_OF
from core.i18n.languages import interface_languages
from core.i18n.names import NAMES
from core.i18n.reasons import REASONS, display_reason
from core.i18n.translate import NAMED_PARTS, translator
from core.parts import Language, languages, load, manifests
from desk.rendering import format_count
from workshop import translations

ROOT = Path(__file__).resolve().parents[3]
IN_TEMPLATE = re.compile(r"""_\(\s*(?:"([^"]+)"|'([^']+)')\s*\)""")
PLURAL_IN_TEMPLATE = re.compile(r"""\bplural(?:_form)?\(\s*"([^"]+)",\s*"([^"]+)",""")
OPENING = ROOT / "core" / "web" / "opening.py"
BESIDE = {
    "desk": (OPENING,),
    "portal": (ROOT / "pipeline" / "portal" / "mails.py", OPENING),
    "reports": (ROOT / "core" / "config" / "day_files.py",),
}
"""Modules of other rooms that use the catalogue of this one."""
COUNT_BEFORE_TEXT = re.compile(r"""number\([^{}]*\)\s*\}\}\s*\{\{\s*_\(""")


def templates_of(room: str) -> list[Path]:
    """Return the room's templates, and those that desk and portal share."""
    shared = (ROOT / "core" / "web" / "templates").glob("*.html") if room in {"desk", "portal"} else ()
    return [*(ROOT / room / "templates").glob("*.html"), *shared]


def texts_of(room: str) -> set[str]:
    found: set[str] = set()
    for template in templates_of(room):
        found |= {a or b for a, b in IN_TEMPLATE.findall(template.read_text())}
        found |= {singular for singular, _ in PLURAL_IN_TEMPLATE.findall(template.read_text())}
    for module in (*(ROOT / room).rglob("*.py"), *BESIDE.get(room, ())):
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
        return {str(k.value.value) for k in node.keywords if k.arg == "message" and isinstance(k.value, ast.Constant)}
    return set()


def catalogue(room: str, language: str = "es") -> dict[str, str]:
    with (ROOT / "locale" / language / f"{room}.po").open("rb") as file:
        return {m.id if isinstance(m.id, str) else m.id[0]: str(m.string) for m in read_po(file) if m.id}


REFUSING = (
    *(ROOT / "ledger" / "cases").rglob("*.py"),
    *(ROOT / "ledger" / "answers").glob("*.py"),
    *(ROOT / "pipeline" / "casework").rglob("*.py"),
    ROOT / "pipeline" / "proof" / "sampling.py",
    ROOT / "ledger" / "gold.py",
    ROOT / "ledger" / "report_remarks.py",
    ROOT / "pipeline" / "steps" / "report.py",
    *(ROOT / "pipeline" / "subscriptions").glob("*.py"),
    *(ROOT / "pipeline" / "assistant").glob("*.py"),
    *(ROOT / "reports" / "requested").glob("*.py"),
    ROOT / "reports" / "build" / "asked.py",
    ROOT / "reports" / "publish.py",
    ROOT / "ledger" / "report_requests.py",
    ROOT / "pipeline" / "report_requests.py",
    ROOT / "desk" / "pages" / "reporting" / "report_form.py",
    ROOT / "ledger" / "delivery" / "subscriptions.py",
    *(ROOT / "ledger" / "outbox").glob("*.py"),
    ROOT / "pipeline" / "warnings" / "sending.py",
    ROOT / "pipeline" / "report_mails.py",
    *(ROOT / "pipeline" / "saved_views").glob("*.py"),
    ROOT / "ledger" / "saved_views.py",
    ROOT / "ledger" / "system" / "marked_events.py",
    ROOT / "pipeline" / "marked_events.py",
    ROOT / "core" / "records" / "answer.py",
    ROOT / "core" / "config" / "known_answers" / "problems.py",
    ROOT / "search" / "queries" / "typed" / "problems.py",
    ROOT / "ledger" / "system" / "profile_changes.py",
    ROOT / "ledger" / "system" / "api_tokens.py",
    ROOT / "pipeline" / "access" / "api_tokens.py",
    *(ROOT / "pipeline" / "city" / name for name in ("profile.py", "set_up.py", "gazetteer_upload.py")),
    *(ROOT / "gazetteer" / "importing").glob("*.py"),
    ROOT / "collectors" / "feeds" / "__init__.py",
    ROOT / "pipeline" / "steps" / "collect_requested.py",
)
"""What staff ask for on the desk is refused here; the desk shows the text in their language."""
PROFILE = (
    *(
        ROOT / "core" / "config" / f"{name}.py"
        for name in (
            "key_problems",
            "public_holidays",
            "zones",
            "profile/calendar",
            "profile/forecast",
            "profile/priority",
            "profile/tables",
            "profile/warnings",
            "city",
            "thresholds",
            "overlay",
        )
    ),
    ROOT / "core" / "working_hours.py",
    ROOT / "core" / "records" / "sane.py",
)
"""Modules that refuse values of a profile."""


@pytest.mark.parametrize("room", ["dags", "desk", "portal", "reports"])
def test_every_text_of_the_room_exists_in_spanish(room: str) -> None:
    texts, known = texts_of(room), catalogue(room)
    assert len(texts) > 7
    assert sorted(text for text in texts if not known.get(text)) == []


def test_the_page_of_proof_exists_in_spanish() -> None:
    tree, known = ast.parse((ROOT / "escucha" / "commands" / "prove" / "page.py").read_text()), catalogue("escucha")
    calls = [node for node in ast.walk(tree) if isinstance(node, ast.Call) and node.args]
    said = {
        node.args[0].value
        for node in calls
        if (node.func.attr if isinstance(node.func, ast.Attribute) else getattr(node.func, "id", "")) in ("say", "_")
        and isinstance(node.args[0], ast.Constant)
    }
    assert len(said) > 30
    assert sorted(str(text) for text in said if not known.get(str(text))) == []


@pytest.mark.parametrize("language", sorted(set(interface_languages()) - {"es", "en"}))
@pytest.mark.parametrize("room", translations.rooms())
def test_a_language_of_the_desk_has_every_text(language: str, room: str) -> None:
    assert [one.id for one in translations.missing(language, room)] == []


@pytest.mark.parametrize("language", sorted(set(interface_languages("portal")) - {"es", "en"}))
def test_a_language_of_the_portal_has_every_text_that_citizens_read(language: str) -> None:
    assert [one.id for one in translations.missing(language, "portal")] == []
    shown = {*NAMES["topic"].values(), NAMES["source"]["portal"], EXAMPLE_OF}
    assert shown - catalogue("names", language).keys() == set()


@pytest.mark.parametrize(("room", "name"), [(room, name) for room in NAMED_PARTS for name in manifests(room)])
def test_the_name_of_a_part_is_a_proper_name_or_stands_in_every_language_of_the_desk(room: str, name: str) -> None:
    said = set(manifests(room)[name].name)
    assert said == {"en"} or set(interface_languages()) <= said


@pytest.mark.parametrize(("code", "room"), sorted((code, room) for code, one in languages().items() for room in one.offered))
def test_a_language_that_is_offered_is_complete(code: str, room: str) -> None:
    """Take `offered` out of its `part.toml` until every text is there."""
    assert [
        (each, one.id) for each in (translations.rooms() if room == "desk" else [room]) for one in translations.missing(code, each)
    ] == []


def test_a_language_that_is_begun_is_not_offered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """`python -m workshop.translations pt --add` makes its folder; only who finished it writes `offered`."""
    monkeypatch.setattr(translations, "LOCALE", tmp_path)
    shutil.copytree(ROOT / "locale" / "es", tmp_path / "es")
    translations.add("pt", "portal")
    begun = load(tmp_path / "pt" / "part.toml", Language)
    assert (begun.name, begun.offered, begun.fallback) == ({"pt": "Português"}, frozenset(), "en")
    assert len(translations.missing("pt", "portal")) > 300


@pytest.mark.parametrize("language", ["es", *translations.languages()])
def test_translations_keep_the_fields_and_have_every_plural_form(language: str) -> None:
    assert [(room, fault) for room in translations.rooms() for fault in translations.wrong(language, room)] == []


@pytest.mark.parametrize("room", ["dags", "desk", "portal", "reports"])
def test_no_translation_is_left_over(room: str) -> None:
    files = [
        *(ROOT / room).rglob("*.py"),
        *templates_of(room),
        *REFUSING,
        *PROFILE,
        *BESIDE.get(room, ()),
        ROOT / "ledger" / "system" / "users.py",
    ]
    joined = re.sub(r'"\n\s+"', "", "".join(path.read_text() for path in files))
    assert sorted(text for text in catalogue(room) if text not in joined) == []


def plural_messages(room: str) -> dict[tuple[str, str], tuple[str, ...]]:
    with (ROOT / "locale" / "es" / f"{room}.po").open("rb") as file:
        plurals = [m for m in read_po(file) if m.id and m.pluralizable]
    return {(m.id[0], m.id[1]): tuple(m.string or ()) for m in plurals}


def test_every_count_on_the_desk_has_a_singular_and_a_plural_in_spanish() -> None:
    templates = "".join(path.read_text() for path in templates_of("desk"))
    used, known = set(PLURAL_IN_TEMPLATE.findall(templates)), plural_messages("desk")
    assert ("{n} post", "{n} posts") in used
    assert used == known.keys()
    for (singular, plural), strings in known.items():
        assert len(strings) == 2
        assert all(strings)
        assert (singular == plural) is (strings[0] == strings[1])


def test_no_count_is_followed_by_a_text_without_a_plural() -> None:
    for path in (ROOT / "desk" / "templates").glob("*.html"):
        assert COUNT_BEFORE_TEXT.findall(path.read_text()) == [], path.name


@pytest.mark.parametrize(
    ("language", "n", "text"),
    [
        ("es", 1, "1 mensaje"),
        ("es", 0, "0 mensajes"),
        ("es", 1500, "1.500 mensajes"),
        ("ca", 1, "1 missatge"),
        ("ca", 1500, "1.500 missatges"),
        ("en", 1, "1 post"),
        ("en", 2, "2 posts"),
    ],
)
def test_one_post_is_counted_in_the_singular(language: str, n: int, text: str) -> None:
    assert format_count("{n} post", "{n} posts", n, language) == text


def refusals(path: Path) -> Iterator[str]:
    """Yield the texts without a value in them that a module refuses something with."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
            (text, *_) = node.exc.args
            if isinstance(text, ast.Constant) and isinstance(text.value, str):
                yield text.value


def test_what_the_case_book_refuses_is_said_in_spanish() -> None:
    said = {text for path in REFUSING for text in refusals(path)}
    said |= set(re.findall(r'_required\(\w+, "([^"]+)"', (ROOT / "pipeline" / "casework" / "__init__.py").read_text()))
    assert len(said) >= 25
    assert sorted(said - set(catalogue("desk"))) == []


def test_every_code_has_a_name_in_spanish() -> None:
    known = catalogue("names")
    of_parts = {one.name["en"] for room in NAMED_PARTS for one in manifests(room).values()}
    assert sorted(name for names in NAMES.values() for name in names.values() if name not in known and name not in of_parts) == []
    assert [words for words in (EXAMPLE_OF, AT_CONSOLE, *(words for _, words in REASONS)) if words not in known] == []


def test_a_reason_is_read_in_the_readers_language_and_a_persons_words_stay() -> None:
    stored = "act: actionable 0.91 >= 0.80; same incident as 3 more"
    assert display_reason(stored, "es") == ("muy probable que haya que actuar (91\xa0%); misma incidencia que 3 más")
    assert display_reason("ya se avisó al servicio", "en") == "ya se avisó al servicio"


def test_spanish_is_spoken_when_asked_for() -> None:
    assert translator("es", "names")("Waste and cleaning") == "Residuos y limpieza"
    assert translator("en", "names")("Waste and cleaning") == "Waste and cleaning"


@pytest.mark.parametrize(
    ("stored", "spanish"),
    [
        ("its post was erased", "su mensaje se eliminó"),
        ("X refused the answer (403): duplicate; content", "X rechazó la respuesta (403): duplicate; content"),
        ("https://m.example: the author blocks this account (blocked_by)", "https://m.example: quien escribió el mensaje"),
        (NOT_LISTED, "YouTube no muestra la respuesta: no llegó, o está retenida"),
    ],
)
def test_what_became_of_an_answer_is_read_in_spanish(stored: str, spanish: str) -> None:
    assert display_reason(stored, "es").startswith(spanish)
