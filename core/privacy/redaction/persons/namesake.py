"""Tell from the sentence that a name which a place has too is a person's.

A street is where something is, and lies, ends, is dirty or dark. A person is told and asked, says something, has a trade and a family. Only
names that the city's gazetteer has come here: every other full name is taken for a person's.
"""

import re
from collections.abc import Iterator

from core.privacy.redaction.persons.context import CROSSINGS, is_public
from core.privacy.redaction.persons.lexicon import BEFORE_PLACE, LAST, PLACES, RELATIVES
from core.privacy.redaction.persons.scan import NameRun, Scan
from core.privacy.redaction.words import word_set

_ENDS = frozenset('.;:!?\n()"«»[]|')
_LOOK_BACK = 8
"""Words before a name that its clause is searched for."""


def speaks_of_person(scan: Scan, run: NameRun) -> bool:
    """Return whether the sentence speaks of a person, not of a place of this name."""
    return (
        _told_or_seen(scan, run)
        or _says(scan, run)
        or _met(scan, run)
        or _did_it_to_the_writer(scan, run)
        or _has_a_role(scan, run)
        or _owns_what_persons_own(scan, run)
        or _labelled(scan, run)
        or _is_described(scan, run)
        or _does_what_persons_do(scan, run)
    )


def has_more_surnames(scan: Scan, run: NameRun) -> bool:
    """Return whether a surname follows the name of a place: `Antonio Machado Reyes`."""
    end = scan.place_end(run.first)
    if end - run.first < 2 or end >= len(scan.words) or not scan.continues(end - 1):
        return False
    word = scan.words[end]
    return _written(scan, end) and word in LAST and word not in PLACES | scan.no_surname


def _written(scan: Scan, at: int) -> bool:
    """Return whether the word has one capital."""
    return scan.capital(at) and not scan.text[scan.starts[at] : scan.ends[at]].isupper()


def _clause(scan: Scan, first: int) -> Iterator[int]:
    """Yield the words before a name, the nearest first, back to where the clause begins."""
    for at in range(first - 1, max(-1, first - 1 - _LOOK_BACK), -1):
        if set(scan.gap(at)) & _ENDS:
            return
        yield at


def _told_or_seen(scan: Scan, run: NameRun) -> bool:
    """Return whether the name stands after the `a` that Spanish puts before persons.

    `le pedí a Ana Ruiz`; not where somebody goes or something lies: `voy a`, `junto a`.
    """
    if run.first == 0 or scan.words[run.first - 1] != "a" or scan.gap(run.first - 1) != " ":
        return False
    before = [scan.words[at] for at in _clause(scan, run.first - 1)]
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


def _says(scan: Scan, run: NameRun) -> bool:
    """Return whether the name is the subject of speech: `dice Ana Ruiz`, `os escribe`, `estaba Ana Ruiz fumando`."""
    if run.first == 0 or scan.gap(run.first - 1) != " ":
        return False
    word, after = scan.words[run.first - 1], scan.words[run.last] if run.last < len(scan.words) else ""
    return word in _SPEECH or (word in ("estaba", "iba", "anda", "estuvo") and after.endswith(("ando", "iendo", "yendo")))


_SPEECH = word_set("persons.namesake", "speech")


def _met(scan: Scan, run: NameRun) -> bool:
    """Return whether the writer did something with the name: `coincidí con Ana Ruiz`, `fuimos ayer con`."""
    if run.first == 0 or scan.words[run.first - 1] != "con" or scan.gap(run.first - 1) != " ":
        return False
    for at in list(_clause(scan, run.first - 1))[:3]:
        if scan.words[at] in CROSSINGS or scan.words[at] in BEFORE_PLACE:
            return False
        if _raw(scan, at).endswith(("é", "í", "amos", "imos")) and scan.words[at] not in _NO_VERBS:
            return True
    return False


_NO_VERBS = frozenset("asi ahi aqui alli si cafe".split())


def _did_it_to_the_writer(scan: Scan, run: NameRun) -> bool:
    """Return whether the name is who did it: `me echó la bronca Ana Ruiz`, `quien me empujó fue Ana Ruiz`."""
    before = list(_clause(scan, run.first))
    if not before or scan.gap(before[0]) != " ":
        return False
    words = [scan.words[at] for at in before]
    if words[0] in ("es", "fue"):
        return "quien" in words or ("que" in words and words[words.index("que") + 1 :][:1] == ["el"])
    if words[0] in _BEFORE_NO_SUBJECT:
        return False
    return any(scan.words[at] in ("me", "nos") and _is_past(scan, at + 1) for at in before[1:5])


_BEFORE_NO_SUBJECT = word_set("persons.namesake", "before_no_subject")


def _is_past(scan: Scan, at: int) -> bool:
    """Return whether `echó` or `ha echado` stands here, which streets do not do."""
    if at >= len(scan.words):
        return False
    if scan.words[at] in ("ha", "han"):
        return at + 1 < len(scan.words) and scan.words[at + 1].endswith(_PARTICIPLE) and scan.words[at + 1] not in _BY_STREETS
    return _raw(scan, at).endswith(("ó", "aba")) and scan.words[at] not in _BY_STREETS


_PARTICIPLE = ("ado", "ido", "cho", "sto", "rto", "uelto", "rito")
_BY_STREETS = word_set("persons.namesake", "by_streets")
"""What a street does or becomes: `Luis Montoto quedó inundada`."""


def _raw(scan: Scan, at: int) -> str:
    """Return the word with its accents, in lower case."""
    return scan.text[scan.starts[at] : scan.ends[at]].lower()


def _has_a_role(scan: Scan, run: NameRun) -> bool:
    """Return whether a trade or relation stands before the name.

    `mi ex Ana Ruiz`, `el encargado de la obra, Ana Ruiz,`, `el taxista era Ana Ruiz`.
    """
    if run.first == 0:
        return False
    gap = scan.gap(run.first - 1)
    before = list(_clause(scan, run.first))
    if not before or gap not in (" ", ", "):
        return False
    near = scan.words[before[0]]
    if gap == " " and near in _IS:
        return _role_in(scan, before[1:])
    if gap == ", ":
        return scan.ends_clause(run.last - 1) and _role_in(scan, before)
    return len(before) > 1 and scan.words[before[1]] in _ARTICLES and (_is_role(scan, before[0]) or _is_trade(scan, before[0]))


def _role_in(scan: Scan, back: list[int]) -> bool:
    """Return whether these words, the nearest first, begin with a role: `el encargado de la obra`."""
    for place, at in enumerate(back):
        if place and "," in scan.gap(at):
            return False
        if _is_role(scan, at):
            return len(back) > place + 1 and scan.words[back[place + 1]] in _ARTICLES
        if scan.words[at] in _NO_ROLE:
            return False
    return False


def _is_role(scan: Scan, at: int) -> bool:
    word = scan.words[at]
    return not scan.capital(at) and (word in _ROLES or (word in RELATIVES and word not in _NO_ROLES))


def _is_trade(scan: Scan, at: int) -> bool:
    """Return whether the word is made like a trade's: `frutera`, `electricista`, `limpiador`."""
    word = scan.words[at]
    return not scan.capital(at) and len(word) > 6 and word.endswith(_TRADES) and word not in _NO_TRADES


_TRADES = ("ero", "era", "ista", "ador", "adora", "edor", "edora", "logo", "loga")
_NO_TRADES = word_set("persons.namesake", "no_trades")
_ROLES = word_set("persons.namesake", "roles")
_NO_ROLES = word_set("persons.namesake", "no_roles")
_NO_ROLE = word_set("persons.namesake", "places_after_roles")
"""Words that begin a place: `la vecina que vive en Antonio López`."""
_IS = frozenset(("es", "era", "fue", "soy"))
_ARTICLES = frozenset("el la un una mi tu su nuestro nuestra al del este esta ese esa".split())


def _owns_what_persons_own(scan: Scan, run: NameRun) -> bool:
    """Return whether it is a person's: `la familia de Ana Ruiz`, `el correo de`, `con permiso de`."""
    at = run.first - 1
    if at < 1 or scan.words[at] != "de" or scan.gap(at) != " " or scan.gap(at - 1) != " ":
        return False
    return scan.words[at - 1] in _OWNED


_OWNED = word_set("persons.namesake", "owned")


def _labelled(scan: Scan, run: NameRun) -> bool:
    """Return whether a form names its writer: `Mis datos:`, `De:`, `presentada por`, `yo`, `pobre`."""
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


def _is_described(scan: Scan, run: NameRun) -> bool:
    """Return whether an apposition describes a person: `, el del bar`, `, viudo`, `, maestra jubilada`, `, 1974`."""
    at, end = run.last, scan.ends[run.last - 1]
    if _YEAR.match(scan.text, end):
        return True
    if at >= len(scan.words):
        return False
    gap, word = scan.gap(at - 1).strip(" "), scan.words[at]
    following = scan.words[at + 1] if at + 1 < len(scan.words) else ""
    if gap not in ("", ",", "(") or (gap == "" and scan.gap(at - 1) != " "):
        return False
    if word in ("el", "la") and following in ("del", "de") and at + 2 < len(scan.words) and not scan.capital(at + 2):
        return True  # not "el de Bravo Murillo", which is a school or shop
    if gap == "":
        return False
    if word in ("el", "la", "un", "una", "mi", "su") and at + 1 < len(scan.words):
        return _is_role(scan, at + 1) and (word in ("el", "la") or scan.ends_clause(at + 1))
    if word == "que":
        denied = following in ("no", "me", "nos") and at + 2 < len(scan.words)
        return following in _WHO or (denied and scan.words[at + 2] in _WHO | _ACTS)
    return not scan.capital(at) and (word in _STATES or _is_role(scan, at) or (scan.ends_clause(at) and _is_trade(scan, at)))


_YEAR = re.compile(r"\. ?(?i:tel|tlf|tfno|m[oó]vil|dni|nie)\b|, (?:19[2-9]\d|20[01]\d)(?=[,.]| *\Z)|,? (?:tiene|con) \d{1,2} años,")
_STATES = word_set("persons.namesake", "states")
_WHO = word_set("persons.namesake", "who")


def _does_what_persons_do(scan: Scan, run: NameRun) -> bool:
    """Return whether the words after the name tell what only a person does or has."""
    at = run.last
    if at >= len(scan.words) or scan.gap(at - 1) != " ":
        return False
    if scan.words[at] in ("y", "e") and at + 1 < len(scan.words):
        if scan.given(at + 1):
            other = scan.run(at + 1, unknown=False)
            if other.surnames and scan.place_end(at + 1) == at + 1 and not is_public(scan, other):
                return True  # in a list of two the other is no place
            at = other.last
            together = at < len(scan.words) and scan.gap(at - 1) == " "
            return together and (_acts(scan, at) or _ACTING_TOGETHER.fullmatch(scan.words[at]) is not None)
        return scan.words[at + 1] in ("senora", "yo", "familia") or (scan.words[at + 1] in _ARTICLES and _acts_after(scan, at + 2))
    first = at
    while at < len(scan.words) and at - first < 4 and scan.words[at] in _BETWEEN:
        at += 1
    between = scan.words[first:at]
    told = is_public(scan, run) and _TO_THE_WRITER.isdisjoint(between)  # "Antonio Machado escribió aquí" is history
    if "se" in between:
        return at < len(scan.words) and scan.words[at] in _REFLEXIVE
    if _acts(scan, at) and not (told and _raw(scan, at).endswith(("ó", "aba", "ía"))):
        return True
    perfect = not {"ha", "habia"}.isdisjoint(between[-1:]) and _BY_WHOM.isdisjoint(between)
    if not told and (_is_past(scan, at) or (perfect and _is_past(scan, at - 1))):
        return True
    return _is_or_has(scan, first) or _has_what_persons_have(scan, first)


_TO_THE_WRITER = frozenset(("me", "nos", "se"))
_BY_WHOM = frozenset(("le", "les"))
"""With one of these `han` has no subject here: `Luis Montoto le han puesto luz`."""


def _is_or_has(scan: Scan, at: int) -> bool:
    """Return whether `es fontanero`, `tiene dos hijos`, `lleva un mes durmiendo` or the like stands here."""
    word, following = scan.words[at], []
    for number in range(at + 1, min(at + 6, len(scan.words))):
        if set(scan.gap(number - 1)) & (_ENDS | {","}):
            break
        following.append(number)
    words = [scan.words[number] for number in following]
    if word in ("lleva", "sigue", "esta", "anda", "va") and any(_ACTING_NOW.fullmatch(one) for one in words):
        return True
    if word == "tiene":
        return not _HAD.isdisjoint(words[:3])
    if word not in ("es", "era", "esta") or not words:
        return False
    return words[0] in _STATES or (word != "esta" and (_is_role(scan, following[0]) or _is_trade(scan, following[0])))


def _acts_after(scan: Scan, at: int) -> bool:
    return at < len(scan.words) and _is_role(scan, at)


def _acts(scan: Scan, at: int) -> bool:
    """Return whether a verb of persons stands here; its past has an accent: `comió`, not `como`."""
    if at >= len(scan.words):
        return False
    word = scan.words[at]
    return word in _ACTS or (_ACTING.fullmatch(word) is not None and (word[-1] != "o" or _raw(scan, at).endswith("ó")))


_BETWEEN = word_set("persons.namesake", "between")
_REFLEXIVE = word_set("persons.namesake", "reflexive")
"""What persons do with `se`; a street `se limpia`, `se riega`."""
_ACTS = word_set("persons.namesake", "acts")
_STEMS = "|".join(sorted(word_set("persons.namesake", "stems")))
_ACTING = re.compile(rf"(?:{_STEMS})(?:a|e|i?o|aba|ia)")
_ACTING_TOGETHER = re.compile(rf"(?:{_STEMS})(?:an|en|aron|ieron|aban|ian)")
_ACTING_NOW = re.compile(rf"(?:{_STEMS})(?:ando|iendo)|durmiendo|mintiendo|pidiendo|riendose|muriendo")
_HAD = word_set("persons.namesake", "had")
"""What only a person has: `Luis Montoto tiene dos hijos`."""


def _has_what_persons_have(scan: Scan, at: int) -> bool:
    """Return whether `su perro`, `su mujer` or the like stands in the rest of the sentence."""
    for number in range(at, min(at + 9, len(scan.words) - 1)):
        if set(scan.gap(number - 1)) & _ENDS:
            return False
        if scan.words[number] in ("su", "sus") and scan.gap(number) == " " and scan.words[number + 1] in _BELONGINGS | RELATIVES:
            return True
    return False


_BELONGINGS = word_set("persons.namesake", "belongings")
