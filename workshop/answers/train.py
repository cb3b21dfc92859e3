"""Train the matcher of known answers and derive its threshold: `make train-answers`.

Only questions of the half `fit` are used. Each is compared with an index that holds no phrasing of the same fold, so that no question
is trained or judged on its own wording. The threshold is conformal: of n questions it lets so few, k, be answered wrongly that
(k + 1) / (n + 1) is at most `WRONG`.
"""

import argparse
import sys
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from core.config.city import City, load_city
from core.config.known_answers.answers import answers_of
from core.config.plugins import ROOT
from core.runtime.stdio import set_up_stdio
from nlp.annotator import Annotator
from nlp.known_answers.features import accept_features, rank_features
from nlp.known_answers.index import AnswerIndex, index_vectors
from nlp.known_answers.signs import other_city
from nlp.known_answers.weights import SHIPPED, AnswerWeights, Space, save
from workshop.answers.dataset import FOLDS, Phrasings, Question, read_phrasings, read_questions
from workshop.training.train.logistic import fit, predict_probability

Doubles = NDArray[np.float64]
PROFILE = ROOT / "cities" / "madrid.toml"
WRONG = 0.02
"""Share of all questions that may get a wrong answer."""
SHORTENED, KEPT = 16, 0.5
"""Directions of the embedding that are shortened, and how far towards the average spread."""
RIDGE_RANK, RIDGE_ACCEPT = 1.0, 3.0
"""Ridges of the two regressions."""
STEPS, LONGEST_STEP = 50, 0.5
"""Of Newton's method: full steps overshoot from the start."""


@dataclass(frozen=True)
class Compared:
    """Compare a question with an index that lacks its own wording."""

    question: Question
    index: AnswerIndex
    moved: Doubles
    likeness: Doubles

    @property
    def truth(self) -> int | None:
        """Return the place of the right answer in the index; None: none."""
        ids = [one.id for one in self.index.answers]
        return ids.index(self.question.answer) if self.question.answer in ids else None


def learn_space(said: Sequence[Sequence[str]], vectors: Doubles) -> Space:
    """Learn the mean and the main directions within questions."""
    mean = vectors.mean(axis=0)
    centred = vectors - mean
    centred /= np.linalg.norm(centred, axis=1, keepdims=True)
    owners = np.repeat(np.arange(len(said)), [len(some) for some in said])
    centres = np.stack([centred[owners == at].mean(axis=0) for at in range(len(said))])
    spread, directions = np.linalg.eigh(np.cov((centred - centres[owners]).T))
    held = (1 - KEPT) * spread + KEPT * spread.mean()
    usual = float(np.median(held[:-SHORTENED]))
    return Space(mean, directions[:, -SHORTENED:], np.sqrt(usual / held[-SHORTENED:]))


def compare(index: AnswerIndex, space: Space, questions: Sequence[Question]) -> list[Compared]:
    """Compare questions with an index."""
    found = []
    for one in questions:
        moved = space.move(one.embedding[None])[0]
        found.append(Compared(one, index, moved, rank_features(index, one.text, moved, one.topic)))
    return found


def index_of(phrasings: Phrasings, kept: tuple[list[list[str]], Doubles]) -> tuple[AnswerIndex, Space]:
    """Index some of the phrasings, in a space learned from them."""
    said, vectors = kept
    space = learn_space(said, vectors)
    return index_vectors(phrasings.answers, said, vectors, space), space


def compare_unseen(phrasings: Phrasings, questions: Sequence[Question]) -> list[Compared]:
    """Compare each question with an index without the phrasings of its fold."""
    found = []
    for fold in range(FOLDS):
        index, space = index_of(phrasings, phrasings.without(fold))
        found += compare(index, space, [one for one in questions if one.fold == fold])
    return found


def fit_rank(compared: Sequence[Compared]) -> Doubles:
    """Fit the weight of each likeness by Newton's method.

    A softmax over the answers, on standardised columns.
    """
    spreads = np.concatenate([one.likeness for one in compared]).std(axis=0)
    known = [(one.likeness / spreads, one.truth) for one in compared if one.truth is not None]
    weights = np.zeros(len(spreads))
    for _ in range(STEPS):
        slope, curve = -RIDGE_RANK * weights, RIDGE_RANK * np.eye(len(spreads))
        for likeness, truth in known:
            chances = _softmax(likeness @ weights)
            mean = chances @ likeness
            slope = slope + likeness[truth] - mean
            curve = curve + (likeness * chances[:, None]).T @ likeness - np.outer(mean, mean)
        step = np.linalg.solve(curve, slope)
        step *= min(1.0, LONGEST_STEP / max(float(np.abs(step).max()), 1e-12))
        weights = weights + step
        if float(np.abs(step).max()) < 1e-6:
            break
    return np.asarray(weights / spreads, np.float64)


def _softmax(scores: Doubles) -> Doubles:
    chances = np.exp(scores - scores.max())
    return np.asarray(chances / chances.sum(), np.float64)


def describe(one: Compared, rank: Doubles) -> tuple[Doubles, bool]:
    """Return the features of the first answer, and whether it is right."""
    scores = one.likeness @ rank
    best = int(scores.argmax())
    return accept_features(one.index, one.question.text, one.likeness, scores, best), best == one.truth


def fit_accept(table: Doubles, right: NDArray[np.bool_]) -> tuple[Doubles, float]:
    """Fit the logistic regression; return weights and bias.

    It is fitted on standardised columns; the weights are for the columns as they are.
    """
    means, spreads = table.mean(axis=0), table.std(axis=0)
    spreads[spreads < 1e-6] = 1.0
    columns = np.hstack([(table - means) / spreads, np.ones((len(table), 1))])
    found = fit(columns, right.astype(np.float64), RIDGE_ACCEPT)
    weights = found[:-1] / spreads
    return weights, float(found[-1] - means @ weights)


def threshold_for(scores: Doubles, right: NDArray[np.bool_], wrong: float = WRONG) -> tuple[float, float]:
    """Return the lowest threshold with few enough wrong answers.

    Returns:
        The threshold, 1.0 when there is none, and the bound on the share of wrong answers.
    """
    order = np.argsort(-scores, kind="stable")
    best, bound, mistakes = 1.0, 1 / (len(scores) + 1), 0
    for at in order:
        mistakes += not right[at]
        if (mistakes + 1) / (len(scores) + 1) > wrong:
            break
        best, bound = float(scores[at]), (mistakes + 1) / (len(scores) + 1)
    return best, bound


def judge_unseen(city: City, compared: Sequence[Compared]) -> tuple[Doubles, NDArray[np.bool_]]:
    """Return each question's probability by weights that never saw its fold.

    Returns:
        Probabilities, 0 for another city's questions, and whether the first answer is the right one.
    """
    folds = np.array([one.question.fold for one in compared])
    described: list[tuple[Doubles, bool]] = [(np.zeros(0), False)] * len(compared)
    for fold in range(FOLDS):
        rank = fit_rank([one for one in compared if one.question.fold != fold])
        for at in np.flatnonzero(folds == fold).tolist():
            described[at] = describe(compared[at], rank)
    table = np.stack([features for features, _ in described])
    right = np.array([is_right for _, is_right in described])
    scores = np.zeros(len(compared))
    for fold in range(FOLDS):
        weights, bias = fit_accept(table[folds != fold], right[folds != fold])
        rows = np.hstack([table[folds == fold], np.ones(((folds == fold).sum(), 1))])
        scores[folds == fold] = predict_probability(rows, np.append(weights, bias))
    elsewhere = [other_city(city, one.question.text) is not None for one in compared]
    scores[np.array(elsewhere, bool)] = 0.0
    return scores, right


def train(city: City, phrasings: Phrasings, questions: Sequence[Question], model: str) -> AnswerWeights:
    """Train on questions of the half `fit`.

    The threshold comes from judgements of unseen folds.
    """
    compared = compare_unseen(phrasings, questions)
    scores, right = judge_unseen(city, compared)
    threshold, bound = threshold_for(scores, right)
    rank = fit_rank(compared)
    described = [describe(one, rank) for one in compared]
    weights, bias = fit_accept(np.stack([row for row, _ in described]), np.array([yes for _, yes in described]))
    space = learn_space(phrasings.said, phrasings.vectors)
    return AnswerWeights(
        model=model, space=space, rank=rank, accept=weights, bias=bias, threshold=threshold, promised=bound, questions=len(compared)
    )


def main() -> int:
    """Train on the fit half and write the weights."""
    argparse.ArgumentParser(prog="python -m workshop.answers.train", description=__doc__).parse_args()
    set_up_stdio()
    city = load_city(PROFILE)
    annotator = Annotator(city, threads=1)
    questions = read_questions(annotator)
    phrasings = read_phrasings(annotator, answers_of(city), questions)
    weights = train(city, phrasings, [one for one in questions if one.half == "fit"], annotator.inference.model)
    save(weights, SHIPPED)
    sys.stdout.write(f"threshold {weights.threshold:.4f}, wrong at most {weights.promised:.4f} of {weights.questions}\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
