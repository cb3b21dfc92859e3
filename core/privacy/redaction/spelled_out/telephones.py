"""Take out telephone numbers whose digits are spelt out or set apart: `seis uno dos ...`, `6 1 2 3 ...`, `6-1-2 ...`."""

import re
from itertools import pairwise

from core.privacy.redaction.glance import Glance

_UNITS = {
    "cero": "0",
    "uno": "1",
    "un": "1",
    "una": "1",
    "dos": "2",
    "tres": "3",
    "cuatro": "4",
    "cinco": "5",
    "seis": "6",
    "siete": "7",
    "ocho": "8",
    "nueve": "9",
    "diez": "10",
    "once": "11",
    "doce": "12",
    "trece": "13",
    "catorce": "14",
    "quince": "15",
    "dieciseis": "16",
    "diecisiete": "17",
    "dieciocho": "18",
    "diecinueve": "19",
    "dieciséis": "16",
    "veintiuno": "21",
    "veintiún": "21",
    "veintidos": "22",
    "veintidós": "22",
    "veintitres": "23",
    "veintitrés": "23",
    "veinticuatro": "24",
    "veinticinco": "25",
    "veintiseis": "26",
    "veintiséis": "26",
    "veintisiete": "27",
    "veintiocho": "28",
    "veintinueve": "29",
    "zero": "0",
    "ú": "1",
    "dues": "2",
    "quatre": "4",
    "cinc": "5",
    "sis": "6",
    "set": "7",
    "vuit": "8",
    "nou": "9",
    "one": "1",
    "two": "2",
    "three": "3",
    "four": "4",
    "five": "5",
    "six": "6",
    "seven": "7",
    "eight": "8",
    "nine": "9",
    "oh": "0",
    "dous": "2",
    "catro": "4",
    "oito": "8",
    "sete": "7",
    "nove": "9",
    "um": "1",
    "dois": "2",
    "quatro": "4",
    "bat": "1",
    "bi": "2",
    "hiru": "3",
    "lau": "4",
    "bost": "5",
    "sei": "6",
    "zazpi": "7",
    "zortzi": "8",
    "bederatzi": "9",
}
_TENS = {
    "veinte": "20",
    "treinta": "30",
    "cuarenta": "40",
    "cincuenta": "50",
    "sesenta": "60",
    "setenta": "70",
    "ochenta": "80",
    "noventa": "90",
}
_HUNDREDS = {
    "cien": "100",
    "ciento": "100",
    "doscientos": "200",
    "trescientos": "300",
    "cuatrocientos": "400",
    "quinientos": "500",
    "seiscientos": "600",
    "setecientos": "700",
    "ochocientos": "800",
    "novecientos": "900",
}
ANY_DIGIT_WORD = "|".join(sorted({*_UNITS, *_TENS, *_HUNDREDS}, key=len, reverse=True))
_RUN = re.compile(
    rf"(?<!\w)(?:{ANY_DIGIT_WORD}|\d{{1,3}})(?:(?:[\s,.\-–·/]{{1,3}}|\sy\s)(?:{ANY_DIGIT_WORD}|\d{{1,3}})(?!\w))+(?!\w)",
    re.IGNORECASE,
)
_STARTS = re.compile(
    r"(?<!\w)(?:seis|siete|nueve|ocho|sis|set|six|seven|eight|nine|nou|vuit|sete|nove|oito|sei"
    r"|zazpi|zortzi|bederatzi|seiscientos|setecientos|novecientos|sesenta|setenta|noventa)(?!\w)",
    re.IGNORECASE,
)
_FIRST_DIGITS = frozenset(
    "seis siete nueve ocho sis set six seven eight nine nou vuit sete nove oito sei zazpi zortzi bederatzi seiscientos setecientos "
    "ochocientos novecientos sesenta setenta noventa".split()
)
"""Words with which a telephone number in words begins."""
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
    r".\-·]\d{2}|9\d[ .\-]\d(?:[ .\-]\d{2}){3})(?![\w]|[.,/\-]\d)"
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
    """Return the text with `[number]` for each."""
    if seen.has(_FIRST_DIGITS) and _STARTS.search(text):
        text = _RUN.sub(_spoken, text)
    return text


def without_spaced_numbers(text: str) -> str:
    """Return the text with `[number]` for each telephone number with unusual signs between its digits."""
    text = _APART.sub(_apart, text)
    text = _UNEVEN.sub("[number]", _GROUPED.sub("[number]", text))
    made, done = [], 0
    for match in _CALL.finditer(text):
        found = _CALLED.match(text, match.end())
        if found is not None and match.start() >= done and not _date(found.group()):
            made += [text[done : match.end()], "[number]"]
            done = found.end()
    return "".join(made) + text[done:] if made else text


def digits_said(text: str) -> str:
    """Return the digits that the words of the text say."""
    return _digits([part.group().lower() for part in _PART.finditer(text)])


def _date(found: str) -> bool:
    return bool(re.match(r"\d{1,2}[/\-]\d{1,2}[/\-]\d{2,4}|\(?0?1[01]\d\b|\(?9[01][0-2][ .\-]?\d", found))


def _apart(match: re.Match[str]) -> str:
    """Nine digits one by one; a count upwards or downwards stays."""
    digits = [int(sign) for sign in match.group() if sign.isdigit()][-9:]
    steps = {after - before for before, after in pairwise(digits)}
    return match.group() if len(steps) == 1 else "[number]"


def _spoken(match: re.Match[str]) -> str:
    found = match.group()
    digits = digits_said(found)
    number = digits.removeprefix("34") if len(digits) > 9 else digits
    words = sum(part.isalpha() for part in re.findall(r"\w+", found))
    return "[number]" if len(number) == 9 and number[0] in "6789" and words >= 2 and len(set(number)) > 1 else found


def _digits(parts: list[str]) -> str:
    """The digits that the words say: `seiscientos doce` 612, `treinta y cuatro` 34, `seis uno` 61."""
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
