"""Find a first name alone, or before a rare surname.

`gracias a Miriam`, `Joaquín y yo`, `Samanta Vilches`.
"""

import re

from core.privacy.redaction.persons.context import (
    BARE_PUBLIC,
    CALL,
    apposed,
    in_place_or_office,
    is_explained,
    is_public,
    performs,
    spoken_of,
)
from core.privacy.redaction.persons.lexicon import (
    BEFORE_PLACE,
    GIVEN_FIRST,
    LAST,
    OPEN_PLACES,
    ORDINARY,
    PARTICLES,
    PLACES,
    RULERS,
    SAINTS,
    SURNAME_TOO,
)
from core.privacy.redaction.persons.scan import NameRun, Scan
from core.privacy.redaction.words import word_set

_AND_ME = re.compile(r",? (?:y|e|i|ni|and|eta) (?:yo|mi|un servidor|jo|eu|I|me|ni)(?!\w)", re.IGNORECASE)
_RULER = re.compile(r" (?:[IVX]{1,5}(?!\w)|(?:el|la) (?:[A-ZÁÉÍÓÚ]|católic|catolic|loc[oa]\b|sabio|magn[oa]|destripador|conquistador))")
_OF = re.compile(r" (?:de|del|de la) [A-ZÁÉÍÓÚ]")
_AGE = re.compile(r",? \(?(?:de )?\d{1,3} (?:años|anys|anos|urte|years)", re.IGNORECASE)
_SIGNS_BEFORE = frozenset("#@/_[«\"“'’-0123456789")
_SIGNS_AFTER = frozenset("/_#@0123456789")
_NEAR_PLACE = BEFORE_PLACE - {"a", "entre"} | {"junto", "por", "dia", "puente", "feria", "tipo", "modelo", "marca"}
_ADVOCATIONS = word_set("persons.lone", "advocations")
"""Names that churches, districts or feasts have too: `la Almudena`, `El Carmen`, `Las Mercedes`."""
_OPEN_SENTENCE = word_set("persons.lone", "open_sentence")


def lone(scan: Scan, at: int, run: NameRun, wide: NameRun) -> NameRun | None:
    """Return a name of a first name and, optionally, an unlisted surname."""
    if not scan.capital(at) or _part_of_more(scan, at, wide) or _orders(scan, at):
        return None
    end = scan.ends[wide.last - 1]
    mine = bool(_AND_ME.match(scan.text, end))
    private_act = (
        mine
        or apposed(scan, wide)
        or is_explained(scan, wide)
        or spoken_of(scan, wide)
        or bool(CALL.match(scan.text, end) or _AGE.match(scan.text, end))
    )
    if not mine and (is_public(scan, wide) or is_public(scan, run)):
        return None
    if in_place_or_office(scan, wide, private_act=private_act) or _RULER.match(scan.text, end):
        return None
    if private_act and (scan.words[at] not in ORDINARY or mine or wide.last - wide.first > 1 or not apposed(scan, wide)):
        return wide
    word, full = scan.words[at], wide.last - wide.first > 1
    if _named_after(scan, at):
        return None
    if (
        (word in ORDINARY and not (full and _woman(scan, at)))
        or performs(scan, at)
        or (at and scan.words[at - 1] in _NEAR_PLACE)
        or _crossing(scan, at)
    ):
        return None
    if not full:
        after_article = at > 0 and scan.words[at - 1] in ("la", "el", "las", "los", "del", "al", "un", "una")
        stays = (
            (word in LAST and word not in GIVEN_FIRST) or word in SURNAME_TOO or len(word) < 3 or (after_article and word in _ADVOCATIONS)
        )
        return None if stays else wide
    return wide if _reads_as_person(scan, wide) else None


def _orders(scan: Scan, at: int) -> bool:
    """Return whether the word is an imperative: `Miren el árbol`."""
    if at and not set(scan.gap(at - 1)) & set(".!?\n¡¿:;…"):
        return False
    following = scan.words[at + 1 : at + 2]
    return scan.words[at] in _IMPERATIVES and bool(following) and following[0] in _AFTER_IMPERATIVE


_IMPERATIVES = word_set("persons.lone", "imperatives")
_AFTER_IMPERATIVE = word_set("persons.lone", "after_imperative")


def _woman(scan: Scan, at: int) -> bool:
    """Return whether it is `Amparo` or `Pilar` before a surname, without article."""
    return scan.words[at] in _ADVOCATIONS and not (at and scan.words[at - 1] in ("la", "el", "las", "los", "del", "al", "un", "una", "de"))


def _named_after(scan: Scan, at: int) -> bool:
    """Return whether a street's or public person's name starts here.

    Also in lower case.
    """
    words = [word for word in scan.words[at : at + 6] if word not in PARTICLES][:4]
    return scan.place_end(at) > at or any(" ".join(words[:count]) in BARE_PUBLIC for count in (2, 3, 4))


def _crossing(scan: Scan, at: int) -> bool:
    """Return whether a street is announced: `esquina a`, `cruce con`, `zona de`."""
    return (
        at > 1
        and scan.words[at - 1] in ("a", "con", "de", "y")
        and scan.words[at - 2] in (BEFORE_PLACE | {"calles", "esquinas", "altura", "cruces", "giro", "final", "vias"})
    )


def _part_of_more(scan: Scan, at: int, wide: NameRun) -> bool:
    """Return whether the word is part of a longer name.

    Capitalised neighbours or punctuation show it.
    """
    end = scan.ends[wide.last - 1]
    after = scan.text[end : end + 1]
    if after in _SIGNS_AFTER or _OF.match(scan.text, end):
        return True
    following = wide.last
    joined = following < len(scan.words) and scan.continues(following - 1)
    if joined and scan.capital(following) and scan.words[following] in scan.no_surname:
        return True
    return at > 0 and _part_of_before(scan, at)


def _part_of_before(scan: Scan, at: int) -> bool:
    before, gap = scan.words[at - 1], scan.gap(at - 1)
    if gap[-1:] in _SIGNS_BEFORE or before in SAINTS or before in RULERS or before == "s":
        return True
    if not scan.continues(at - 1):
        return False
    if before in ("las", "los"):
        return True
    if scan.capital(at - 1):
        starts = at == 1 or bool(set(scan.gap(at - 2)) & set(".!?\n¡¿:;…"))
        article = before in ("la", "el")
        return (article and not starts) or ((not starts or before in PLACES | LAST | scan.no_surname) and (before not in _OPEN_SENTENCE))
    first = at - 1
    while first > 0 and scan.words[first] in ("de", "del", "la", "los", "las", "d") and at - first < 4:
        first -= 1
    return first < at - 1 and scan.capital(first) and scan.gap(first) == " " and scan.words[first] not in _OPEN_SENTENCE


def _reads_as_person(scan: Scan, wide: NameRun) -> bool:
    """Return whether the name has neither place words nor capitals throughout."""
    words = [number for number in range(wide.first, wide.last) if scan.words[number] not in PARTICLES]
    if "-" in scan.text[scan.starts[wide.first] : scan.ends[wide.last - 1]]:
        return False
    shouted = any(scan.text[scan.starts[n] : scan.ends[n]].isupper() and scan.ends[n] - scan.starts[n] > 2 for n in words)
    return not shouted and not any(scan.words[n] in PLACES - OPEN_PLACES or scan.words[n] in scan.no_surname for n in words)
