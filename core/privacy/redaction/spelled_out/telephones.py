"""Redact telephone numbers with spelt-out or separated digits.

`seis uno dos ...`, `6 1 2 3 ...`, `6-1-2 ...`.
"""

import re
from itertools import pairwise

from core.privacy.redaction.glance import Glance
from core.privacy.redaction.words import word_digits, word_set

_UNITS = word_digits("spelled_out.telephones", "units")
_TENS = word_digits("spelled_out.telephones", "tens")
_HUNDREDS = word_digits("spelled_out.telephones", "hundreds")
ANY_DIGIT_WORD = "|".join(sorted({*_UNITS, *_TENS, *_HUNDREDS}, key=len, reverse=True))
_RUN = re.compile(
    rf"(?<!\w)(?:{ANY_DIGIT_WORD}|\d{{1,3}})(?:(?:[\s,.\-–·/]{{1,3}}|\sy\s)(?:{ANY_DIGIT_WORD}|\d{{1,3}})(?!\w))+(?!\w)", re.IGNORECASE
)
_STARTS = re.compile(
    r"(?<!\w)(?:seis|siete|nueve|ocho|sis|set|six|seven|eight|nine|nou|vuit|sete|nove|oito|sei"
    r"|zazpi|zortzi|bederatzi|seiscientos|setecientos|novecientos|sesenta|setenta|noventa)(?!\w)",
    re.IGNORECASE,
)
_FIRST_DIGITS = word_set("spelled_out.telephones", "first_digits")
"""First words of a spelt-out telephone number."""
_PART = re.compile(rf"(?<!\w)(?:{ANY_DIGIT_WORD}|\d{{1,3}}|y)(?!\w)", re.IGNORECASE)
_APART = re.compile(
    r"(?<![\w.,/\-])(?:\+?3[ .\-]?4[ .\-])?[6789](?P<gap>[ .\-·/_*•|,]|, | - | \. )\d(?:(?P=gap)\d){7}(?![\w]"
    r"|[ .,\-/]\d)"
)
_GROUPED = re.compile(
    r"(?<![\w.,/\-+])(?:(?:\+|00)34[ .\-·/_]{0,2})?[67]\d{2}(?P<gap>[ ]?[·•/_*—–|~][ ]?|[ ]?[.\-][ "
    r"]|[ ][.\-][ ]?|[ ]{2,3})(?:\d{3}(?P=gap)\d{3}|\d{2}(?P=gap)\d{2}(?P=gap)\d{2})(?![\w]"
    r"|[.,/\-]\d)"
)
_UNEVEN = re.compile(
    r"(?<![\w.,/\-+])(?:[67]\d(?:[ .\-·]\d{2}){3}[ .\-·]\d|[67]\d[ .\-·]\d{3}[ .\-·]\d{2}[ .\-·]\d{2}"
    r"|[67]\d{3}[ .\-·]\d{5}|[67]\d{4}[ .\-·]\d{4}|[67][ .\-·]\d{2}[ .\-·]\d{2}[ .\-·]\d{2}[ "
    r".\-·]\d{2}|9\d[ .\-]\d(?:[ .\-]\d{2}){3}"
    r"|[67]\d\d(?=(?:[ .\-·]?\d){6}(?![\w]|[ .,/\-]\d))(?:[ .\-·]\d{1,2}){4,6})(?![\w]|[.,/\-]\d)"
)
_CALL = re.compile(
    r"(?<!\w)(?:tel[eé]fonos?|tel[eè]fon|tel|tlfn?|tfno|tlf|m[oó]vil|mobil|mugikorra|whats?app"
    r"|wasap|guasap|wsp|ll[aá]m[ae]\w*|telefonea\w*|phone|mobile|call me|handynummer|telefone"
    r"|telemóvel|telefonoa|cell)"
    r"(?:\W{1,3}(?:es|el|al|a|is|on|me|en|mi|número|numero|nº|de|contacto|por|favor|é|és|o)){0,5}\W{1,4}",
    re.IGNORECASE,
)
_CALLED = re.compile(r"\(?\+?\d(?:[\s.\-/·•_()*|,]{0,2}\d){8,13}(?!\w)")
_LIST = re.compile(r"[,·/]")


def without_spoken_numbers(text: str, seen: Glance) -> str:
    """Return the text with `[number]` for each spoken telephone number."""
    if seen.has(_FIRST_DIGITS) and _STARTS.search(text):
        text = _RUN.sub(_spoken, text)
    return text


def without_spaced_numbers(text: str) -> str:
    """Return the text with `[number]` for each telephone number with unusual separators."""
    text = _APART.sub(_apart, text)
    text = _UNEVEN.sub("[number]", _GROUPED.sub("[number]", text))
    made, done = [], 0
    for match in _CALL.finditer(text):
        found = _CALLED.match(text, match.end())
        if found is not None and match.start() >= done and not _date(found.group()):
            made += [text[done : match.end()], "[number]"]
            done = found.end()
    return "".join(made) + text[done:] if made else text


def spoken_digits(text: str) -> str:
    """Return the digits that the number words of the text mean.

    >>> spoken_digits("seis uno dos treinta y cuatro")
    '61234'
    """
    return _digits([part.group().lower() for part in _PART.finditer(text)])


def _date(found: str) -> bool:
    return bool(re.match(r"\d{1,2}[/\-]\d{1,2}[/\-]\d{2,4}|\(?0?1[01]\d\b|\(?9[01][0-2][ .\-]?\d", found))


def _apart(match: re.Match[str]) -> str:
    """Redact nine separate digits; keep a count upwards or downwards."""
    digits = [int(character) for character in match.group() if character.isdigit()][-9:]
    steps = {after - before for before, after in pairwise(digits)}
    return match.group() if len(steps) == 1 else "[number]"


def _spoken(match: re.Match[str]) -> str:
    found = match.group()
    digits = spoken_digits(found)
    number = digits.removeprefix("34") if len(digits) > 9 else digits
    words = sum(part.isalpha() for part in re.findall(r"\w+", found))
    return "[number]" if len(number) == 9 and number[0] in "6789" and words >= 2 and len(set(number)) > 1 else found


def _digits(parts: list[str]) -> str:
    """Convert number words to digits.

    `seiscientos doce` 612, `treinta y cuatro` 34, `seis uno` 61.
    """
    made, at = "", 0
    while at < len(parts):
        part = parts[at]
        if part in _HUNDREDS:
            hundred = int(_HUNDREDS[part])
            at, rest = _below_hundred(parts, at + 1)
            made += str(hundred + rest)
        elif part in _TENS:
            at, rest = _below_hundred(parts, at)
            made += str(rest)
        elif part != "y":
            made += part if part.isdigit() else _UNITS[part]
            at += 1
        else:
            at += 1
    return made


def _below_hundred(parts: list[str], at: int) -> tuple[int, int]:
    if at < len(parts) and parts[at] in _TENS:
        if at + 2 < len(parts) and parts[at + 1] == "y" and len(_UNITS.get(parts[at + 2], "00")) == 1:
            return at + 3, int(_TENS[parts[at]]) + int(_UNITS[parts[at + 2]])
        return at + 1, int(_TENS[parts[at]])
    if at < len(parts) and parts[at] in _UNITS:
        return at + 1, int(_UNITS[parts[at]])
    return at, 0
