"""Find names in greetings and after titles: `Hola Carmen`, `la señora García`."""

from core.privacy.redaction.persons.context import begins_sentence, in_place_or_office, is_public, lives_there, named_like_place
from core.privacy.redaction.persons.lexicon import FIRST, GREETINGS, OFFICES, ORDINARY, SAINTS, TITLES
from core.privacy.redaction.persons.namesake import speaks_of_person
from core.privacy.redaction.persons.scan import NameRun, Scan
from core.privacy.redaction.persons.shape import near

_HOLY = SAINTS | {"nuestro"}
_TITLES = TITLES | {"d"}
_ARTICLES = frozenset("el la al del los las un una senor senora sr sra y a l o the".split())
"""Articles, titles and joining words: after one of them `doctor` is a person, without it a street."""
_DOCTORS = frozenset(("doctor", "doctora", "dr", "dra"))
_RANKS = frozenset("inspector inspectora subinspector subinspectora sargento sargenta".split())
_TITLES_OF_THE_LIVING = frozenset("sr sra srta senor senora".split())
"""No street has one before a given name."""
_ENGLISH = frozenset("the and is of was for with has".split())
"""Words of an English text."""
_ADDRESSED_BY_OFFICE = frozenset("minister prime speaker secretary chairman governor chancellor commissioner ambassador chief".split())
"""English offices that stand after Mr."""
_VOWELS = frozenset("aeiouy")
_TITLES_OF_UNKNOWN_NAMES = frozenset("sr sra senor senora don dona mr mrs ms herr senhor senhora senyor senyora srta".split())
"""Titles after which a capitalised word is a name even if no list has it."""


def greeted(scan: Scan, at: int) -> NameRun | None:
    """Find a greeted name: `Hola Carmen,`, `Estimado señor Ruiz`, `Buenos días, Antonio`."""
    word = scan.words[at]
    if word not in GREETINGS:
        return None
    start = at + 1
    if word == "buenas" or (start < len(scan.words) and scan.words[start] in ("dias", "tardes", "noches", "amigo", "amiga")):
        start += 1
    if start < len(scan.words) and scan.words[start] in TITLES and scan.words[start] not in FIRST:
        start += 1
    if start >= len(scan.words) or not near(scan, at, start) or not scan.known(start):
        return None
    if scan.words[start] in ORDINARY and not scan.ends_clause(start):
        return None
    run = scan.run(start)
    if begins_sentence(scan, run):
        return None
    public = not named_like_place(scan, run) and is_public(scan, run)
    return None if public or (run.given == 0 and scan.words[start] in ORDINARY) else run


def titled(scan: Scan, at: int) -> NameRun | None:
    """Find a name after a title: `la señora García`, `doña Pilar`.

    `Doctor Esquerdo` without an article is a street.
    """
    word = scan.words[at]
    if word == "d" and at > 0 and len(scan.words[at - 1]) == 1:
        return None
    if word not in TITLES or word == "andrea" or (at > 0 and scan.words[at - 1] in _HOLY):
        return None
    start = at + 1
    while start < len(scan.words) and scan.words[start] in _TITLES and start - at < 3:
        start += 1
    if (
        word == "frau"
        or start >= len(scan.words)
        or scan.gap(start - 1) not in (" ", ". ", ".", ".ª ", "ª ", ".ª. ", "  ", "/a ", "ª. ", "/a. ")
    ):
        return None
    if not (scan.known(start) or (scan.capital(start) and scan.words[start] not in scan.never and len(scan.words[start]) > 2)):
        return None
    if (len(word) > 4 and "." in scan.gap(start - 1)) or scan.words[start] == "jesus" or len(set(scan.words[start])) == 1:
        return None
    if word == "dona" and "ñ" not in scan.text[scan.starts[at] : scan.ends[at]].lower() and not scan.given(start):
        return None
    run = scan.run(start)
    article = at > 0 and scan.words[at - 1] in _ARTICLES
    if word in _DOCTORS and scan.capital(at) and not article:
        return None
    if word in ("mr", "mrs") and scan.words[start] in OFFICES | _ADDRESSED_BY_OFFICE:
        return None
    if word == "mr" and not scan.known(start) and _ENGLISH.isdisjoint(scan.words):
        return None  # `Mr. Destripador`, for fun
    if word in ("sr", "sra", "senor", "senora", "senores") and scan.words[start] in OFFICES:
        return None
    if word in ("seno", "dna", "dn") and not scan.known(start):
        return None
    treats = article and not scan.capital(at) and word in _DOCTORS | _RANKS
    if not scan.known(start) and ((word not in _TITLES_OF_UNKNOWN_NAMES and not treats) or _VOWELS.isdisjoint(scan.words[start])):
        return None  # the second: `Mr Gvt` is the government
    abbreviated = word == "d" and scan.gap(at)[:1] == "."  # no street is called "D. Luis Cabrera" but after "calle"
    like_place = scan.place_end(at) >= run.last and not abbreviated and not speaks_of_person(scan, run)
    if like_place or in_place_or_office(scan, NameRun(at, run.last, run.given, run.surnames)):
        return None  # the second: `la calle Doctor Esquerdo`
    namesake = lives_there(scan, run) or ((abbreviated or word in _TITLES_OF_THE_LIVING) and named_like_place(scan, run))
    return None if is_public(scan, run) and not namesake else run
