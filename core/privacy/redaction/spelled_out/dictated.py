"""Redact dictated numbers: digit words, single digits, odd separators, letter names.

A run of such parts is joined to one string of digits and letters; an account, card, identity document, plate or telephone number in it
is redacted. Numbers written in the usual way are left to the other rules.
"""

import re
from itertools import pairwise
from typing import NamedTuple

from core.privacy.redaction.fold import fold_characters
from core.privacy.redaction.glance import WORD, Glance
from core.privacy.redaction.spelled_out.lexicon import HUNDREDS, LETTERS, SEPARATORS, TENS, THOUSAND, UNITS
from core.privacy.redaction.words import word_set

_NUMBERS = frozenset(UNITS) | frozenset(TENS) | frozenset(HUNDREDS)
_TOKEN = re.compile(r"\d+|[^\W\d_]+")
_DIGIT = re.compile(r"\d")
_GAP = re.compile(r"[\s,.\-–—·/_|*()~]{0,4}\Z")
_SINGLE = re.compile(r"(?<![\w])\d[ _.\-/*·|,]{1,3}\d[ _.\-/*·|,]{1,3}\d(?!\d)")
_STRONG = _NUMBERS - word_set("spelled_out.dictated", "strong")
"""Two of these number words trigger the search; the others are also articles and the like."""
_VOWELS = frozenset("aeiouy")
_SEPARATOR_WORDS = frozenset(SEPARATORS) - {"punto", "punt", "ponto", "dot", "coma", "menos", "espacio", "letra"} | {"punto"}
_MAX_PARTS = 60
_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_KINDS = (
    ("bank", re.compile(r"ES\d{22}|(?<!\d)\d{20}(?!\d)")),
    ("card", re.compile(r"(?<!\d)[3-6]\d{15}(?!\d)")),
    ("identity", re.compile(r"(?<![\dA-Z])(?:\d{8}|[XYZ]\d{7})[A-Z](?![\dA-Z])")),
    ("social", re.compile(r"(?<!\d)\d{11,12}(?!\d)")),
    ("passport", re.compile(r"(?<![\dA-Z])[A-Z]{2,3}\d{6}(?!\d)")),
    ("plate", re.compile(r"(?<![\dA-Z])\d{4}[BCDFGHJKLMNPRSTVWXYZ]{3}(?![\dA-Z])")),
    ("phone", re.compile(r"(?<!\d)(?:0034|34)?[6789]\d{8}(?!\d)")),
)
_CUES = {
    "card": re.compile(r"tarjeta|visa|mastercard|targeta|card|cart[aã]o|txartel", re.IGNORECASE),
    "identity": re.compile(r"(?<!\w)(?:d\.?n\.?i|n\.?i\.?[ef]|carn[eé]t?|identi|documento|nan|c[eé]dula)", re.IGNORECASE),
    "social": re.compile(r"seguridad|social|nuss|afilia|cartilla|seguretat|seguridade|(?<!\w)s\.?s\.?(?!\w)", re.IGNORECASE),
    "passport": re.compile(r"pas+aport|passport", re.IGNORECASE),
}


class SpokenPart(NamedTuple):
    """Describe a part of a run: position, meaning, and form.

    `odd`: it is not written in plain figures.
    """

    start: int
    end: int
    value: str
    odd: bool


def without_dictated_numbers(text: str, seen: Glance) -> str:
    """Return the text with `[number]` for each dictated number."""
    if not _may_hold(text, seen):
        return text
    made, done = [], 0
    for run in _runs(text):
        for start, end in _found(text, run):
            if start >= done:
                made += [text[done:start], "[number]"]
                done = end
    return "".join(made) + text[done:] if made else text


def _may_hold(text: str, seen: Glance) -> bool:
    spelt = len(_STRONG & seen.words)
    return (
        ((spelt >= 2 or (spelt > 0 and seen.digits >= 2)) and _in_a_row(text, seen))
        or (seen.digits >= 4 and _SINGLE.search(text) is not None)
        or (seen.digits >= 9 and seen.has(_SEPARATOR_WORDS))
    )


def _in_a_row(text: str, seen: Glance) -> bool:
    """Return whether a number word is next to another or a figure."""
    last = -9
    found = seen.found if seen.text == text else list(WORD.finditer(fold_characters(text)))
    for match in found:
        if match.group() in _STRONG:
            start, end = match.span()
            if start - last <= 4 or _DIGIT.search(text, max(0, start - 3), start) or _DIGIT.search(text, end, end + 3):
                return True
            last = end
    return False


def _runs(text: str) -> list[list[SpokenPart]]:
    """Split consecutive figures, number words, letters and separator words into runs."""
    runs: list[list[SpokenPart]] = []
    tokens = [(match.start(), match.end(), match.group().lower()) for match in _TOKEN.finditer(text)]
    run: list[SpokenPart] = []
    at, before = 0, -1
    while at < len(tokens):
        part, step = _part(text, tokens, at)
        gap = text[before : tokens[at][0]] if before >= 0 else "?"
        near = len(gap) <= 4 and _GAP.match(gap) and not (gap.startswith(". ") and part and part.value.isalpha())
        if run and (part is None or not near or len(run) >= _MAX_PARTS):
            runs.append(run)
            run = []
        if part is not None:
            run.append(part)
        at += step
        before = tokens[at - 1][1]
    if run:
        runs.append(run)
    return [one for one in runs if (len(one) > 1 and sum(part.odd for part in one) > 1) or _odd_signs(one)]


def _odd_signs(run: list[SpokenPart]) -> bool:
    return len(run) > 3 and any(part.odd for part in run)


def _part(text: str, tokens: list[tuple[int, int, str]], at: int) -> tuple[SpokenPart | None, int]:
    """Return the meaning of a token, and the number of tokens used.

    A spelt-out number may use several.
    """
    start, end, word = tokens[at]
    if word.isdigit():
        return SpokenPart(start, end, word, len(word) == 1), 1
    if word in _NUMBERS or word in THOUSAND:
        digits, step = _number(tokens, at)
        return SpokenPart(start, tokens[at + step - 1][1], digits, True), step
    if word in ("doble", "uve") and at + 1 < len(tokens) and tokens[at + 1][2] in ("uve", "ve", "doble"):
        return SpokenPart(start, tokens[at + 1][1], "W", True), 2
    if word in ("i", "y") and at + 1 < len(tokens) and tokens[at + 1][2] == "griega":
        return SpokenPart(start, tokens[at + 1][1], "Y", True), 2
    if word in SEPARATORS:
        return SpokenPart(start, end, "", True), 1
    if word in ("y", "i", "e") and text[start] == word and at + 1 < len(tokens) and _numeric(tokens[at + 1][2]):
        return SpokenPart(start, end, "", False), 1
    if word in LETTERS:
        return SpokenPart(start, end, LETTERS[word], True), 1
    if word in _VOWELS and text[start] == word:
        return None, 1
    if len(word) == 1 and word.isascii():
        return SpokenPart(start, end, word.upper(), True), 1
    if len(word) <= 3 and word.isascii() and text[start:end].isupper() and text[end : end + 2].strip(" ")[:1].isdigit():
        return SpokenPart(start, end, word.upper(), False), 1  # "ES32", "XDC 581027"
    return None, 1


def _numeric(word: str) -> bool:
    return word.isdigit() or word in _NUMBERS


def _number(tokens: list[tuple[int, int, str]], at: int) -> tuple[str, int]:
    """Parse a spelt-out number.

    `seiscientos doce` 612, `treinta y cuatro` 34, `vint-i-dos` 22, `tres mil veinticinco` 3025.
    """
    value, step = _below_thousand(tokens, at)
    following = tokens[at + step][2] if at + step < len(tokens) else ""
    if following not in THOUSAND:
        if tokens[at][2] in THOUSAND:
            value, step = _below_thousand(tokens, at + 1)
            return str(1000 + int(value or 0)), step + 1
        return value, step
    rest, more = _below_thousand(tokens, at + step + 1)
    return str(int(value or 1) * 1000 + int(rest or 0)), step + 1 + more


def _below_thousand(tokens: list[tuple[int, int, str]], at: int) -> tuple[str, int]:
    word = tokens[at][2] if at < len(tokens) else ""
    if word in HUNDREDS:
        rest, step = _below_hundred(tokens, at + 1)
        return str(HUNDREDS[word] + int(rest or 0)), step + 1
    return _below_hundred(tokens, at)


def _below_hundred(tokens: list[tuple[int, int, str]], at: int) -> tuple[str, int]:
    word = tokens[at][2] if at < len(tokens) else ""
    if word in TENS:
        step = 2 if at + 1 < len(tokens) and tokens[at + 1][2] in ("y", "i", "e") else 1
        unit = tokens[at + step][2] if at + step < len(tokens) else ""
        joined = step == 2 or (at + 1 < len(tokens) and tokens[at + 1][0] == tokens[at][1] + 1 and word in _HYPHENED)
        if joined and UNITS.get(unit, 0) in range(1, 10):
            return str(TENS[word] + UNITS[unit]), step + 1
        return str(TENS[word]), 1
    return (str(UNITS[word]), 1) if word in UNITS else ("", 0)


_HYPHENED = word_set("spelled_out.dictated", "hyphened")


def _found(text: str, run: list[SpokenPart]) -> list[tuple[int, int]]:
    """Return the positions of the numbers in a run."""
    whole = "".join(part.value for part in run)
    first, last, at = {}, {}, 0
    for part in run:
        if part.value:
            first[at] = part
            at += len(part.value)
            last[at] = part
    before = text[max(0, run[0].start - 70) : run[0].start]
    places: list[tuple[int, int]] = []
    for kind, pattern in _KINDS:
        for match in pattern.finditer(whole):
            start, end = first.get(match.start()), last.get(match.end())
            if start is None or end is None:
                continue
            parts = [part for part in run if start.start <= part.start and part.end <= end.end]
            taken = any(start.start < there[1] and there[0] < end.end for there in places)
            if not taken and _is(kind, match.group(), parts, before + text[run[0].start : start.start]):
                places.append((start.start, end.end))
    return sorted(places)


def _is(kind: str, number: str, parts: list[SpokenPart], before: str) -> bool:
    """Return whether a number of this kind is meant.

    It is dictated, and not a count, years or a list.
    """
    spelt = [part for part in parts if part.odd]
    digits = [int(character) for character in number if character.isdigit()]
    if (len(spelt) < 2 and not (spelt and len(parts) > 3)) or (len(set(digits)) < 3 and kind != "plate"):
        return False
    if len({after - one for one, after in pairwise(digits)}) == 1:
        return False
    cue = kind in _CUES and _CUES[kind].search(before) is not None
    if kind == "identity":
        whole = number[:-1].translate(str.maketrans("XYZ", "012"))
        alone = sum(len(part.value) == 1 for part in parts)
        return cue or _DNI_LETTERS[int(whole) % 23] == number[-1] or (alone >= 8 and number[-1] not in "AEOYI")
    if kind == "social":
        return cue or (len(number) == 12 and int(number[:10]) % 97 == int(number[10:]))
    if kind == "passport":
        return cue
    if kind == "plate":
        return len(parts) >= 5 or len(spelt) >= 3
    return True
