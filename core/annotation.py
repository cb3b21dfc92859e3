"""What the reader found in one post: a label per question, each with a score and the model that gave it, and the places named."""

from typing import Literal

from core.records import Degrees, Record

Sentiment = Literal["negative", "neutral", "positive"]
Intent = Literal["complaint", "question", "suggestion", "praise", "news", "other"]
SENTIMENTS: tuple[str, ...] = ("negative", "neutral", "positive")
INTENTS: tuple[str, ...] = ("complaint", "question", "suggestion", "praise", "news", "other")
TOPICS: tuple[str, ...] = (
    "waste_cleaning",
    "roads_pavements",
    "street_lighting",
    "traffic_parking",
    "cycling_scooters",
    "public_transport",
    "water_sewage",
    "parks_trees",
    "noise",
    "safety_police",
    "housing_social",
    "education_childcare",
    "culture_sports_events",
    "environment_animals",
    "administration",
    "planning_works",
    "other",
)
"""The services of a city, as the labelling guide defines them."""

NOT_READ = frozenset({"eu"})
"""Languages whose posts the model labels too badly to decide by them: people read these posts (docs/models/escucha-e5-small.md)."""

PlaceKind = Literal["street", "square", "district", "barrio", "landmark", "station", "stop", "old_name", "unresolved"]


class Place(Record):
    """A place named in a post: the exact words, and what the city's gazetteer makes of them."""

    text: str
    """Exact substring of the redacted text."""
    kind: PlaceKind = "unresolved"
    key: str | None = None
    """Stable key in the gazetteer (`street:31001337`); None when unresolved."""
    name: str | None = None
    """Official name."""
    street: str | None = None
    district: str | None = None
    barrio: str | None = None
    lat: Degrees | None = None
    lon: Degrees | None = None
    """Only when a source of the gazetteer gives a coordinate."""
    sure: float = 0.0
    """0..1: how sure the resolution is."""
    ambiguous: int = 0
    """How many other places of the city bear this name."""


class Label(Record):
    """The answer to one question about one post."""

    question: str
    value: str | bool | tuple[Place, ...]
    score: float
    """Calibrated probability, 0..1, that `value` is right; for `actionable` and `relevance`: that it is true."""
    model: str
    """`name@revision`, or `person` for a correction."""
    candidates: tuple[Place, ...] = ()
    """Of `places`: less sure places with coordinates, surest first, at most six, from which the incident may choose."""

    @property
    def sure(self) -> float:
        """Calibrated probability that `value` is right, a no included: what people are shown."""
        return 1 - self.score if self.value is False else self.score


class Annotation(Record):
    """All that the reader found in one post."""

    post_id: str
    embedding: bytes
    """Unit vector, float16 little-endian."""
    labels: dict[str, Label]
    """By question: language relevance sentiment intent topic actionable places."""
    model: str
    truncated: bool = False
    """True when the text was longer than the model reads."""

    def value(self, question: str) -> str | bool | tuple[Place, ...]:
        """The answer to a question; KeyError when the reader was not asked it."""
        return self.labels[question].value

    @property
    def places(self) -> tuple[Place, ...]:
        """The places named, best first as the places question ordered them."""
        value = self.labels["places"].value
        return value if isinstance(value, tuple) else ()


class Quarantined(Record):
    """A post that the reader could not handle: kept, with the reason."""

    post_id: str
    reason: str
