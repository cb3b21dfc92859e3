"""Decide whether a name belongs to a street, school or office."""

import re

from core.privacy.redaction.persons.lexicon import (
    ARTS,
    BEFORE_PLACE,
    FIRST,
    GREETINGS,
    LAST,
    OFFICES,
    OPEN_PLACES,
    ORDINARY,
    PARTICLES,
    PLACES,
    PRIVATE_CHAIR,
    PUBLIC,
    RELATIVES,
    RULERS,
    SAINTS,
    SAYING,
    TITLES,
)
from core.privacy.redaction.persons.scan import NameRun, Scan
from core.privacy.redaction.words import word_set

_STOP = frozenset('.;:!?\n()"«»[]')
_LOOSE = (
    PARTICLES
    | word_set("persons.context", "loose")
    | RULERS
    | SAINTS
    | set(
        """
        doctor doctora dr dra maestro maestra profesor don dona pintor poeta alcalde ingeniero arquitecto cultural deportivo municipal
        publico publica social mayores salud infantil juvenil civico cubierta nacional real central futbol padel tenis
        """.split()
    )
)
_CUT = word_set("persons.context", "cut") | RELATIVES - OFFICES | TITLES - {"don", "dona", "senor", "senora", "sr", "sra"}
_STREET_NUMBER = re.compile(
    r"\s{0,2},?\s{0,2}(?:n[ºo°.]{1,2}|núm\w*\.?|s/n)?\s{0,2}\d{1,4}(?![\d.:]|\s?(?:años|horas"
    r"|veces|euros|º|h\b))",
    re.IGNORECASE,
)
_PRONOUNS = word_set("persons.context", "pronouns")


def is_public(scan: Scan, run: NameRun, announced: bool = False) -> bool:
    """Return whether the name is of a historical person or office holder.

    Args:
        announced: do not accept a first name alone.
    """
    words = scan.words[run.first : run.last]
    words[-1] = _BASQUE_END.sub("", words[-1]) if words[-1] not in LAST and len(words) > 1 else words[-1]
    if len(words) == 1:
        return words[0] in scan.places.own.known_alone and not (announced and words[0] in FIRST)
    if words[-1] in scan.places.own.known_alone and len(words) == 2 and words[0] in _OF_PUBLIC:
        return True
    joined = " ".join(words)
    if len(words) > 2 and " ".join(word for word in words if word not in PARTICLES) in BARE_PUBLIC:
        return True
    return joined in PUBLIC or (" ".join(words[:2]) in PUBLIC and len(words) == 3 and not announced) or " ".join(words[1:]) in PUBLIC


def is_only_public(scan: Scan, run: NameRun) -> bool:
    """Return whether an announced name is a public person's only.

    Not a street's, too: a neighbour may be named like it.
    """
    return is_public(scan, run, announced=True) and not named_like_place(scan, run)


_BASQUE_END = re.compile(r"(?:ren|rekin|rentzat|ri|k|ek|en)\Z")
BARE_PUBLIC = frozenset(" ".join(word for word in name.split() if word not in PARTICLES) for name in PUBLIC)
_OF_PUBLIC = word_set("persons.context", "of_public")


def in_place_or_office(scan: Scan, run: NameRun, private_act: bool = False, relative: bool = False) -> bool:
    """Return whether the context makes the name a place or an office.

    Args:
        private_act: the text describes a private act of the person.
        relative: the name follows a word for a relative.
    """
    if _place_before(scan, run.first) or (not relative and _office_before(scan, run.first)) or _office_after(scan, run.last):
        return True
    if relative or private_act or not run.surnames:
        return False
    before = scan.words[run.first - 1] if run.first else ""
    crossing = before == "con" and run.first > 1 and scan.words[run.first - 2] in CROSSINGS
    behind = run.first > 0 and bool(_NUMBER_BEFORE.search(scan.gap(run.first - 1)))
    if crossing or behind:
        return True
    located = before in BEFORE_PLACE and before != "a" and scan.gap(run.first - 1) in (" ", ": ", "  ")
    return located or bool(_STREET_NUMBER.match(scan.text, scan.ends[run.last - 1]))


CROSSINGS = word_set("persons.context", "crossings")
_NUMBER_BEFORE = re.compile(r"\A\s\d{1,4}\s?,?\s\Z")
"""`en el 30 Josefa Valcárcel`."""


def performs(scan: Scan, first: int) -> bool:
    """Return whether the context is a public performance: `concierto de Ana López`."""
    for at in range(first - 1, max(-1, first - 8), -1):
        if set(scan.gap(at)) & (_STOP - set('"«»():')) or scan.words[at] in _CUT:
            return False
        if scan.words[at] in ARTS:
            return True
    return False


def _place_before(scan: Scan, first: int) -> bool:
    for at in range(first - 1, max(-1, first - 11), -1):
        gap, word = scan.gap(at), scan.words[at]
        if (set(gap) & _STOP and not (gap.strip() == "." and len(word) <= 4)) or any(map(str.isdigit, gap)):
            return word in PLACES and gap.strip() in (":", "(", '"', "«") and word not in OPEN_PLACES
        if word in PLACES | _OF_A_PLACE and "," in gap and not scan.capital(at) and not _plural(scan, at):
            return False  # "la socorrista de la piscina municipal, Nerea Casamayor": the place name has ended
        if word in PLACES:
            between = [other for other in scan.words[at + 1 : first] if other not in PARTICLES]
            return word not in OPEN_PLACES or (not between and (scan.capital(at) or "," not in gap))
        if not (word in _LOOSE or scan.known(at) or scan.capital(at)):
            return False
    return False


_OF_A_PLACE = word_set("persons.context", "of_a_place")


def _plural(scan: Scan, at: int) -> bool:
    """Return whether plural place words precede here: a list of streets."""
    return any(scan.words[number] in _MANY for number in range(max(0, at - 3), at + 1))


_MANY = word_set("persons.context", "many")


def apposed(scan: Scan, run: NameRun) -> bool:
    """Return whether the name is an apposition: `el del taller, Fermín, pinta`.

    It is enclosed in punctuation, after a lower-case word.
    """
    at, end = run.first, scan.ends[run.last - 1]
    if at > 0 and scan.words[at - 1] in ("en", "na", "n", "l") and not scan.capital(at - 1) and scan.gap(at - 1) in (" ", "'", "’"):
        at -= 1  # the personal article of Catalan
    if at == 0 or scan.shouted or scan.capital(at - 1):
        return False
    before, after = scan.gap(at - 1).strip(), scan.text[end : end + 3].strip(" ")
    if before not in (",", "(", ":", "–", "—") or (after and after[0] not in ",.;:!?)\n–—"):
        return False
    listed = (after[:1] == "," and before == ":") or (after[:1] == "," and run.last < len(scan.words) and scan.capital(run.last))
    return not listed and scan.words[at - 1] not in GREETINGS and not _plural(scan, at - 1)


def is_explained(scan: Scan, run: NameRun) -> bool:
    """Return whether an explanation of the person follows the name.

    `Rosario, su hermana`, `que es médica`.
    """
    at = run.last
    if at + 1 >= len(scan.words) or scan.gap(at - 1).strip() not in (",", "("):
        return False
    word, following = scan.words[at], scan.words[at + 1]
    return (word in _WHOSE and following in RELATIVES) or (
        word == "que"
        and following in ("es", "soy", "tiene", "vive", "esta", "trabaja")
        and not (named_like_place(scan, run) and following in ("es", "tiene", "esta"))
    )


def who_was_named(scan: Scan, run: NameRun) -> bool:
    """Return whether a role precedes an apposition: `la dueña, Ana Ruiz,`."""
    if run.first < 2 or not scan.gap(run.first - 1).endswith(", ") or not scan.ends_clause(run.last - 1):
        return False
    for at in range(run.first - 1, max(-1, run.first - 7), -1):
        word, gap = scan.words[at], scan.gap(at)
        if set(gap) & _STOP or ("," in gap and at < run.first - 1):
            return False
        if word in RELATIVES and not word.endswith("s"):
            return word not in OFFICES or not PRIVATE_CHAIR.isdisjoint(scan.words[at + 1 : run.first])
    return False


_WHOSE = word_set("persons.context", "whose")


def _office_before(scan: Scan, first: int) -> bool:
    for at in range(first - 1, max(-1, first - 9), -1):
        gap, word = scan.gap(at), scan.words[at]
        if set(gap) & (_STOP - {"(", ":"}) and not (gap.strip() == "." and len(word) <= 4):
            return False
        if word == "papa" and scan.words[at + 1] == "de":
            return False
        if word in OFFICES:
            return PRIVATE_CHAIR.isdisjoint(scan.words[at + 1 : first])
        if word in RULERS and at == first - 1:
            return True
        if word in _CUT:
            return False
    return False


def _office_after(scan: Scan, last: int) -> bool:
    if scan.words[last + 1 : last + 2] == ["como"] and last + 2 < len(scan.words) and scan.words[last + 2] in OFFICES:
        return True  # "prometió como alcaldesa"
    for at in range(last, min(last + 3, len(scan.words))):
        gap = scan.gap(at - 1)
        if set(gap) & (_STOP - {"("}) or ("," in gap and at > last):
            return False
        if scan.words[at : at + 2] == ["mayor", "de"]:
            return False
        if scan.words[at] in OFFICES:
            return PRIVATE_CHAIR.isdisjoint(scan.words[at + 1 : at + 5]) and scan.words[at] not in (
                "equipo",
                "gobierno",
                "partido",
                "secretaria",
            )
        if scan.words[at] not in ("la", "el", "actual", "ex", "como", "nuestra", "nuestro", "nueva", "nuevo"):
            return False
    return False


_OF_A_FLOOR = re.compile(r"\s?(?:del?|de la|de l)\s?(?:\d{1,2}\s?[ºª°]|\[|tercero|segundo|primero|cuarto|quinto|bajo|ático|atico)")


def lives_there(scan: Scan, run: NameRun) -> bool:
    """Return whether a neighbour is meant: `, vecina de`, `del 3º B`."""
    at = run.last
    if at >= len(scan.words):
        return False
    gap = scan.gap(at - 1)
    if gap.strip() in (",", "(") and scan.words[at] in (
        "vecino",
        "vecina",
        "veina",
        "vei",
        "residente",
        "propietario",
        "propietaria",
        "inquilino",
        "inquilina",
        "neighbour",
        "resident",
    ):
        return True
    if gap.strip() == "," and scan.words[at] in RELATIVES and not scan.words[at].endswith("s"):
        following = scan.words[at + 1 : at + 2]
        if scan.ends_clause(at) or following in (["de"], ["del"], ["en"]):
            return True  # `Rosario Pino, profesora del instituto`
    if gap.strip() in (",", "(") and scan.words[at] in ("el", "la") and at + 1 < len(scan.words):
        at += 1  # `Rafaela Ybarra, la del tercero`
    return gap.strip() in ("", ",", "(") and scan.words[at] in ("del", "de") and _OF_A_FLOOR.match(scan.text, scan.starts[at]) is not None


CALL = re.compile(
    r"[\s,:(<\-–/]{1,4}(?:(?:al?|en|el|tel|tl?fn?o?|tlf|m[oó]vil|tel[eé]fono|tel[eè]fon|wsp|whatsapp)\b[.:º\s]{1,3}){0,3}"
    r"(?:\[number\]|\[email\]|[6789]\d{2}[ .\-]?\d{2})",
    re.IGNORECASE,
)
"""A telephone or address after a name."""
_PAPERS = re.compile(r"\s?[,.]\s?(?:con\s)?(?:DNI|NIE|NIF|dni|nie|mayor de edad)\b")
_AGED = re.compile(r"\s?[,(]\s?(?:de\s)?\d{1,2}\saños\s?(?:[,.;)]|\Z)")
"""`Antonio López, de 45 años,`."""


def acts_privately(scan: Scan, run: NameRun) -> bool:
    """Return whether a private act or a home address follows the name."""
    if lives_there(scan, run) or _AGED.match(scan.text, scan.ends[run.last - 1]):
        return True
    at = run.last
    end = scan.ends[at - 1]
    if CALL.match(scan.text, end) or _PAPERS.match(scan.text, end):
        return True
    if at >= len(scan.words) or scan.gap(at - 1) != " ":
        return False
    if scan.words[at] in ("y", "e") and scan.words[at + 1 : at + 2] == ["yo"]:
        return True
    if scan.words[at] in ("y", "e") and at + 2 < len(scan.words) and scan.words[at + 1] in _THEIR:
        return scan.words[at + 2] in RELATIVES
    while at < len(scan.words) and at - run.last < 4 and scan.words[at] in _PRONOUNS:
        if scan.words[at] in ("ha", "han", "habia") and _suffered(scan, at):
            return True
        if scan.words[at] in ("ha", "han", "habia") and at > run.last:
            robbed = scan.words[at - 1] in _OBJECTS - {"se"} and not _TELLERS.isdisjoint(scan.words[at + 1 : at + 2])
            return robbed or not named_like_place(scan, run)  # "Martín de los Heros se han quedado sin luz"
        at += 1
    if at >= len(scan.words):
        return False
    if at > run.last and scan.words[at - 1] in _TO_WHOM and scan.words[at] in _ONLY_PERSONS:
        return True
    if _described(scan, run.last) or (scan.words[at] in _LIVED and not is_public(scan, run)):
        return True
    if scan.words[at] not in SAYING:
        return False
    return not (named_like_place(scan, run) and scan.words[at] in _ALSO_STREETS)


_TO_WHOM = frozenset(("me", "nos", "le", "les", "te", "os", "se"))
_ONLY_PERSONS = word_set("persons.context", "only_persons")
"""What no street does to people: `Pedro Laborde me debe dinero`."""
_LIVED = frozenset(("nacio", "fallecio", "murio"))
"""Of historical persons it is no private matter."""
_STATES = word_set("persons.context", "states")
_SUFFERED = word_set("persons.context", "suffered")
_AGE_OF = re.compile(r"tiene \d{1,3} años (?:y (?:vive|esta|está|va|no)|de edad)")


def _described(scan: Scan, at: int) -> bool:
    """Return whether the following words describe a person, not a street.

    `es mi vecino`, `está enfermo`, `fue agredida`, `tiene 82 años y vive sola`, `eres un`.
    """
    word, following = scan.words[at], scan.words[at + 1 : at + 3]
    if word == "eres" or _AGE_OF.match(scan.text, scan.starts[at]):
        return True
    if word in ("esta", "estaba"):
        return not _STATES.isdisjoint(following[:1])
    if word == "fue":
        return not _SUFFERED.isdisjoint(following[:1])
    related = len(following) == 2 and following[0] in _WHOSE | {"el", "la", "un", "una"} and following[1] in RELATIVES
    return word in ("es", "era") and related


def _suffered(scan: Scan, at: int) -> bool:
    """Return whether `ha sido multado` or `ha insultado` stands here."""
    following = scan.words[at + 1 : at + 3]
    return following[:1] == ["sido"] and not _SUFFERED.isdisjoint(following[1:])


_THEIR = word_set("persons.context", "their")
_ALSO_STREETS = word_set("persons.context", "also_streets")
"""Those of SAYING that a street does too: `Luis Montoto baja hasta la ronda`."""


def named_like_place(scan: Scan, run: NameRun) -> bool:
    """Return whether a place of the city has this whole name too."""
    return scan.place_end(run.first) >= run.last


def begins_sentence(scan: Scan, run: NameRun) -> bool:
    """Return whether a place begins a sentence: `Hola, Luis Montoto sigue sucia`."""
    return named_like_place(scan, run) and not scan.ends_clause(run.last - 1)


def located(scan: Scan, run: NameRun) -> bool:
    """Return whether a place of the city is meant: `en Luis Montoto`."""
    return named_like_place(scan, run) and run.first > 0 and scan.words[run.first - 1] in BEFORE_PLACE - {"a"}


def spoken_of(scan: Scan, run: NameRun) -> bool:
    """Return whether the words before the name speak of a person.

    `multaron a Ana Ruiz`, `he hablado con`, `lo denunció`, `el culpable es`, `según`; also `A Ana Ruiz la multaron`.
    """
    at = run.first - 1
    if at < 0 or scan.gap(at) != " ":
        return False
    word, before = scan.words[at], scan.words[at - 1] if at and scan.gap(at - 1) == " " else ""
    if word == "a":
        after = scan.words[run.last : run.last + 3]
        taken = before in _TAKEN and at > 1 and scan.words[at - 2] == "se"  # "me llevó a Luis Montoto" is a way
        thanked = before == "gracias" and named_like_place(scan, run) and scan.words[run.first] not in ORDINARY
        doubled = bool(after) and after[0] in _OBJECTS and not _DONE_TO.isdisjoint(after[1:])
        happened = before in _HAPPENED and at > 1 and scan.words[at - 2] in _OBJECTS
        return before in _DONE_TO or happened or taken or thanked or doubled
    if word in _COPULAS:
        return before in _CULPRITS or (before in ("todo", "esto", "ello") and scan.words[at - 3 : at - 2] == ["culpable"])
    owner = scan.words[at - 2] if before == "es" and at > 1 else before
    if word == "de" and owner in _OWNED:
        return True
    if word in ("vive", "reside", "vivia"):
        return True
    if word in _TELLERS:
        if before in _HAVE and at > 1:
            before = scan.words[at - 2]
        twice = at > 1 and scan.words[at - 2] in _OBJECTS  # "me lo contó Lucas Mallada en el mercado"
        return before in _OBJECTS and (
            twice
            or scan.ends_clause(run.last - 1)
            or scan.words[run.last : run.last + 1] in _GOES_ON_AFTER
            or not named_like_place(scan, run)
        )
    return word in _ACCORDING or (word == "con" and before in _TALKED)


_GOES_ON_AFTER = (["que"], ["en"], ["y"], ["desde"], ["hace"], ["ayer"], ["hoy"])
"""What follows the subject of `me atendió Luis Cabrera y fue amable`."""
_OWNED = word_set("persons.context", "owned")
_DONE_TO = word_set("persons.context", "done_to")
_TAKEN = word_set("persons.context", "taken")
_HAPPENED = word_set("persons.context", "happened")
_OBJECTS = word_set("persons.context", "objects")
_COPULAS = word_set("persons.context", "copulas")
_CULPRITS = word_set("persons.context", "culprits")
_HAVE = word_set("persons.context", "have")
_TELLERS = word_set("persons.context", "tellers")
_ACCORDING = word_set("persons.context", "according")
_TALKED = word_set("persons.context", "talked")
OF_PERSONS = _DONE_TO | _TAKEN | _HAPPENED | _CULPRITS | _TELLERS | _ACCORDING | _TALKED | SAYING
"""Words beside which names are looked for that are words of the language too: `hablado con Pilar Santos`."""
