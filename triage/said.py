"""What one post says, in the forms in which it is compared with another: its places, its words, the things it asks for."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cached_property
from itertools import dropwhile

import numpy as np
import numpy.typing as npt

from core.gazetteer.names import fold
from core.post import Post
from core.reading import Place, Reading
from triage.about import about, headline, named
from triage.things import things

STEM = 6
"""Letters by which words are compared: `asfaltar`, `asfaltado` and `asfaltada` are one."""
FINE = frozenset({"street", "square", "landmark", "station", "stop", "old_name"})
"""Kinds of place a person can stand in front of."""
_WORD = re.compile(r"[^\W\d_]+|\d+")
_SHORTEST = 3
_TYPE_WORDS = frozenset(
    "c calle avenida avda av plaza pza paseo camino carretera autovia barrio distrito parque metro estacion centro municipal deportivo "
    "colegio publico jardines glorieta zona de del el la los las".split()
)
"""Words at the head of a place's name that people leave out."""


Vector = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Said:
    """A post and its reading; the forms are made when they are first needed, and kept."""

    post: Post
    reading: Reading

    @cached_property
    def vector(self) -> Vector:
        """The embedding as a float32 unit vector."""
        raw = np.frombuffer(self.reading.embedding, dtype="<f2").astype(np.float32)
        length = float(np.linalg.norm(raw))
        return raw / length if length else raw

    @property
    def topic(self) -> str:
        """The service it is about."""
        return str(self.reading.value("topic"))

    @cached_property
    def about(self) -> tuple[Place, ...]:
        """The places the post is about, best first."""
        return about(self.post, self.reading)

    @cached_property
    def keys(self) -> frozenset[str]:
        """Of the places it is about."""
        return _keys(self.about)

    @cached_property
    def named(self) -> frozenset[str]:
        """Keys of all places it names."""
        return _keys(named(self.reading))

    @cached_property
    def fine(self) -> frozenset[str]:
        """Keys of the streets and buildings it is about."""
        return _keys(place for place in self.about if place.kind in FINE)

    @cached_property
    def districts(self) -> frozenset[str]:
        """Where its places lie."""
        return frozenset(place.district for place in named(self.reading) if place.district)

    @cached_property
    def folded(self) -> str:
        """Its folded words, with a space before and after each."""
        return text_folded(self.post.text)

    @cached_property
    def stems(self) -> frozenset[str]:
        """Of all its words."""
        return stems(self.folded)

    @cached_property
    def headline(self) -> frozenset[str]:
        """Stems of its headline: what people say they are writing about."""
        return stems(text_folded(headline(self.post.text)))

    @cached_property
    def things(self) -> frozenset[str]:
        """All things it names."""
        return things(self.post.text, self.folded)

    @cached_property
    def asks(self) -> frozenset[str]:
        """The things its headline names."""
        words = headline(self.post.text)
        return things(words, text_folded(words))

    @cached_property
    def names(self) -> tuple[tuple[str, str], ...]:
        """Key of each place it is about, and the words that tell it from others."""
        return tuple((place.key, _bare(place.text)) for place in self.about if place.key is not None)

    def mentions(self, other: "Said") -> float | None:
        """Part of the other's places that this post names too, were it only by their words; None when it is about none."""
        if not other.names:
            return None
        known = sum(
            key in self.named or (len(name) > _SHORTEST and f" {name} " in self.folded) for key, name in other.names
        )
        return known / len(other.names)


def stems(folded: str) -> frozenset[str]:
    """The stems of the words of a folded text."""
    return frozenset(word[:STEM] for word in folded.split() if len(word) >= _SHORTEST or word.isdigit())


def text_folded(text: str) -> str:
    """The folded words of a text, with a space before and after each."""
    return f" {' '.join(fold(word) for word in _WORD.findall(text))} "


def _bare(text: str) -> str:
    return " ".join(dropwhile(_TYPE_WORDS.__contains__, text_folded(text).split()))


def _keys(places: Iterable[Place]) -> frozenset[str]:
    return frozenset(place.key for place in places if place.key is not None)
