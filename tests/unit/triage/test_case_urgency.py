"""Test how urgent a case is: people who report it, copies, danger."""

from datetime import timedelta

import pytest

from tests.support.triage_facts import NOON, answers, decide_all, post, reading


@pytest.mark.slow
def test_a_thousand_posts_of_one_author_gain_no_priority() -> None:
    posts = [post(f"{n:04d}", NOON + timedelta(seconds=n), author="same") for n in range(1000)]
    last = decide_all(*((one, reading(one)) for one in posts))[-1].case
    assert last is not None
    assert last.priority == 2


def test_ten_copies_of_one_text_are_one_voice() -> None:
    posts = [one.model_copy(update={"text": "Hay basura en la calle de Alcalá"}) for one in answers(10)]
    last = decide_all(*((one, reading(one)) for one in posts))[-1].case
    assert last is not None
    assert last.priority == 2


@pytest.mark.parametrize(
    ("authors", "priority"),
    [(1, 2), (2, 2), (3, 3), (9, 3), (10, 4), (11, 5)],
    ids=["one author", "two", "three gain one", "nine", "ten gain two", "the eleventh says that someone slipped"],
)
def test_a_complaint_of_three_authors_is_more_urgent_and_one_of_ten_still_more(authors: int, priority: int) -> None:
    posts = answers(authors)
    last = decide_all(*((one, reading(one)) for one in posts))[-1].case
    assert last is not None
    assert last.priority == priority


@pytest.mark.parametrize(
    ("topic", "intent", "priority"),
    [
        ("safety_police", "complaint", 3),
        ("water_sewage", "complaint", 3),
        ("waste_cleaning", "complaint", 2),
        ("noise", "complaint", 2),
        ("safety_police", "question", 2),
        ("waste_cleaning", "question", 1),
    ],
)
def test_a_danger_and_a_leak_are_urgent_from_the_first_post_and_a_complaint_comes_before_a_question(
    topic: str, intent: str, priority: int
) -> None:
    one = post("a")
    said = reading(one, topic=topic)
    said = said.model_copy(update={"labels": said.labels | {"intent": said.labels["intent"].model_copy(update={"value": intent})}})
    [decision] = decide_all((one, said))
    assert decision.case is not None
    assert decision.case.priority == priority


def test_a_danger_that_ten_people_report_has_the_highest_priority_five() -> None:
    posts = answers(30)
    last = decide_all(*((one, reading(one, topic="safety_police")) for one in posts))[-1].case
    assert last is not None
    assert last.priority == 5
