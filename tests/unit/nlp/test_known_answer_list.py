"""Test the list of known answers that a reader chooses from."""

import json
import tomllib
from datetime import date
from pathlib import Path

import pytest

from core.config.city import load_city
from core.config.known_answers.answers import KnownAnswers
from nlp.known_answers.search import AnswerSearch
from nlp.known_answers.signs import other_city

MADRID = load_city(Path(__file__).resolve().parents[3] / "cities" / "madrid.toml")
ROOT = Path(__file__).resolve().parents[3]
GOLD = ROOT / "tests" / "gold" / "answers" / "questions.jsonl"


@pytest.fixture(scope="module")
def search() -> AnswerSearch:
    known = tomllib.loads((ROOT / "cities" / "madrid" / "answers.toml").read_text(encoding="utf-8"))
    return AnswerSearch(KnownAnswers.model_validate(known).answers, date(2026, 11, 28))


def test_a_clear_question_has_no_answers_about_other_things(search: AnswerSearch) -> None:
    shown = [one.id for one in search.find("como me empadrono", 5)]
    assert shown == ["padron_register"]


def test_a_question_of_one_word_has_all_answers_about_it(search: AnswerSearch) -> None:
    assert len(search.find("multa", 5)) > 2


def test_the_list_of_a_real_question_is_short_and_has_the_right_answer(search: AnswerSearch) -> None:
    rows = [json.loads(line) for line in GOLD.read_text(encoding="utf-8").splitlines()]
    asked = [(row["answer"], [one.id for one in search.find(row["text"], 5)]) for row in rows if row["answer"]]
    assert sum(right in shown for right, shown in asked) / len(asked) > 0.94
    assert sum(len(shown) for _, shown in asked) / len(asked) < 1.5


def offered(search: AnswerSearch, rows: list[dict[str, str]]) -> list[list[str]]:
    return [[one.answer.id for one in search.offered(row["text"], 3)] for row in rows]


def held_out(name: str, half: str) -> list[dict[str, str]]:
    rows = [json.loads(line) for line in GOLD.with_name(name).read_text(encoding="utf-8").splitlines()]
    return [row for row in rows if row["half"] == half]


def test_few_questions_without_an_answer_are_offered_one(search: AnswerSearch) -> None:
    """Half of those about the same services and nine in ten of the others were offered something."""
    questions = [row for row in held_out("questions.jsonl", "test") if not row["answer"]]
    others = held_out("unanswerable.jsonl", "held")
    asked = offered(search, [row for row in (*questions, *others) if other_city(MADRID, row["text"]) is None])
    assert sum(map(bool, asked)) / len([*questions, *others]) < 0.15


def test_most_questions_with_an_answer_are_still_offered_it(search: AnswerSearch) -> None:
    rows = [row for row in held_out("questions.jsonl", "test") if row["answer"]]
    found = [row["answer"] in shown for row, shown in zip(rows, offered(search, rows), strict=True)]
    assert sum(found) / len(found) > 0.76


def test_only_the_likeliest_answer_is_given_as_the_answer(search: AnswerSearch) -> None:
    assert [(one.answer.id, one.is_sure) for one in search.offered("farola fundida", 3)] == [("lamp_out", True)]
    assert [one.is_sure for one in search.offered("padrón", 3)] == [False, False, False]


@pytest.mark.parametrize("words", ["multa", "perro", "basura"])
def test_a_keyword_lists_the_answers_that_have_it(search: AnswerSearch, words: str) -> None:
    assert len(search.offered(words, 3)) == 3


@pytest.mark.parametrize("question", ["", "???", "¿Quién pintó el Guernica?", "¿Va a llover mañana?", "qwrtz"])
def test_what_no_answer_fits_is_offered_none(search: AnswerSearch, question: str) -> None:
    assert search.offered(question, 3) == []


def test_a_city_with_no_or_one_answer_can_be_asked() -> None:
    known = tomllib.loads((ROOT / "cities" / "madrid" / "answers.toml").read_text(encoding="utf-8"))
    answers = KnownAnswers.model_validate(known).answers
    assert AnswerSearch([], date(2026, 11, 28)).offered("farola fundida", 3) == []
    lamp = next(one for one in answers if one.id == "lamp_out")
    assert [one.answer.id for one in AnswerSearch([lamp], date(2026, 11, 28)).offered("farola fundida", 3)] == ["lamp_out"]
