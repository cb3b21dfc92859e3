"""Index the phrasings of known answers as embeddings and as n-grams."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.config.known_answers.answers import KnownAnswer, KnownAnswers
from core.errors import ModelError
from nlp.known_answers.weights import AnswerWeights, Space, load
from nlp.known_answers.words import GramIndex, plain

Doubles = NDArray[np.float64]
Encode = Callable[[Sequence[str]], NDArray[np.floating]]
"""Embeddings of texts, [texts, 384]: `InferenceModel.read(texts).embedding`."""


@dataclass(frozen=True)
class AnswerIndex:
    """Hold the known answers in the form that posts are compared with.

    It is built once, and again when the file or the encoder changes.
    """

    answers: tuple[KnownAnswer, ...]
    phrasings: Doubles
    """[phrasings, 384] in the space of the matcher."""
    owners: NDArray[np.int64]
    """[phrasings]: which answer each belongs to; they lie together, in the order of the answers."""
    starts: NDArray[np.int64]
    """[answers]: the first phrasing of each."""
    centres: Doubles
    """[answers, 384]: the mean of an answer's phrasings, unit length."""
    grams: GramIndex
    """A document for each phrasing."""
    documents: GramIndex
    """A document for each answer: all its phrasings and texts."""

    def __len__(self) -> int:
        return len(self.answers)


def build_index(answers: KnownAnswers, encode: Encode, model: str, weights: AnswerWeights | None = None) -> AnswerIndex:
    """Index the known answers; the phrasings are encoded in one batch.

    Args:
        answers: of one city; answers out of date are kept, the matcher leaves them unused.
        encode: the encoder that posts are annotated with.
        model: its `name@revision` (`InferenceModel.model`).
        weights: None: those shipped.

    Raises:
        ModelError: the weights were trained for another encoder.
    """
    used = weights or load()
    if _revision(model) != _revision(used.model):
        raise ModelError(
            f"known answers: the matcher was trained for the encoder {used.model}, posts are annotated by {model}; "
            "train it again: make train-answers"
        )
    kept = tuple(one for one in answers.answers if any(one.questions.values()))
    said = [[text for questions in one.questions.values() for text in questions] for one in kept]
    texts = [text for some in said for text in some]
    vectors = np.asarray(encode(texts), np.float64) if texts else np.zeros((0, len(used.space.mean)))
    return index_vectors(kept, said, vectors, used.space)


def _revision(model: str) -> str:
    """Return `name@revision` of a model without its suffixes.

    The number of the rules and the arithmetic do not change the space of the embedding.
    """
    return model.partition(".")[0]


def index_vectors(answers: tuple[KnownAnswer, ...], said: Sequence[Sequence[str]], vectors: Doubles, space: Space) -> AnswerIndex:
    """Index answers whose phrasings are encoded already.

    Args:
        answers: each with at least one phrasing.
        said: phrasings by answer.
        vectors: [phrasings, 384] in the same order.
        space: of the weights.
    """
    sizes = [len(some) for some in said]
    owners = np.repeat(np.arange(len(answers)), sizes)
    starts = np.concatenate([[0], np.cumsum(sizes)[:-1]]).astype(np.int64) if sizes else np.zeros(0, np.int64)
    moved = space.move(vectors)
    sums = np.add.reduceat(moved, starts, axis=0) if len(starts) else np.zeros((0, len(space.mean)))
    plains = [[plain(text) for text in some] for some in said]
    bodies = [[plain(text) for text in one.text.values()] for one in answers]
    return AnswerIndex(
        answers=answers,
        phrasings=moved,
        owners=owners,
        starts=starts,
        centres=sums / np.maximum(np.linalg.norm(sums, axis=1, keepdims=True), 1e-9),
        grams=GramIndex.of([[text] for some in plains for text in some], owners.tolist()),
        documents=GramIndex.of([[*a, *b] for a, b in zip(plains, bodies, strict=True)], list(range(len(answers)))),
    )
