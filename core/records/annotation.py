"""Define what the model outputs for a post: labels, scores and places."""

from typing import Literal

from pydantic import Field

from core.records import Degrees, Record

Sentiment = Literal["negative", "neutral", "positive"]
Intent = Literal["complaint", "question", "suggestion", "praise", "news", "other"]
SENTIMENTS: tuple[str, ...] = ("negative", "neutral", "positive")
INTENTS: tuple[str, ...] = ("complaint", "question", "suggestion", "praise", "news", "other")
TOPICS: tuple[str, ...] = tuple(
    """
    waste_cleaning roads_pavements street_lighting traffic_parking cycling_scooters public_transport water_sewage parks_trees noise
    safety_police housing_social education_childcare culture_sports_events environment_animals administration planning_works other
    """.split()
)
"""The services of a city, as the labelling guide defines them."""

BORDER = "border"
"""What people say of a question that honest readers answer differently: it is no label, and neither answer is wrong."""

UNDETERMINED = "und"
"""The language label of a text without words, or in a language that the model does not read."""

LOW_QUALITY_LANGUAGES = frozenset({"eu"})
"""Languages in which the model's labels are too poor to decide by: staff review these posts (docs/models/escucha-e5-small.md)."""

PlaceKind = Literal["street", "square", "district", "barrio", "landmark", "station", "stop", "old_name", "unresolved"]


class Place(Record):
    """Describe a place named in a post, and its gazetteer entry."""

    text: str
    """Exact substring of the redacted text; empty: the point of a report whose text does not name it."""
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
    """None: no source of the gazetteer gives a coordinate."""
    sure: float = 0.0
    """Probability that the resolution is right, 0..1."""
    ambiguous: int = 0
    """Number of other places of the city with this name."""


class Label(Record):
    """Hold the label a model or a person gave for one question."""

    question: str
    value: str | bool | tuple[Place, ...]
    score: float
    """Calibrated probability, 0..1, that `value` is right; for `actionable` and `relevance`: that it is True."""
    model: str
    """`name@revision`, or `person` for a correction."""
    runners_up: tuple[tuple[str, float], ...] = ()
    """For `topic`: the values that the model ranks second and third, with their probabilities."""
    candidates: tuple[Place, ...] = ()
    """For `places`: at most six less probable places with coordinates, best first, from which incident matching may choose."""

    @property
    def sure(self) -> float:
        """Return the calibrated probability that `value` is right, also for False.

        This is the number shown to people; `score` is the probability of True for `actionable` and `relevance`.
        """
        return 1 - self.score if self.value is False else self.score


class Annotation(Record):
    """Hold the embedding and all labels of one post."""

    post_id: str
    embedding: bytes
    """Unit vector, float16 little-endian."""
    labels: dict[str, Label]
    """By question: language relevance sentiment intent topic actionable places."""
    model: str
    truncated: bool = False
    """True when the text was longer than the model's input."""
    features: bytes | None = Field(None, exclude=True, repr=False)
    """What triage compares of the post, as `triage.features_of` stored it; None: not stored, or a person corrected a label."""

    def value(self, question: str) -> str | bool | tuple[Place, ...]:
        """Return the value of a question's label.

        Raises:
            KeyError: the post was not labelled for this question.
        """
        return self.labels[question].value

    @property
    def places(self) -> tuple[Place, ...]:
        """Return the places named, best first, as the `places` question ranks them."""
        value = self.labels["places"].value
        return value if isinstance(value, tuple) else ()

    @property
    def candidates(self) -> tuple[Place, ...]:
        """Return the less probable places, best first."""
        return self.labels["places"].candidates


class Quarantined(Record):
    """Record a post that could not be annotated, with the reason.

    The post stays in the ledger.
    """

    post_id: str
    reason: str
