"""The same incident? Same service, same place, same days, and texts that speak of the same thing."""

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np
import numpy.typing as npt

from core.case import OPEN, Case, Incident
from core.city import City
from core.decision import KnownIncident
from core.post import Post
from core.reading import Place, Reading
from triage.about import about, named

# Measured by `make score-incidents`; `similar`, the threshold of texts about the same place, stands in the profile.
ALMOST_EQUAL = 0.965
"""Cosine from which two texts without a place are copies of each other."""
VERY_SIMILAR = 0.93
"""Cosine from which texts are one incident though the reader gave them different services, or though their first sentences
name different places and only the rest of the texts a common one."""
SHARED = 1 / 3
"""Part of the places either is about that both are about: a bus to A and a bus to B from one square are two matters."""

Vector = npt.NDArray[np.float32]


@dataclass
class Open:
    """An incident as triage sees it while it decides: its case and authors."""

    incident: Incident
    case: Case
    authors: set[str] = field(default_factory=set)
    closed_at: datetime | None = None


@dataclass(frozen=True)
class Said:
    """What a post says, beside its vector: keys of the places it is about and of all it names, conversation, service."""

    about: frozenset[str]
    named: frozenset[str]
    thread: str | None
    topic: str


@dataclass
class Shelf:
    """The posts read by one model, and their vectors as the rows of one matrix: one product compares with all of them."""

    posts: list[tuple[Open, Said]] = field(default_factory=list)
    rows: Vector = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))

    def add(self, to: Open, said: Said, vector: Vector) -> None:
        """One post more; the matrix doubles when it is full."""
        at = len(self.posts)
        if at == len(self.rows):
            more = np.zeros((max(64, 2 * at), len(vector)), dtype=np.float32)
            if at:
                more[:at] = self.rows
            self.rows = more
        self.rows[at] = vector
        self.posts.append((to, said))


@dataclass
class Memory:
    """All incidents a new post may belong to. Vectors of different models cannot be compared: one shelf a model."""

    shelves: dict[str, Shelf] = field(default_factory=dict)

    def add(self, to: Open, post: Post, reading: Reading) -> None:
        """From now on further posts are compared with this one too."""
        self.shelves.setdefault(reading.model, Shelf()).add(to, _said(post, reading), vector(reading))


def vector(reading: Reading) -> Vector:
    """The embedding as a float32 unit vector."""
    raw = np.frombuffer(reading.embedding, dtype="<f2").astype(np.float32)
    length = float(np.linalg.norm(raw))
    return raw / length if length else raw


def recall(known: Sequence[KnownIncident]) -> Memory:
    """Known incidents in the form triage compares with."""
    memory = Memory()
    for one in known:
        authors = {post.author for post, _ in one.members if post.author}
        opened = Open(one.incident, one.case, authors, one.closed_at)
        for post, reading in one.members:
            memory.add(opened, post, reading)
    return memory


def find_same(city: City, post: Post, reading: Reading, memory: Memory) -> Open | None:
    """The incident this post speaks of: that of the most similar post that fits; None when it is a new one."""
    shelf = memory.shelves.get(reading.model)
    if shelf is None:
        return None
    likeness = shelf.rows[: len(shelf.posts)] @ vector(reading)
    said = _said(post, reading)
    near = np.flatnonzero(likeness >= city.triage.similar)
    for at in map(int, near[np.argsort(-likeness[near], kind="stable")]):
        known, theirs = shelf.posts[at]
        if likeness[at] >= _needed(city, said, theirs, known) and _takes(city, post, known):
            return known
    return None


def _said(post: Post, reading: Reading) -> Said:
    return Said(
        about=_keys(about(post, reading)),
        named=_keys(named(reading)),
        thread=post.thread,
        topic=str(reading.value("topic")),
    )


def _keys(places: Sequence[Place]) -> frozenset[str]:
    return frozenset(place.key for place in places if place.key is not None)


def _needed(city: City, mine: Said, theirs: Said, known: Open) -> float:
    """How similar two texts must be; infinitely, when they name different places."""
    needed = max(city.triage.similar, _by_place(mine, theirs))
    return needed if mine.topic == known.incident.topic else max(VERY_SIMILAR, needed)


def _by_place(mine: Said, theirs: Said) -> float:
    if mine.about and theirs.about:
        if len(mine.about & theirs.about) >= SHARED * len(mine.about | theirs.about):
            return 0.0
        return VERY_SIMILAR if mine.named & theirs.named else math.inf
    if mine.thread is not None and mine.thread == theirs.thread:
        return 0.0
    return math.inf if mine.about or theirs.about else ALMOST_EQUAL


def _takes(city: City, post: Post, to: Open) -> bool:
    """The same days; and open cases take new posts, closed ones only inside the reopen window, merged ones never.

    What is played again from an archive and what people say now never share a case.
    """
    if to.case.replay != post.replay:
        return False
    span = timedelta(days=city.triage.same_days)
    if not to.incident.first_at - span <= post.created_at <= to.incident.last_at + span:
        return False
    if to.case.state in OPEN:
        return True
    if to.case.state == "merged" or to.closed_at is None:
        return False
    return post.received_at <= to.closed_at + timedelta(days=city.triage.reopen_days)
