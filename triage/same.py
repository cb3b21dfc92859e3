"""The same incident? Same days, no other street, and a likeness that was learned from pairs of posts a person marked."""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import numpy as np

from core.case import OPEN, Case, Incident
from core.city import City
from core.decision import KnownIncident
from core.post import Post
from core.reading import Reading
from triage.likeness import chance, read
from triage.said import Said, Vector

LOOKED_AT = 200
"""Of more posts that are near, only so many of the nearest are looked at, and all that name a place the new post names too: in a storm
a thousand posts say nearly the same of a thousand streets, and each would else be weighed against every other."""


@dataclass
class Open:
    """An incident as triage sees it while it decides: its case and authors."""

    incident: Incident
    case: Case
    authors: set[str] = field(default_factory=set)
    closed_at: datetime | None = None
    posts: int = 1


@dataclass
class Shelf:
    """The posts read by one model, and their vectors as the rows of one matrix: one product compares with all of them."""

    posts: list[tuple[Open, Said]] = field(default_factory=list)
    rows: Vector = field(default_factory=lambda: np.zeros((0, 0), dtype=np.float32))
    by_place: dict[str, list[int]] = field(default_factory=lambda: defaultdict(list))
    """Key of a place: the rows of the posts that name it."""

    def add(self, to: Open, said: Said) -> None:
        """One post more; the matrix doubles when it is full."""
        at = len(self.posts)
        if at == len(self.rows):
            more = np.zeros((max(64, 2 * at), len(said.vector)), dtype=np.float32)
            if at:
                more[:at] = self.rows
            self.rows = more
        self.rows[at] = said.vector
        for key in said.named:
            self.by_place[key].append(at)
        self.posts.append((to, said))


@dataclass
class Memory:
    """All incidents a new post may belong to. Vectors of different models cannot be compared: one shelf a model."""

    shelves: dict[str, Shelf] = field(default_factory=dict)

    def add(self, to: Open, post: Post, reading: Reading) -> None:
        """From now on further posts are compared with this one too."""
        self.shelves.setdefault(reading.model, Shelf()).add(to, Said(post, reading))


def recall(known: Sequence[KnownIncident]) -> Memory:
    """Known incidents in the form triage compares with."""
    memory = Memory()
    for one in known:
        authors = {post.author for post, _ in one.members if post.author}
        opened = Open(one.incident, one.case, authors, one.closed_at, one.posts or len(one.members))
        for post, reading in one.members:
            memory.add(opened, post, reading)
    return memory


def find_same(city: City, post: Post, reading: Reading, memory: Memory) -> Open | None:
    """The incident this post speaks of: that of the nearest post likely enough to speak of it too; None when it is a new one."""
    shelf = memory.shelves.get(reading.model)
    if shelf is None:
        return None
    taught = read()
    enough = taught.enough if city.triage.similar is None else city.triage.similar
    said = Said(post, reading)
    for known, theirs, cosine in _near(said, shelf, taught.floor):
        if _takes(city, post, known) and chance(taught, said, theirs, cosine) >= enough:
            return known
    return None


def _near(said: Said, shelf: Shelf, floor: float) -> Iterator[tuple[Open, Said, float]]:
    """The posts near enough to be looked at and how near they are, nearest first."""
    cosines = shelf.rows[: len(shelf.posts)] @ said.vector
    near = np.flatnonzero(cosines >= floor)
    nearest = near[np.argsort(-cosines[near], kind="stable")].tolist()
    here = {at for key in said.named for at in shelf.by_place.get(key, ())} if len(nearest) > LOOKED_AT else set()
    for at in nearest[:LOOKED_AT] + [at for at in nearest[LOOKED_AT:] if at in here]:
        yield *shelf.posts[at], float(cosines[at])


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
