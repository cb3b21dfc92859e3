"""Floor and door: where exactly somebody lives goes out of the text; street and number stay, so that the city can send somebody.

Behind a street and its number anything that reads as a floor goes. Without one only what can be nothing else does: `3º B`, `2º
izda`, `piso 3`; but `3º de primaria`, `25º C`, `la planta baja` and `la puerta 4 del Retiro` stay.
"""

import re

_STREET = (
    r"(?i:calle|c/|cl?\.|avenida|avda\.?|av\.|plaza|pla?za\.?|pza\.?|paseo|pº|traves[ií]a|ronda"
    r"|camino|carretera|ctra\.?"
    r"|glorieta|gta\.?|cuesta|costanilla|pasaje|callej[oó]n|bulevar|urbanizaci[oó]n|urb\.)"
)
_END = r"(?![\wºª°])(?!\.\w)"
_GAP = r"(?:\s{1,2}|\s{0,2}[,\-–/]\s{0,2})"
_ORDINAL = r"\d{1,2}\s?[ºª°]"
_SHORT_SIDE = r"(?i:izq?da|izq|dcha|dch|ctro)\b\.?"
_SIDE = rf"(?:{_SHORT_SIDE}|(?i:izquierda|derecha|centro|exterior|interior)(?!\w))"
_DOOR = rf"(?:\s?(?:[A-K]{_END}|{_SIDE}))"
_STOPS = r"(?=\s?(?:[,.;:)\n]|\Z))"
_NOUN = (
    rf"(?i:piso|puerta|pta\.?|escalera|esc\.?|portal)\s{{1,2}}(?:\d{{1,2}}(?:\s?[ºª°])?{_DOOR}?"
    rf"|[A-K]){_END}(?![.,]\d)"
)
_ORDINAL_WORD = (
    r"(?i:primer[oa]?|segund[oa]|tercer[oa]?|cuart[oa]|quint[oa]|sext[oa]|s[eé]ptim[oa]|octav[oa]"
    r"|noven[oa]|d[eé]cim[oa])"
)
_LEVEL = r"(?i:bajo|[aá]tico|entresuelo|principal)"
_SCHOOL = r"(?!\s{1,2}(?:de\s{1,2})?(?:la\s{1,2})?(?i:primaria|infantil|e\.?s\.?o|bachiller|secundaria|curso|grado))"

_AFTER_NUMBER = (
    rf"(?:{_NOUN}|(?i:planta|pl\.)\s{{1,2}}(?:\d{{1,2}}(?:\s?[ºª°])?|(?i:baja)){_END}"
    rf"|{_ORDINAL}(?:{_DOOR}|[a-k](?!\w)|\s?\d{{1,2}}\s?[ºª°]|\s(?i:piso|planta)(?!\w))"
    rf"|{_LEVEL}\s{{1,2}}(?:[A-K]{_END}|[b-dfg-k]{_END}|a(?=\s?(?:[,.;:)\n]|\Z))|{_SIDE}|\d{{1,2}}[ºª°]?{_END})"
    rf"|{_ORDINAL_WORD}(?:\s(?i:piso|planta))?\s{{1,2}}(?:[A-K]{_END}|[b-dfg-k]{_END}|a(?=\s?(?:[,.;:)\n]"
    rf"|\Z))|{_SIDE})|\d{{1,2}}\s?{_SHORT_SIDE}"
    rf"|\d{{1,2}}\s?-\s?[A-Ka-k]{_END})"
)
"""What is a floor behind any number: `5, 3º B`, `5 bajo A`."""
_AFTER_STREET = rf"(?:{_AFTER_NUMBER}|\d{{1,2}}[ \-]?[A-K]{_END}|{_SHORT_SIDE}|{_ORDINAL}{_STOPS}|{_LEVEL}{_STOPS})"
"""What is a floor behind a street and its number: also `Calle Mayor 5, 3B` and `Calle Mayor 5, 3º`."""

_DIGIT = re.compile(r"\d")
_ADDRESS = re.compile(
    rf"(?<!\w)({_STREET}[^\n;]{{1,60}}?(?<![A-Za-z\d])\d{{1,4}}[A-Z]?)(?:{_GAP}{_AFTER_STREET})+{_SCHOOL}"
)
_NUMBER = re.compile(rf"(?<=\d)()(?:{_GAP}{_AFTER_NUMBER})+{_SCHOOL}")
_ALONE = re.compile(
    rf"(?:{_GAP}|(?<!\w))(?:(?P<noun>{_NOUN})|\d{{1,2}}\s?[º°](?:\s?[BDFGHJK]{_END}|\s?{_SHORT_SIDE}"
    rf"|\s(?i:izquierda|derecha|centro)(?!\w))|{_ORDINAL_WORD}\s(?:[B-DF-K]{_END}|{_SHORT_SIDE}"
    rf"|(?i:izquierda|derecha)(?!\w)))(?:{_GAP}{_AFTER_STREET})*{_SCHOOL}"
)
_LIVES = re.compile(
    rf"(?<!\w)((?i:viv[eo]|vivimos|vivía|vecin[oa]s?|veïna?|resid[eo]|residimos|piso|inquilin[oa]s?"
    rf"|soy|son|señora?|familia|casa|live|visc)(?:,|\s(?i:en|de|al|del|l[ao]s?|ahí|aquí)){{0,2}}\s(?i:el"
    rf"|del|al|la)\s|(?<=[\w\]])\s?\((?i:del)\s|(?<=\])\s(?i:del|de\sla)\s)"
    rf"(?:\d{{1,2}}\s?[ºª°](?:\s?(?:[A-Ka-k]{_END}|\d{{1,2}}[ºª°]?(?!\w)|{_SIDE}))?|{_ORDINAL_WORD}(?:\s(?:[A-K]{_END}"
    rf"|{_SIDE}))?{_STOPS}|{_LEVEL}\s(?:[A-K]{_END}|{_SIDE})){_SCHOOL}(?!\s(?:de|del)\s(?!la\scalle"
    rf"|calle))"
)
"""Where somebody lives, without a street: `vivo en el 3º A`, `mi vecino del 2º`."""
_THE = re.compile(r"\b(?:el|la|los|las|al|del|un|una|este|esta|ese|esa|cada|otro|otra|mism[oa])\s?\Z", re.IGNORECASE)
_OF = re.compile(r"\s{1,2}del?\b", re.IGNORECASE)
_TEMPERATURE = re.compile(r"(?:[2-9]\d\s?[ºª°]|\d\s?°)\s?C\Z")


_LEVELS = ("bajo", "ático", "atico", "entresuelo", "principal")
_STEMS = ("º", "ª", "°", "primer", "segund", "tercer", "cuart", "quint", "sext", "ptim", "octav", "noven", "cim")
_NOUNS = ("piso", "puerta", "pta", "escalera", "esc", "portal")


def without_floors(text: str) -> str:
    """The text without floors and doors; each pattern is sought only where the words stand without which it matches nothing."""
    if _DIGIT.search(text):
        text = _NUMBER.sub(_behind_a_number, _ADDRESS.sub(_behind_a_number, text))
    small = text.lower()
    ordinal = any(stem in small for stem in _STEMS)
    if ordinal or any(level in small for level in _LEVELS):
        text = _LIVES.sub(lambda found: found.group(1).rstrip(), text)
    if ordinal or any(noun in small for noun in _NOUNS):
        text = _ALONE.sub(_on_its_own, text)
    return text


def _behind_a_number(match: re.Match[str]) -> str:
    return match.group() if _TEMPERATURE.search(match.group()) else match.group(1)


def _on_its_own(match: re.Match[str]) -> str:
    """A gate, a staircase or a doorway that everybody uses has an article before it, or says of what it is; it stays."""
    noun = match.group("noun")
    if noun is None:
        return ""
    article = _THE.search(match.string[max(0, match.start() - 8) : match.start()])
    home = noun[:4].lower() == "piso" and not (article and article.group().strip().lower() in ("un", "una"))
    public = article or _OF.match(match.string[match.end() : match.end() + 6])
    return "" if home or not public else match.group()
