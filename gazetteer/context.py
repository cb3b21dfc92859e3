"""What a name stands beside in a post: `en`, a lamp post, a colon, a crossing street, another town; each has a learned weight."""

import re
from collections.abc import Sequence

from gazetteer.names import folded_words
from gazetteer.tokens import Text
from gazetteer.towns import Towns, listed

_THINGS = frozenset(folded_words("""
    farola farolas luz contenedor contenedores cubo cubos acera aceras baldosa baldosas bache baches socavon boquete agujero hoyo semaforo
    semaforos paso cebra cruce esquina obra obras zanja arbol arboles pino platano banco bancos papelera papeleras parada marquesina carril
    rotonda solar descampado portal comunidad vecinos vecinas terraza terrazas bolardo bolardos alcantarilla rejilla tapa calzada asfalto
    atasco cable señal pintadas pintada ratas cucarachas coche coches furgoneta patinetes colchon colchones muebles lado final principio
    bar local puerta fachada fuente columpio columpios tobogan juegos cesped riego tramo bordillo rebaje escalera escaleras ascensor boca
    impares pares alcorque altura inicio bajos calle locutorio quiosco pista garaje bicimad fuga reventon averia numero
"""))  # fmt: skip
"""Things that a street has: `la farola de Sallaberry`."""
_IN = frozenset(["en", "por", "hasta", "desde", "hacia", "entre", "tras", "sobre", "frente", "bajo", "pasado"])
_WITH = frozenset(["con", "y", "e", "a", "al", "o"])
_CROSSING = frozenset(
    ["con", "con la", "con el", "esquina", "esquina con", "esquina a", "cruce con", "/", "-", "–", "y", "hasta", "hacia", "e"]
)  # fmt: skip
ELSEWHERE = frozenset(["town follows", "town of a place", "part of a town"])
"""Words that mark a place of another town."""
LONG = 300
"""Characters of a text that is a letter rather than a post."""
_MONTHS = frozenset(
    folded_words("enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre")
)
_GAP = 16
"""Characters between two streets that cross."""
_NUMBER_BEHIND = re.compile(
    r",?\s{1,2}(?:(?:a|por|en|justo|sobre)\s)?(?:la\s)?(?:(?:altura|frente|delante|enfrente|abajo|arriba)\s)?(?:en\s|d?el\s|al\s)?"
    r"(?:portal\s|n[ºo°.]{1,2}\s?|n[uú]m\.?\s?|n[uú]meros?\s)?(\d{1,3})(?![\d%€ºª,.:]\d|\s?(?:€|%|º|h\b|de\s[a-z]|horas|min|metros|años|d[ií]as|euros|km|al?\s\d))",
    re.IGNORECASE,
)
"""`Riazor, a la altura del 12`, `por abajo en el 12`, `del 40 para arriba`; all repeats are bounded."""
_NUMBER_BEFORE = re.compile(
    r"\b(?:el|del|al|portal|n[ºo°]|n[uú]mero)\s(\d{1,3})\sde(?:\sla|\sl|l)?\s(?:calle\s)?$", re.IGNORECASE
)
"""`enfrente del 56 de Sallaberry`."""
_SAYS_NUMBER = re.compile(r"altura|\bdel\b|\bel\b|n[ºuú]|portal", re.IGNORECASE)


def before(read: Text, begin: int) -> str:
    """What stands before a name: nothing, a mark, `en`, a thing and `de`, another word and `de`, `con`, or another word."""
    if read.begins_sentence(begin):
        return "nothing"
    if not read.joined[begin - 1]:
        return "a mark"
    back = begin - 1
    while back > 0 and read.tokens[back].word in ("la", "el", "las", "los") and read.joined[back - 1]:
        back -= 1
    word = read.tokens[back].word
    if word in ("de", "del"):
        return "a thing and de" if back > 0 and read.tokens[back - 1].word in _THINGS else "de"
    if word == "en":
        return "en"
    if word in _IN:
        return "por, hasta"
    return "con, y" if word in _WITH else "a thing" if word in _THINGS else "a word"


def behind(read: Text, end: int) -> str:
    """What mark stands behind a name: a colon, a comma, an end, or none."""
    mark = read.text[end : end + 1]
    return (
        "colon" if mark == ":" else "comma" if mark == "," else "end" if mark in ("", ".", "!", "?", "\n", ")") else ""
    )


def goes_on(read: Text, after: int) -> bool:
    """True when `de` and another name stand behind a name: `San Fermín de Aldapa`."""
    if after + 1 >= len(read.tokens) or read.tokens[after].word not in ("de", "del") or not read.joined[after - 1]:
        return False
    here = after + 1
    if read.tokens[here].word in ("la", "los", "las") and here + 1 < len(read.tokens):
        here += 1
    return read.capital(here) and read.text[read.tokens[here].start].isalpha()


def is_date(name: Sequence[str]) -> bool:
    """True for `2 de mayo` and `12 de octubre`, which are squares and hospitals too."""
    return len(name) > 1 and name[0].isdigit() and name[-1] in _MONTHS


def number_near(read: Text, start: int, end: int) -> int | None:
    """The house number that the text tells of a street without writing it beside its name."""
    found = _NUMBER_BEHIND.match(read.text, end)
    if found and _SAYS_NUMBER.search(found.group()):
        return int(found[1])
    found = _NUMBER_BEFORE.search(read.text, max(0, start - 30), start)
    return int(found[1]) if found else None


def crosses(read: Text, end: int, start: int) -> bool:
    """True when what stands between two names says that they cross: `Fernández de los Ríos con Gaztambide`."""
    return 0 < start - end <= _GAP and read.text[end:start].strip().lower() in _CROSSING


def towns_around(read: Text, towns: Towns, spans: Sequence[tuple[int, int, int, int]]) -> list[tuple[str, ...]]:
    """What other towns say of each mention (begin, after, start, end): it is of one, it is one itself, the post is about one."""
    named = list(towns.named(read))
    signs: list[tuple[str, ...]] = []
    for begin, after, _, end in spans:
        here = after
        while here < len(read.tokens) and read.tokens[here].start < end:
            here += 1
        said = []
        if towns.follows(read, here, end):
            said.append("town follows")
        inside = [each for each in named if each.begin < after and begin < each.after]
        if inside:
            said.append("town itself" if inside[0].begin >= begin and inside[0].after <= after else "part of a town")
        elif named:
            said.append("town named" if len(read.text) > LONG else "town named in a short text")
        if towns.end_at(read, begin) > after:
            said.append("part of a town")
        elif towns.end_at(read, begin) >= after:
            said.append("town of a place" if begin > 0 and _is_of(read, begin, after) else "a town's name")
        signs.append(tuple(said))
    return signs


def _is_of(read: Text, begin: int, after: int) -> bool:
    """True for the `Sevilla` of `plaza de Santa Ana de Sevilla`: behind a capitalised word, with `de` or a comma between."""
    if read.gap(begin - 1).strip() in (",", "("):
        return read.tokens[begin - 1].capital and not listed(read, after)
    return begin > 1 and read.tokens[begin - 1].word == "de" and read.tokens[begin - 2].capital
