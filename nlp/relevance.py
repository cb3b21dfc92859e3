"""Relevance: is the post about this city, and not about another place of its name, its football club or the wide world?

There is no labelled set for this, so the answer is a sum that can be read: each sign adds to or takes from the odds, and
the score is the probability they give. What is a sign: who said it and where (the city's own participation platform is
about the city by nature), the city's name and handles, its places, words that support and words that refute.
"""

import math
import re
import unicodedata
from collections.abc import Iterable, Sequence
from functools import lru_cache

from pydantic import ConfigDict, Field

from core.city import City
from core.fact import Options as Table
from core.gazetteer import Gazetteer
from core.post import Post
from core.reading import Label
from nlp.encoded import Encoded, Tag

RULE = "relevance-rule@1"
START = -1.6
"""Log-odds before anything is read: a post found by chance is about another place five times in six."""
CITY_SOURCE, OWN, HANDLE, NAME, PLACE = 4.0, 4.0, 3.2, 2.4, 2.0
SUPPORTED, MOST_SUPPORT = 0.9, 2
REFUTED, MOST_REFUTED = -3.0, 2
CLUB, ANOTHER, ELSEWHERE = -3.6, -3.2, -2.4
SURE_PLACE = 0.6
"""From this probability on a stretch counts as a place that the gazetteer is asked about."""
SERVICES = (
    "ayuntamiento alcalde alcaldesa alcaldía concejal concejala concejalía pleno distrito distritos barrio barrios vecino "
    "vecinos vecina vecinas vecinal municipal municipales consistorio casco calle calles plaza plazas acera aceras parque "
    "parques contenedor contenedores basura metro autobús autobuses emt tráfico atasco aparcamiento carril obras farola "
    "farolas polideportivo centro empadronamiento policía bomberos samur bicimad cercanías madrileño madrileños city "
    "council mayor street streets neighbourhood neighbors bus traffic"
).split()
SPORT = (
    "gol goles golazo penalti fichaje fichajes fichar delantero portero entrenador champions laliga derbi alineación "
    "madridista madridistas merengue merengues colchonero colchoneros blaugrana culé euroliga copa goleada árbitro var "
    "vinicius mbappé bellingham ancelotti simeone griezmann goal striker signing"
).split()
ELSEWHERE_NAMES = (
    "Barcelona|Valencia|Sevilla|Zaragoza|Málaga|Murcia|Palma de Mallorca|Bilbao|Alicante|Córdoba|Valladolid|Vigo|Gijón|"
    "A Coruña|Vitoria|Granada|Oviedo|Pamplona|Almería|San Sebastián|Donostia|Santander|Burgos|Albacete|Salamanca|Logroño|"
    "Badajoz|Huelva|Lleida|Tarragona|Cádiz|Jaén|Ourense|Girona|Lugo|Cáceres|Toledo|Guadalajara|Cuenca|Ávila|Segovia|Soria|"
    "Teruel|Huesca|Zamora|Palencia|Pontevedra|Madrid|Lisboa|París|Roma|Londres|Berlín|Bogotá|Buenos Aires"
).split("|")
"""Cities that a post may be about instead; not when a street bears the name (`calle de Toledo`)."""


class Options(Table):
    """Table `[questions.relevance]`."""

    model_config = ConfigDict(frozen=True, extra="forbid", populate_by_name=True)

    names: tuple[str, ...] = ()
    """Names of the city; empty: the profile's `name`."""
    near: tuple[str, ...] = ()
    """Words that support: they speak of this city (its mayor, its bus company, its festivals)."""
    not_: tuple[str, ...] = Field((), alias="not")
    """Words that refute: another place of the same name, the club, a company."""
    city_sources: tuple[str, ...] = ("archive",)
    """Sources whose posts are about the city by their nature, such as its own participation platform."""


def classify(city: City, options: Options, posts: Sequence[Post], encoded: Encoded) -> list[Label]:
    """One label a post: about this city or not, with the probability that it is."""
    labels = []
    for post, tags in zip(posts, encoded.tags, strict=True):
        odds = sum(weight for _, weight in signs(city, options, post, tags))
        score = 1 / (1 + math.exp(-odds))
        labels.append(Label(question="relevance", value=odds > 0, score=round(score, 4), model=RULE))
    return labels


def signs(city: City, options: Options, post: Post, tags: Sequence[Tag]) -> list[tuple[str, float]]:
    """What speaks for and against, each with its log-odds; the first is where we start."""
    names = options.names or (city.name,)
    text = fold(post.text)
    found = [("start", START)]
    if post.source in options.city_sources:
        found.append(("city_source", CITY_SOURCE))
    if post.own:
        found.append(("own", OWN))
    if count(text, city.handles):
        found.append(("handle", HANDLE))
    clubs = len(club_pattern(names).findall(text))
    others = len(another_pattern(names).findall(text))
    if count(text, names) > clubs + others:
        found.append(("name", NAME))
    found.append(("near", SUPPORTED * min(count(text, options.near) + count(text, SERVICES), MOST_SUPPORT)))
    found.append(("not", REFUTED * min(count(text, options.not_) + count(text, SPORT), MOST_REFUTED)))
    found.append(("club", CLUB * min(clubs, 1)))
    found.append(("another", ANOTHER * min(others, 1)))
    elsewhere = [name for name in ELSEWHERE_NAMES if fold(name) not in {fold(own) for own in names}]
    found.append(("elsewhere", ELSEWHERE * min(len(elsewhere_pattern(tuple(elsewhere)).findall(text)), 1)))
    if any(is_ours(city.gazetteer, post.text[tag.start : tag.end]) for tag in tags if tag.score >= SURE_PLACE):
        found.append(("place", PLACE))
    return [sign for sign in found if sign[1]]


def is_ours(gazetteer: Gazetteer, words: str) -> bool:
    """True when the gazetteer knows a place of this name in the city."""
    return gazetteer.resolve(words).key is not None


def fold(text: str) -> str:
    """Lower case without accents, so that `Cibeles` is found in `CÍBELES`."""
    plain = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in plain if not unicodedata.combining(character))


def count(text: str, words: Iterable[str]) -> int:
    """How many of the words occur, as whole words, in the folded text."""
    pattern = whole_words(tuple(words))
    return len(set(pattern.findall(text))) if pattern else 0


@lru_cache(maxsize=64)
def whole_words(words: tuple[str, ...]) -> re.Pattern[str] | None:
    """A pattern for any of the words, longest first; None for no words."""
    if not words:
        return None
    longest = sorted({fold(word.lstrip("#")) for word in words}, key=len, reverse=True)
    return re.compile(r"(?<!\w)(?:" + "|".join(re.escape(word) for word in longest) + r")(?!\w)")


@lru_cache(maxsize=64)
def elsewhere_pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """Another city's name, unless a street or square bears it."""
    name = "|".join(re.escape(fold(name)) for name in names)
    street = (
        "calle ",
        "calle de ",
        "c/ ",
        "plaza de ",
        "avenida de ",
        "barrio de ",
        "paseo de ",
        "metro ",
        "puerta de ",
    )
    behind = "".join(rf"(?<!{re.escape(word)})" for word in street)
    return re.compile(rf"(?<!\w){behind}(?:{name})(?!\w)")


@lru_cache(maxsize=64)
def club_pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """The city's name as a club bears it: `Real Madrid`, `Atlético de Madrid`, `Madrid CF`."""
    name = "|".join(re.escape(fold(name)) for name in names)
    before = r"(?:real|atletico|atleti|atl|rayo|deportivo|sporting|racing|cd|cf|ud|ad|hala|aupa|forca|fc)"
    return re.compile(
        rf"(?<!\w)(?:{before}\s+(?:de\s+)?(?:{name})|(?:{name})\s+(?:cf|fc|cff|baloncesto|femenino))(?!\w)"
    )


@lru_cache(maxsize=64)
def another_pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    """The city's name inside the name of another place or body: `Nuevo Madrid`, `Madrid, Colombia`, `Comunidad de Madrid`."""
    name = "|".join(re.escape(fold(name)) for name in names)
    before = r"(?:nuevo|nueva|new|comunidad\s+(?:autonoma\s+)?de|provincia\s+de|asamblea\s+de|universidad\s+\w+\s+de)"
    lands = (
        r"(?:colombia|cundinamarca|iowa|nebraska|new\s+mexico|missouri|new\s+york|filipinas|surigao|mexico|usa|ee\.?uu)"
    )
    return re.compile(rf"(?<!\w)(?:{before}\s+(?:{name})|(?:{name})\s*[,(]\s*{lands})(?!\w)")
