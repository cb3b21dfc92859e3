"""Find the name a person gives: `me llamo Ana`, `soy Ana López`.

Also `Ane naiz`.
"""

from core.privacy.redaction.persons.context import in_place_or_office, is_public
from core.privacy.redaction.persons.lexicon import FIRST, LAST, ORDINARY
from core.privacy.redaction.persons.scan import NameRun, Scan
from core.privacy.redaction.persons.shape import near, with_given, with_surnames
from core.privacy.redaction.words import word_set

SELF = {
    "llamo": ("me",),
    "nombre": ("mi", "su"),
    "soy": None,
    "soi": None,
    "soc": None,
    "son": None,
    "am": ("i",),
    "im": ("i",),
    "m": ("i",),
    "name": ("my", "the"),
    "dic": ("em",),
    "nom": ("meu",),
    "izena": ("nire",),
    "chamo": None,
    "chamome": None,
    "appelle": ("m",),
    "chiamo": ("mi",),
    "heisse": ("ich",),
    "suis": ("je",),
    "sono": None,
    "bin": ("ich",),
    "nome": ("meu",),
    "llama": ("se",),
    "llamaba": ("se",),
    "diu": ("es",),
    "habla": None,
    "somos": None,
}
_WEAK_SELF = word_set("persons.self_named", "weak_self")
_SURE_SELF = word_set("persons.self_named", "sure_self")
_LINKING_WORDS = word_set("persons.self_named", "linking_words")


def introduced(scan: Scan, at: int) -> NameRun | None:
    """Find a name after `me llamo`, `soy`, `se llama` and the like."""
    word = scan.words[at]
    if word == "naiz":
        return _before_naiz(scan, at)
    if word not in SELF:
        return None
    before = SELF[word]
    if before is not None and (at == 0 or scan.words[at - 1] not in before):
        return None
    if word == "llama" and (turned := _before_se_llama(scan, at)) is not None:
        return turned
    start = at + 1
    while start < len(scan.words) and start - at < 3 and scan.words[start] in _LINKING_WORDS and not scan.given(start):
        start += 1
    if start + 1 < len(scan.words) and len(scan.words[start]) == 1 and scan.continues(start) and scan.given(start + 1):
        return NameRun(start, scan.run(start + 1).last, 1, 0)  # "soy M. Àngels"
    if start >= len(scan.words) or not near(scan, at, start):
        return None
    if word in _WEAK_SELF:
        if word in ("son", "habla", "sono", "m", "somos") and not scan.capital(start):
            return None
        run = scan.run(start)
        full = run.last - run.first > 1 and scan.known(start)
        stranger = word in ("soy", "soc") and _introduces(scan, start, run)
        shaped = stranger or scan.given(start) or (scan.capital(start) and full)
        if not shaped or (word in ("son", "sono") and (not full or is_public(scan, run, announced=True))):
            return None
        sure = word in _SURE_SELF and scan.capital(start)
        if scan.words[start] in ORDINARY and not (full or sure or scan.ends_clause(start)):
            return None
        return with_given(scan, with_surnames(scan, run))
    if word in ("llama", "llamaba", "diu"):  # streets, plans and dogs have names too
        loud = scan.shouted and scan.words[start] in FIRST and scan.words[start + 1 : start + 2] and scan.words[start + 1] in LAST
        return scan.run(start) if (scan.given(start) or loud) and not in_place_or_office(scan, NameRun(at, start, 1, 0)) else None
    called = word in ("llamo", "chamo") and scan.words[start] in FIRST  # "me llamo pilar santos"
    if called or scan.known(start) or (scan.capital(start) and scan.words[start] not in scan.never):
        return with_given(scan, scan.run(start))
    return None


_INTRODUCED = word_set("persons.self_named", "introduced")


def _introduces(scan: Scan, start: int, run: NameRun) -> bool:
    """Return whether an explanation follows: `soy Abundio, el de los canarios`."""
    end = run.last
    return (
        scan.capital(start)
        and scan.words[start] not in scan.never | ORDINARY
        and len(scan.words[start]) > 2
        and end < len(scan.words)
        and scan.gap(end - 1) == ", "
        and scan.words[end] in _INTRODUCED
    )


def _before_se_llama(scan: Scan, at: int) -> NameRun | None:
    """Find the name in `Borja se llama`, when no name follows."""
    if at < 2 or scan.gap(at - 2) != " " or (at + 1 < len(scan.words) and scan.continues(at) and scan.known(at + 1)):
        return None
    name = at - 2
    return NameRun(name, name + 1, 1, 0) if scan.given(name) and scan.capital(name) and scan.words[name] not in ORDINARY else None


def _before_naiz(scan: Scan, at: int) -> NameRun | None:
    first = at
    while first > 0 and at - first < 5 and scan.continues(first - 1) and (scan.known(first - 1) or scan.capital(first - 1)):
        first -= 1
    return NameRun(first, at, 1, 1) if first < at and scan.words[first] in FIRST else None
