"""Train and measure what `/ask` offers.

Part of `make train-answers` and `make score-answers`.
Trained on the half `fit` of tests/gold/answers: questions, each compared with an index that lacks the phrasings of its fold, and
questions that no council answers. The bar `offer` is the lowest at which so few unanswerable questions of unseen folds get anything as
`OFFERED` says, the bar `sure` the lowest at which so few questions get a wrong answer as `WRONG` says.
"""

import json
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

import numpy as np
from numpy.typing import NDArray

from core.config.city import City, load_city
from core.config.known_answers.answers import KnownAnswer, answers_of
from core.runtime.stdio import set_up_stdio
from nlp.known_answers.offers import FEATURES, SHIPPED
from nlp.known_answers.search import AnswerSearch
from nlp.known_answers.signs import other_city
from workshop.answers.dataset import FOLDS, QUESTIONS, WHEN, fold_of, wording
from workshop.answers.train import PROFILE, fit_accept, threshold_for
from workshop.training.train.logistic import predict_probability

UNANSWERABLE = QUESTIONS.with_name("unanswerable.jsonl")
OFFERED = 0.08
"""Share of unanswerable questions that may get an answer offered, on unseen folds of the half `fit`."""
WRONG = 0.01
"""Share of all questions that may get a wrong answer as the answer."""
LISTED = 3
"""Answers that `/ask` shows at most."""
Doubles = NDArray[np.float64]


@dataclass(frozen=True)
class Asked:
    """Hold a question without its annotation."""

    text: str
    answer: str | None
    half: str
    fold: int
    wording: str


def read() -> list[Asked]:
    """Read the labelled questions, and those that no council answers."""
    rows = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    found = [Asked(one["text"], one["answer"], one["half"], fold_of(one["style"], one["topic"]), wording(one["text"])) for one in rows]
    lines = UNANSWERABLE.read_text(encoding="utf-8").splitlines()
    none = [json.loads(line) for line in lines]
    return found + [Asked(one["text"], None, one["half"], at % FOLDS, "") for at, one in enumerate(none)]


def main() -> int:
    """Train on the fit half and write the weights."""
    set_up_stdio()
    city = load_city(PROFILE)
    weights, bias, offer, sure = train(city, answers_of(city).answers, [one for one in read() if one.half == "fit"])
    told = {name: round(float(weight), 4) for name, weight in zip(FEATURES, weights, strict=True)}
    made = {"weights": told, "bias": round(bias, 4), "offer": round(offer, 4), "sure": round(sure, 4)}
    SHIPPED.write_text(json.dumps(made, indent=1) + "\n", encoding="utf-8")
    sys.stdout.write(f"{SHIPPED}: offered from {offer:.3f}, sure from {sure:.3f}\n")
    return 0


def train(city: City, answers: Sequence[KnownAnswer], asked: Sequence[Asked]) -> tuple[Doubles, float, float, float]:
    """Return weights, bias and the two bars."""
    folds = {one.wording: one.fold for one in asked if one.answer is not None}
    rows, right, owners = [], [], []
    for fold in range(FOLDS):
        kept = [_without(one, folds, fold) for one in answers]
        search = AnswerSearch(kept, WHEN.date())
        for at, one in enumerate(asked):
            if one.fold == fold and other_city(city, one.text) is None:
                for answer, features in search.described(one.text, LISTED):
                    rows.append(features)
                    right.append(answer.id == one.answer)
                    owners.append(at)
    table, truth, of = np.stack(rows), np.array(right), np.array(owners)
    fold_of_row = np.array([asked[at].fold for at in owners])
    scores = np.zeros(len(table))
    for fold in range(FOLDS):
        weights, bias = fit_accept(table[fold_of_row != fold], truth[fold_of_row != fold])
        unseen = table[fold_of_row == fold]
        scores[fold_of_row == fold] = predict_probability(np.hstack([unseen, np.ones((len(unseen), 1))]), np.append(weights, bias))
    best = np.array([scores[of == at].max(initial=0.0) for at in range(len(asked))])
    first = [np.flatnonzero(of == at) for at in range(len(asked))]
    is_right = np.array([len(some) > 0 and bool(truth[some[scores[some].argmax()]]) for some in first])
    none = np.array([one.answer is None for one in asked])
    offer = float(np.quantile(best[none], 1 - OFFERED))
    sure, _ = threshold_for(best, is_right, WRONG)
    weights, bias = fit_accept(table, truth)
    return weights, bias, offer, sure


def _without(answer: KnownAnswer, folds: dict[str, int], fold: int) -> KnownAnswer:
    """Return an answer without its phrasings of one fold."""
    questions = {code: tuple(text for text in some if folds.get(text) != fold) for code, some in answer.questions.items()}
    return answer.model_copy(update={"questions": questions})


def table(city: City, answers: Sequence[KnownAnswer], on: date) -> list[str]:
    """Return what is offered to questions with and without an answer."""
    search = AnswerSearch(answers, on)
    groups: dict[str, list[Asked]] = {}
    for one in read():
        if one.half in ("test", "held"):
            what = "with an answer" if one.answer else "another question of the same services" if one.half == "test" else "no council's"
            groups.setdefault(what, []).append(one)
    lines = []
    for what, some in groups.items():
        found = [(one, [] if other_city(city, one.text) else search.offered(one.text, LISTED)) for one in some]
        any_ = sum(bool(offers) for _, offers in found)
        listed = sum(one.answer is not None and one.answer in [each.answer.id for each in offers] for one, offers in found)
        sure = [(one, offers[0].answer.id) for one, offers in found if offers and offers[0].is_sure]
        wrong = sum(one.answer != given for one, given in sure)
        count = len(found)
        lines.append(
            f"{what:<40} {count:>4} asked, {any_ / count:.3f} get something, {listed / count:.3f} the right one in the list, "
            f"{len(sure)} as the answer, {wrong} of those wrong"
        )
    return lines


if __name__ == "__main__":
    sys.exit(main())
