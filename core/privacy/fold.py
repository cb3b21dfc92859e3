"""Fold a text so that a pattern sees what a reader sees."""

import re
import unicodedata

_HIDDEN = "\u200b\u200c\u2060\u00ad\ufeff\u180e\u200e\u200f\u061c\u202a-\u202e\u2066-\u2069"
_WIDE = "\uff01-\uff5e\U0001d400-\U0001d7ff\u3000\u24b6-\u24e9\u2460-\u2468"
_UNUSUAL = re.compile(f"[{_HIDDEN}{_WIDE}\u200d\u0300-\u036f]")
_INVISIBLE = re.compile(f"[{_HIDDEN}]|(?<=[\\w.@])\u200d(?=[\\w.@])")
_STYLED = re.compile(f"[{_WIDE}]")
_COMBINED = re.compile("[^\\W\u0300-\u036f][\u0300-\u036f]{1,4}")
_STRAY = re.compile("(?<=[\\d@._\\-])[\u0300-\u036f]{1,8}")
_ACCENTS = tuple(
    zip("áàâäãåéèêëíìîïóòôöõúùûüñçýšžčćłßășțşţğőűęąńśźżÿ", "aaaaaaeeeeiiiiooooouuuuncyszcclsaststgoueanszzy", strict=True)
)


def folded(text: str) -> str:
    """Return the text in composed, plain, visible characters.

    Full-width and mathematical letters and digits become plain ones, an accent joins its letter, and what is never drawn
    goes; the joiner inside an emoji stays. A text without such characters comes back as it is, at the cost of one scan.
    """
    if text.isascii() or not _UNUSUAL.search(text):
        return text
    text = _STYLED.sub(lambda found: unicodedata.normalize("NFKC", found.group()), _INVISIBLE.sub("", text))
    return _STRAY.sub("", _COMBINED.sub(lambda found: unicodedata.normalize("NFC", found.group()), text))


def plain(text: str) -> str:
    """Return the text in small letters without accents, each character at its place."""
    small = text.lower()
    if len(small) != len(text):  # one letter of Turkish becomes two characters
        small = "".join(letter if len(letter.lower()) != 1 else letter.lower() for letter in text)
    if not small.isascii():
        for accented, letter in _ACCENTS:
            small = small.replace(accented, letter)
    return small
