"""Tell by the words behind a name that it is a person's.

A person is described, and does and has what no street does or has.
"""

import re

from core.privacy.redaction.persons.context import is_public
from core.privacy.redaction.persons.lexicon import RELATIVES
from core.privacy.redaction.persons.of_persons import ARTICLES, ENDS, is_past, is_role, is_trade, raw
from core.privacy.redaction.persons.scan import NameRun, Scan
from core.privacy.redaction.words import word_set


def is_described(scan: Scan, run: NameRun) -> bool:
    """Return whether a person is described: `, el del bar`, `, viudo`."""
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
        return is_role(scan, at + 1) and (word in ("el", "la") or scan.ends_clause(at + 1))
    if word == "que":
        denied = following in ("no", "me", "nos") and at + 2 < len(scan.words)
        return following in _WHO or (denied and scan.words[at + 2] in _WHO | _ACTS)
    return not scan.capital(at) and (word in _STATES or is_role(scan, at) or (scan.ends_clause(at) and is_trade(scan, at)))


_YEAR = re.compile(r"\. ?(?i:tel|tlf|tfno|m[oó]vil|dni|nie)\b|, (?:19[2-9]\d|20[01]\d)(?=[,.]| *\Z)|,? (?:tiene|con) \d{1,2} años,")
_STATES = word_set("persons.namesake", "states")
_WHO = word_set("persons.namesake", "who")


def does_what_persons_do(scan: Scan, run: NameRun) -> bool:
    """Return whether the words behind are what only a person does."""
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
        return scan.words[at + 1] in ("senora", "yo", "familia") or (scan.words[at + 1] in ARTICLES and _acts_after(scan, at + 2))
    first = at
    while at < len(scan.words) and at - first < 4 and scan.words[at] in _BETWEEN:
        at += 1
    between = scan.words[first:at]
    told = is_public(scan, run) and _TO_THE_WRITER.isdisjoint(between)  # "Antonio Machado viajó mucho" is history
    if "se" in between:
        return at < len(scan.words) and scan.words[at] in _REFLEXIVE
    if _acts(scan, at) and not (told and raw(scan, at).endswith(("ó", "aba", "ía"))):
        return True
    perfect = not {"ha", "habia"}.isdisjoint(between[-1:]) and _BY_WHOM.isdisjoint(between)
    if not told and (is_past(scan, at) or (perfect and is_past(scan, at - 1))):
        return True
    return _is_or_has(scan, first) or _has_what_persons_have(scan, first)


_TO_THE_WRITER = frozenset(("me", "nos", "se"))
_BY_WHOM = frozenset(("le", "les"))
"""With one of these `han` has no subject here: `Luis Montoto le han puesto luz`."""


def _is_or_has(scan: Scan, at: int) -> bool:
    """Return whether `es fontanero`, `tiene dos hijos` or the like stands here."""
    word, following = scan.words[at], []
    for number in range(at + 1, min(at + 6, len(scan.words))):
        if set(scan.gap(number - 1)) & (ENDS | {","}):
            break
        following.append(number)
    words = [scan.words[number] for number in following]
    if word in ("lleva", "sigue", "esta", "anda", "va") and any(_ACTING_NOW.fullmatch(one) for one in words):
        return True
    if word == "tiene":
        return not _HAD.isdisjoint(words[:3])
    if word not in ("es", "era", "esta") or not words:
        return False
    return words[0] in _STATES or (word != "esta" and (is_role(scan, following[0]) or is_trade(scan, following[0])))


def _acts_after(scan: Scan, at: int) -> bool:
    return at < len(scan.words) and is_role(scan, at)


def _acts(scan: Scan, at: int) -> bool:
    """Return whether a verb of persons stands here.

    Its past has an accent: `comió`, not `como`.
    """
    if at >= len(scan.words):
        return False
    word = scan.words[at]
    return word in _ACTS or (_ACTING.fullmatch(word) is not None and (word[-1] != "o" or raw(scan, at).endswith("ó")))


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
    """Return whether `su perro` or the like stands in the sentence behind."""
    for number in range(at, min(at + 9, len(scan.words) - 1)):
        if set(scan.gap(number - 1)) & ENDS:
            return False
        if scan.words[number] in ("su", "sus") and scan.gap(number) == " " and scan.words[number + 1] in _BELONGINGS | RELATIVES:
            return True
    return False


_BELONGINGS = word_set("persons.namesake", "belongings")
