"""Vote on the topic of an incident, with the certainty."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from math import prod
from typing import NamedTuple, Protocol

from core.records.annotation import Annotation
from triage.incident_matching.subjects import fingerprint, text_folded

NO_TOPIC = "other"
OFFERED = 3
"""Topics offered to the person who is asked for the service."""


class Voter(Protocol):
    """Describe what a post says about the topic of its incident."""

    @property
    def topic(self) -> str: ...  # noqa: D102
    @property
    def topic_score(self) -> float: ...  # noqa: D102
    @property
    def topic_by_person(self) -> bool: ...  # noqa: D102
    @property
    def other_topics(self) -> tuple[tuple[str, float], ...]: ...  # noqa: D102
    @property
    def actionable(self) -> float: ...  # noqa: D102
    @property
    def fingerprint(self) -> int: ...  # noqa: D102


class Opinion(NamedTuple):
    """Hold what a labelled text says, outside an incident of the ledger."""

    topic: str
    topic_score: float
    topic_by_person: bool
    other_topics: tuple[tuple[str, float], ...]
    actionable: float
    fingerprint: int

    @classmethod
    def of(cls, annotation: Annotation, text: str) -> "Opinion":
        """Return the opinion of an annotated text."""
        topic, actionable = (annotation.labels[name] for name in ("topic", "actionable"))
        by_person = topic.model == "person"
        return cls(str(topic.value), topic.score, by_person, topic.runners_up, actionable.score, fingerprint(text_folded(text)))


class TopicVote(NamedTuple):
    """Hold the topic that wins, and the certainty of the vote."""

    topic: str
    certainty: float
    """Share of the votes, times the probability that at least one of these posts is right; 1.0: a person says so too."""


def vote(members: Sequence[Voter]) -> TopicVote:
    """Return the topic with the most votes.

    `other` counts only when no post has another topic. Copies of a text make the vote no more certain.
    """
    votes = _votes(members)
    topic = min(votes, key=lambda one: (-votes[one], one))
    if any(one.topic_by_person and one.topic == topic for one in members):
        return TopicVote(topic, 1.0)
    texts = {one.fingerprint: one.topic_score for one in members if one.topic == topic}
    right = 1 - prod(1 - score for score in texts.values())
    return TopicVote(topic, votes[topic] / sum(votes.values()) * right)


def offered(members: Sequence[Voter]) -> tuple[str, ...]:
    """Return the likeliest topics, best first; a person chooses one.

    They include the topics that the model ranks second and third.
    """
    voted = vote(members).topic
    weights: dict[str, float] = defaultdict(float)
    for one in members:
        for topic, score in ((one.topic, one.topic_score), *one.other_topics):
            weights[topic] += score * _weight(one)
    others = sorted((topic for topic in weights if topic != voted), key=lambda topic: (-weights[topic], topic))
    return (voted, *others)[:OFFERED]


def _votes(members: Iterable[Voter]) -> dict[str, float]:
    votes: dict[str, float] = defaultdict(float)
    for one in members:
        votes[one.topic] += one.topic_score * _weight(one)
    return {topic: weight for topic, weight in votes.items() if topic != NO_TOPIC} or dict(votes)


def _weight(one: Voter) -> float:
    return 0.25 + one.actionable
