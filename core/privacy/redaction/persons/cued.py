"""Find the name after words that announce a person.

`un tal Óscar`, `pregunten por Loli`, `la familia Ruiz`, `yo, Ana`.
"""

from core.privacy.redaction.persons.context import in_place_or_office, is_only_public, lives_there
from core.privacy.redaction.persons.lexicon import FIRST, LAST, ORDINARY, SAINTS
from core.privacy.redaction.persons.scan import NameRun, Scan
from core.privacy.redaction.words import word_set

_ONE = frozenset("un una el la tal ese esa este esta aquel aquella".split())
"""What stands before `tal` where a person follows."""
_ASK = word_set("persons.cued", "ask")
_FOR = word_set("persons.cued", "for")
_ARTICLES = word_set("persons.cued", "articles")
_FAMILIES = word_set("persons.cued", "families")
_CALLED = word_set("persons.cued", "called")
_NO_FAMILY = word_set("persons.cued", "no_family")
_OWN_SURNAME = word_set("persons.cued", "own_surname")
CUES = _ASK | _OWN_SURNAME | {"los"}
CUES |= _ASK | _FAMILIES | _CALLED | {"tal", "yo", "jo", "eu", "nik", "io", "ich", "je"}


def cued(scan: Scan, at: int) -> NameRun | None:
    """Return the name that this word announces."""
    word, start = scan.words[at], at + 1
    if start >= len(scan.words):
        return None
    if word in _ASK:
        return _asked_for(scan, start)
    if word == "tal":
        before = scan.words[at - 1] if at else ""
        return _person(scan, start, rare=before in ("un", "una")) if before in _ONE else None
    if word in _FAMILIES:
        if scan.capital(at) and at and not scan.ends_clause(at - 1):
            return None
        start += scan.words[start] in ("de", "d", "los")
        return _surname(scan, start)
    if word in _OWN_SURNAME:
        start += scan.words[start] in ("es", "de", "és", "e")
        found = _surname(scan, start) if start < len(scan.words) else None
        other = _second(scan, found) if found is not None else None
        return NameRun(found.first, other.last, 0, 3) if found is not None and other is not None else found
    if word == "los":
        is_home = at > 1 and scan.words[at - 1] == "de" and scan.words[at - 2] in ("casa", "piso", "finca", "puerta")
        run = _family_of(scan, start)
        return run if run is not None and (is_home or _is_household(scan, run)) else None
    if word in _CALLED:
        return _nickname(scan, at)
    if scan.gap(at) == ", ":
        run = _person(scan, start, rare=True)
        return run if run is not None and (run.last - run.first > 1 or scan.ends_clause(run.last - 1)) else None
    full = scan.words[start] in FIRST and not LAST.isdisjoint(scan.words[start + 1 : start + 2])
    if word == "yo" and scan.gap(at) == " " and full:
        run = _person(scan, start, rare=False)  # `yo Ana Ruiz solicito`
        return run if run is not None and run.surnames else None
    return None


def _asked_for(scan: Scan, start: int) -> NameRun | None:
    if scan.words[start] not in _FOR:
        return None
    start += 1
    if start < len(scan.words) and scan.words[start] in _ARTICLES and not scan.capital(start):
        start += 1
    return _person(scan, start, rare=True) if start < len(scan.words) else None


def _nickname(scan: Scan, at: int) -> NameRun | None:
    start = at + 1
    if scan.words[start] == "como" and scan.gap(at) == " ":
        start += 1
    while start < len(scan.words) and scan.words[start] in ("el", "la") and not scan.capital(start):
        start += 1
    quoted = start < len(scan.words) and bool(set(scan.gap(start - 1)) & set("\"«“'"))
    if start >= len(scan.words) or not (scan.given(start) or quoted or scan.words[at] == "alias"):
        return None
    return _person(scan, start, rare=quoted or scan.words[at] == "alias")


def _family_of(scan: Scan, start: int) -> NameRun | None:
    """Find the family in `en casa de los Arizmendi`."""
    word = scan.words[start]
    unusual = scan.capital(start) and len(word) > 3 and word not in scan.no_surname | ORDINARY
    return scan.run(start) if unusual and scan.gap(start - 1) == " " else None


def _is_household(scan: Scan, run: NameRun) -> bool:
    """Return whether a floor or `familia` follows: `los Heredia del bajo`."""
    at = run.last
    apposed = at < len(scan.words) and scan.gap(at - 1).strip() == "," and scan.words[at] == "familia"
    return apposed or lives_there(scan, run)


def _surname(scan: Scan, start: int) -> NameRun | None:
    if start >= len(scan.words) or scan.gap(start - 1) not in (" ", ": "):
        return None
    unusual = len(scan.words[start]) > 3 and scan.words[start] not in ORDINARY | _NO_FAMILY and not _shouted_word(scan, start)
    if not (scan.known(start) or unusual) or not scan.capital(start) or scan.words[start] in scan.no_surname:
        return None
    run = scan.run(start)
    return None if is_only_public(scan, run) or in_place_or_office(scan, run, relative=True) else run


def _person(scan: Scan, start: int, rare: bool) -> NameRun | None:
    """Return the name that starts here.

    Args:
        rare: accept a capitalised word that is in no list.
    """
    if start >= len(scan.words) or set(scan.gap(start - 1)) & set(".;:!?\n[@#"):
        return None
    unusual = rare and scan.capital(start) and len(scan.words[start]) > 2 and scan.words[start] not in scan.no_surname
    if not scan.given(start) and not (unusual and not _shouted_word(scan, start)):
        return None
    if scan.words[start] in scan.never | SAINTS:
        return None
    run = scan.run(start)
    lone = run.last - run.first == 1
    if lone and scan.words[start] in ORDINARY and not scan.capital(start):
        return None
    return None if is_only_public(scan, run) or in_place_or_office(scan, run, private_act=True) else run


def _second(scan: Scan, run: NameRun) -> NameRun | None:
    """Find the alternative in `se apellida Lizarraga o Lizarralde`."""
    at = run.last
    if at + 1 < len(scan.words) and scan.words[at] in ("o", "u") and scan.gap(at) == " " and scan.gap(at - 1) == " ":
        return _surname(scan, at + 1)
    return None


def _shouted_word(scan: Scan, number: int) -> bool:
    return scan.text[scan.starts[number] : scan.ends[number]].isupper()
