"""Test the list of known answers that a reader chooses from."""

import json
import tomllib
from datetime import date
from pathlib import Path

import pytest

from core.config.known_answers.answers import KnownAnswers
from nlp.known_answers.search import AnswerSearch

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
