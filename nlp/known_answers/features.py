"""Compare a post with every known answer and describe the best."""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from nlp.known_answers.signs import NAMES, read_signs
from nlp.known_answers.words import plain
from nlp.text.ngrams import gram_rows

if TYPE_CHECKING:
    from nlp.known_answers.index import AnswerIndex

Doubles = NDArray[np.float64]

RANK = ("nearest", "centre", "letters", "document", "topic")
"""What orders the answers: cosine of the nearest phrasing and of the mean of the phrasings, n-grams in common with the nearest
phrasing and with all that belongs to the answer, and how likely the post is about the answer's service."""
ACCEPT = ("rank", "lead", "share", "nearest", "centre", "letters", "document", "coverage", *NAMES)
"""What tells whether the first answer is right: its rank, its lead on the second, its share of all, its likenesses, how much of the
post's words it has, and the signs of the post."""
_UNKNOWN_TOPICS = 16
_LEAST = 0.01


@dataclass(frozen=True)
class Topic:
    """Hold the service a post is about, as it was annotated."""

    value: str
    score: float


def rank_features(index: "AnswerIndex", text: str, moved: Doubles, topic: Topic | None) -> Doubles:
    """Return the likeness of a post to each answer, [answers, len(RANK)].

    Args:
        index: at least one answer.
        text: of the post.
        moved: [384], its embedding in the matcher's space.
        topic: its annotated service; None: not known, no answer is preferred.
    """
    rows = gram_rows(plain(text))
    cosines = index.phrasings @ moved
    return np.stack(
        [
            np.maximum.reduceat(cosines, index.starts),
            index.centres @ moved,
            np.maximum.reduceat(index.grams.similarity(rows), index.starts),
            index.documents.similarity(rows),
            _topic_feature(index, topic),
        ],
        axis=1,
    )


def _topic_feature(index: "AnswerIndex", topic: Topic | None) -> Doubles:
    if topic is None:
        return np.zeros(len(index))
    other = (1.0 - topic.score) / _UNKNOWN_TOPICS
    likely = [topic.score if one.service == topic.value else other for one in index.answers]
    return np.log(np.array(likely) + _LEAST)


def accept_features(index: "AnswerIndex", text: str, likeness: Doubles, scores: Doubles, best: int) -> Doubles:
    """Return what tells whether the first answer is right, [len(ACCEPT)].

    Args:
        index: the answers.
        text: of the post.
        likeness: of `rank_features`.
        scores: [answers], the weighted sum of the likenesses.
        best: the first answer.
    """
    rest = np.delete(scores, best)
    lead = scores[best] - rest.max() if len(rest) else 0.0
    share = -np.log(np.exp(scores - scores[best]).sum())
    signs = read_signs(text)
    said = [scores[best], lead, share, *likeness[best, :4], index.documents.coverage(gram_rows(plain(text)), best)]
    return np.array([*said, *(signs[name] for name in NAMES)])
