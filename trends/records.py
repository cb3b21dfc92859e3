"""Define what early warning takes and returns."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

Subject = tuple[str, str]
"""Kind (`SUBJECT_KINDS`) and name.

`near` and `place` are a service or an object at a spot: `service:noise|14123|-1234` (square of the map), `object:lamp|street|Calle Mayor`.
"""

SUBJECT_KINDS = ("near", "place", "emerging", "object", "service", "word", "all", "volume")
"""Most specific first: of two explanations of the same posts found at once the first is kept."""
LOCAL = ("near", "place")
"""Kinds that are in a part of the city."""
WHOLE = ("all", "volume")
"""Kinds that cover everything: reported only where no more specific subject explains them."""


@dataclass(frozen=True, slots=True)
class Sighting:
    """Hold one post as early warning counts it."""

    post_id: str
    at: datetime
    """When it was written, in UTC."""
    person: str
    """Pseudonym of the author; empty: unknown, and all unknown authors count as one person."""
    text_key: str
    """Equal for copies of one text, which count once."""
    source: str
    subjects: tuple[Subject, ...]


@dataclass(frozen=True, slots=True)
class Episode:
    """Describe an unusual rise of one subject."""

    subject: Subject
    start: datetime
    """First post of the window in which it was detected."""
    detected_at: datetime
    """Post with which the count became unusual."""
    last_at: datetime
    """Latest post while the count was unusual."""
    ended: bool
    people: int
    """Different people from `start` to `last_at`."""
    expected: float
    """People expected in the window of the detection."""
    window: timedelta
    counted: int
    """People counted in the window of the detection."""
    score: float
    """-log10 of the probability of this number by chance, at the detection."""
    post_ids: tuple[str, ...]
    """Oldest first."""
    also: tuple[Subject, ...] = ()
    """Other subjects that rose with the same posts."""


@dataclass(frozen=True, slots=True)
class Rules:
    """Set when a rise is reported."""

    false_alarms_per_week: float = 1.0
    """Budget of the whole city."""
    people: int = 4
    """Fewer different people are never reported, of a neighbourhood or a district."""
    near_people: int = 3
    """The same for a service or an object at one spot: a square of the map or a street."""
    city_people: int = 10
    """The same for a service, an object or all posts in the whole city, where unrelated ones are many."""
    word_people: int = 5
    """The same for words and for issues without a service."""
    history: timedelta = timedelta(days=56)
    quiet: timedelta = timedelta(hours=6)
    """An episode ends when its count was usual for so long."""
    windows: Sequence[timedelta] = tuple(timedelta(hours=hours) for hours in (0.5, 1, 2, 6, 24, 48))
    margin: float = 0.0
    """Added to the threshold, in powers of ten; tuned by the back-test."""
