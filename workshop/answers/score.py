"""Measure the matcher of known answers on questions held out: `make score-answers`.

Weights and thresholds come from the half `fit` of tests/gold/answers/questions.jsonl; the half `test` is only counted. The rows that
lose (words or the encoder alone) get their threshold by the same rule from the same half.
"""

import argparse
import json
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.config.city import City, load_city
from core.config.known_answers.answers import answers_of
from core.records.annotation import Annotation
from core.records.post import Post
from core.runtime.stdio import set_up_stdio
from nlp.annotator import Annotator
from nlp.known_answers.index import AnswerIndex, index_vectors
from nlp.known_answers.matcher import judge
from nlp.known_answers.weights import AnswerWeights, load
from triage.thresholds.conformal import lower_bound
from workshop.answers import offers
from workshop.answers.baselines import Scorer, bm25, tf_idf
from workshop.answers.dataset import FOLDS, WHEN, Doubles, Phrasings, Question, embedding_of, read_phrasings, read_questions, topic_of
from workshop.answers.train import PROFILE, threshold_for
from workshop.incidents.dataset import DATA

COUNCIL = [DATA / "council_posts_es" / name for name in ("train.jsonl", "dev.jsonl")]
HEAD = f"{'':<38} {'questions':>9} {'answered':>9} {'of those right':>28} {'wrong, of all':>28} {'found, of those with one':>25}"


@dataclass(frozen=True)
class Given:
    """Pair a question with the answer it got; None: left alone."""

    question: Question
    answer: str | None


def interval(hits: int, count: int) -> str:
    """Return a share with its exact 95 % interval."""
    if not count:
        return "-"
    return f"{hits / count:.3f} [{lower_bound(hits, count, 0.975):.3f}, {1 - lower_bound(count - hits, count, 0.975):.3f}]"


def row(name: str, given: Sequence[Given]) -> str:
    """Return a line of the table."""
    answered = [one for one in given if one.answer is not None]
    right = sum(one.answer == one.question.answer for one in answered)
    having = sum(one.question.answer is not None for one in given)
    return (
        f"{name:<38} {len(given):>9} {len(answered) / max(1, len(given)):>9.3f} {interval(right, len(answered)):>28} "
        f"{interval(len(answered) - right, len(given)):>28} {right / max(1, having):>25.3f}"
    )


def by_matcher(city: City, index: AnswerIndex, weights: AnswerWeights, questions: Sequence[Question]) -> list[Given]:
    """Return what the matcher gives."""
    found = []
    for one in questions:
        judged = judge(city, index, one.text, one.embedding, WHEN.date(), one.topic, weights)
        is_given = judged.outcome == "answered" and judged.candidate is not None
        found.append(Given(one, judged.candidate.id if is_given and judged.candidate else None))
    return found


def by_words(make: Callable[[Sequence[Sequence[str]]], Scorer], phrasings: Phrasings, questions: Sequence[Question]) -> list[Given]:
    """Return the answers of a method by words.

    Its threshold comes from the half `fit`, by the rule of the matcher.
    """
    ids = [one.id for one in phrasings.answers]
    scores, right = [], []
    for fold in range(FOLDS):
        scorer = make(phrasings.without(fold)[0])
        for one in (one for one in questions if one.half == "fit" and one.fold == fold):
            found = scorer(one.text)
            scores.append(float(found.max()))
            right.append(ids[int(found.argmax())] == one.answer)
    threshold, _ = threshold_for(np.array(scores), np.array(right))
    scorer = make(phrasings.said)
    return [_at_threshold(one, ids, scorer(one.text), threshold) for one in questions if one.half == "test"]


def by_encoder(phrasings: Phrasings, questions: Sequence[Question]) -> list[Given]:
    """Return the answers of the embeddings' cosine alone.

    Its threshold comes from the half `fit`, by the rule of the matcher.
    """
    ids = [one.id for one in phrasings.answers]
    fit = [one for one in questions if one.half == "fit"]
    folds = np.array([-1 if fold is None else fold for fold in phrasings.folds])
    found = [_nearest(phrasings, one.embedding, folds != one.fold) for one in fit]
    right = np.array([ids[int(each.argmax())] == one.answer for each, one in zip(found, fit, strict=True)])
    threshold, _ = threshold_for(np.array([float(each.max()) for each in found]), right)
    everything = np.ones(len(folds), bool)
    test = [one for one in questions if one.half == "test"]
    return [_at_threshold(one, ids, _nearest(phrasings, one.embedding, everything), threshold) for one in test]


def _nearest(phrasings: Phrasings, embedding: Doubles, kept: np.ndarray) -> Doubles:
    owners = np.repeat(np.arange(len(phrasings.said)), [len(some) for some in phrasings.said])
    found = np.full(len(phrasings.said), -1.0)
    np.maximum.at(found, owners[kept], phrasings.vectors[kept] @ embedding)
    return found


def _at_threshold(one: Question, ids: Sequence[str], scores: Doubles, threshold: float) -> Given:
    return Given(one, ids[int(scores.argmax())] if float(scores.max()) >= threshold else None)


def _if_question(given: Given) -> Given:
    return given if given.question.intent == "question" else Given(given.question, None)


def real_posts(city: City, annotator: Annotator, index: AnswerIndex, weights: AnswerWeights) -> list[str]:
    """Count the real posts about other councils that get an answer."""
    if not all(path.exists() for path in COUNCIL):
        return [f"{DATA}: the council's posts are not here, not measured"]
    rows = [json.loads(line) for path in COUNCIL for line in path.read_text(encoding="utf-8").splitlines()]
    posts = [Post(post_id=str(at), source="label", text=row["text"], created_at=WHEN, received_at=WHEN) for at, row in enumerate(rows)]
    counts = {"posts": [0, 0], "labelled question": [0, 0], "read as question": [0, 0]}
    for row, read in zip(rows, annotator.annotate(posts), strict=True):
        if not isinstance(read, Annotation):
            continue
        judged = judge(city, index, row["text"], embedding_of(read), WHEN.date(), topic_of(read), weights)
        is_in = (True, row["intent"] == "question", read.value("intent") == "question")
        for name, inside in zip(counts, is_in, strict=True):
            counts[name][0] += inside
            counts[name][1] += inside and judged.outcome == "answered"
    return [f"{name}: {given} of {count} answered" for name, (count, given) in counts.items()]


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(prog="python -m workshop.answers.score", description=__doc__)
    parser.add_argument("--errors", action="store_true", help="print the questions that got a wrong answer or none")
    options = parser.parse_args()
    set_up_stdio()
    city, weights = load_city(PROFILE), load()
    annotator = Annotator(city, threads=1)
    questions = read_questions(annotator)
    phrasings = read_phrasings(annotator, answers_of(city), questions)
    index = index_vectors(phrasings.answers, phrasings.said, phrasings.vectors, weights.space)
    written = index_vectors(phrasings.answers, *phrasings.written(), weights.space)
    test = [one for one in questions if one.half == "test"]
    given = by_matcher(city, index, weights, test)
    lines = [
        f"{len(phrasings.answers)} answers, {len(phrasings.folds)} phrasings; {len(questions)} questions, {len(test)} held out, "
        f"{sum(one.answer is None for one in test)} of them without an answer",
        f"threshold {weights.threshold:.3f}: wrong at most {weights.promised:.3f} of all, by {weights.questions} other questions",
        "",
        HEAD,
        row("matcher", given),
        row("matcher, where intent is question", [_if_question(one) for one in given]),
        row("matcher, phrasings of the answers only", by_matcher(city, written, weights, test)),
        row("encoder's cosine alone", by_encoder(phrasings, questions)),
        row("TF-IDF alone", by_words(tf_idf, phrasings, questions)),
        row("BM25 alone", by_words(bm25, phrasings, questions)),
        "",
        *(row(f"language {name}", [one for one in given if one.question.language == name]) for name in ("es", "ca", "gl", "eu", "en")),
        *(row(f"style {name}", [one for one in given if one.question.style == name]) for name in dict.fromkeys(one.style for one in test)),
        *(row(f"none: {why}", [one for one in given if one.question.why == why]) for why in sorted({one.why for one in test if one.why})),
        "",
        "what /ask offers, by words alone:",
        *offers.table(city, answers_of(city).answers, WHEN.date()),
        "",
        "real posts of ../shared/data/council_posts_es, other councils, no answer is right for most:",
        *real_posts(city, annotator, index, weights),
    ]
    if options.errors:
        wrong = [one for one in given if one.answer is not None and one.answer != one.question.answer]
        lines += [f"{one.question.answer} <- {one.answer}: {one.question.text}" for one in wrong]
    sys.stdout.write("\n".join(lines) + "\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
