"""Redact numbers that identify a person.

Telephone, identity card, bank account, card, number plate, cadastral reference. A number with a check digit is redacted only when it
fits, so that case numbers, prices and dates stay.
"""

import re
from functools import partial

from core.privacy.redaction.birth_dates import without_birth_dates
from core.privacy.redaction.glance import Glance
from core.privacy.redaction.identifiers import without_coordinates_in_words, without_identifiers
from core.privacy.redaction.own_words import NO_WORDS, OwnWords
from core.privacy.redaction.spelled_out.dictated import without_dictated_numbers
from core.privacy.redaction.spelled_out.disguised import without_disguised_phones, without_spelt_papers
from core.privacy.redaction.spelled_out.telephones import without_spaced_numbers, without_spoken_numbers
from core.privacy.redaction.words import word_set

_PLATE_LIKE = re.compile(r"\d(?:[ \-]?\d){3}[ \-./_·]?(?:[b-df-hj-np-tv-z](?![aeiouáéíóú])|[a-z]{1,2}(?!\w))|matr[ií]cul", re.IGNORECASE)
_FOUR = re.compile(r"\d(?:[ \-]?\d){3}")
_IBAN = re.compile(r"(?<!\w)[A-Z]{2}[ \-.]?\d{2}(?:[ \-.]?[\dA-Z]{4}){2,7}(?:[ \-.]?[\dA-Z]{1,3})?(?!\w)", re.IGNORECASE)
_IBAN_APART = re.compile(r"(?<!\w)E[ .\-]?S(?:[ .\-]{1,2}\d){22}(?!\w)", re.IGNORECASE)
_IBAN_ES = re.compile(r"(?<!\w)ES[ \-.]?\d(?:[ \-./]{0,2}\d){21}(?!\w)", re.IGNORECASE)
"""A Spanish IBAN even when mistyped: nothing else has two letters and 22 digits."""
_ACCOUNT = re.compile(r"(?<!\w)\d{4}[ .\-/]?\d{4}[ .\-/]?\d{2}[ .\-/]?(?:\d{10}|\d{2}[ .\-]\d{4}[ .\-]\d{4})(?!\w)")
"""The old Spanish account number of 20 digits."""
_CADASTRE = re.compile(r"(?<!\w)(?:\d{7} ?[A-Z]{2}\d{4}[A-Z] ?\d{4} ?[A-Z]{2}|\d{5}[A-Z]\d{3} ?\d{5} ?\d{4} ?[A-Z]{2})(?!\w)")
_CARD = re.compile(
    r"(?<!\w)[3-6]\d{3}[ .\-/·_]{0,2}(?:\d{4}[ .\-/·_]{0,2}\d{4}[ .\-/·_]{0,2}\d{4}|\d{6}[ .\-/·_]?\d{5})(?!\w)"
    r"|(?<!\w)[3-6](?:[ \-]\d){15}(?![\w]|[ \-]\d)"
)
_CARD_NAMED = re.compile(r"(?<!\w)(?:tarjeta|visa|mastercard|american express|targeta|card|cart[aã]o)(?!\w)[^\d\n.]{0,40}\Z", re.IGNORECASE)
_CVV = re.compile(r"(?<!\w)((?:cvv2?|cvc2?)\W{1,3})\d{3,4}(?!\w)", re.IGNORECASE)
_DNI = re.compile(
    r"(?<!\w)(?:(\d{1,2}[. \-·/]?\d{3}[. \-·/]?\d{3}|\d(?:[ .\-]\d){7})(?:[ \-./·]{0,3}([A-Z])"
    r"|[\-/]?([a-z])|\s([a-z])(?=[^\w]))"
    r"|([XYZxyz])[ .\-]?(\d{7}|\d\.\d{3}\.\d{3}|\d(?:[ .\-]\d){6})[ .\-]?([A-Za-z]))(?!\w)"
)
_DNI_LETTERS = "TRWAGMYFPDXBNJZSQVHLCKE"
_CIF = re.compile(r"(?<!\w)([ABCDEFGHJNPQRSUVW])-?(\d{7})([\dA-J])(?!\w)")
_PROVINCE = "AB?|AL|AV|B[AIU]?|C[ACEORSU]?|G[CEIRU]|HU?|IB|J|L[EOU]?|M[ALU]?|NA|O[RU]?|P[MO]?|S[AEGHOS]?|T[EFO]?|V[AI]?|ZA?"
_PS = r"[ \-./_·]?"
_PLATE = re.compile(
    rf"(?<![\w/.,])(?:(?:[CERTSVP][ \-]?)?(\d{{4}}|\d(?:[ \-]\d){{3}})({_PS})([BCDFGHJKLMNPRSTVWXYZ]{{3}}|[BCDFGHJKLMNPRSTVWXYZ](?:[ "
    rf"\-.][BCDFGHJKLMNPRSTVWXYZ]){{2}})"
    rf"|(?:{_PROVINCE})([ \-]?)\d{{4}}\4([A-Z]{{1,2}}))(?!\w)",
    re.IGNORECASE,
)
_VEHICLE = re.compile(
    r"\b(?:matr[ií]cul\w*|coches?|taxis?|moto\w*|furgo\w*|veh[ií]culos?|cami[oó]n|camioneta"
    r"|turismo|bus|autob[uú]s|patinete|vtc|cotxe|cotxes|carro|plate|car|van|seat|renault|ford"
    r"|opel|citro[eë]n|peugeot|audi|bmw"
    r"|mercedes|toyota|volkswagen|golf|fiat|nissan|kia|hyundai|dacia|aparca\w*|auto|autoa|targa"
    r"|kfz|voiture|macchina|todoterreno|scooter|remolque|gr[uú]a|matr[ií]cola|placa)\b",
    re.IGNORECASE,
)
_PLATE_NAMED = re.compile(
    r"(?<!\w)(matr[ií]cul[ao]s?(?:[ :,º]|\b(?:es|la|n[uú]mero|n)\b){1,6})(?:\d{4}[ \-]?[a-z]{3}"
    r"|[a-z]{1,2}[ \-]?\d{4}[ \-]?[a-z]{1,2}|[a-z]{1,2}[ \-]?\d{5,6})(?!\w)",
    re.IGNORECASE,
)
_NO_PLATES = frozenset("MTS MTR MLL PPM RPM LTS PCS MWH DPT VTC FPS BPM KMS PTS CTS KGS GRS HRS RSP GHZ MHZ KWH BTT PMR PYM".split())
"""Units and abbreviations with the shape of a plate."""
_S = r"[ .\-]?"
_PHONE = re.compile(
    rf"(?<!\w)(?:tel:(?=\+))?(?:\(?(?:\+|00)34\)?{_S})?(?:[6789]\d{{2}}{_S}(?:\d{{3}}{_S}\d{{3}}|\d{{2}}{_S}\d{{2}}{_S}\d{{2}}"
    rf"|\d{{6}})"
    rf"|\(?[89][1-8]\)?{_S}(?:\d{{3}}{_S}\d{{2}}{_S}\d{{2}}|\d{{3}}{_S}\d{{4}}|\d{{7}}|\d{{2}}{_S}\d{{2}}{_S}\d{{3}}))"
    r"(?!\w)(?![.,]\d)"
    r"|(?<!\w)(?:\+|00)\d{1,3}[ .\-]?(?:\(0\)|\(\d{1,3}\)|\d)?(?:[ .\-]?\d{2,4}){2,5}(?!\w)(?![.,]\d)"
)
_FREE = re.compile(r"\(?(?:\+34|0034)?\)?[ .\-]?90[0-2]")
"""Special-rate lines: organisations have them, never a person."""
_BODY = re.compile(
    r"\b(?:010|012|092|061|112|016|ayuntamiento|polic[ií]a|bomberos"
    r"|junta\s(?:municipal|de\sdistrito)|centralita|registro|oficinas?\sde\satenci[oó]n|centro\sde\ssalud"
    r"|centro\scultural"
    r"|ambulatorio|hospital|biblioteca|polideportivo|concejal[ií]a|metro|renfe"
    r"|consorcio|omic|oac|servicios?\ssociales|servicios?\smunicipal(?:es)?|atenci[oó]n\s(?:al\sciudadano"
    r"|ciudadana)|secretar[ií]a\sdel?)\b"
    r"[^.;\n]{0,45}\Z",
    re.IGNORECASE,
)
_MONEY = re.compile(
    r"\s?(?:de\s)?(?:€|euros?\b|eur\b|mill|habitantes|pesetas|ptas|pts|personas|d[oó]lares|m2"
    r"|m²|metros|litros|kilos|toneladas|viajeros|usuarios)",
    re.IGNORECASE,
)
_NOT_BEFORE = re.compile(r"(?:\d[.,\-]|(?<!\d)(?:19|20)\d\d/|\b(?:l[ií]neas?|buses|autob[uú]s(?:es)?)\W{1,3})\Z", re.IGNORECASE)
"""A decimal, a range, a case number that starts with its year, bus lines."""


def without_numbers(text: str, seen: Glance, own: OwnWords = NO_WORDS) -> str:
    """Return the text with `[number]` for each identifying number."""
    text = without_dictated_numbers(without_coordinates_in_words(text, seen), seen)
    text = without_spoken_numbers(without_spelt_papers(text, seen), seen)
    text = without_birth_dates(text, seen)
    digits = seen.digits
    if digits < 4:  # four texts in five return here; every pattern below needs four digits
        return text
    if digits >= 7:
        text = _without_long_numbers(text)
    text = without_identifiers(text, seen)
    if digits >= 8:
        text = _PHONE.sub(partial(_phone, own), text)
        text = without_spaced_numbers(text)
    if digits >= 5:
        text = without_disguised_phones(text)
    if _FOUR.search(text) and _PLATE_LIKE.search(text):
        text = _PLATE.sub(_plate, _PLATE_NAMED.sub(r"\1[number]", text))
    return text


def _without_long_numbers(text: str) -> str:
    text = _IBAN_APART.sub("[number]", _IBAN_ES.sub("[number]", text))
    text = _IBAN.sub(_iban, text)
    text = _ACCOUNT.sub("[number]", text)
    text = _CADASTRE.sub("[number]", text)
    text = _DNI.sub(_dni, text)
    text = _CVV.sub(r"\1[number]", _CARD.sub(_card, text))
    return _CIF.sub(_cif, text)


def _iban(match: re.Match[str]) -> str:
    """Redact an IBAN; return a capitalised word matched as its last group."""
    found = match.group()
    for end in range(len(found), 14, -1):
        code = re.sub(r"[ \-.]", "", found[:end])
        if len(code) >= 15 and sum(map(str.isdigit, code)) >= 10 and _remainder(code) == 1 and not found[end : end + 1].isalnum():
            return "[number]" + found[end:]
    return found


def _remainder(iban: str) -> int:
    return int("".join(str(int(character, 36)) for character in iban[4:] + iban[:4])) % 97


def _dni(match: re.Match[str]) -> str:
    digits, capital, small, apart, first, rest, last = match.groups()
    number = f"{'' if first is None else 'XYZ'.index(first.upper())}{''.join(filter(str.isdigit, digits or rest))}"
    letter = (capital or small or apart or last or "").upper()
    right = len(number) >= 7 and _DNI_LETTERS[int(number) % 23] == letter
    return "[number]" if right else match.group()


def _card(match: re.Match[str]) -> str:
    """Redact a bank card that passes Luhn's check or is announced.

    Luhn: every second digit from the right counts double, as the sum of its digits.
    """
    digits = [int(character) for character in reversed(match.group()) if character.isdigit()]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[1::2])
    right = (sum(digits[::2]) + doubled) % 10 == 0
    named = _CARD_NAMED.search(match.string[max(0, match.start() - 60) : match.start()])
    return "[number]" if right or named else match.group()


def _cif(match: re.Match[str]) -> str:
    """Redact a company number whose check digit or letter fits."""
    digits = [int(character) for character in match.group(2)]
    doubled = sum(sum(divmod(2 * digit, 10)) for digit in digits[::2])
    check = -(sum(digits[1::2]) + doubled) % 10
    return "[number]" if match.group(3) in (str(check), "JABCDEFGHI"[check]) else match.group()


def _phone(own: OwnWords, match: re.Match[str]) -> str:
    found, text = match.group(), match.string
    before = text[max(0, match.start() - 70) : match.start()]
    if _NOT_BEFORE.search(before[-15:]):
        return found
    if re.fullmatch(r"\d{3}\.\d{3}\.\d{3}", found) and _MONEY.match(text[match.end() : match.end() + 14]):
        return found
    digits = "".join(filter(str.isdigit, found))
    if found.startswith(("+", "00")) and not (8 if found[0] == "+" else 11) <= len(digits) <= 15:
        return found
    if _FREE.match(found) or (digits[-9:-8] in ("8", "9") and (_BODY.search(before) or own.is_body(before))):
        return found
    return "[number]"


def _plate(match: re.Match[str]) -> str:
    """Redact a number plate.

    `2024 BCN`, a year with an abbreviation, units and possible words stay, unless a vehicle is mentioned.
    """
    found = match.group()
    digits, gap, letters, old_gap, last = match.groups()
    around = match.string[max(0, match.start() - 60) : match.start()], match.string[match.end() : match.end() + 20]
    vehicle = _VEHICLE.search(around[0]) or _VEHICLE.match(around[1].lstrip(" ,("))
    if digits is not None:
        plain = "".join(filter(str.isalpha, letters)).upper()
        if plain in _NO_PLATES or (gap in (" ", "/", "-", ".") and "1900" <= digits <= "2099" and not vehicle):
            return found
        return "[number]" if vehicle or letters.isupper() or gap == "" else found
    year = "1900" <= re.sub(r"\D", "", found) <= "2099"
    if vehicle and last.upper() not in _WORDS_OF_TWO:
        return "[number]"
    printed = old_gap == "-" or (found.isupper() and len(last) == 2 and not year and old_gap == "")
    spaced = found.isupper() and old_gap == " " and len(last) == 2 and not year and last not in _WORDS_OF_TWO
    return "[number]" if printed or spaced else found


_WORDS_OF_TWO = word_set("numbers", "words_of_two")
