"""Find names that no word announces: in full, alone, or listed."""

from collections.abc import Iterator

from core.privacy.redaction.persons.context import (
    CALL,
    acts_privately,
    apposed,
    in_place_or_office,
    is_explained,
    is_public,
    lives_there,
    located,
    named_like_place,
    performs,
    spoken_of,
    who_was_named,
)
from core.privacy.redaction.persons.lexicon import FIRST, LAST, ORDINARY, SAINTS
from core.privacy.redaction.persons.lone import lone
from core.privacy.redaction.persons.namesake import has_more_surnames, speaks_of_person
from core.privacy.redaction.persons.scan import NameRun, Scan
from core.privacy.redaction.persons.shape import with_surnames
from core.privacy.redaction.words import word_set


def in_full(scan: Scan, at: int) -> tuple[NameRun | None, int]:
    """Find a full name without an announcing word.

    Also a given name whose person is described. The second value is the word to continue from.
    """
    run = scan.run(at, unknown=False)
    wide = scan.run(at)
    like_place = named_like_place(scan, run)
    step = max(run.last, at + 1)
    if run.surnames == 0 and _is_account(scan, at):
        return None, step
    if at > 0 and scan.words[at - 1] in SAINTS and scan.gap(at - 1).strip() in ("", "."):
        return None, step
    if at > 0 and scan.continues(at - 1) and scan.words[at - 1] in LAST and scan.known(at - 1) and (scan.capital(at - 1) or scan.shouted):
        return None, step  # `Méndez Álvaro`, a list of surnames
    private_act = (
        acts_privately(scan, wide)
        or spoken_of(scan, wide)
        or is_explained(scan, wide)
        or (run.surnames == 0 and apposed(scan, wide))
        or who_was_named(scan, wide)
        or (like_place and speaks_of_person(scan, run))
        or has_more_surnames(scan, wide)
    )
    if run.surnames == 0 and not scan.capital(at) and _called(scan, run):
        return run, step
    if run.surnames == 0:
        if wide.last > run.last and private_act and scan.capital(at):
            run = wide
        elif (
            not private_act
            or scan.words[at] in ORDINARY
            or not scan.capital(at)
            or (at > 0 and scan.words[at - 1] in ("el", "la", "a", "de", "en"))
        ):
            found = lone(scan, at, run, wide)
            return found, step if found is None else found.last
    shouted = scan.shouted and scan.words[at] not in ORDINARY  # `A PACO MERINO LE QUITARON LA PLAZA`
    doubtful = not scan.capital(at) and not shouted and not (like_place and private_act)
    if doubtful and any(scan.words[n] in ORDINARY for n in range(run.first, run.last)):
        return None, step
    if (
        scan.words[at] in ORDINARY
        and not _both_capital(scan, run)
        and not private_act
        and all(word in ORDINARY or word not in LAST for word in scan.words[at + 1 : run.last])
    ):
        return None, step
    if not private_act and performs(scan, at):
        return None, max(wide.last, step)
    namesake = private_act and (like_place or has_more_surnames(scan, wide) or lives_there(scan, wide))
    if not namesake and (is_public(scan, run, announced=private_act) or is_public(scan, wide, announced=private_act)):
        return None, max(wide.last, step)
    if in_place_or_office(scan, run, private_act=private_act) or located(scan, run):
        return None, max(wide.last, step)
    if like_place and not private_act:
        return None, step
    return with_surnames(scan, wide if scan.capital(at) else run), step


def namesake(scan: Scan, at: int) -> NameRun | None:
    """Find a person named like a street: `mi ex, Blasco de Garay`.

    The name begins with no listed given name.
    """
    if scan.words[at] not in scan.places.starts or (end := scan.place_end(at)) - at < 2:
        return None
    run = NameRun(at, end, 0, 1)
    if in_place_or_office(scan, run, private_act=True) or located(scan, run) or not speaks_of_person(scan, run):
        return None
    return with_surnames(scan, run)


def _is_account(scan: Scan, at: int) -> bool:
    """Return whether a word says what the number after it is.

    `IBAN [number]`, `Iban: [number]`; it is a given name, too.
    """
    word = scan.text[scan.starts[at] : scan.ends[at]]
    return word == "IBAN" or (word.casefold() == "iban" and scan.text.startswith(":", scan.ends[at]))


def _called(scan: Scan, run: NameRun) -> bool:
    """Return whether a telephone or address follows: `correo juan [email]`."""
    if scan.words[run.first] in ORDINARY or not CALL.match(scan.text, scan.ends[run.last - 1]):
        return False
    return not (is_public(scan, run, announced=True) or named_like_place(scan, run) or in_place_or_office(scan, run, private_act=True))


def _both_capital(scan: Scan, run: NameRun) -> bool:
    """Return whether `Paz Iglesias` is a name within a sentence.

    Both are words of the language, both are capitalised, and the first does not start the sentence.
    """
    if run.last - run.first < 2 or run.first == 0 or not scan.capital(run.first + 1) or not scan.capital(run.first):
        return False
    before, gap = run.first - 1, scan.gap(run.first - 1)
    return gap in (" ", ", ") and not scan.capital(before) and scan.words[before] not in _ARTICLES and scan.words[run.first] in FIRST


_ARTICLES = word_set("persons.mentioned", "articles")


def and_another(scan: Scan, run: NameRun) -> Iterator[NameRun]:
    """Yield the other names of a list: `Ana, Luis Ruiz y Eva`."""
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
