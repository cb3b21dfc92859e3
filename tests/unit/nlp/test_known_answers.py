"""Check that known answers are given when clear and only then."""

import json
from collections.abc import Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from core.config.city import City, load_city
from core.config.known_answers.answers import KnownAnswer, KnownAnswers, answers_of
from core.errors import ModelError
from core.records.post import Post
from nlp.inference.model_files import DEFAULT, MODELS, load_weights
from nlp.known_answers import Judged, Match, Topic, build_index, judge, known_answer
from nlp.known_answers.features import ACCEPT, RANK
from nlp.known_answers.index import AnswerIndex
from nlp.known_answers.signs import NAMES, other_city, read_signs
from nlp.known_answers.weights import SHIPPED, AnswerWeights, Space, load, save
from nlp.known_answers.words import GramIndex, plain
from nlp.text.ngrams import gram_rows
from workshop.answers.dataset import QUESTIONS, wording
from workshop.answers.train import fit_accept, threshold_for

ROOT = Path(__file__).parents[3]
MODEL = "toy@1.6"
SAID = {"library": "Cómo me hago el carné de la biblioteca", "pool": "Cuándo abren las piscinas", "dog": "Adoptar un perro"}
TODAY = date(2026, 6, 1)


@pytest.fixture(scope="module")
def city() -> City:
    return load_city(ROOT / "cities" / "madrid.toml")


def answer(name: str, until: date = date(2026, 12, 31)) -> KnownAnswer:
    return KnownAnswer(
        id=name,
        service="culture_sports_events",
        owner="Cultura",
        text={"es": f"Sobre {name}: pregunte en el 010."},
        questions={"es": (SAID[name],)},
        valid_from=date(2026, 1, 1),
        valid_until=until,
    )


def encode(texts: Sequence[str]) -> NDArray[np.floating[Any]]:
    """Turn each text into one vector: the first five letters of a known phrasing, or none."""
    vectors = np.full((len(texts), 384), 0.01)
    for row, text in zip(vectors, texts, strict=True):
        for at, said in enumerate(SAID.values()):
            row[at] = 5.0 if said.split()[-1] in text else 0.0
    return vectors


def toy_weights(threshold: float = 0.6) -> AnswerWeights:
    accept = np.zeros(len(ACCEPT))
    accept[ACCEPT.index("nearest")], accept[ACCEPT.index("asks_why")] = 6.0, -9.0
    rank = np.zeros(len(RANK))
    rank[RANK.index("nearest")] = 1.0
    space = Space(np.zeros(384), np.eye(384)[:, 300:316], np.ones(16))
    return AnswerWeights(MODEL, space, rank, accept, -4.0, threshold, 0.02, 100)


def index_of(*answers: KnownAnswer) -> AnswerIndex:
    return build_index(KnownAnswers(answers=answers), encode, MODEL, toy_weights())


def asked(text: str) -> NDArray[np.floating[Any]]:
    vector: NDArray[np.floating[Any]] = encode([text])[0]
    return vector


def judged(city: City, index: AnswerIndex, text: str, on: date = TODAY) -> Judged:
    return judge(city, index, text, asked(text), on, None, toy_weights())


def test_a_clear_question_gets_its_answer_with_score_and_reason(city: City) -> None:
    found = judged(city, index_of(*map(answer, SAID)), "¿El carné de la biblioteca dónde se hace?")
    assert (found.outcome, found.candidate and found.candidate.id) == ("answered", "library")
    assert 0.6 < found.score <= 1
    assert "library" in found.reason
    assert "threshold 0.60" in found.reason


def test_an_unclear_question_is_left_alone_and_the_reason_names_the_sign(city: City) -> None:
    index = index_of(*map(answer, SAID))
    assert judged(city, index, "¿Qué hora es?").outcome == "unsure"
    found = judged(city, index, "¿Por qué cerró la biblioteca?")
    assert found.outcome == "unsure"
    assert "the post asks for a reason" in found.reason


def test_an_expired_answer_is_not_replaced_by_the_next(city: City) -> None:
    index = index_of(answer("library", until=date(2026, 3, 31)), answer("pool"), answer("dog"))
    text = "¿Dónde saco el carné de la biblioteca?"
    assert judged(city, index, text, date(2026, 3, 31)).outcome == "answered"
    found = judged(city, index, text, date(2026, 4, 1))
    assert (found.outcome, found.candidate and found.candidate.id) == ("out_of_date", "library")
    assert "2026-03-31" in found.reason


def test_the_day_is_that_of_the_city_when_the_post_was_received(city: City) -> None:
    index = index_of(answer("library", until=date(2026, 3, 31)))
    text = "¿Dónde saco el carné de la biblioteca?"

    def at(moment: datetime) -> Match | None:
        post = Post(post_id="1", source="x", text=text, created_at=moment, received_at=moment)
        return known_answer(city, index, post, asked(text), weights=toy_weights())

    assert at(datetime(2026, 3, 31, 21, 59, tzinfo=UTC)) is not None
    assert at(datetime(2026, 3, 31, 22, 1, tzinfo=UTC)) is None  # 1 April in Madrid


def test_another_citys_question_is_left_alone(city: City) -> None:
    index = index_of(*map(answer, SAID))
    found = judged(city, index, "¿Dónde saco el carné de la biblioteca de Getafe?")
    assert found.outcome == "other_city"
    assert "names another town" in found.reason


def test_a_city_without_answers_leaves_all_alone(city: City) -> None:
    found = judge(city, index_of(), "¿Dónde?", asked("x"), TODAY, None, toy_weights())
    assert (found.outcome, found.candidate, found.score) == ("no_answers", None, 0.0)


def test_one_single_answer_can_be_found(city: City) -> None:
    assert judged(city, index_of(answer("pool")), "¿Cuándo abren las piscinas?").outcome == "answered"


def test_the_annotated_service_counts(city: City) -> None:
    weights = toy_weights()
    weights.rank[RANK.index("topic")] = 1.0
    both = (answer("library"), answer("pool").model_copy(update={"service": "noise"}))
    index = build_index(KnownAnswers(answers=both), encode, MODEL, weights)
    neither = np.full(384, 0.01)
    for service, expected in (("noise", "pool"), ("culture_sports_events", "library")):
        found = judge(city, index, "¿Qué hay?", neither, TODAY, Topic(service, 0.9), weights)
        assert found.candidate
        assert found.candidate.id == expected


def test_weights_for_another_encoder_are_refused() -> None:
    with pytest.raises(ModelError, match="make train-answers"):
        build_index(KnownAnswers(answers=(answer("pool"),)), encode, "other@2.6", toy_weights())
    same = build_index(KnownAnswers(answers=(answer("pool"),)), encode, "toy@1.7+fp32", toy_weights())
    assert len(same) == 1


def test_the_shipped_weights_belong_to_the_shipped_encoder() -> None:
    assert load().model.partition(".")[0] == load_weights(MODELS / DEFAULT).model.partition(".")[0]
    assert 0 < load().promised <= 0.02


def test_weights_are_the_same_after_saving_and_damaged_ones_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "weights.npz"
    save(load(), path)
    assert np.array_equal(load(path).accept, load(SHIPPED).accept)
    assert load(path).threshold == load(SHIPPED).threshold
    path.with_name("bad.npz").write_bytes(path.read_bytes()[:2000])
    with pytest.raises(ModelError, match="make train-answers"):
        load(path.with_name("bad.npz"))


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("@AytoGetafe ¿dónde está el punto limpio?", "is addressed to another council"),
        ("@MADRID ¿a quién escribo en Getafe?", "names another town"),
        ("Vivo en Parla, ¿cómo me empadrono?", "names another town"),
        ("Vengo de Lugo, ¿cómo me empadrono?", None),
        ("Soy de Sevilla y me mudo a Madrid, ¿cómo me empadrono?", None),
        ("¿Hay obras en la calle Toledo?", None),
        ("¿Cortan Arturo Soria?", None),
        ("¿Quién limpia en Las Rozas?", "names another town"),
        ("@MADRID @AytoGetafe ¿quién arregla esto?", None),
    ],
)
def test_questions_of_other_cities_are_told_apart(city: City, text: str, why: str | None) -> None:
    assert other_city(city, text) == why


@pytest.mark.parametrize(
    ("text", "sign"),
    [
        ("¿Por qué talan?", "asks_why"),
        ("xq talan", "asks_why"),
        ("¿Por qué vía lo pido?", "asks_where"),
        ("dnd tiro esto", "asks_where"),
        ("a kien llamo", "asks_whom"),
        ("¿Cuántos árboles hay?", "asks_count"),
        ("Mi expediente sigue igual", "earlier_request"),
        ("¿Y los bancos?", "objects"),
        ("Qué asco de calle", "asks_nothing"),
        ("Nola egiten da?", "asks_how"),
        ("Zergatik?", "asks_why"),
    ],
)
def test_signs_tell_what_is_asked(text: str, sign: str) -> None:
    found = read_signs(text)
    assert tuple(found) == NAMES
    assert found[sign] == 1.0
    assert read_signs("La tarde")[sign] == (1.0 if sign == "asks_nothing" else 0.0)


def test_n_grams_find_a_misspelt_word_and_rare_ones_count_more() -> None:
    index = GramIndex.of([["tirar un sofa viejo"], ["tirar aceite"], ["tirar pilas"]], [0, 1, 2])
    found = index.similarity(gram_rows(plain("tirar el sofaa vieho")))
    assert found.argmax() == 0
    same = index.similarity(gram_rows("tirar aceite"))
    assert same[1] == pytest.approx(1.0)
    assert index.coverage(gram_rows("tirar aceite"), 1) == pytest.approx(1.0)
    assert 0 < index.coverage(gram_rows("tirar aceite"), 2) < 0.5
    assert not index.similarity(gram_rows("")).any()


def test_the_threshold_lets_few_enough_be_wrong() -> None:
    scores = np.linspace(1, 0, 200)
    right = np.ones(200, bool)
    right[[10, 50, 90, 130]] = False
    threshold, bound = threshold_for(scores, right, 0.02)
    wrong = int((~right[scores >= threshold]).sum())
    assert wrong == 3
    assert bound == pytest.approx(4 / 201)
    assert threshold_for(scores[:20], right[:20], 0.02)[0] == 1.0  # too few questions for such a promise


def test_the_regression_is_fitted_to_columns_as_they_are() -> None:
    columns = np.random.default_rng(1).normal(size=(400, 2)) * [1, 50]
    right = columns[:, 1] > 10
    weights, bias = fit_accept(columns, right)
    assert ((columns @ weights + bias > 0) == right).mean() > 0.95


def test_no_wording_of_a_held_out_question_is_a_phrasing(city: City) -> None:
    rows = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    said = {text for one in answers_of(city).answers for some in one.questions.values() for text in some}
    test = [row for row in rows if row["half"] == "test"]
    assert not [row["id"] for row in test if wording(row["text"]) in said]
    cells = {(row["style"], row["topic"]) for row in test}
    assert not [row["id"] for row in rows if row["half"] == "fit" and (row["style"], row["topic"]) in cells]


def test_the_labelled_set_is_as_large_as_promised(city: City) -> None:
    rows = [json.loads(line) for line in QUESTIONS.read_text(encoding="utf-8").splitlines()]
    test = [row for row in rows if row["half"] == "test"]
    ids = {one.id for one in answers_of(city).answers}
    assert {row["answer"] for row in rows} - {None} == ids
    assert len(test) >= 220
    assert sum(row["answer"] is None for row in rows) >= 60
    assert {"es", "ca", "gl", "eu", "en"} == {row["language"] for row in test}
