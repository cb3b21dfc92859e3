"""Fold a text to plain visible characters, and unfold it again."""

import re
import unicodedata

_HIDDEN = "\u200b\u200c\u2060\u00ad\ufeff\u180e\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069"
_WIDE = "\uff01-\uff5e\U0001d400-\U0001d7ff\u3000\u24b6-\u24e9\u2460-\u2468"
_MARKS = "\u0300-\u036f"
_UNUSUAL = re.compile(f"[{_HIDDEN}{_WIDE}{_MARKS}\u200d]")
_UNIT = re.compile(f"[{_WIDE}][{_MARKS}]*|[{_HIDDEN}]|[\\w.@]\u200d(?=[\\w.@])|[^\\W{_MARKS}][{_MARKS}]+|.", re.DOTALL)
_MARK = re.compile(r"@user|\[number\]|\[email\]|\[name\]|http")
_ACCENTS = tuple(zip("áàâäãåéèêëíìîïóòôöõúùûüñçýšžčćłßășțşţğőűęąńśźżÿ", "aaaaaaeeeeiiiiooooouuuuncyszcclsaststgoueanszzy", strict=True))


def fold(text: str) -> str:
    """Return the text in composed, plain, visible characters.

    Full-width and mathematical letters and digits become plain ones, an accent joins its letter, and invisible characters are removed; the
    joiner inside an emoji stays. A text without such characters is returned unchanged, at the cost of one scan.

    >>> fold("\uff16\uff11\uff12 a\u200bb")
    '612 ab'
    """
    if text.isascii() or not _UNUSUAL.search(text):
        return text
    return "".join(map(_plain_unit, _UNIT.findall(text)))


def unfold(text: str, left: str) -> str:
    """Restore the original characters of the text that redaction kept.

    Args:
        text: the original text.
        left: its folded form after redaction.

    Returns:
        `left` as it is where the two cannot be aligned (a floor is removed without a mark), so that nothing redacted comes back.
    """
    units = _UNIT.findall(text)
    plain_units = list(map(_plain_unit, units))
    whole, starts = "".join(plain_units), []
    for number, unit in enumerate(plain_units):
        starts += [number] * len(unit)
    made, at, done = [], 0, 0
    for mark in [*_MARK.finditer(left), None]:
        piece = left[at : mark.start() if mark else len(left)]
        found = whole.find(piece, done)
        if found < 0:
            return left
        if piece:
            done = found + len(piece)
            made += units[starts[found] : starts[done - 1] + 1]
        if mark:
            made.append(mark.group())
            at = mark.end()
    own = "".join(made)
    return own if fold(own) == left else left


def fold_characters(text: str) -> str:
    """Return the text in lower case without accents, of equal length.

    >>> fold_characters("Ángel Núñez")
    'angel nunez'
    """
    small = text.lower()
    if len(small) != len(text):  # a Turkish letter lower-cases to two characters
        small = "".join(letter if len(letter.lower()) != 1 else letter.lower() for letter in text)
    if not small.isascii():
        for accented, letter in _ACCENTS:
            small = small.replace(accented, letter)
    return small


def _plain_unit(unit: str) -> str:
    if len(unit) == 1 and not _UNUSUAL.match(unit):
        return unit
    if unit == "\u200d":  # between two emoji
        return unit
    if unicodedata.category(unit) == "Cf" if len(unit) == 1 else unit[1] == "\u200d":
        return unit[:1] if len(unit) > 1 else ""
    composed = unicodedata.normalize("NFKC" if re.match(f"[{_WIDE}]", unit) else "NFC", unit)
    return composed[:1] if unit[0].isdigit() else composed
