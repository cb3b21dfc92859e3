"""Convert an annotated post to the features that are compared."""

import re
from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from math import log1p, sqrt
from typing import Any

import numpy as np
import numpy.typing as npt

from core.config.brands import NO_BRANDS, Brands
from core.config.thresholds import is_debate
from core.i18n.display_names import display_name
from core.i18n.languages import interface_languages
from core.privacy.sensitive import withheld
from core.records.annotation import Annotation, Place
from core.records.kind import Kind
from core.records.post import Post
from gazetteer.names import fold
from triage.identity.stations import Stations, line_broken_down
from triage.identity.thing import Thing, thing_of
from triage.incident_matching.grams import Grams, beginning, grams_of
from triage.incident_matching.subjects import SubjectLexicon, fingerprint, subjects_of, text_folded, word_spans
from triage.incident_matching.vocabulary import CLOSING, NO_HOUSE_NUMBER, ONGOING, STOP_WORDS, Vocabulary
from triage.kinds import kind_of
from triage.location import Coordinates, headline, located, main_place, stated, stretches

Vector = npt.NDArray[np.float32]
STEM = 6
"""Length of a stem in letters: `asfaltar`, `asfaltado` and `asfaltada` share a stem."""
MAX_COORDINATES = 6
SURE = 0.4
"""Probability from which a place counts as resolved; below, it is a candidate."""
AREAS = frozenset({"district", "barrio"})
_CAPITALISED = re.compile(r"[^\W\d_]{4,}")
_SENTENCE_START = re.compile(r"[.!?¡¿:\n\"“]\s*\Z")
_SENTENCE_END = re.compile(r"[.!?…]\s[\s(\[]*\Z")
_HANDLE = re.compile(r"@\w+")
_LINE_WORDS = frozenset("linea lineas l bus buses autobus el la los al del este ese un metro".split())
_LINE_NAMES = frozenset("linea lineas line linia".split())
"""After these a number is a line whatever follows: `la línea 6 de metro`."""
_SUBURBAN, _LAST_SUBURBAN = "c", 10
"""Letter of the lines of suburban trains, and the highest number they have."""


@dataclass(frozen=True, slots=True)
class StoredFeatures:
    """Hold the features of one post that are stored beside its annotation."""

    place: Place | None
    """Place the post is about."""
    located: tuple[Place, ...]
    """Resolved places with coordinates, best first."""
    stretches: tuple[Place, ...]
    """Points of resolved places that have no coordinates of their own."""
    post_id: str
    at: float
    """When it was written, in seconds since 1970."""
    hour: int
    author: str | None
    reply_to: str | None
    thread: str | None
    stems: dict[str, float]
    """Stem -> weight (inverse document frequency)."""
    norm: float
    topical: dict[str, float]
    """Stems outside proper names: the problem, not the place."""
    topical_norm: float
    said: str
    """Beginning of its folded text, of which `grams` are made."""
    names: frozenset[str]
    """Folded words that look like proper names."""
    thing: Thing
    """What is asked of which thing."""
    keys: frozenset[str]
    """Gazetteer keys of its resolved places."""
    streets: frozenset[str]
    """Those of `keys` finer than a barrio."""
    candidates: frozenset[str]
    """Keys of all candidate places finer than a barrio."""
    districts: frozenset[str]
    near: tuple[Coordinates, ...]
    """Coordinates of its candidate places."""
    where: tuple[Coordinates, ...]
    """Coordinates of its resolved places."""
    houses: frozenset[tuple[str, int]]
    """Word before a number and the number: `(embaja, 190)`."""
    numbers: frozenset[str]
    lines: frozenset[str]
    subjects: frozenset[str]
    handles: frozenset[str]
    topic: str
    topic_score: float
    topic_by_person: bool
    other_topics: tuple[tuple[str, float], ...]
    """Topics that the model ranks second and third, with their probabilities."""
    intent: str
    kind: Kind
    """The posts of a case vote on its kind."""
    sentiment: str
    language: str
    actionable: float
    relevant: float
    is_relevant: bool
    proposes: bool
    """Opens a debate on a participation platform."""
    comments: bool
    """A comment on a proposal: an opinion, matched by its thread alone and never by similarity."""
    requested: frozenset[str]
    """Subjects in its headline: what a proposal asks for."""
    replay: bool
    """Comes from a replayed archive: never shares an incident with live posts."""
    fingerprint: int
    """Equal for copies of one text."""
    closing: bool
    """Has words of a repair: a sign for matching."""
    ongoing: bool
    """Reports an ongoing problem: `sigue`, `van tres días`, `aquí también`."""
    withheld: bool
    """Its text must not be shown in a title."""
    length: float
    words: int


@dataclass(frozen=True, slots=True)
class PostFeatures(StoredFeatures):
    """Hold all features of one post."""

    post: Post
    grams: Grams = field(repr=False)
    vector: Vector = field(repr=False)
    centred: Vector = field(repr=False)
    mapped: Vector = field(repr=False)
    """The embedding in the learned space, where posts of one incident are closer together."""


def post_features(
    post: Post,
    annotation: Annotation,
    vocabulary: Vocabulary,
    lexicon: SubjectLexicon | None = None,
    own_name: frozenset[str] = frozenset(),
    own_handles: Collection[str] = (),
    stations: Stations | None = None,
    brands: Brands = NO_BRANDS,
) -> PostFeatures:
    """Build the features of one annotated post.

    Args:
        post: the post.
        annotation: its labels, places and embedding.
        vocabulary: document frequencies of stems.
        lexicon: subjects of the city; None: those of the language alone.
        own_name: stems of the city's name (`name_stems`); whom a post is addressed to says nothing of what it is about.
        own_handles: the city's handles, which are no words for the same reason.
        stations: the city's, with their lines; None: not known.
        brands: the city's, which count as their common nouns.
    """
    lexicon = lexicon or subjects_of()
    own = own_words(post.text, post.service)
    text = without_handles(own, own_handles)
    folded = text_folded(text)
    words = [word for word in folded.split() if word[:STEM] not in own_name]
    is_form = own != post.text and "\n" in text  # its last line is the place, in the words of the form
    said = beginning(text_folded(text.rpartition("\n")[0]).split() if is_form else words)
    stems = {word[:STEM]: vocabulary.weight(word[:STEM]) for word in words if _counts(word)}
    named = [place for place in annotation.places if place.key is not None]
    resolved = [place for place in named if place.sure >= SURE]
    candidates = annotation.candidates
    if stated(post, annotation) is not None:
        candidates = ()  # the point leaves nothing to guess
        named = resolved
    possible = [*named, *(place for place in candidates if place.key is not None)]
    common = brands.common(folded)
    houses, numbers, lines = _numbers([brands.common(word) for word in words], _sentence_starts(text, own_name))
    about_lines = lines or (line_broken_down(folded, annotation.places, stations) if stations else frozenset())
    names = _names(text, [*annotation.places, *candidates], own_name)
    topical = _topical(stems, names)
    labels = annotation.labels
    relevance = labels["relevance"]
    sensitive = labels["sensitive"].value is True if "sensitive" in labels else None
    debated, head = is_debate(post.channel, post.text, post.style), headline(post.text)
    return PostFeatures(
        post=post,
        place=main_place(post, annotation),
        located=located(annotation),
        stretches=stretches(annotation),
        post_id=post.post_id,
        at=post.created_at.timestamp(),
        hour=post.created_at.hour,
        author=post.author,
        reply_to=post.reply_to,
        thread=post.thread,
        stems=stems,
        norm=_norm(stems),
        topical=topical,
        topical_norm=_norm(topical),
        said=said,
        grams=grams_of(said),
        names=names,
        thing=thing_of(post, annotation, folded, resolved, lines, common),
        keys=frozenset(place.key for place in resolved if place.key),
        streets=frozenset(place.key for place in resolved if place.key and place.kind not in AREAS),
        candidates=frozenset(place.key for place in possible if place.key and place.kind not in AREAS),
        districts=frozenset(place.district for place in resolved if place.district),
        near=_coordinates(possible),
        where=_coordinates(resolved),
        houses=houses,
        numbers=numbers,
        lines=about_lines,
        subjects=lexicon.find(post.text, folded),
        handles=frozenset(_HANDLE.findall(text)) - {"@user"},
        topic=str(labels["topic"].value),
        topic_score=labels["topic"].score,
        topic_by_person=labels["topic"].model == "person",
        other_topics=labels["topic"].runners_up,
        intent=str(labels["intent"].value),
        kind=kind_of(post, annotation, folded),
        sentiment=str(labels["sentiment"].value) if "sentiment" in labels else "",
        language=str(labels["language"].value) if "language" in labels else "",
        actionable=labels["actionable"].score,
        relevant=relevance.score,
        is_relevant=relevance.value is not False,
        proposes=debated and post.reply_to is None,
        comments=debated and post.reply_to is not None,
        requested=lexicon.find(head, text_folded(head)) if debated else frozenset(),
        replay=post.replay,
        fingerprint=fingerprint(folded),
        **vectors(annotation, vocabulary),
        closing=CLOSING.search(folded) is not None,
        ongoing=ONGOING.search(folded) is not None,
        withheld=withheld(sensitive, post.text),
        length=log1p(len(post.text)),
        words=len(words),
    )


def own_words(text: str, service: str | None) -> str:
    """Return a report's text without the name of the service before it.

    The form writes the name of the service that its citizen chose; it is the same in all reports of the service.
    """
    if service is None:
        return text
    first, stop, rest = text.partition(". ")
    return rest if stop and first in _names_of_service(service) else text


@lru_cache(maxsize=64)
def _names_of_service(topic: str) -> frozenset[str]:
    return frozenset(display_name("topic", topic, language) for language in interface_languages())


def without_handles(text: str, handles: Collection[str]) -> str:
    """Return a text without these handles, whatever their case.

    >>> without_handles("@Lineamadrid ¿abre la OAC?", ["@lineamadrid"])
    ' ¿abre la OAC?'
    """
    if "@" not in text or not handles:
        return text
    own = {handle.lower() for handle in handles}
    return _HANDLE.sub(lambda match: "" if match.group().lower() in own else match.group(), text)


def name_stems(names: Iterable[str]) -> frozenset[str]:
    """Return the stems of a city's names.

    >>> sorted(name_stems(["A Coruña", "coruñés*"]))
    ['coruna', 'corune']
    """
    words = (word for name in names for word in text_folded(name.replace("*", "")).split())
    return frozenset(word[:STEM] for word in words if _counts(word))


def defining_posts(members: Sequence[PostFeatures]) -> Sequence[PostFeatures]:
    """Return the posts that define the topic of an incident.

    Without comments in a debate, unless there is nothing else.
    """
    return [one for one in members if not one.comments] or members


def map_embedding(centred: Vector, projection: Vector) -> Vector:
    """Map a centred embedding into the learned space, as a unit vector."""
    return _unit(centred @ projection)


def _norm(stems: dict[str, float]) -> float:
    return sqrt(sum(weight * weight for weight in stems.values()))


def _topical(stems: dict[str, float], names: frozenset[str]) -> dict[str, float]:
    """Drop proper names and numbers."""
    proper = {name[:STEM] for name in names}
    return {stem: weight for stem, weight in stems.items() if stem not in proper and not stem.isdecimal()}


def _counts(word: str) -> bool:
    return (len(word) >= 3 or word.isdigit()) and word not in STOP_WORDS


def _names(text: str, places: Sequence[Place], own_name: frozenset[str]) -> frozenset[str]:
    """Collect capitalised words inside a sentence, and the words of places."""
    found = set()
    for match in _CAPITALISED.finditer(text):
        before = text[max(0, match.start() - 4) : match.start()]
        if match.group()[0].isupper() and before.strip() and not _SENTENCE_START.search(before):
            found.add(fold(match.group())[:8])
    for place in places:
        found.update(word[:8] for word in text_folded(place.text).split() if len(word) > 3)
    return frozenset(word for word in found if word[:STEM] not in own_name)


def _coordinates(places: list[Place]) -> tuple[Coordinates, ...]:
    found = [(place.lat, place.lon) for place in places if place.lat is not None and place.lon is not None]
    return tuple(dict.fromkeys(found))[:MAX_COORDINATES]


def _sentence_starts(text: str, own_name: frozenset[str]) -> frozenset[int]:
    """Return positions of the words that start a sentence, except the first.

    Of the words that are compared: without the city's name.
    """
    spans = enumerate((start, end) for start, end in word_spans(text) if fold(text[start:end])[:STEM] not in own_name)
    return frozenset(at for at, (start, _) in spans if _SENTENCE_END.search(text, max(0, start - 5), start))


def _numbers(words: list[str], sentence_starts: frozenset[int]) -> tuple[frozenset[tuple[str, int]], frozenset[str], frozenset[str]]:
    """Parse house numbers, plain numbers and line numbers.

    House numbers with the word before them, in one sentence: `por la noche. (12)` has none. Plain numbers without amounts.
    """
    houses, numbers, lines = set(), set(), set()
    for at, word in enumerate(words):
        if not word.isdecimal() or len(word) > 4:
            continue
        before, after = words[at - 1] if at else "", words[at + 1] if at + 1 < len(words) else ""
        if before == _SUBURBAN and int(word) <= _LAST_SUBURBAN:
            lines.add(f"{before}{int(word)}")
            continue
        if before in _LINE_NAMES:
            lines.add(word)
        if after in NO_HOUSE_NUMBER:
            continue
        numbers.add(word)
        if before in _LINE_WORDS:
            lines.add(word)
        elif len(before) > 3 and not before.isdecimal() and at not in sentence_starts:
            houses.add((before[:8], int(word)))
    return frozenset(houses), frozenset(numbers), frozenset(lines)


def vectors(annotation: Annotation, vocabulary: Vocabulary) -> dict[str, Any]:
    """Return the embedding of a post: as it is, centred, and mapped."""
    vector = _vector(annotation, vocabulary)
    centred = _unit(vector - vocabulary.mean)
    return {"vector": vector, "centred": centred, "mapped": map_embedding(centred, vocabulary.map)}


def _vector(annotation: Annotation, vocabulary: Vocabulary) -> Vector:
    """Return the embedding as a unit vector.

    All NaN when it is from another encoder than the training embeddings.
    """
    vector = np.frombuffer(annotation.embedding, dtype="<f2").astype(np.float32)
    if not vocabulary.knows(annotation.model, len(vector)):
        return np.full(len(vocabulary.mean), np.nan, dtype=np.float32)
    return _unit(vector)


def _unit(vector: Vector) -> Vector:
    length = float(np.linalg.norm(vector))
    return vector / length if length else vector
