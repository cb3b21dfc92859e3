"""Redact numbers mixed with letters or punctuation, and spelt-out identity numbers."""

import re

from core.privacy.redaction.glance import Glance
from core.privacy.redaction.spelled_out.telephones import ANY_DIGIT_WORD, spoken_digits
from core.privacy.redaction.words import word_set

_MIXED = re.compile(r"(?<![\w.,/\-+])(?:(?:\+|00)34[ .\-]?)?[67](?:[ .\-/·_*,]{0,3}[\dOo]){8}(?![\w])(?![.,/\-]\d)")
_SIGNS = re.compile(r"[ .\-/·_*]+")
_NAMED = re.compile(r"(?<!\w)(?:n[uú]mero|tel\w*|tlf\w*|m[oó]vil|ll[aá]m\w*|wh?ats?app|wasap|contact\w*)(?!\w)", re.IGNORECASE)
_LETTERS_FOR_DIGITS = re.compile(r"(?<![\w.,/\-+])[6789](?:[ .\-]{0,1}[\dOoIlSB]){8}(?!\w)")
_PAPER = (
    r"(?:d\.?n\.?i|n\.?i\.?e|n\.?i\.?f|documento|identidad|identitat|pasaporte|passaport|iban|cuenta|compte|conta|tarjeta|targeta"
    r"|visa|seguridad social|nuss|afiliaci[oó]n|matr[ií]cula)"
)
_LETTER = r"(?:[a-zñ]|be|ce|de|efe|ge|hache|jota|ka|ele|eme|ene|pe|cu|ku|erre|ese|te|uve|v[ei]|equis|ye|i griega|y griega|zeta)"
_SPELT = re.compile(
    rf"(?<!\w)(?P<say>{_PAPER}(?:\W{{1,3}}(?:es|el|la|mi|n[uú]mero|num|con|de|del|és|é|is|acaba en)){{0,4}}\W{{1,3}})"
    rf"(?P<number>(?:{_LETTER}[\s,.\-]{{1,3}}){{0,2}}(?:(?:{ANY_DIGIT_WORD}|\d{{1,4}})(?!\w)(?:[\s,.\-–·/]{{1,3}}|\sy\s)?){{4,26}}"
    rf"(?:{_LETTER}(?!\w))?)",
    re.IGNORECASE,
)


_PAPER_WORDS = word_set("spelled_out.disguised", "paper_words")
_DIGIT_WORDS = word_set("spelled_out.disguised", "digit_words")


def without_disguised_phones(text: str) -> str:
    """Return the text with `[number]` for each disguised telephone number.

    It has letters or much punctuation between its digits.
    """
    return _LETTERS_FOR_DIGITS.sub(_with_letters, _MIXED.sub(_mixed, text))


def _mixed(match: re.Match[str]) -> str:
    """Redact a number not written like a list or a price."""
    found = match.group()
    separators = _SIGNS.findall(found)
    named = _NAMED.search(match.string[max(0, match.start() - 30) : match.start()])
    return "[number]" if len(separators) >= 5 or named or re.search("[Oo]", found) else found


def _with_letters(match: re.Match[str]) -> str:
    found = match.group()
    digits = sum(map(str.isdigit, found))
    return "[number]" if 5 <= digits <= 8 else found


def without_spelt_papers(text: str, seen: Glance) -> str:
    """Return the text with `[number]` for each spelt-out identity or account number."""
    if not (seen.has(_PAPER_WORDS) and seen.has(_DIGIT_WORDS)):
        return text
    return _SPELT.sub(_spelt, text)


def _spelt(match: re.Match[str]) -> str:
    number = match["number"]
    words = re.findall(r"[^\W\d]+", number)
    if len(words) < 4 or len(spoken_digits(number)) < 7:
        return match.group()
    rest = number[len(number.rstrip(" ,.-–·/\n")) :]
    return match["say"] + "[number]" + rest
