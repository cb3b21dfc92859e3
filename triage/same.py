"""The same incident? Same service, same place, same days, and texts that speak of the same thing."""

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

SURE_ENOUGH = 0.5
"""From here a resolved place may tell two incidents apart or join them."""
ALMOST_EQUAL = 0.965
"""Cosine from which two texts without a place are copies of each other (measured by `make score-incidents`)."""

Vector = npt.NDArray[np.float32]


@dataclass
class Open:
    """An incident as triage sees it while it decides: its case, its members' vectors, threads and authors."""

    incident: Incident
    case: Case
    vectors: list[Vector] = field(default_factory=list)
    threads: set[str] = field(default_factory=set)
    authors: set[str] = field(default_factory=set)
    closed_at: datetime | None = None


def vector(reading: Reading) -> Vector:
    """The embedding as a float32 unit vector."""
    raw = np.frombuffer(reading.embedding, dtype="<f2").astype(np.float32)
    length = float(np.linalg.norm(raw))
    return raw / length if length else raw


def main_place(reading: Reading) -> Place | None:
    """The place the post is about: the surest one the gazetteer knows."""
    resolved = [place for place in reading.places if place.key is not None and place.sure >= SURE_ENOUGH]
    return max(resolved, key=lambda place: place.sure, default=None)


def recall(known: Sequence[KnownIncident]) -> list[Open]:
    """Known incidents in the form triage compares with."""
    return [
        Open(
            incident=k.incident,
            case=k.case,
            vectors=[vector(reading) for _, reading in k.members],
            threads={post.thread for post, _ in k.members if post.thread},
            authors={post.author for post, _ in k.members if post.author},
            closed_at=k.closed_at,
        )
        for k in known
    ]


def find_same(city: City, post: Post, reading: Reading, candidates: Sequence[Open]) -> Open | None:
    """The incident this post speaks of: the most similar of those that fit; None when it is a new one."""
    topic = str(reading.value("topic"))
    place = main_place(reading)
    place_key = place.key if place else None
    mine = vector(reading)
    best: tuple[float, Open] | None = None
    for candidate in candidates:
        if candidate.incident.topic != topic or candidate.incident.place_key != place_key:
            continue
        if not _same_days(city, post, candidate) or not _still_counts(city, post, candidate):
            continue
        likeness = max((float(mine @ other) for other in candidate.vectors), default=0.0)
        if likeness >= _needed(city, post, place_key, candidate) and (best is None or likeness > best[0]):
            best = (likeness, candidate)
    return best[1] if best else None


def _needed(city: City, post: Post, place_key: str | None, candidate: Open) -> float:
    """How similar two texts must be: less when they name the same place, much when they name none."""
    if place_key is not None or (post.thread is not None and post.thread in candidate.threads):
        return city.triage.similar
    return ALMOST_EQUAL


def _same_days(city: City, post: Post, candidate: Open) -> bool:
    span = timedelta(days=city.triage.same_days)
    return candidate.incident.first_at - span <= post.created_at <= candidate.incident.last_at + span


def _still_counts(city: City, post: Post, candidate: Open) -> bool:
    """Open cases take new posts; closed ones only inside the reopen window; merged ones never."""
    if candidate.case.state in OPEN:
        return True
    if candidate.case.state == "merged" or candidate.closed_at is None:
        return False
    return post.received_at <= candidate.closed_at + timedelta(days=city.triage.reopen_days)
