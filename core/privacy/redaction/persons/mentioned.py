"""Find names that no word announces: in full, a first name alone, the others of a list."""

from collections.abc import Iterator

from core.privacy.redaction.persons.context import (
    BARE_STREETS,
    apposed,
    bare,
    in_place_or_office,
    is_public,
    of_somebody,
    performs,
    said_of_somebody,
)
from core.privacy.redaction.persons.lexicon import FIRST, LAST, ORDINARY, SAINTS
from core.privacy.redaction.persons.lone import lone
from core.privacy.redaction.persons.scan import Run, Scan


def in_full(scan: Scan, at: int) -> tuple[Run | None, int]:
    """A full name without a word that announces it; also a given name of which something is told."""
    run = scan.run(at, unknown=False)
    wide = scan.run(at)
    step = max(run.last, at + 1)
    if at > 0 and scan.words[at - 1] in SAINTS and scan.gap(at - 1).strip() in ("", "."):
        return None, step
    if (
        at > 0
        and scan.joined(at - 1)
        and scan.words[at - 1] in LAST
        and scan.known(at - 1)
        and (scan.capital(at - 1) or scan.shouted)
    ):
        return None, step  # `Méndez Álvaro`, a list of surnames
    told = said_of_somebody(scan, wide) or of_somebody(scan, wide) or (run.surnames == 0 and apposed(scan, wide))
    if run.surnames == 0:
        if wide.last > run.last and told and scan.capital(at):
            run = wide
        elif (
            not told
            or scan.words[at] in ORDINARY
            or not scan.capital(at)
            or (at > 0 and scan.words[at - 1] in ("el", "la", "a", "de", "en"))
        ):
            found = lone(scan, at, run, wide)
            return found, step if found is None else found.last
    if not scan.capital(at) and any(scan.words[n] in ORDINARY for n in range(run.first, run.last)):
        return None, step
    if (
        scan.words[at] in ORDINARY
        and not _both_capital(scan, run)
        and not told
        and all(word in ORDINARY or word not in LAST for word in scan.words[at + 1 : run.last])
    ):
        return None, step
    if not told and performs(scan, at):
        return None, max(wide.last, step)
    if is_public(scan, run) or is_public(scan, wide) or in_place_or_office(scan, run, told=told):
        return None, max(wide.last, step)
    if not told and bare(scan, run) in BARE_STREETS:
        return None, step
    return wide if scan.capital(at) else run, step


def _both_capital(scan: Scan, run: Run) -> bool:
    """Return True for `Paz Iglesias` within a sentence: words of the language, both large, the first no beginning."""
    if run.last - run.first < 2 or run.first == 0 or not scan.capital(run.first + 1) or not scan.capital(run.first):
        return False
    before, gap = run.first - 1, scan.gap(run.first - 1)
    return (
        gap in (" ", ", ")
        and not scan.capital(before)
        and scan.words[before] not in _ARTICLES
        and scan.words[run.first] in FIRST
    )


_ARTICLES = frozenset("la el las los del al un una de".split())


def and_another(scan: Scan, run: Run) -> Iterator[Run]:
    """`Ana y Luis`, `Ana López, Luis Ruiz y Eva`: the others of a list."""
    at = run.last
    while at + 1 < len(scan.words) and at - run.last < 12:
        gap = scan.gap(at - 1)
        if scan.words[at] in ("y", "e", "i", "eta", "and", "et") and gap == " " and scan.gap(at) == " ":
            at += 1
        elif gap != ", ":
            return
        last_of_list = gap == " " and scan.ends_clause(at)
        if not scan.given(at) or (scan.words[at] in ORDINARY and not last_of_list):
            return
        other = scan.run(at)
        if is_public(scan, other) or in_place_or_office(scan, other):
            return
        yield other
        at = other.last
