"""Read from a post what is asked of which thing."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, timedelta
from functools import lru_cache

from core.config.word_lists import locale_words
from core.records.annotation import UNDETERMINED, Annotation, Place
from core.records.post import Post
from gazetteer.finding.context import number_near
from gazetteer.names import fold, folded_words
from gazetteer.place_types import split_type
from triage.incident_matching.subjects import SubjectLexicon
from triage.incident_matching.vocabulary import any_of
from triage.location import Coordinates, metres, stated

Name = frozenset[str]
Unit = tuple[str, int]
Address = tuple[str, int]
"""Gazetteer key of a street and a house number: `("street:31001337", 12)`."""
MANY_PLACES = 4
"""Different places from which a post is an overview and not a report."""
MANY_LINES = 3
"""The same for lines of public transport."""
BROAD = frozenset({"parque", "zona", "barrio", "colonia", "poligono", "ensanche", "universidad", "rio"})
"""Groups of type words of places in which many things are."""
LONG_M = 1_000.0
"""Distance between stretches from which a street is too long for its name to say where."""
LAMP, FESTIVE, COVER = "lamp", "festive lights", "cover"
BIN = " bin"
"""End of the names of bins: `orange bin`."""
NUMBERED = frozenset({"street", "square", "old_name"})
_NUMBER = re.compile(r"[\s,:(]{0,3}(?:n(?:[º°o]|[uú]m(?:ero)?)?\.?\s{0,2}|portal\s)?(\d{1,4})(?![\d:€%]|[.,]\d)", re.IGNORECASE)
_RANGE = re.compile(r"[^.;:!?\n]{0,40}?(?:\b(?:entre|desde|hasta|para (?:arriba|abajo)|en adelante)\b|\d (?:al?|y|y el) \d)", re.IGNORECASE)
"""`entre el 140 y el 160`, `del 140 para arriba`: a stretch and no house."""
_LAST_NUMBER = re.compile(r"(?<=[\s,.º°])(\d{1,4})(?:\s?[A-Za-z])?\W*\Z")
_NEXT_WORD = re.compile(r"\s*([^\W\d_]+)")
_WORDS = locale_words("identity")
_NO_NUMBER = frozenset(locale_words("stop_words")["not_house_numbers"].split())
_WHOLE_DAY = re.compile(r"\d{1,2}/\d{1,2}")
_WORD = re.compile(r"[^\W\d_]")
_IN_NAME = re.compile(r"\b[Ee]n (?:(?:la|el|los|las|calle|plaza|avenida|c/) )*([A-ZÁÉÍÓÚÑÀÈÒÇ][\w'·]+)")
_OTHER = re.compile(r"(?<!de un lado a )(?<!\S)(?:otr[oa]|another) (\w+)")
_AREAS = ("district", "barrio")
_SHORT = 3
"""Letters of words that tell no names apart: san, del."""
_LEAST_LETTERS = 3
"""Letters from which a text has words: three emojis are no language that is not read."""


BACKGROUND = frozenset(_WORDS["background"])
"""Objects that many texts name only to say where: `surface`, `people`."""
_BESIDE_WHAT = "contenedor cubo bote papelera farola arbol portal garaje parada".replace(" ", "|")
_BESIDE_WHICH = r"(?: (?:de \w+|amarill\w+|azul\w*|marron\w*|verde\w*|naranja\w*))?"
_BESIDE = re.compile(rf"(?<!\S){_WORDS['beside']}(?:{_BESIDE_WHAT})\w*{_BESIDE_WHICH}(?!\S)")
_UNITS = "farola luminaria parada parquimetro arbol banco columna estacion totem bici bicicleta".replace(" ", "|")
_UNIT = re.compile(rf"(?<!\S)({_UNITS})s?(?: (?:n|no|num|numero))? (\d{{1,6}})(?!\S)")
_WEEKDAYS = ("lunes", "martes", "miercoles", "jueves", "viernes", "sabado", "domingo")
_DAY = re.compile(rf"(?<!\S)(?<!desde )(?:(ayer|anoche|anteanoche)|(?<!desde )el (?:pasado )?({'|'.join(_WEEKDAYS)}))(?!\S)")
_FLEETING = frozenset(_WORDS["fleeting"])
OCCURRING = frozenset({"animal", "leaves"})
"""Temporary objects that were not put out for collection."""
_SINGLE, _OFF = any_of([_WORDS["single"]]), any_of([_WORDS["off"]])
ALONG = frozenset(_WORDS["along"])
"""Objects that fail all along a street."""
EACH = frozenset(_WORDS["each"])
"""Objects of which two at one door are two jobs."""
_WIDE, _LASTING, _BALANCE, _PERSONAL, _SPLIT_OFF, _HEARSAY, _PROGRAMME, _ANOTHER, _ALSO = (
    any_of(_WORDS[name]) for name in ("wide", "lasting", "balance", "personal", "split_off", "hearsay", "programme", "another", "also")
)


@dataclass(frozen=True, slots=True)
class Thing:
    """Hold what a post says of the thing it is about."""

    point: Coordinates | None
    """Point that the writer gave, in WGS 84; None: none was given."""
    addresses: frozenset[Address]
    cores: frozenset[Name]
    """Words of the names of its places without type words: manuel, becerra for the square and for the station."""
    broad: frozenset[str]
    """Keys of those of its places that are as large as a park: many things are in one."""
    long: frozenset[str]
    """Keys of its streets of more than a kilometre: two faults are rarely at one spot of them."""
    service: str | None
    """Service that the citizen chose; None: the channel does not ask."""
    objects: frozenset[str]
    """Kinds of objects it names: `lamp`, `brown bin`."""
    units: frozenset[Unit]
    """Numbered objects: `{("farola", 14)}`."""
    day: date
    """Day of what it tells: of the post, unless it says yesterday or names a day of the week."""
    tells_day: bool
    """Whether it says that day."""
    fleeting: bool
    """All of them are carried away and come back: a heap of rubbish, a noise."""
    lasting: bool
    """It says that it has been there for days."""
    wide: bool
    """The fault may reach over many streets: an outage, smoke, a concert."""
    personal: bool
    """Asks for something of the writer's own: a fine, a refund, a file."""
    split_off: bool
    """Another one than what was told of, by its word: split off a notice by staff, or `otro pino`."""
    another: bool
    """Says, as a reply, that its problem is another than that of its thread."""
    overview: bool
    """Speaks of incidents and reports none: a summary by an authority or a newspaper, a list of streets or lines, a programme, hearsay."""
    unread: bool
    """Written in a language that the model does not read."""
    also_in: frozenset[str] = frozenset()
    """Names of places of which it says that it is so there too, as a reply does: `en Illescas también`."""
    around: frozenset[Address] = frozenset()
    """Addresses and what is said near them, `a la altura del 12`: far apart they are two places, near each other nothing is proved."""

    @property
    def exact(self) -> bool:
        """Return whether the thing has a point or a house number."""
        return self.point is not None or bool(self.addresses)


def thing_of(
    post: Post, annotation: Annotation, folded: str, resolved: Collection[Place], lines: Collection[str] = (), common: str | None = None
) -> Thing:
    """Read the thing of a post.

    Args:
        post: the post.
        annotation: its labels and places.
        folded: its words without accents, in lower case.
        resolved: the places that are sure enough.
        lines: the lines of public transport it names.
        common: its words with common nouns for brands; None: the same.
    """
    point = stated(post, annotation)
    said = folded if common is None else common
    objects, told = objects_in(said), day_told(folded, post.created_at.date())
    addresses, around = addresses_in(post.text, resolved)
    named = {place.key for place in resolved if place.key and place.kind not in _AREAS}
    return Thing(
        point=None if point is None or point.lat is None or point.lon is None else (point.lat, point.lon),
        addresses=addresses,
        around=around,
        cores=frozenset(filter(None, (core_of(place) for place in annotation.places if place.kind not in _AREAS))),
        broad=frozenset(place.key for place in resolved if place.key and _is_broad(place)),
        long=frozenset(place.key for place in resolved if place.key and _is_long(place, annotation)),
        service=post.service,
        objects=objects,
        units=units_in(folded),
        day=told or post.created_at.date(),
        tells_day=told is not None,
        fleeting=bool(objects) and objects <= _FLEETING,
        lasting=_LASTING.search(folded) is not None,
        wide=_WIDE.search(_SINGLE.sub(" ", folded)) is not None,
        personal=_PERSONAL.search(said) is not None,
        split_off=_SPLIT_OFF.search(folded) is not None or _is_another_one(folded),
        another=_ANOTHER.search(folded) is not None,
        overview=len(named) >= MANY_PLACES or len(lines) >= MANY_LINES or _speaks_of_others(folded),
        unread=is_unread(post, annotation),
        also_in=also_in(post.text) if _ALSO.search(folded) else frozenset(),
    )


def also_in(text: str) -> frozenset[str]:
    """Return the names that follow `en` in a text, folded.

    >>> sorted(also_in("En Illescas también hay media calle sin luz, y en la Plaza Mayor"))
    ['illescas', 'plaza']
    """
    return frozenset(map(fold, _IN_NAME.findall(text)))


def _is_another_one(folded: str) -> bool:
    """Return whether a text speaks of another object of a kind.

    >>> _is_another_one(" otro arbol torcido en la esquina "), _is_another_one(" otro dia mas sin farolas ")
    (True, False)
    """
    return any(_lexicon().find("", f" {word} ") - BACKGROUND for word in _OTHER.findall(folded))


def _speaks_of_others(folded: str) -> bool:
    return any(words.search(folded) is not None for words in (_BALANCE, _HEARSAY, _PROGRAMME))


@lru_cache(maxsize=1)
def _lexicon() -> SubjectLexicon:
    return SubjectLexicon(_WORDS["objects"], {})


def objects_in(folded: str) -> frozenset[str]:
    """Return the kinds of objects that folded words name.

    What a text names only to say where is left out, unless it names nothing else.

    >>> sorted(objects_in(" colchon junto al contenedor amarillo ")), sorted(objects_in(" en la acera "))
    (['mattress'], ['surface'])
    """
    found = _lexicon().find("", _BESIDE.sub(" ", folded)) or _lexicon().find("", folded)
    if FESTIVE in found:
        found -= {LAMP}  # `luces`, `apagado` are theirs
    if LAMP in found and found - {LAMP} - BACKGROUND and LAMP not in _lexicon().find("", _OFF.sub(" ", folded)):
        found -= {LAMP}  # the fountain is off
    return found - BACKGROUND or found


def faulty_in(folded: str) -> frozenset[str]:
    """Return the kinds of objects of folded words that may fail.

    Leaves out background objects, bins, and what is put out for collection: reports of these are separate orders, not one incident.

    >>> sorted(faulty_in(" la farola junto al sofa ")), sorted(faulty_in(" un cubo de tapa naranja "))
    (['lamp'], [])
    """
    found = objects_in(folded)
    bins = {one for one in found if one.endswith(BIN)}
    lids = {COVER} if bins else set()
    return found - BACKGROUND - (_FLEETING - OCCURRING) - bins - lids


def units_in(folded: str) -> frozenset[Unit]:
    """Return the numbered objects of folded words.

    >>> units_in(" la farola 14 y la parada 2371 ") == {("farola", 14), ("parada", 2371)}
    True
    """
    return frozenset((match[1], int(match[2])) for match in _UNIT.finditer(folded))


def _is_long(place: Place, annotation: Annotation) -> bool:
    """Return whether a street's stretches lie far apart."""
    if place.kind not in ("street", "old_name") or place.lat is not None:
        return False
    points = [
        (one.lat, one.lon)
        for one in annotation.labels["places"].candidates
        if one.key == place.key and one.lat is not None and one.lon is not None
    ]
    return not points or any(metres(here, there) > LONG_M for here in points for there in points)


def _is_broad(place: Place) -> bool:
    return place.kind == "landmark" and split_type(folded_words(place.name or place.text))[0] in BROAD


def day_told(folded: str, today: date) -> date | None:
    """Return the day before today that folded words speak of.

    None: none, or a fault that lasts since then.

    >>> day_told(" ayer el 34 no paro ", date(2026, 12, 1)), day_told(" desde el lunes sin luz ", date(2026, 12, 1))
    (datetime.date(2026, 11, 30), None)
    """
    match = _DAY.search(folded)
    if match is None:
        return None
    if match[2] is None:
        return today - timedelta(days=1)
    return today - timedelta(days=(today.weekday() - _WEEKDAYS.index(match[2])) % 7 or 7)


def core_of(place: Place) -> Name:
    """Return the words of a place's name that tell it from others.

    >>> sorted(core_of(Place(text="plaza de Manuel Becerra")))
    ['becerra', 'manuel']
    """
    return core_of_name(place.name or place.text)


def core_of_name(name: str) -> Name:
    """Return the words that tell a name from others, without type words."""
    _, core = split_type(folded_words(name))
    return frozenset(word for word in core if len(word) > _SHORT and not word.isdecimal())


def addresses_in(text: str, places: Collection[Place]) -> tuple[frozenset[Address], frozenset[Address]]:
    """Return the house numbers of the streets of a text.

    First those that follow a street, then also what is said otherwise: `a la altura del 12`, `frente al 12 de Goya`. A number before a
    unit (`12 horas`) or in a date is none.
    """
    sure, near = set[Address](), set[Address]()
    for place in places:
        if place.key is None or place.kind not in NUMBERED or not place.text:
            continue
        at = text.find(place.text)
        end = at + len(place.text)
        if own := _LAST_NUMBER.search(place.text):
            sure.add((place.key, int(own[1])))
        elif at < 0:
            continue
        elif (match := _NUMBER.match(text, end)) is not None:
            after = _NEXT_WORD.match(text, match.end())
            is_unit = after is not None and fold(after[1]) in _NO_NUMBER
            if not is_unit and not _WHOLE_DAY.match(text, match.start(1)):
                sure.add((place.key, int(match[1])))
        elif not _RANGE.match(text, end) and (number := number_near(text, at, end)) is not None:
            near.add((place.key, number))
    return frozenset(sure), frozenset(sure | near)


def is_unread(post: Post, annotation: Annotation) -> bool:
    """Return whether a post is in a language that is not read."""
    language = annotation.labels.get("language")
    if language is None or language.value != UNDETERMINED:
        return False
    words = re.sub(r"@\w+|#\w+|\bhttp\S*|\[\w+\]", " ", post.text)
    return len(_WORD.findall(words)) >= _LEAST_LETTERS
