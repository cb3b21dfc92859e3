"""Check known answers with the real encoder; slow: the promised figures."""

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from core.config.city import City, load_city
from core.config.known_answers.answers import KnownAnswers, answers_of
from core.records.annotation import Annotation
from core.records.post import Post
from nlp.annotator import Annotator
from nlp.inference.model_output import Floats
from nlp.known_answers import AnswerIndex, Match, Topic, build_index, known_answer
from nlp.known_answers.weights import load
from workshop.answers.baselines import bm25, tf_idf
from workshop.answers.dataset import read_phrasings, read_questions
from workshop.answers.score import by_matcher, by_words

ROOT = Path(__file__).parents[3]
WHEN = datetime(2026, 11, 27, 12, tzinfo=UTC)


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(ROOT / "cities" / "madrid.toml")


@pytest.fixture(scope="module")
def annotator(city: City) -> Annotator:
    return Annotator(city, threads=1)


@pytest.fixture(scope="module")
def index(city: City, annotator: Annotator) -> AnswerIndex:
    some = ("padron_register", "library_card", "lamp_out", "towed_car", "bulky_waste", "ibi_payment", "emergency")
    answers = KnownAnswers(answers=tuple(one for one in answers_of(city).answers if one.id in some))

    def encode(texts: Sequence[str]) -> Floats:
        return annotator.inference.read(texts).embedding

    return build_index(answers, encode, annotator.inference.model)


def given(city: City, annotator: Annotator, index: AnswerIndex, texts: list[str]) -> list[Match | None]:
    posts = [Post(post_id=str(at), source="x", text=text, created_at=WHEN, received_at=WHEN) for at, text in enumerate(texts)]
    found = []
    for post, read in zip(posts, annotator.annotate(posts), strict=True):
        assert isinstance(read, Annotation)
        topic = Topic(str(read.value("topic")), read.labels["topic"].score)
        found.append(known_answer(city, index, post, np.frombuffer(read.embedding, "<f2"), topic))
    return found


QUESTIONS = {
    "@MADRID ¿qué documentos piden para empadronarse?": "padron_register",
    "How do I register my address in the padrón, please?": "padron_register",
    "¿Cómo se pide que recojan una mesa y un sofá viejos?": "bulky_waste",
    "¿Por qué talan los árboles de mi calle?": None,
    "¿Cómo me empadrono en Getafe?": None,
    "¿Quién canta hoy en la plaza?": None,
    "Qué vergüenza de ciudad": None,
}


def test_the_shipped_matcher_answers_clear_questions_and_no_others(city: City, annotator: Annotator, index: AnswerIndex) -> None:
    found = given(city, annotator, index, list(QUESTIONS))
    assert [one.answer.id if one else None for one in found] == list(QUESTIONS.values())


def test_the_posts_beside_a_post_do_not_change_its_answer(city: City, annotator: Annotator, index: AnswerIndex) -> None:
    together = given(city, annotator, index, list(QUESTIONS))
    alone = [given(city, annotator, index, [text])[0] for text in QUESTIONS]
    assert together == alone


@pytest.mark.slow
def test_the_promised_figures_hold_on_questions_held_out(city: City, annotator: Annotator) -> None:
    questions = read_questions(annotator)
    answers = answers_of(city)
    test = [one for one in questions if one.half == "test"]
    index = build_index(answers, lambda texts: annotator.inference.read(texts).embedding, annotator.inference.model)
    found = by_matcher(city, index, load(), test)
    answered = [one for one in found if one.answer is not None]
    right = sum(one.answer == one.question.answer for one in answered)
    assert right / len(answered) >= 0.85
    assert (len(answered) - right) / len(found) <= 0.02
    assert len(answered) / len(found) >= 0.5
    phrasings = read_phrasings(annotator, answers, questions)
    for make in (tf_idf, bm25):
        words = by_words(make, phrasings, questions)
        assert sum(one.answer == one.question.answer for one in words if one.answer) < right
