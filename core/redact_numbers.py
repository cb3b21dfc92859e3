"""Numbers that lead to a person: telephone, identity card, bank account, card, number plate, cadastral reference.

A number that has a check digit is only taken out when it fits, so that case numbers, prices and dates stay.
"""

import re

_DIGIT = re.compile(r"\d")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}\d{2}(?:[ \-]?[\dA-Z]{4}){2,7}(?:[ \-]?[\dA-Z]{1,3})?(?!\w)")
_ACCOUNT = re.compile(r"(?<!\w)\d{4}[ \-]?\d{4}[ \-]?\d{2}[ \-]?\d{10}(?!\w)")
"""The old Spanish account number of 20 digits."""
_CADASTRE = re.compile(
    r"(?<!\w)(?:\d{7} ?[A-Z]{2}\d{4}[A-Z] ?\d{4} ?[A-Z]{2}|\d{5}[A-Z]\d{3} ?\d{5} ?\d{4} ?[A-Z]{2})(?!\w)"
)
_CARD = re.compile(r"(?<!\w)[3-6]\d{3}[ \-]?(?:\d{4}[ \-]?\d{4}[ \-]?\d{4}|\d{6}[ \-]?\d{5})(?!\w)")
_DNI = re.compile(
    r"(?<!\w)(?:(\d{1,2}\.?\d{3}\.?\d{3})(?:[ \-]?([A-Z])|-?([a-z]))|([XYZxyz])[ \-]?(\d{7})[ \-]?([A-Za-z]))(?!\w)"
)
_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_NAMED = re.compile(
    r"(?<!\w)((?:DNI|NIF|NIE|pasaporte)[ :.º°n]{1,5})(?=[\w.\-]*\d)[\w.\-]{5,12}(?<![.\-])", re.IGNORECASE
)
"""A number that its writer names: also without its letter, also mistyped."""
_CIF = re.compile(r"(?<!\w)([ABCDEFGHJNPQRSUVW])-?(\d{7})([\dA-J])(?!\w)")
_PROVINCE = (
    "AB?|AL|AV|B[AIU]?|C[ACEORSU]?|G[CEIRU]|HU?|IB|J|L[EOU]?|M[ALU]?|NA|O[RU]?|P[MO]?|S[AEGHOS]?|T[EFO]?|V[AI]?|ZA?"
)
_PLATE = re.compile(
    rf"(?<![\w/])(?:(\d{{4}})([ \-]?)([BCDFGHJKLMNPRSTVWXYZ]{{3}})|(?:{_PROVINCE})-\d{{4}}-[A-Z]{{1,2}})(?!\w)"
)
_PLATE_NAMED = re.compile(
    r"(?<!\w)(matr[ií]culas?[ :]{1,3})(?:\d{4}[ \-]?[a-z]{3}|[a-z]{1,2}[ \-]?\d{4}[ \-]?[a-z]{1,2})(?!\w)",
    re.IGNORECASE,
)
_NO_PLATES = frozenset(
    {"MTS", "MTR", "KMS", "PTS", "CTS", "KGS", "GRS", "HRS", "RSP", "GHZ", "MHZ", "KWH", "BTT", "PMR", "PYM"}
)
"""Units and the like that are written as a plate is."""
_S = r"[ .\-]?"
_PHONE = re.compile(
    rf"(?<!\w)(?:\(?(?:\+|00)34\)?{_S})?(?:[6789]\d{{2}}{_S}(?:\d{{3}}{_S}\d{{3}}|\d{{2}}{_S}\d{{2}}{_S}\d{{2}}|\d{{6}})"
    rf"|\(?[89][1-8]\)?{_S}(?:\d{{3}}{_S}\d{{2}}{_S}\d{{2}}|\d{{3}}{_S}\d{{4}}|\d{{7}}|\d{{2}}{_S}\d{{2}}{_S}\d{{3}}))"
    r"(?!\w)(?![.,]\d)"
    r"|(?<!\w)\+\d{1,3}(?:[ \-]?\d{2,4}){2,5}(?!\w)(?![.,]\d)"
)
_MONEY = re.compile(r"\s?(?:€|euros?\b|eur\b|millones|habitantes|pesetas|personas)", re.IGNORECASE)
_NOT_BEFORE = re.compile(
    r"(?:\d[.,\-]|(?<!\d)(?:19|20)\d\d/|\b(?:l[ií]neas?|buses|autob[uú]s(?:es)?)\W{1,3})\Z", re.IGNORECASE
)
"""A decimal, a range, a case number that begins with its year, bus lines."""


def without_numbers(text: str) -> str:
    """The text with `[number]` for each of them."""
    if not _DIGIT.search(text):  # four texts in five, and every pattern here needs one
        return text
    text = _IBAN.sub(_iban, text)
    text = _ACCOUNT.sub("[number]", text)
    text = _CADASTRE.sub("[number]", text)
    text = _DNI.sub(_dni, text)
    text = _NAMED.sub(r"\1[number]", text)
    text = _CARD.sub(_card, text)
    text = _CIF.sub(_cif, text)
    text = _PHONE.sub(_phone, text)
    return _PLATE_NAMED.sub(r"\1[number]", _PLATE.sub(_plate, text))


def _iban(match: re.Match[str]) -> str:
    """An account; a capital word that follows in fours is given back."""
    found = match.group()
    for end in range(len(found), 14, -1):
        code = re.sub(r"[ \-]", "", found[:end])
        if len(code) >= 15 and _remainder(code) == 1 and not found[end : end + 1].isalnum():
            return "[number]" + found[end:]
    return found


def _remainder(iban: str) -> int:
    return int("".join(str(int(sign, 36)) for sign in iban[4:] + iban[:4])) % 97


def _dni(match: re.Match[str]) -> str:
    digits, capital, small, first, rest, last = match.groups()
    number = (digits or "").replace(".", "") if first is None else f"{'XYZ'.index(first.upper())}{rest}"
    letter = (capital or small or last or "").upper()
    right = len(number) >= 7 and _DNI_LETTERS[int(number) % 23] == letter
    return "[number]" if right else match.group()


def _card(match: re.Match[str]) -> str:
    """A bank card, by Luhn's check: every second digit from the right counts double, as the sum of its digits."""
    digits = [int(sign) for sign in reversed(match.group()) if sign.isdigit()]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    return "[number]" if (sum(digits[::2]) + doubled) % 10 == 0 else match.group()


def _cif(match: re.Match[str]) -> str:
    """A company's number, by its check digit or letter."""
    digits = [int(sign) for sign in match.group(2)]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[::2])
    check = -(sum(digits[1::2]) + doubled) % 10
    return "[number]" if match.group(3) in (str(check), "JABCDEFGHI"[check]) else match.group()


def _phone(match: re.Match[str]) -> str:
    found, text = match.group(), match.string
    if _NOT_BEFORE.search(text[max(0, match.start() - 15) : match.start()]):
        return found
    if re.fullmatch(r"\d{3}\.\d{3}\.\d{3}", found) and _MONEY.match(text[match.end() : match.end() + 12]):
        return found
    if found.startswith("+") and not 8 <= sum(sign.isdigit() for sign in found) <= 15:
        return found
    return "[number]"


def _plate(match: re.Match[str]) -> str:
    """A plate; `2024 BCN`, a year and an abbreviation, and units stay."""
    digits, gap, letters = match.groups()
    if digits is not None and (letters in _NO_PLATES or (gap == " " and "1900" <= digits <= "2099")):
        return match.group()
    return "[number]"
