"""Redaction: takes handles, numbers, addresses and links of people out of a text before anything is stored.

Writes exactly what the models were trained on: `@user`, `[number]`, `[email]`, `http`. Street and street number stay (the
city needs them to send somebody); floor and door go. Case numbers, years and coordinates stay. Every pattern is linear in
the length of the text: no nested repetition, every repetition bounded.
"""

import re
from collections.abc import Iterable

# Word characters that may stand before a match would make it part of a longer token.
_LINK = re.compile(
    r"\b(?:https?://|www\.)[^\s<>\"]{1,2048}|\b(?:t\.co|bit\.ly|youtu\.be)/[\w\-/?=&%.]{1,200}", re.IGNORECASE
)
_MAILTO = re.compile(r"[\w.+%\-]{1,64}@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,5}")
_HANDLE = re.compile(r"(?<![\w/@])@[\w]{1,64}(?:\.[\w\-]{1,63}){0,5}(?:@[\w\-]{1,63}(?:\.[\w\-]{1,63}){1,5})?")
_REDDIT = re.compile(r"(?<![\w])/?u/[\w\-]{3,24}\b")
_DID = re.compile(r"\bdid:(?:plc|web):[\w.:%\-]{3,200}")

# Spanish personal numbers: DNI and NIE (checked by their letter), IBAN, CIF, cadastral reference, licence plate.
_DNI = re.compile(
    r"(?<![\w])(?:(\d{1,2}\.?\d{3}\.?\d{3})[\s\-]?([A-Za-z])|([XYZxyz])[\s\-]?(\d{7})[\s\-]?([A-Za-z]))(?![\w])"
)
_IBAN = re.compile(r"(?<![\w])[A-Z]{2}\d{2}(?:[ \-]?[\dA-Z]{4}){3,7}(?:[ \-]?[\dA-Z]{1,3})?(?![\w])")
_CADASTRE = re.compile(r"(?<![\w])\d{7}[A-Z]{2}\d{4}[A-Z]\d{4}[A-Z]{2}(?![\w])")
_PLATE = re.compile(
    r"(?<![\w])\d{4}[ \-]?[BCDFGHJKLMNPRSTVWXYZ]{3}(?![\w])|(?<![\w])[A-Z]{1,2}[ \-]\d{4}[ \-][A-Z]{1,2}(?![\w])"
)
_CIF = re.compile(r"(?<![\w])[ABCDEFGHJNPQRSUVW][\-]?\d{7}[\dA-J](?![\w])")
# Cards: 13 to 19 digits in groups, checked by Luhn.
_CARD = re.compile(r"(?<![\w.,])\d(?:[ \-]?\d){12,18}(?![\w])")
# Telephones: Spanish nine digits that start with 6-9 in the usual groupings, or + and 8 to 14 digits. Nothing that is part of a
# longer number (case numbers have 12 digits), of a decimal (coordinates) or of a range of years.
_PHONE = re.compile(
    r"(?<![\w.,\-/])(?:(?:\+|00)34[ .\-]?)?[6789]\d{2}[ .\-]?\d{3}[ .\-]?\d{3}(?![\w])(?!\.\d)(?!,\d)"
    r"|(?<![\w.,\-/])(?:(?:\+|00)34[ .\-]?)?[6789]\d{2}(?:[ .\-]?\d{2}){3}(?![\w])(?!\.\d)(?!,\d)"
    r"|(?<![\w.,\-/])(?:(?:\+|00)34[ .\-]?)?[89]\d[ .\-]\d{3}[ .\-]\d{2}[ .\-]\d{2}(?![\w])"
    r"|(?<![\w.,\-/])\+\d{1,3}(?:[ .\-]?\d{2,4}){2,5}(?![\w])"
)
# Floor and door of a dwelling: "3º B", "2º izda", "piso 4", "puerta 12", "esc. 2", "bajo A", when they follow an address.
_FLOOR = re.compile(
    r"(?:,\s{0,2}|\s)(?:"
    r"(?:piso|planta|puerta|pta\.?|esc(?:alera|\.)?|portal)\s{1,2}\w{1,4}\b"
    r"|\d{1,2}\s?[ºª°]\s{0,2}(?:[A-K]\b|izda?\.?|izquierda|dcha?\.?|derecha|centro|ctro\.?)(?!\w)"
    r"|\d{1,2}\s?[ºª°]\s?\d{1,2}\s?[ªº](?!\w)"
    r"|bajo\s{1,2}(?:[A-K]\b|izda?\.?|izquierda|dcha?\.?|derecha)(?!\w)"
    r")",
    re.IGNORECASE,
)
_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"


def redact(text: str, keep: Iterable[str] = (), names: Iterable[str] = ()) -> str:
    """The text without what identifies a person.

    Args:
        text: plain text of any length.
        keep: handles that stay, such as the city's own (`@MADRID`), without regard to case.
        names: names of the author to take out wherever they stand as a whole word (his handle without `@`).
    """
    kept = frozenset(handle.lower().lstrip("@") for handle in keep)
    text = _LINK.sub("http", text)
    text = _DID.sub("@user", text)
    text = _HANDLE.sub(lambda m: _handle(m, kept), _MAILTO.sub(lambda m: _mail(m, kept), text))
    text = _REDDIT.sub("@user", text)
    text = _IBAN.sub("[number]", text)
    text = _CADASTRE.sub("[number]", text)
    text = _DNI.sub(_dni, text)
    text = _CARD.sub(_card, text)
    text = _PHONE.sub("[number]", text)
    text = _CIF.sub("[number]", text)
    text = _PLATE.sub(_plate, text)
    text = _FLOOR.sub("", text)
    return _without_names(text, names)


def _mail(match: re.Match[str], kept: frozenset[str]) -> str:
    """A mail address; `.@handle` and `text@handle.bsky.social` of the city's own are left for the next pattern."""
    found = match.group()
    if found.startswith("@") or (found.startswith(".") and found.lower().partition("@")[2] in kept):
        return found
    return "[email]"


def _handle(match: re.Match[str], kept: frozenset[str]) -> str:
    found = match.group()
    name = found[1:].lower()
    if name in kept or name.split("@")[0] in kept or name == "user":
        return found
    # a full stop that ends the sentence is not part of the handle
    stem, dot, tail = name.partition(".")
    if dot and stem in kept and not tail:
        return found
    return "@user"


def _dni(match: re.Match[str]) -> str:
    digits, letter, first, rest, last = match.groups()
    if digits is not None:
        number = int(digits.replace(".", ""))
        right = len(digits.replace(".", "")) >= 7 and _DNI_LETTERS[number % 23] == letter.upper()
    else:
        number = int(str("XYZ".index(first.upper())) + rest)
        right = _DNI_LETTERS[number % 23] == last.upper()
    return "[number]" if right else match.group()


def _card(match: re.Match[str]) -> str:
    digits = [int(c) for c in match.group() if c.isdigit()]
    doubled = [d if i % 2 else (d * 2 - 9 if d > 4 else d * 2) for i, d in enumerate(reversed(digits), start=1)]
    luhn = sum(d if i % 2 == 0 else v for i, (d, v) in enumerate(zip(reversed(digits), _luhn(digits), strict=True)))
    return "[number]" if luhn % 10 == 0 and doubled else match.group()


def _luhn(digits: list[int]) -> list[int]:
    return [d * 2 - 9 if d > 4 else d * 2 for d in reversed(digits)]


def _plate(match: re.Match[str]) -> str:
    """A plate; `2024 BCN` and the like, a year and an abbreviation, stay."""
    found = match.group()
    if found[:4].isdigit() and " " in found and 1900 <= int(found[:4]) <= 2099:
        return found
    return "[number]"


def _without_names(text: str, names: Iterable[str]) -> str:
    for name in names:
        plain = name.lstrip("@").strip()
        if len(plain) >= 3:  # two letters are a word of the language more often than a name
            text = re.sub(rf"(?<!\w)@?{re.escape(plain)}(?!\w)", "@user", text, flags=re.IGNORECASE)
    return text
