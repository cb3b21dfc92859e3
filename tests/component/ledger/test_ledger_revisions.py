"""The version check of the case book: a stale form changes nothing, the same form twice changes once; on both databases."""

import threading
from collections import Counter
from collections.abc import Callable

import pytest

from core.errors import StaleError
from ledger import read
from ledger.cases import corrections, reviews, workflow
from ledger.database import Ledger, open_ledger
from tests.support.ledger_facts import NOW, SALT, arrive, decide, into_case, no_case, opened_case, post, read_all, unbalanced

pytest_plugins = ("tests.support.ledger_fixtures",)


def race(url: str, count: int, job: Callable[[Ledger, int], bool | None]) -> Counter[str]:
    """Let as many workers do this at the same moment; what became of each."""
    seen: Counter[str] = Counter()
    start, guard = threading.Barrier(count), threading.Lock()

    def work(n: int) -> None:
        ledger = open_ledger(url, SALT)
        try:
            start.wait(120)
            done = job(ledger, n)
            said = "repeated" if done is False else "written"
        except StaleError:
            said = "stale"
        except Exception as error:
            said = repr(error)
        finally:
            ledger.close()
        with guard:
            seen[said] += 1

    threads = [threading.Thread(target=work, args=(n,)) for n in range(count)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(120)
    return seen


def revision(ledger: Ledger, key: str) -> int:
    found = read.case_revision(ledger, key)
    assert found is not None
    return found


def test_ten_equal_notes_at_once_are_one_note(url: str, ledger: Ledger) -> None:
    key = opened_case(ledger, post(1))
    seen = race(url, 10, lambda own, n: workflow.note(own, key, "ana", "called", NOW, seen=1))
    assert seen == {"written": 1, "repeated": 9}
    assert len(read.notes(ledger, key)) == 1


def test_ten_equal_answers_at_once_are_one_step(url: str, ledger: Ledger) -> None:
    key = opened_case(ledger, post(1))
    seen = race(url, 10, lambda own, n: workflow.change(own, key, "answered", "ana", "by mail", NOW, seen=1))
    assert seen == {"written": 1, "repeated": 9}
    assert [step.state for step in read.transitions(ledger, key)] == ["new", "answered"]
    assert [one.what for one in read.audit(ledger, key)] == ["answered"]


def test_of_agents_who_assign_one_case_at_once_one_succeeds_and_the_others_are_told(url: str, ledger: Ledger) -> None:
    key = opened_case(ledger, post(1))
    seen = race(url, 6, lambda own, n: workflow.change(own, key, "assigned", f"agent{n}", "", NOW, department=f"D{n}", seen=1))
    assert seen == {"written": 1, "stale": 5}
    fact, steps = read.case_record(ledger, key), read.transitions(ledger, key)
    assert fact is not None
    assert [step.who for step in steps[1:]] == [f"agent{fact.department[1:]}"]
    assert unbalanced(ledger) == []


def test_the_same_person_in_two_windows_overwrites_nothing_either(ledger: Ledger) -> None:
    key = opened_case(ledger, post(1))
    assert workflow.change(ledger, key, "assigned", "ana", "", NOW, department="A", seen=1)
    with pytest.raises(StaleError):
        workflow.change(ledger, key, "assigned", "ana", "", NOW, department="B", seen=1)
    assert not workflow.change(ledger, key, "assigned", "ana", "", NOW, department="A", seen=1)
    with pytest.raises(StaleError):
        workflow.note(ledger, key, "ana", "a word", NOW, seen=1)


def test_a_new_post_does_not_make_a_page_stale_and_a_note_does(ledger: Ledger) -> None:
    key = opened_case(ledger, post(2))
    arrive(ledger, [post(1)])
    read_all(ledger)
    assert decide(ledger, into_case(post(2), post(1))[1:]) == 1
    assert revision(ledger, key) == 1
    workflow.note(ledger, key, "ben", "x", NOW)
    with pytest.raises(StaleError):
        workflow.change(ledger, key, "resolved", "ana", "", NOW, seen=1)
    assert workflow.change(ledger, key, "resolved", "ana", "", NOW, seen=2)
    assert [one.text for one in read.notes(ledger, key, since=1)] == ["x"]
    assert [one.state for one in read.transitions(ledger, key, since=1)] == ["resolved"]
    assert read.transitions(ledger, key, since=3) == []


def label(ledger: Ledger, question: str = "topic") -> str:
    return read.label_versions(ledger, post(1).post_id, (question,))[question]


def test_ten_equal_corrections_at_once_are_one_and_another_one_is_told(url: str, ledger: Ledger) -> None:
    opened_case(ledger, post(1))
    one, before = post(1).post_id, label(ledger)
    seen = race(url, 10, lambda own, n: corrections.correct(own, one, "topic", "noise", "ana", "loud", NOW, before))
    assert seen == {"written": 1, "repeated": 9}
    assert len(read.corrections_of(ledger, one)) == 1
    with pytest.raises(StaleError):
        corrections.correct(ledger, one, "topic", "other", "ben", "", NOW, before)
    assert corrections.correct(ledger, one, "sentiment", "neutral", "ben", "", NOW, before)  # another label: nothing overwritten
    assert corrections.correct(ledger, one, "topic", "other", "ben", "", NOW, label(ledger))


def test_a_correction_of_a_text_that_was_edited_meanwhile_is_told(ledger: Ledger) -> None:
    opened_case(ledger, post(1))
    before = label(ledger)
    arrive(ledger, [post(1, text="perdón, ya está", edited_at=NOW)])
    with pytest.raises(StaleError):
        corrections.correct(ledger, post(1).post_id, "topic", "noise", "ana", "", NOW, before)


def test_a_review_is_settled_once_and_only_for_the_text_that_was_seen(url: str, ledger: Ledger) -> None:
    arrive(ledger, [post(1)])
    read_all(ledger)
    decide(ledger, [no_case(post(1), "in_review")])
    one = post(1).post_id
    assert read.text_versions(ledger, [one]) == {one: 1}
    arrive(ledger, [post(1, text="perdón, ya está", edited_at=NOW)])
    read_all(ledger)
    decide(ledger, [no_case(post(1, text="perdón, ya está", edited_at=NOW), "in_review")])
    with pytest.raises(StaleError):
        reviews.reject_review(ledger, one, "ana", "", NOW, seen=1)
    seen = race(url, 8, lambda own, n: reviews.reject_review(own, one, f"agent{n}", "", NOW, seen=2))
    assert seen == {"written": 1, "stale": 7}
