"""Where the name of a place in Spanish begins and ends: completes what the tagger marked to the whole name, and drops what is none.

The tagger sees that a place is meant; which words belong to its name it learns badly from a few hundred posts, but rules say it:
the word for its kind does (`piscina de San Roque`), so do all words of a proper name and the house number, while what only points
there does not (`la esquina de`). Chosen on posts to councils that their reader was not taught.
"""

import re
from collections.abc import Iterator, Sequence

from nlp.inference.model_output import Floats
from nlp.questions.language.lexicon import give_away
from nlp.questions.places.spans import read_stretches

Stretch = tuple[int, int, float]
_STREETS = r"calle c/ avenida avda\.? avd\.? av\. plaza pza\.? plza\.? paseo camino carretera ctra\.?".split()
"""A street's name begins with one of them: no proper name before it is part of it."""
_SURE = r"""
    ronda rotonda glorieta traves[ií]a cuesta callej[oó]n pasaje parque jardines carrer avinguda pla[cç]a passeig r[uú]a praza
    colegio ceip ies polideportivo pabell[oó]n estadio piscina auditorio teatro museo biblioteca mercado estaci[oó]n playa mirador
    castillo palacio iglesia ermita hospital
""".split()
"""With a proper name behind them they are places, whether or not the tagger marked them."""
_UNSURE = r"""
    c\. cl\. pl\. p/ placeta plazuela puente jard[ií]n escuela instituto ambulatorio centro pab\. campo ludoteca parking aparcamiento
    parroquia convento monasterio monumento torre kiosco restaurante hotel hostal discoteca gimnasio cl[ií]nica residencia rambla bulevar
    garaje recinto baluarte barranco pol[ií]gono
""".split()
"""They belong to a name that the tagger marked; by themselves they often begin something else."""
_AREAS = r"barrio barriada urbanizaci[oó]n centro\s+(?:de\s+salud|comercial|c[ií]vico|cultural|deportivo|social)".split(
    " "
)
"""They tell of a place like those that are sure; of its name they are no part."""
_KIND = "|".join([*_STREETS, *_SURE, *_UNSURE])
_ALONE = frozenset(
    """calle calles avenida plaza paseo ronda rotonda glorieta camino carretera travesía casa palacio puente jardín barrio parque
    estación zona urbanización edificio pueblo ciudad rúa carrer plaça rey general playa""".split()
)
"""Words that alone name no place of their own."""
_NEAR = 80
"""Characters before a marked stretch that are looked at."""
_CAPITAL = r"[A-ZÀ-ÖØ-Þ][a-zß-öø-ÿ'’·][\w'’·]*"
_LINK = r"(?:de\s+las?\s+|de\s+los\s+|de\s+l['’]|del\s+|de\s+|d['’]|do\s+|da\s+)"
_SORT = r"(?:(?:municipal|comercial|deportivo|cultural|c[ií]vico|social|p[uú]blico|polideportivo|de\s+salud)\s+){0,2}"
_OPENING = (
    "En|La|El|Los|Las|Un|Una|De|Del|Y|O|A|Al|Por|Para|Con|Sin|Que|Qué|No|Si|Sí|Se|Es|Muy|Más|Hoy|Ayer|Desde|Hasta|Este|Esta|Esto|"
    "Todos|Todo|Lleva|Os|Nos|Me|Te|Le|Ya|Ni|Pero|Como|Cuando|Sra?|Don|Doña"
)
"""Words that begin a sentence rather than go on with a name."""
_KIND_BEFORE = re.compile(rf"(?<![\w#@])(?:{_KIND})\s*{_SORT}{_LINK}?$", re.IGNORECASE)
_CAPITALS_BEFORE = re.compile(rf"(?<![\w#@/.-])(?:(?!(?:{_OPENING})\b){_CAPITAL}[ ]+){{1,3}}$")
_CAPITALS_AFTER = re.compile(rf"(?:[ ]+(?!(?:{_OPENING})\b){_CAPITAL}(?![\w'’])){{1,4}}")
_REST_OF_NAME = re.compile(rf"[ ]+{_LINK}?{_CAPITAL}(?:[ ]+{_CAPITAL}){{0,4}}")
_STREET = re.compile(rf"(?:{'|'.join(_STREETS)})(?!\w)", re.IGNORECASE)
_NUMBER_AFTER = re.compile(
    r"(?:,?\s+|,\s*)(?:n[ºo°]\.?\s*|n[uú]m(?:ero|\.)?\s*)?\d{1,3}(?:\s?(?:y|e|-)\s?\d{1,3})?"
    r"(?![\w:/€%º°]|\s*(?:de\b|h\b|horas|años|metros|euros|minutos|veces|personas|%|€|\.\d))"
)
_POINTING = re.compile(
    r"(?:(?:la|el|los|las)\s+)?(?:acera|cruce|esquina|trasera|entorno|zona|altura|entrada|salida|centro\s+(?=de\s+la\s+))\s+"
    rf"(?:{_LINK})?",
    re.IGNORECASE,
)
_ARTICLE_AND_KIND = re.compile(rf"(?:la|el|los|las)\s+(?=(?:{_KIND})\b)")
_SAID = re.compile(rf"(?<![\w#@])(?i:{'|'.join([*_STREETS, *_SURE, *_AREAS])})\s*(?:{_LINK}(?:la\s+)?)?{_CAPITAL}")
"""A word for a kind of place with a proper name behind it."""
_SAID_SCORE = 0.6
"""What such words are worth that the tagger did not mark: five in seven are places (as the rest, on posts not taught)."""
_NOT_A_PLACE_BEFORE = re.compile(
    r"\b(?:ayuntamiento|ayto\.?|alcalde|alcaldesa|alcald[ií]a|municipio|localidad|ciudad|provincia|concello|ajuntament"
    r"|noche|fiestas?|ferias?|fogueres|hogueras?|hermandad|cofrad[ií]a|virgen|cristo|romer[ií]a|sra?\.?|do[nñ]a?)"
    r"\s+(?:(?:de|del|d['’])\s*(?:la\s+|los\s+)?)?#?$",
    re.IGNORECASE,
)
"""Whole towns, feasts and people bear the names of places too."""
_TOWNS = frozenset(
    """albacete/alicante/almería/ávila/badajoz/barcelona/bilbao/burgos/cáceres/cádiz/castellón/ceuta/ciudad real/córdoba/a coruña/coruña
    /cuenca/girona/granada/guadalajara/huelva/huesca/jaén/las palmas/león/lleida/logroño/lugo/madrid/málaga/melilla/murcia/ourense/oviedo
    /palencia/palma/pamplona/pontevedra/salamanca/san sebastián/donostia/santa cruz/santander/segovia/sevilla/soria/tarragona/teruel
    /toledo/valencia/valladolid/vitoria/zamora/zaragoza""".replace("\n    ", "").split("/")
)
"""The capitals of provinces: a town is no place within a town."""
_TWO_STREETS = re.compile(r"calles\s+(.+?)\s+(?:y|con|e)\s+(.+)", re.IGNORECASE)


def read_names(text: str, offsets: Sequence[tuple[int, int]], probable: Floats) -> list[Stretch]:
    """Start, end and raw score of each name; see `read_stretches` for the arguments."""
    marked = read_stretches(text, offsets, probable)
    both = [*marked, *said_by_kind(text, marked)]
    return whole_names(text, both) if both and not is_german(text) else marked


def said_by_kind(text: str, marked: Sequence[Stretch]) -> list[Stretch]:
    """What the tagger overlooked although its kind is said: `c/ Baleares`, `Museo Arqueológico`."""
    found = [(match.start(), match.end(), _SAID_SCORE) for match in _SAID.finditer(text)]
    return [one for one in found if not any(one[0] < end and start < one[1] for start, end, _ in marked)]


def is_german(text: str) -> bool:
    """True where every noun has a capital, which then tells nothing about names."""
    told = give_away(text)
    return told["de"] >= 2 and told["de"] == max(told.values())


def whole_names(text: str, marked: Sequence[Stretch]) -> list[Stretch]:
    """The stretches as whole names, left to right, none within another.

    Args:
        text: the post.
        marked: start, end and score of what the tagger marked.
    """
    found: list[Stretch] = []
    for start, end, score in sorted(marked):
        first, last = shrunk(text, *grown(text, *shrunk(text, start, end)))
        if found and first < found[-1][1]:
            before = found.pop()
            found.append((min(before[0], first), max(before[1], last), max(before[2], score)))
        else:
            found.append((first, last, score))
    names = [name for stretch in found for name in apart(text, *stretch)]
    return [name for name in names if is_name(text[name[0] : name[1]]) and is_within_town(text, *name[:2])]


def is_within_town(text: str, start: int, end: int) -> bool:
    """False for a whole town, for a feast (`fiestas de San Juan`) and for a person."""
    if text[start:end].casefold() in _TOWNS:
        return False
    return _NOT_A_PLACE_BEFORE.search(text, max(0, start - _NEAR), start) is None


def shrunk(text: str, start: int, end: int) -> tuple[int, int]:
    """Without what only points there, and without the article before the word for its kind."""
    for words in (_POINTING, _ARTICLE_AND_KIND):
        match = words.match(text, start, end)
        if match and match.end() < end:
            start = match.end()
    return start, end


def grown(text: str, start: int, end: int) -> tuple[int, int]:
    """With the word for its kind, the other words of its proper name, and the house number."""
    is_street = _STREET.match(text, start, end) is not None
    near = max(0, start - _NEAR)
    before = _CAPITALS_BEFORE.search(text, near, start)
    if before and text[start].isupper() and not is_street and is_inside(text, before.start()):
        start = before.start()
    kind = _KIND_BEFORE.search(text, near, start)
    if kind and (
        not is_street or kind.group().rstrip().casefold().endswith(("de", "del", "de la", "de los", "de las"))
    ):
        start = kind.start()
    rest = (_CAPITALS_AFTER if is_name(text[start:end]) else _REST_OF_NAME).match(text, end)
    if rest and (text[start:end].split()[-1][0].isupper() or not is_name(text[start:end])):
        end = rest.end()
    number = _NUMBER_AFTER.match(text, end)
    return start, number.end() if number else end


def is_inside(text: str, at: int) -> bool:
    """True within a sentence: at its beginning every word has a capital."""
    before = text[:at].rstrip()
    return bool(before) and (before[-1].isalnum() or before[-1] in ",:(«\"'")


def apart(text: str, start: int, end: int, score: float) -> Iterator[Stretch]:
    """`calles Copérnico y Parnaso` are two."""
    both = _TWO_STREETS.fullmatch(text, start, end)
    if both is None:
        yield start, end, score
        return
    for number in (1, 2):
        yield both.start(number), both.end(number), score


def is_name(words: str) -> bool:
    """False for a word that alone names no place, with or without its article."""
    bare = words.casefold().split()
    if len(bare) == 2 and bare[0] in ("la", "el", "los", "las", "una", "un"):
        bare = bare[1:]
    return not (len(bare) == 1 and bare[0] in _ALONE)
