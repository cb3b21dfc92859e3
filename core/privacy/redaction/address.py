"""Remove floor and door from addresses; street and number stay.

The city needs street and number to send a crew; floor and door identify a home. After a street and its number anything that reads as a
floor is removed. Without one only what is unambiguous: `3º B`, `2º izda`, `piso 3`; but `3º de primaria`, `25º C`, `la planta baja` and
`la puerta 4 del Retiro` stay.
"""

import re

from core.privacy.redaction.glance import Glance
from core.privacy.redaction.words import word_set

_STREET = (
    r"(?i:calle|c/|cl?\.|avenida|avda\.?|av\.|plaza|pla?za\.?|pza\.?|paseo|pº|traves[ií]a|ronda"
    r"|camino|carretera|ctra\.?"
    r"|carrer|rúa|rua|praza|plaça|avinguda|passeig|ronda|rambla|travessera|kalea?|etorbidea|street|avenue|road|rue|via"
    r"|glorieta|gta\.?|cuesta|costanilla|pasaje|callej[oó]n|bulevar|urbanizaci[oó]n|urb\.)"
)
_END = r"(?![\wºª°])(?!\.\w)"
_GAP = r"(?:\s{1,2}|\s{0,2}[,\-–/]\s{0,2})"
_ORDINAL = r"\d{1,2}\s?[ºª°]"
_SHORT_SIDE = r"(?i:izq?da|izqd|izq|dcha|dch|dreta|esquerra|dereita|esquerda|esquerdo|direito|ezkerra|ezk|eskuina|esk|ctro)\b\.?"
_SIDE = rf"(?:{_SHORT_SIDE}|(?i:izquierda|derecha|centro|exterior|interior)(?!\w))"
_INNER = r"(?i:exterior|interior|ext|int)(?![\wºª])\.?"
_DOOR = rf"(?:\s?(?:{_INNER}[\s\-/])?(?:[A-K]{_END}|{_SIDE})(?:[\s\-/]{_INNER})?|\s{_INNER})"
_STOPS = r"(?=\s?(?:[,.;:)\n]|\Z))"
_NOUN = (
    r"(?!(?i:portal)\s{1,2}\d{1,3}(?:\s?[\-–]\s?\d|(?:,\s?\d{1,3}){0,6}\s[ye]\s\d{1,3}(?!\w)))"
    # `portal 40-46`, `portal 3, 5 y 7`: the numbers of buildings in their street
    rf"(?i:piso|puerta|pta\.?|escalera|esc\.?|portal)\s{{1,2}}(?:\d{{1,2}}(?:\s?[ºª°])?(?:-\d{{1,2}}|{_DOOR})?"
    rf"|[A-K]){_END}(?![.,]\d)"
)
_ORDINAL_WORD = (
    r"(?i:primer[oa]?|segund[oa]|tercer[oa]?|cuart[oa]|quint[oa]|sext[oa]|s[eé]ptim[oa]|octav[oa]"
    r"|noven[oa]|d[eé]cim[oa])"
)
_LEVEL = (
    r"(?i:bajo|bjo|baixos?|[aàá]tico?|ent\.?|entlo\.?|pral\.?|sobre[aàá]tico?|entresuelo|entresol|principal|ppal|semis[oó]tano|entreplanta|s[oó]tano|soterrani|buhardilla|[aá]tico"
    r"|solairua|r/c)"
)
_SCHOOL = r"(?!\s{1,2}(?:de\s{1,2})?(?:la\s{1,2})?(?i:primaria|infantil|e\.?s\.?o|bachiller|secundaria|curso|grado))"

_AFTER_NUMBER = (
    rf"(?:{_NOUN}|(?i:planta|pl\.)\s{{1,2}}(?:\d{{1,2}}(?:\s?[ºª°])?|(?i:baja)){_END}"
    rf"|{_ORDINAL}(?:{_DOOR}|[a-k](?!\w)|\s?\d{{1,2}}\s?[ºª°]|\s(?i:piso|planta)(?!\w))"
    rf"|{_LEVEL}\s{{1,2}}(?:[A-K]{_END}|[b-dfg-k]{_END}|a(?=\s?(?:[,.;:)\n]|\Z))|{_SIDE}|\d{{1,2}}[ºª°]?{_END})"
    rf"|{_ORDINAL_WORD}(?:\s(?i:piso|planta))?\s{{1,2}}(?:[A-K]{_END}|[b-dfg-k]{_END}|a(?=\s?(?:[,.;:)\n]"
    rf"|\Z))|{_SIDE})|\d{{1,2}}\s?{_SHORT_SIDE}"
    rf"|\d{{1,2}}\s?-\s?[A-Ka-k]{_END})"
)
"""A floor after any number: `5, 3º B`, `5 bajo A`."""
_AFTER_STREET = rf"(?:{_AFTER_NUMBER}|\d{{1,2}}[ \-]?[A-K]{_END}|{_SHORT_SIDE}|{_ORDINAL}{_STOPS}|{_LEVEL}{_STOPS})"
"""A floor after a street and its number: also `Calle Mayor 5, 3B` and `Calle Mayor 5, 3º`."""

_LETTERED = r"\d{1,2}\s?(?:[ºª°]|\.?[oae]r?|r|n|t|è|é|on)"
_PAIR = (
    rf"(?:\d{{1,2}}\s?[º°o]\s?,?\s?\d{{1,2}}\s?[ªa](?!\w)|\d{{1,2}}(?:r|n|t|è|é)\s?,?\s?\d{{1,2}}\s?[ªa](?!\w)"
    rf"|{_LEVEL}\.?\s\d{{1,2}}\s?[ªa](?!\w)|\d{{1,2}}\.\s(?:ezkerra|eskuina|ezk|esk|solairua)(?!\w)\.?"
    rf"|{_LETTERED}\s(?:ezkerra|eskuina|dreta|esquerra|dereita|esquerda|esquerdo|direito|esq|dto|frente)(?!\w)\.?"
    rf"|(?:planta|pl\.)\s\d{{1,2}}[ªº]?,?\s(?:puerta|pta\.?|letra|porta)\s(?:\d{{1,2}}|[A-Ka-k])(?!\w)"
    rf"|{_ORDINAL}\s?,?\s(?:letra|puerta|pta\.?|porta|mano)\s(?:\d{{1,2}}|[A-Za-z])(?!\w)"
    rf"|(?:first|second|third|fourth|fifth|sixth|seventh|eighth|ninth|tenth|ground|top)\sfloor,?\s(?:(?:door|flat|apt\.?|apartment)"
    rf"\s\w{{1,3}}|left|right)(?!\w)"
    rf"|(?:letra)\s[A-Ka-k](?!\w)(?=\s?(?:[,.;)\n]|\Z))"
    rf"|(?:flat|apartment|apt\.?|appartement|appt|wohnung)\s(?:n[ºo]\s)?\d{{1,3}}[ªºa]?\s?[A-Ka-k]?(?!\w)"
    rf"|\d(?:st|nd|rd|th|e|er|ème)\s(?:floor|étage)(?:,\s(?:door|flat|apt\.?)\s\w{{1,3}})?(?!\w)|(?:door"
    rf"|porte)\s\d{{1,2}}[A-Ka-k]?(?!\w)|\d{{1,2}}\.\s(?:Stock|Etage)(?!\w))"
)
"""Floor and door in any context: `5º 3ª`, `3r 2a`, `àtic 2a`, `2. ezkerra`, `2º esq`, `flat 3B`."""
_ANYWHERE = re.compile(rf"(?:{_GAP}|(?<![\w.,/\-]))(?i:{_PAIR})")
_ADDRESS = re.compile(rf"(?<!\w)({_STREET}[^\n;]{{1,60}}?(?<![A-Za-z\d])\d{{1,4}}[A-Z]?)(?:{_GAP}{_AFTER_STREET})+{_SCHOOL}")
_NUMBER = re.compile(rf"(?<=\d)()(?:{_GAP}{_AFTER_NUMBER})+{_SCHOOL}")
_ALONE = re.compile(
    rf"(?:{_GAP}|(?<!\w))(?:(?P<noun>{_NOUN})|\d{{1,2}}\s?[º°](?:\s?[BDFGHJK]{_END}|\s?{_SHORT_SIDE}"
    rf"|\s(?i:izquierda|derecha|centro)(?!\w))|{_ORDINAL_WORD}\s(?:[B-DF-K]{_END}|{_SHORT_SIDE}"
    rf"|(?i:izquierda|derecha)(?!\w)))(?:{_GAP}{_AFTER_STREET})*{_SCHOOL}"
)
_LIVES = re.compile(
    rf"(?<!\w)((?i:viv[eo]|vivimos|vivía|vecin[oa]s?|veïna?|resid[eo]|residimos|piso|inquilin[oa]s?"
    rf"|soy|son|los|las|señora?|familia|casa|live|visc)(?:,|\s(?i:en|de|al|del|l[ao]s?|ahí|aquí)){{0,2}}\s(?i:el"
    rf"|del|al|la)\s|(?<=[\w\]])\s?\((?i:del)\s|(?<=\])\s(?i:del|de\sla)\s)"
    rf"(?:\d{{1,2}}\s?[ºª°](?:\s?(?:[A-Ka-k]{_END}|\d{{1,2}}[ºª°]?(?!\w)|{_SIDE}))?|{_ORDINAL_WORD}(?:\s(?:[A-K]{_END}"
    rf"|{_SIDE}))?{_STOPS}|{_LEVEL}\s(?:[A-K]{_END}|{_SIDE})){_SCHOOL}(?!\s(?:de|del)\s(?!la\scalle"
    rf"|calle))"
)
"""A home without a street: `vivo en el 3º A`, `mi vecino del 2º`."""
_THE = re.compile(r"\b(?:el|la|los|las|al|del|un|una|este|esta|ese|esa|cada|otro|otra|mism[oa])\s?\Z", re.IGNORECASE)
_OF = re.compile(r"\s{1,2}del?\b", re.IGNORECASE)
_DEGREES = re.compile(r"[.,]\d{1,2}\s?[ºª°]\s?C(?!\w)")
_TEMPERATURE = re.compile(r"(?:[2-9]\d\s?[ºª°]|\d\s?°)\s?C\Z")


_MARK = "[number]"

_LEVEL_WORDS = word_set("address", "level_words")
_PAIR_WORDS = word_set("address", "pair_words")
_DOORS = word_set("address", "door_letters") | word_set("address", "door_sides")
_ORDINALS = word_set("address", "ordinals")
_NOUNS = word_set("address", "nouns")
_STREETS = word_set("address", "streets")
_PAIRED = re.compile(r"\d(?:[rntèéo]\s?,?\s?\d|\s?[ºª°]|a(?!\w))")


_GOVERNED = re.compile(r"\b(?:el|la|los|las|al|del|de|en|a|the)\s*\Z", re.IGNORECASE)
"""A word that needs another one after it: without it, `la vecina del tira agua`."""
_LIST = re.compile(rf"(?<=\[number\])(?:(?:\s?,|,?\s[ye])\s(?:(?:el|la|al|del|de\sla|los|las)\s)?\d{{1,2}}\s?[ºª°]\s?[A-Ka-k]{_END})+")
_LISTED = re.compile(r"\d{1,2}\s?[ºª°]\s?[A-Ka-k]")
"""Further floors of a list: `los vecinos del 3º B, 5º A y 7º C`."""
_CLASS = re.compile(r"\b(?:aula|clase|curso|grupo|alumn[oa]s|tutora?)(?:\sdel?)?\s?\Z", re.IGNORECASE)
"""A school's class is written like a floor."""


def without_floors(text: str, seen: Glance) -> str:
    """Return the text without floors and doors.

    Each pattern runs only when a word it requires is in the text.
    """
    paired = bool(seen.digits) and _PAIRED.search(text) is not None
    if seen.digits:
        if paired or seen.has(_PAIR_WORDS):
            text = _ANYWHERE.sub(_gone, text)
        if seen.has(_STREETS):
            text = _ADDRESS.sub(_after_number, text)
        text = _NUMBER.sub(_after_number, text)
    ordinal = paired or seen.has(_ORDINALS)
    if ordinal or seen.has(_LEVEL_WORDS):
        text = _LIVES.sub(lambda found: f"{found.group(1).rstrip()} {_MARK}", text)
    if seen.has(_NOUNS) or (ordinal and (seen.has(_DOORS) or "º" in text or "°" in text)):
        text = _ALONE.sub(_standalone, text)
    return _LIST.sub(lambda found: _LISTED.sub(_MARK, found.group()), text) if _MARK in text else text


def _gone(match: re.Match[str]) -> str:
    """Return nothing, or a mark where the sentence needs a word."""
    governor = _GOVERNED.search(match.string[max(0, match.start() - 8) : match.start()])
    return "" if governor is None else _MARK if match.string[match.start() - 1].isspace() else f" {_MARK}"


def _after_number(match: re.Match[str]) -> str:
    found = match.group()
    degrees = _TEMPERATURE.search(found) or _DEGREES.match(match.string, match.end(1))
    return found if degrees else match.group(1)


def _standalone(match: re.Match[str]) -> str:
    """Keep a public gate or staircase, remove a private one.

    A public one has an article before it, or `de` and what it belongs to after it.
    """
    noun = match.group("noun")
    if noun is None:
        in_class = _CLASS.search(match.string[max(0, match.start() - 16) : match.start()])
        return match.group() if in_class else _gone(match)
    article = _THE.search(match.string[max(0, match.start() - 8) : match.start()])
    home = noun[:4].lower() == "piso" and not (article and article.group().strip().lower() in ("un", "una"))
    public = article or _OF.match(match.string[match.end() : match.end() + 6])
    return _gone(match) if home or not public else match.group()
