"""Things: what people ask a city for, by the words they use for it: a lift, a cycle lane, fewer noisy nights.

The language model hears that two texts speak of the same street; whether one wants trees there and the other a bus stop,
single words say better. Each line is one thing: patterns for folded words (no accents, no capitals). The patterns are
Spanish; a text in another language names no thing here, and the other signs decide alone.
"""

import re
from collections.abc import Iterable
from functools import lru_cache

from gazetteer.names import fold

THINGS: dict[str, str] = {
    "regulated parking": r"zonas? ser|s e r|zona azul|(?:estacionamiento|aparcamiento|parking) regulado|zona de residentes|parquimetros?",
    "car park": r"parkings?|aparcamientos? (?:subterr|disuasor|para resid|de resid|public|munic|en superf)\w*",
    "parking": r"aparc\w*|estacion(?:ar|amientos?)|doble fila",
    "parking of the disabled": r"minusvalid\w*|discapacita\w*",
    "charging": r"recargas?|carga electric\w*|cargador\w*|(?:puntos?|puestos?) de carga|(?:vehiculos?|coches?) electric\w*",
    "bus": r"autobus\w*|bus(?:es)?|emt|marquesinas?|linea e ?\d+",
    "metro": r"metro|linea \d+ de metro",
    "railway": r"cercanias|renfe|tren(?:es)?|adif|vias del tren",
    "tram": r"tranvias?|metro ligero",
    "interchange": r"intercambiador\w*",
    "lift": r"ascensor\w*|escaleras? mecanicas?",
    "ramp": r"rampas?|accesibilidad|barreras arquitect\w*|sillas? de ruedas",
    "cycle lane": r"carril(?:es)? bici\w*|ciclistas?|bici(?:s|cletas?)?",
    "hired bicycles": r"bicimad\w*",
    "scooters": r"patinetes?",
    "pavement": r"aceras?|baldos\w*|paviment\w*|adoquin\w*|bordillos?",
    "road surface": r"asfalt\w*|baches?|socavon\w*|calzadas?|firme",
    "bollards": r"bolardos?|pivotes?|horquillas?",
    "crossing": r"pasos? de (?:peatones|cebra)|pasos? peatonal\w*|semaforos?",
    "speed": r"badenes|baden|velocidad|radar\w*|resaltos?|reductor\w*",
    "street for walking": r"peatonaliz\w*|hacer peatonal|calle peatonal|plataforma unica",
    "traffic": r"atascos?|trafico|circulacion|congesti\w*|(?:un solo|doble) sentido|sentido unico|direccion unica|giros?|rotondas?",
    "motorway exit": r"acceso a la [amr] ?\d+|salida (?:a|de|desde|\d+)|incorporacion",
    "tunnel": r"soterr\w*|tunel\w*|cubrimiento|cubrir la",
    "footbridge": r"pasarelas?|puente peatonal",
    "lighting": r"ilumina\w*|alumbrad\w*|farolas?|luminarias?|luz|oscur\w*",
    "trees": r"arbol\w*|alcorques?|tala\w*|poda\w*|plantar|pinos?|encinas?|reforest\w*",
    "green spaces": r"(?:zonas?|areas?) verdes?|jardin\w*|parterres?|cesped",
    "shade": r"sombras?|toldos?|pergolas?",
    "drinking water": r"fuentes?",
    "river and ponds": r"presas?|estanques?|lago|cauce|rio",
    "playground": r"(?:parques?|areas?|zonas?|juegos) infantil\w*|columpios?|tobogan\w*",
    "dogs": r"perr\w*|canin\w*|pipican\w*|mascotas?",
    "outdoor exercise": r"calistenia|aparatos de gimnasia|ejercicios?|barras|gimnasio",
    "benches": r"bancos?|asientos?",
    "sports centre": r"polideportiv\w*|centro deportivo|instalacion(?:es)? deportivas?|pabellon",
    "pool": r"piscinas?|natacion",
    "courts": r"canchas?|pistas? (?:de|polideport|deport)\w*|futbol|baloncesto|(?:fron)?tenis|padel|voleib\w*|ping ?pong|rugby|atletismo",
    "skating": r"skate\w*|pump ?tr\w+|patina(?:je|r)|rocodromo",
    "library": r"bibliotecas?|salas? de (?:estudio|lectura)",
    "culture": r"centros? cultural\w*|auditori\w*|anfiteatro|teatro|conservatorio|musica|museo|exposicion\w*|cine de verano",
    "monument": r"estatuas?|monumentos?|templo|obelisco|esculturas?|patrimonio",
    "school": r"colegio publico|instituto|escuela infantil|guarderias?|nuevo colegio|ies",
    "health": r"centros? de salud|ambulatorio|hospital\w*|atencion primaria|centro de especialidades",
    "the elderly": r"centros? de mayores|residencia de (?:ancianos|mayores)|ancianos|centro de dia",
    "the young": r"centro juvenil|adolescentes|jovenes",
    "rubbish": r"basuras?|residuos?|contenedor\w*|cubos?|papeleras?|vertederos?|escombros?|punto limpio|recicl\w*|incinerad\w*",
    "cleaning": r"limpi\w*|suci\w*|mierda|porqueria|excrementos?|cacas?|orin(?:es)?|pis|baldeo",
    "graffiti": r"graf+it\w*|pintadas?|vandal\w*",
    "smell": r"olor\w*|depurador\w*|hedor|peste",
    "noise": r"ruidos?|acustic\w*|antirruido|insonor\w*|sonor\w*|decibelios?|tambor\w*|percusion",
    "concerts": r"conciertos?|festival\w*|eventos?",
    "terraces": r"terrazas?|veladores|bares|hosteleria",
    "toilets": r"banos?|aseos?|urinarios?|wc",
    "waste land": r"descampados?|solar(?:es)?|parcelas?|interbloques?",
    "safety": r"polici\w*|vigilancia|inseguridad|delincuen\w*|drog\w*|robos?|camaras",
    "camps": r"chabol\w*|asentamientos?|sin techo|sin hogar|mendig\w*|okupa\w*|ocupacion ilegal|botellon\w*",
    "housing": r"viviendas? (?:social|public|protegid)\w*|alquiler\w*|pisos? turistic\w*",
    "pests": r"palomas?|ratas?|cucarachas?|cotorras?|procesionarias?|plagas?|mosquitos?|chinches?",
    "drainage": r"drenaje|permeab\w*|suds|jardines de lluvia|inunda\w*|charcos?|alcantarill\w*",
    "concrete": r"cemento|hormig\w*|granito",
    "air": r"calidad del aire|emisiones|humos|zbe|bajas emisiones|madrid central",
    "taxes": r"ibi|impuestos?|tasas?",
    "voting": r"se vota|vota[rd]|votado|firmas",
    "markets": r"mercado|mercadillos?|rastro|[kq]u?ioscos?|comercios?",
    "festivities": r"navid\w*|belen|fiestas",
    "asbestos": r"amianto|fibrocemento|uralita",
    "overhead lines": r"cables?|tendidos?|alta tension|torres electricas",
    "names": r"cambi\w* (?:de |el )?nombre|llamarlo|renombrar",
}
_WORD = re.compile(r"[^\W\d_]+|\d+")


def _alternatives(words: str) -> list[str]:
    """Split a pattern at those bars that stand in no brackets."""
    found, depth = [""], 0
    for c in words:
        depth += (c in "([") - (c in ")]")
        if c == "|" and not depth:
            found.append("")
        else:
            found[-1] += c
    return found


def _pattern(alternatives: Iterable[str]) -> re.Pattern[str]:
    return re.compile(rf"(?<!\S)(?:{'|'.join(alternatives)})(?!\S)")


_SPLIT = {thing: _alternatives(words) for thing, words in THINGS.items()}
_OF_ONE_WORD = {
    thing: _pattern(single) for thing, some in _SPLIT.items() if (single := [one for one in some if " " not in one])
}
_OF_MANY = {thing: _pattern(many) for thing, some in _SPLIT.items() if (many := [one for one in some if " " in one])}
"""A pattern without a space says of each word by itself whether it is meant; the others need the whole text."""
_ANY_OF_MANY = _pattern(one for some in _SPLIT.values() for one in some if " " in one)
WORDS_KEPT = 32_768
_ACRONYM = re.compile(r"\bSER\b|\bS\.E\.R\b")
"""`SER` in capitals is the regulated parking of Madrid; in small letters it is a verb."""
_SHOUTING = 0.6
"""From this share of capitals on they say nothing."""


def text_folded(text: str) -> str:
    """Return the folded words of a text, with a space before and after each."""
    return f" {' '.join(fold(word) for word in _WORD.findall(text))} "


def subjects(text: str, folded: str) -> frozenset[str]:
    """The things a text names: `folded` holds its folded words with a space between."""
    found = set().union(*map(_of_word, set(folded.split())))
    if _ANY_OF_MANY.search(folded):
        found |= {thing for thing, pattern in _OF_MANY.items() if pattern.search(folded)}
    if _ACRONYM.search(text) and not _shouted(text):
        found.add("regulated parking")
    return frozenset(found)


@lru_cache(maxsize=WORDS_KEPT)
def _of_word(word: str) -> frozenset[str]:
    return frozenset(thing for thing, pattern in _OF_ONE_WORD.items() if pattern.search(word))


def _shouted(text: str) -> bool:
    letters = [c for c in text if c.isalpha()]
    return sum(map(str.isupper, letters)) > _SHOUTING * len(letters) and len(letters) > len("Zona SER")
