"""Find the known answer to a post, or none when unsure."""

from datetime import date
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from core.config.city import City
from core.config.known_answers.answers import KnownAnswer
from core.records import Record
from core.records.post import Post
from nlp.known_answers.features import ACCEPT, Topic, accept_features, rank_features
from nlp.known_answers.index import AnswerIndex
from nlp.known_answers.signs import other_city
from nlp.known_answers.weights import AnswerWeights, load

MatchOutcome = Literal["answered", "unsure", "out_of_date", "other_city", "no_answers"]
AGAINST = {
    "earlier_request": "asks about an earlier request of its author",
    "asks_why": "asks for a reason",
    "asks_count": "asks for a number",
    "asks_plans": "asks about plans",
    "asks_what_happened": "asks what happened",
    "asks_who_is": "asks who a person is",
    "asks_nothing": "asks nothing",
    "mocks": "may be ironic",
    "objects": "objects to something",
}
"""Signs that are named in a reason, and how."""


class Match(Record):
    """Hold the known answer to a post."""

    answer: KnownAnswer
    score: float
    """Probability that it is the right one."""
    reason: str
    """What decided, for the case's history."""


class Judged(Record):
    """Hold the result for a post, answered or not."""

    outcome: MatchOutcome
    candidate: KnownAnswer | None
    """The most likely answer, also when the post was left alone; None: there are no answers."""
    score: float
    reason: str


def known_answer(
    city: City,
    answers: AnswerIndex,
    post: Post,
    embedding: NDArray[np.floating],
    topic: Topic | None = None,
    weights: AnswerWeights | None = None,
) -> Match | None:
    """Return the known answer to a question post; None when unsure.

    The post is a question by its intent (the caller decides). Its text is redacted; the day on which an answer must be valid is
    the day the post was received.

    Args:
        city: its time zone, name and handles.
        answers: of `build_index`.
        post: as kept in the ledger.
        embedding: [384], of its annotation (`np.frombuffer(annotation.embedding, "<f2")`).
        topic: of its annotation; None: not known.
        weights: None: those shipped.
    """
    on = post.received_at.astimezone(city.zone).date()
    found = judge(city, answers, post.text, embedding, on, topic, weights)
    if found.outcome != "answered" or found.candidate is None:
        return None
    return Match(answer=found.candidate, score=found.score, reason=found.reason)


def judge(
    city: City,
    answers: AnswerIndex,
    text: str,
    embedding: NDArray[np.floating],
    on: date,
    topic: Topic | None = None,
    weights: AnswerWeights | None = None,
) -> Judged:
    """Return the likeliest answer to a text and whether to give it.

    Answers out of date are compared too: a question whose answer has expired must not get the next best one. The arguments are those of
    `known_answer`; `on` is the day on which the answer must be valid.
    """
    used = weights or load()
    if not len(answers):
        return Judged(outcome="no_answers", candidate=None, score=0.0, reason="the city has no known answers")
    moved = used.space.move(np.asarray(embedding, np.float64)[None])[0]
    likeness = rank_features(answers, text, moved, topic)
    scores = likeness @ used.rank
    best = int(scores.argmax())
    features = accept_features(answers, text, likeness, scores, best)
    score = probability(used, features)
    candidate = answers.answers[best]
    how = f"{candidate.id} {score:.2f} (nearest phrasing {likeness[best, 0]:.2f}, words {features[ACCEPT.index('coverage')]:.2f})"
    elsewhere = other_city(city, text)
    if elsewhere:
        words = f"the post {elsewhere} and not {city.name}; else {how}"
        return Judged(outcome="other_city", candidate=candidate, score=score, reason=words)
    if score < used.threshold:
        return Judged(outcome="unsure", candidate=candidate, score=score, reason=_why_not(how, used, features))
    if not candidate.is_valid(on):
        words = f"{candidate.id}: valid from {candidate.valid_from} to {candidate.valid_until}, not on {on}"
        return Judged(outcome="out_of_date", candidate=candidate, score=score, reason=words)
    reason = f"known answer {how}, threshold {used.threshold:.2f}"
    return Judged(outcome="answered", candidate=candidate, score=score, reason=reason)


def probability(weights: AnswerWeights, features: NDArray[np.float64]) -> float:
    """Return the probability that the first answer is the right one."""
    total = weights.bias + float(features @ weights.accept)
    return float(1.0 / (1.0 + np.exp(-np.clip(total, -30.0, 30.0))))


def _why_not(how: str, weights: AnswerWeights, features: NDArray[np.float64]) -> str:
    """Name the signs that spoke against an answer, the heaviest first."""
    named = dict(zip(ACCEPT, features * weights.accept, strict=True))
    against = sorted((named[sign], words) for sign, words in AGAINST.items() if named[sign] < 0)
    signs = ", ".join(words for _, words in against[:3])
    return f"unsure: {how} below {weights.threshold:.2f}" + (f"; the post {signs}" if signs else "")
