"""Recognise a person's name by the words before it.

A person is asked and spoken to, speaks, has a trade and a family.
"""

from core.privacy.redaction.persons.context import CROSSINGS, is_public
from core.privacy.redaction.persons.lexicon import BEFORE_PLACE
from core.privacy.redaction.persons.of_persons import ARTICLES, clause, is_past, is_role, is_trade, raw
from core.privacy.redaction.persons.scan import NameRun, Scan
from core.privacy.redaction.words import word_set


def is_told_or_seen(scan: Scan, run: NameRun) -> bool:
    """Return whether the name follows the `a` of persons: `le pedí a`.

    Not where people go or something lies: `voy a`, `junto a`.
    """
    if run.first == 0 or scan.words[run.first - 1] != "a" or scan.gap(run.first - 1) != " ":
        return False
    before = [scan.words[at] for at in clause(scan, run.first - 1)]
    if not before:
        after = scan.words[run.last : run.last + 2]
        if len(after) == 2 and after[1] in _HAS:
            return not _LOST.isdisjoint(scan.words[run.last + 2 : run.last + 3])
        return len(after) == 2 and after[0] in _CLITICS | {"lo", "la"} and after[1] not in _NEEDS
    if not (_WAYS.isdisjoint(before) and not any(word.startswith(_GOING) for word in before)):
        return False
    return not is_public(scan, run) or any(word in _CLITICS or word.endswith(_ENCLITICS) for word in before[:6])


_CLITICS = frozenset(("le", "les"))
_ENCLITICS = ("dile", "dirle", "dadle", "denle", "darle", "dale", "pidanle", "digale", "diganle")
"""A known person, whom people name, read and admire, is told something: `le pedí a`, `dile a`."""
_HAS = frozenset(("ha", "han", "habian"))
_LOST = word_set("persons.namesake", "lost")
"""What is done to persons only: `A Luis Montoto le han denegado la plaza`."""
_NEEDS = word_set("persons.namesake", "needs")
"""What a street has done to it as well: `A Luis Montoto le hace falta una poda`."""
_WAYS = word_set("persons.namesake", "ways")
_GOING = tuple(sorted(word_set("persons.namesake", "going")))
"""Beginnings of words after which `a` leads to a place, or to an honour."""


def speaks(scan: Scan, run: NameRun) -> bool:
    """Return whether the name speaks or acts: `dice Ana`, `estaba Ana fumando`."""
    if run.first == 0 or scan.gap(run.first - 1) != " ":
        return False
    word, after = scan.words[run.first - 1], scan.words[run.last] if run.last < len(scan.words) else ""
    return word in _SPEECH or (word in ("estaba", "iba", "anda", "estuvo") and after.endswith(("ando", "iendo", "yendo")))


_SPEECH = word_set("persons.namesake", "speech")


def was_met(scan: Scan, run: NameRun) -> bool:
    """Return whether the writer met the name: `coincidí con Ana Ruiz`."""
    if run.first == 0 or scan.words[run.first - 1] != "con" or scan.gap(run.first - 1) != " ":
        return False
    for at in list(clause(scan, run.first - 1))[:3]:
        if scan.words[at] in CROSSINGS or scan.words[at] in BEFORE_PLACE:
            return False
        if raw(scan, at).endswith(("é", "í", "amos", "imos")) and scan.words[at] not in _NO_VERBS:
            return True
    return False


_NO_VERBS = frozenset("asi ahi aqui alli si cafe".split())


def did_it_to_the_writer(scan: Scan, run: NameRun) -> bool:
    """Return whether the name did it: `me echó la bronca Ana Ruiz`."""
    before = list(clause(scan, run.first))
    if not before or scan.gap(before[0]) != " ":
        return False
    words = [scan.words[at] for at in before]
    if words[0] in ("es", "fue"):
        return "quien" in words or ("que" in words and words[words.index("que") + 1 :][:1] == ["el"])
    if words[0] in _BEFORE_NO_SUBJECT:
        return False
    return any(scan.words[at] in ("me", "nos") and is_past(scan, at + 1) for at in before[1:5])


_BEFORE_NO_SUBJECT = word_set("persons.namesake", "before_no_subject")


def has_a_role(scan: Scan, run: NameRun) -> bool:
    """Return whether a trade or relation stands before the name.

    `mi ex Ana Ruiz`, `el encargado de la obra, Ana Ruiz,`, `el taxista era Ana Ruiz`.
    """
    if run.first == 0:
        return False
    gap = scan.gap(run.first - 1)
    before = list(clause(scan, run.first))
    if not before or gap not in (" ", ", "):
        return False
    near = scan.words[before[0]]
    if gap == " " and near in _IS:
        return _role_in(scan, before[1:])
    if gap == ", ":
        return scan.ends_clause(run.last - 1) and _role_in(scan, before)
    return len(before) > 1 and scan.words[before[1]] in ARTICLES and (is_role(scan, before[0]) or is_trade(scan, before[0]))


def _role_in(scan: Scan, back: list[int]) -> bool:
    """Return whether words begin with a role: `el encargado de obra`.

    The nearest word comes first.
    """
    for place, at in enumerate(back):
        if place and "," in scan.gap(at):
            return False
        if is_role(scan, at):
            return len(back) > place + 1 and scan.words[back[place + 1]] in ARTICLES
        if scan.words[at] in _NO_ROLE:
            return False
    return False


_NO_ROLE = word_set("persons.namesake", "places_after_roles")
"""Words that begin a place: `la vecina que vive en Antonio López`."""
_IS = frozenset(("es", "era", "fue", "soy"))


def owns_what_persons_own(scan: Scan, run: NameRun) -> bool:
    """Return whether it is a person's: `la familia de`, `con permiso de`."""
    at = run.first - 1
    if at < 1 or scan.words[at] != "de" or scan.gap(at) != " " or scan.gap(at - 1) != " ":
        return False
    return scan.words[at - 1] in _OWNED


_OWNED = word_set("persons.namesake", "owned")


def is_labelled(scan: Scan, run: NameRun) -> bool:
    """Return whether a form names its writer: `Mis datos:`, `presentada por`."""
    at = run.first - 1
    if at < 0:
        return False
    word, gap = scan.words[at], scan.gap(at)
    if gap in (": ", ":"):
        return word in _LABELS
    if gap != " ":
        return False
    sent = [before for before in scan.words[max(0, at - 2) : at] if before not in ("esto", "lo")]
    return word in _ADDRESSED or (word == "por" and bool(sent) and sent[-1] in _SENT)


_LABELS = word_set("persons.namesake", "labels")
_ADDRESSED = word_set("persons.namesake", "addressed")
_SENT = word_set("persons.namesake", "sent")
