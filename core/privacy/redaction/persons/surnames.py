"""Find surnames without a given name: `Peláez, el del tercero`."""

import re
from collections.abc import Iterator

from core.privacy.redaction.persons.context import in_place_or_office, is_public, lives_there
from core.privacy.redaction.persons.lexicon import LAST, ORDINARY
from core.privacy.redaction.persons.scan import NameRun, Scan
from core.privacy.redaction.persons.shape import with_given
from core.privacy.redaction.words import word_set

_OF_INSTITUTIONS = word_set("persons.surnames", "of_institutions")
"""Initials of schools, clubs and associations: `C. P. Rufino Blanco`."""
SIGNS = re.compile(
    r"\b[A-ZÁÉÍÓÚÑ]\.\s?[A-ZÁÉÍÓÚÑ]\.\s?[A-ZÁÉÍÓÚÑ]|, (?:el|la) (?:del?|de la) |[a-záéíóúñ], [A-ZÁÉÍÓÚÑ][a-záéíóúñ]+(?=[,.:;)\n]|\Z)"
)
"""What a text with one of these names has: two initials, `, el del`, or a given name between signs: `García Ruiz, Ana`."""


def surnames(scan: Scan) -> Iterator[NameRun]:
    """Yield surnames with a floor, two initials or a given name behind."""
    if scan.shouted or SIGNS.search(scan.text) is None:
        return
    for at, word in enumerate(scan.words):
        if word not in LAST or word in ORDINARY | scan.no_surname or not scan.capital(at):
            continue
        first = _initials_before(scan, at)
        run = NameRun(first, scan.run(at).last, 0, 1)
        is_neighbour = scan.gap(run.last - 1).strip() == "," and lives_there(scan, run)
        alone = at == 0 or not scan.continues(at - 1)
        turned = alone and run.last - at > 1 and not _in_a_list(scan, at) and with_given(scan, run)
        if turned and turned.last > run.last and scan.ends_clause(turned.last - 1) and not in_place_or_office(scan, run, relative=True):
            yield turned
        elif (first < at or (alone and is_neighbour)) and not is_public(scan, run) and not in_place_or_office(scan, run, relative=True):
            yield run


def _in_a_list(scan: Scan, at: int) -> bool:
    """Return whether a comma precedes: `Orense, Bravo Murillo, Pilar`, streets."""
    return at > 0 and "," in scan.gap(at - 1)


def _initials_before(scan: Scan, at: int) -> int:
    """Return where the initials of a surname begin.

    The surname itself with fewer than two, or those of an institution."""
    first = at
    while first and len(scan.words[first - 1]) == 1 and scan.capital(first - 1) and scan.gap(first - 1) in (".", ". "):
        first -= 1
    institution = "".join(scan.words[first:at]) in _OF_INSTITUTIONS
    return at if at - first < 2 or institution else first
