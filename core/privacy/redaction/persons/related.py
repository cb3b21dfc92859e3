"""Find the name of a relative, a neighbour or a worker.

`mi vecino Antonio`, `su hija (Lucía)`.
"""

from core.privacy.redaction.persons.context import in_place_or_office, is_public, located, named_like_place
from core.privacy.redaction.persons.lexicon import OFFICES, ORDINARY, PRIVATE_CHAIR, RELATIVES, SAINTS
from core.privacy.redaction.persons.scan import NameRun, Scan
from core.privacy.redaction.words import word_set

_MINE = word_set("persons.related", "mine")
_BETWEEN = word_set("persons.related", "between")
_KIN = word_set("persons.related", "kin")
"""Only these are of a person: `el hijo de Antonio López`."""

_OFTEN_OTHERWISE = frozenset("padre madre tio tia maestro maestra profesor nino hermano hermana prima primo".split())
"""Relatives whose words often mean something else (Padre Damián is a street): only with a possessive."""
_NEIGHBOURS = frozenset("vecino vecina vecinos vecinas veina vei vicino bizilaguna".split())
"""After these `de` begins a place: `vecinos de Lavapiés`."""


def _rare(scan: Scan, at: int) -> bool:
    """Return whether it is like `mi hijo Danylo`, with an unlisted name.

    A possessive, a relative, and a capitalised word that is neither listed nor a place word.
    """
    start, before = at + 1, scan.words[at - 1] if at else ""
    word = scan.words[start]
    return (
        before in _MINE
        and scan.words[at] not in ("vecinos", "vecinas", "veins", "veines", "vizinhos")
        and scan.capital(start)
        and not scan.capital(at)
        and scan.gap(at).strip() in ("", ",", "(")
        and len(word) > 2
        and word not in scan.no_surname
        and word not in ORDINARY
        and not scan.text[scan.starts[start] : scan.ends[start]].isupper()
    )


def _written(scan: Scan, start: int) -> bool:
    """Return whether the word has one capital: `GEA` is a company."""
    return scan.capital(start) and not scan.text[scan.starts[start] : scan.ends[start]].isupper()


def _owned(scan: Scan, at: int) -> bool:
    """Return whether a relative has an owner: `mi padre`, `el tío de`.

    Not the `Padre` or `Tío` of a place.
    """
    before = scan.words[at - 1] if at else ""
    return before in (
        "mi",
        "su",
        "tu",
        "nuestro",
        "nuestra",
        "un",
        "una",
        "el",
        "la",
        "al",
        "del",
        "meu",
        "meva",
        "my",
        "mon",
        "ma",
        "mio",
        "mia",
        "mein",
        "meine",
    ) and not scan.capital(at)


def related(scan: Scan, at: int) -> NameRun | None:
    """Find a name after a relative or neighbour: `mi vecino Antonio Ruiz`.

    Also `su hija (Lucía)`, `la presidenta de la comunidad, Rosa Molina`.
    """
    word = scan.words[at]
    if word not in RELATIVES or (word in ("senora", "padre", "madre") and at > 0 and scan.words[at - 1] in SAINTS):
        return None
    if word in ("tio", "tia") and at > 0 and scan.words[at - 1] not in ("mi", "su", "tu"):
        return None
    if word in _OFTEN_OTHERWISE and not _owned(scan, at):
        return None
    if scan.capital(at) and scan.place_end(at) > at:
        return None  # "Farmacéutico Murillo Herrera" is a street
    chair = word in OFFICES
    for start in range(at + 1, min(at + 8, len(scan.words))):
        gap = scan.gap(start - 1)
        if any(character in gap for character in ".;!?\n]@") and gap not in (". ", "."):
            return None
        if scan.words[start] in PRIVATE_CHAIR:
            chair = False
            continue
        if chair and scan.words[start] not in ("de", "la", "del", "mi", "nuestra", "el", "los", "las"):
            return None
        if scan.given(start) or (start == at + 1 and scan.known(start) and _written(scan, start) and scan.words[start] not in ORDINARY):
            run = scan.run(start)
            near = start - at <= 2 or scan.capital(start)
            if scan.words[start] in ORDINARY and not (scan.capital(start) and (run.surnames or start == at + 1)):
                return None
            if scan.words[start - 1] in SAINTS or scan.words[start] == "jesus":
                return None
            if (
                scan.words[start - 1] in ("las", "los", "la", "el", "del")
                and start - at > 1
                and scan.words[at] not in ("hijo", "hija", "madre", "padre", "filla", "fill", "mare", "pare")
            ):
                return None
            if located(scan, run):
                return None  # "mi madre, en Manuel Becerra, se cayó"
            like_place = named_like_place(scan, run)
            if scan.words[start - 1] == "de" and (word in _NEIGHBOURS or (like_place and word not in _KIN)):
                return None  # "el conductor de Diego de León" drives in a street
            public = not like_place and is_public(scan, run, announced=True)
            taken = public or in_place_or_office(scan, run, relative=True)
            return run if near and not taken else None
        if start == at + 1 and _rare(scan, at):
            run = scan.run(start)
            return None if in_place_or_office(scan, run, relative=True) else run
        if scan.words[start] not in _BETWEEN or (
            gap.strip() in ("(", ",") and scan.words[start] not in ("don", "dona", "d", "que", "en", "na")
        ):
            return None
    return None
