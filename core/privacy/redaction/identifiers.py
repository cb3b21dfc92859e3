"""Redact identifiers recognised by the words before them.

Identity documents, social security numbers, coordinates of a home, IP addresses.
"""

import re

from core.privacy.redaction.glance import Glance
from core.privacy.redaction.spelled_out.telephones import ANY_DIGIT_WORD
from core.privacy.redaction.words import word_set

_JOIN = (
    r"(?:[\s:.,ºª°#(\-]|\)|\b(?:sin|letra|n[uú]mero|n[uú]m|nro|n[ºª°o]|n|no|es|el|la|con|de|del|y|mi|me|is|number"
    r"|num|és|d|identidad|identitat|identidade|espa[nñ]ol|letra)\b){1,14}"
)
_PAPER = re.compile(r"[a-z]{0,4}[ \-]?\d(?:[ .\-/]?\d){4,13}(?:[ .\-]{0,3}[a-z](?![a-z]))?", re.IGNORECASE)
_PAPERS_START = re.compile(
    r"(?<!\w)(?:d\.?n\.?i\.?e?|n\.?i\.?f|n\.?i\.?e|pasaporte|passaporte?|passaport|passport"
    r"|passeport|documento(?:\s(?:nacional|de|identidad)){1,3}|document\sd'identitat|carn[eé]t?\sde\sidentidad"
    r"|c[eé]dula"
    r"|permiso\sde\sresidencia|tarjeta\ssanitaria|tarjeta\sde\sresidencia|cipa?|ausweis(?:nummer)?"
    r"|id\scard|nan|i\.?d|documento\sde\sviaje|travel\sdocument|t\.?i\.?e|n[ºo°]\s(?:de\s)?documento|reisepass|dokumentua|sip|carn[eé]t?)(?!\w)",
    re.IGNORECASE,
)
_NUSS_START = re.compile(
    r"(?<!\w)(?:nuss|n\.?u\.?s\.?s|naf|n[ºo°]?\.?\s?s\.?s|(?:n[uú]mero|n[ºo°]\.?)\s(?:de\s)?(?:la\s)?(?:seguridad\ssocial"
    r"|afiliaci[oó]n)|seguridad\ssocial|seg\.?\s?social|s\.\s?social|cartilla|seguretat\ssocial|seguridade\ssocial|afiliaci[oó]n)(?!\w)",
    re.IGNORECASE,
)
_PASSPORT = re.compile(
    r"(?<!\w)(?P<say>(?:pasaportes?|passaporte?s?|passaports?|passports?|passeport)(?!\w)[^\n;!?]{1,70}?)"
    r"(?<!\w)(?P<number>(?:[a-z]{1,3}[ \-]?)?\d{6,9}[a-z]?)(?!\w)",
    re.IGNORECASE,
)
_FOLLOWS = re.compile(_JOIN, re.IGNORECASE)
_NUSS_NUMBER = re.compile(r"\d{2}(?:[ /.\-]?\d){9,10}(?!\w)")
_NUSS = re.compile(r"(?<![\w/.\-])(\d{2})([ /\-]?)(\d{7,8})\2(\d{2})(?![\w/]|[.,\-]\d)")
_DECIMALS = re.compile(r"\d[.,]\d{3}")
_HOME = (
    r"(?:casa|domicilio|domicili|piso|pis|portal|vivienda|habitatge|direcci[oó]n|ubicaci[oó]n|posici[oó]n|finca|ventana|huert[oao]|hort"
    r"|horta|chalet|parcela|terraza|terrat|patio|corral|gallinero|gali[nñ]eiro|galliner|garaje|jard[ií]n|masia|mas[oóií]a|pazo|caserío"
    r"|granja|nave|cuadra|local|tienda|puerta|porta|balc[oó]n?|home|house|flat|place|garden|location|address)(?!\w)"
)
_OWN_PLACE = re.compile(
    r"(?<!\w)(?:vivo|vivimos|resido|residimos|estoy\sen|estic\sa|i['’]?\s?a?m\sat"
    rf"|(?:mi|nuestr[oa]|el\smeu|la\smeva|o\smeu|a\smi[ñn]a|o\sno[sz]o|my|our)\s{_HOME}|nire\s(?:etxe|baserri)\w*"
    r"|nuestra\s(?:casa|vivienda)|casa\sde\s(?:mi|mis)|vive\s|visc"
    r"|casa\smeva|i\slive|my\shome|my\shouse|bizi\snaiz"
    r"|mis\scoordenadas|coordenadas\sde\smi|my\slocation)",
    re.IGNORECASE,
)
_POINT = re.compile(
    r"(?<![\w.])(?:lat(?:itude?"
    r""
    r"|itud)?\.?\s?:?\s?)?[+\-]?(?<![\d.,])\d{1,2}[.,]\d{3,8}\s?[°º]?\s?[NS]?\s?[,;/ ]\s{0,2}"
    r"(?:long?(?:gitude?|gitud)?\.?\s?:?\s?)?[+\-]?\d{1,3}[.,]\d{3,8}\s?[°º]?\s?[EWO]?(?![\w])"
    r""
    r"|(?<!\w)\d{1,2}°\s?\d{1,2}['′]\s?(?:\d{1,2}(?:\.\d+)?[\"″]\s?)?[NS][,\s]{1,3}\d{1,3}°\s?\d{1,2}['′]\s?(?:\d{1,2}(?:\.\d+)?[\"″]\s?)?[EWO]"
)
_IP = re.compile(r"(?<![\w.])(?:\d{1,3}\.){3}\d{1,3}(?:/\d{1,2}|:\d{2,5})?(?![\w]|\.\d)")
_IP_SPOKEN = re.compile(
    r"(?<!\w)(?P<say>ip(?:v4)?\W{1,3}(?:(?:es|de|la|:)\W{1,3}){0,3})\d{1,3}(?:\s{1,2}(?:punto?|ponto|dot)\s{1,2}\d{1,3}){3}(?!\w)",
    re.IGNORECASE,
)
_COORDINATES_SPOKEN = re.compile(
    r"(?<!\w)(?P<say>lat(?:itude?|itud)?\.?\s?:?\s)(?:[^\W\d]{1,12}[\s,]{1,2}){2,12}?(?P<lon>long?(?:gitude?|gitud)?\.?\s?:?\s)"
    rf"(?:(?:{ANY_DIGIT_WORD}|y|coma|punto|menos)(?!\w)[\s]{{0,2}}){{2,14}}",
    re.IGNORECASE,
)
_IP6 = re.compile(
    r"(?<![\w:])(?:[0-9a-f]{1,4}:){2,7}(?::?[0-9a-f]{1,4})(?::[0-9a-f]{1,4}){0,6}(?![\w:])"
    r"|(?<![\w:])(?:[0-9a-f]{1,4}:){1,6}:(?:[0-9a-f]{1,4}:){0,5}[0-9a-f]{1,4}(?![\w:])",
    re.IGNORECASE,
)
_LAW = re.compile(r"(?:art[ií]culos?|art|apartados?|cap[ií]tulo|punto|versi[oó]n|v)\.?\s?\Z", re.IGNORECASE)


_PAPER_WORDS = word_set("identifiers", "paper_words")
_PASSPORTS = word_set("identifiers", "passports")
_IP_WORDS = frozenset(("ip", "ipv"))
_LATITUDE = frozenset("lat latitud latitude".split())
_SOCIAL = word_set("identifiers", "social")


def without_identifiers(text: str, seen: Glance) -> str:
    """Return the text with `[number]` for each; the text has a digit."""
    if seen.has(_PAPER_WORDS):
        text = _after(_PAPERS_START, _PAPER, text)
    if seen.has(_PASSPORTS):
        text = _PASSPORT.sub(_passport, text)
    if seen.has(_SOCIAL) or "ss" in seen.small:
        text = _after(_NUSS_START, _NUSS_NUMBER, text)
    if seen.digits >= 11:
        text = _NUSS.sub(_nuss, text)
    if "°" in text or (seen.digits >= 8 and _DECIMALS.search(text)):
        text = _POINT.sub(_point, text)
    if seen.has(_IP_WORDS):
        text = _IP_SPOKEN.sub(r"\g<say>[number]", text)
    if text.count(".") >= 3:
        text = _IP.sub(_ip, text)
    return _IP6.sub(_ip6, text) if text.count(":") >= 2 else text


def without_coordinates_in_words(text: str, seen: Glance) -> str:
    """Return the text with `[number]` for spelt-out coordinates of a home."""
    return _COORDINATES_SPOKEN.sub(_spoken_point, text) if seen.has(_LATITUDE) else text


def _spoken_point(match: re.Match[str]) -> str:
    own = _OWN_PLACE.search(match.string[max(0, match.start() - 160) : match.start()])
    rest = match.group()[len(match.group().rstrip()) :]
    return "[number]" + rest if own else match.group()


def _after(start: re.Pattern[str], number: re.Pattern[str], text: str) -> str:
    """Replace each number that follows an announcing word by `[number]`."""
    made, done = [], 0
    for match in start.finditer(text):
        joint = _FOLLOWS.match(text, match.end())
        found = number.match(text, joint.end()) if joint else None
        if found is None or match.start() < done or sum(map(str.isdigit, found.group())) < 5 or joint is None:
            continue
        made += [text[done : joint.end()], "[number]"]
        done = found.end()
    return "".join(made) + text[done:] if made else text


def _passport(match: re.Match[str]) -> str:
    return match["say"] + "[number]"


def _nuss(match: re.Match[str]) -> str:
    """Redact a social security number whose two check digits fit.

    With slashes, as it is printed, also when they do not.
    """
    province, gap, number, check = match.groups()
    whole = int(number) + int(province) * 10**7 if int(number) < 10**7 else int(province + number)
    printed = gap == "/" and 1 <= int(province) <= 66
    return "[number]" if printed or (whole % 97 == int(check) and 1 <= int(province) <= 53) else match.group()


def _point(match: re.Match[str]) -> str:
    """Redact coordinates of a home; keep others, which locate the problem."""
    before = match.string[max(0, match.start() - 160) : match.start()]
    sentence = re.split(r"[.!?\n]\s", before)[-1]
    return "[number]" if _OWN_PLACE.search(sentence) else match.group()


def _ip(match: re.Match[str]) -> str:
    parts = [int(part) for part in re.split(r"[./:]", match.group())[:4]]
    before = match.string[max(0, match.start() - 14) : match.start()]
    named = re.search(r"(?<!\w)ip(?:v4)?\W|direcci|address", before, re.IGNORECASE)
    high = max(parts) > 31 and not _LAW.search(before)
    thousands = all(len(part) == 3 for part in match.group().split(".")[1:])
    return "[number]" if max(parts) <= 255 and (named or (high and not (thousands and parts[0] < 4))) else match.group()


def _ip6(match: re.Match[str]) -> str:
    """Redact an IPv6 address; keep a time such as 10:50:19."""
    found = match.group()
    long = found.count(":") >= 5 or "::" in found
    return "[number]" if long and (re.search(r"[a-f]", found, re.IGNORECASE) or found.count(":") == 7) else found
