"""Test what stops the clock of the answer time: a delivered answer, or a person who says where it was given."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.config.city import load_city
from core.errors import ChangeRefusedError
from core.records.answer import NOT_OURS
from core.records.read_models import CaseRecord
from ledger import read
from pipeline import casework
from pipeline.casework.answering import answers, templates
from pipeline.casework.answering.templates import due_date, filled, past_due
from pipeline.context import Context
from tests.support.seeded import open_seeded

NOW = datetime.now(UTC)
MADRID = Path(__file__).resolve().parents[3] / "cities" / "madrid.toml"
RECEIVED = next(one for one in load_city(MADRID).templates if one.name == "Recibido")


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    opened = open_seeded(tmp_path, 24, NOW - timedelta(hours=1))
    yield opened
    opened.ledger.close()


def lamp(context: Context) -> tuple[str, list[str]]:
    """Return the case about the lamp and its posts."""
    key = next(one.case_key for one in read.case_records(context.ledger) if one.topic == "street_lighting")
    return key, [one.post_id for one in read.post_records(context.ledger, case_key=key, order="oldest")]


def of(context: Context, key: str) -> CaseRecord:
    found = read.case_record(context.ledger, key)
    assert found is not None
    return found


def given(context: Context, post_id: str, text: str, acknowledges: bool = False) -> None:
    """Draft, approve and deliver an answer; no step before the last stops the clock."""
    key = of_post(context, post_id)
    state = of(context, key).state
    [answer] = answers.draft(context, [post_id], text, "es", "ana", acknowledges=acknowledges)
    answers.approve(context, answer, "ana")
    assert (of(context, key).state, of(context, key).answered_at) == (state, None)
    answers.mark_copied(context, answer, "ana")


def of_post(context: Context, post_id: str) -> str:
    found = read.post_record(context.ledger, post_id)
    assert found is not None
    assert found.case_key is not None
    return found.case_key


def test_a_receipt_stops_no_clock_and_the_first_answer_does(context: Context) -> None:
    key, posts = lamp(context)
    given(context, posts[0], "Gracias, hemos recibido su aviso.", acknowledges=True)
    case = of(context, key)
    assert (case.state, case.waits, case.is_open, case.answered_at) == ("acknowledged", True, True, None)
    assert case.is_overdue(case.due_at + timedelta(minutes=1))
    given(context, posts[1], "Gracias, hemos recibido su aviso.", acknowledges=True)  # a second receipt adds no state
    given(context, posts[2], "La farola se ha reparado.")
    case = of(context, key)
    assert (case.state, case.waits) == ("answered", False)
    assert case.answered_at is not None
    states = [one.state for one in read.transitions(context.ledger, key)]
    assert states[-1] == "answered"
    assert "acknowledged" in states


def test_a_person_who_records_an_answer_says_what_and_where(context: Context) -> None:
    key, _posts = lamp(context)
    with pytest.raises(ChangeRefusedError, match="say where it was answered"):
        casework.answer(context, key, "ana", "Se repara mañana", "  ")
    with pytest.raises(ChangeRefusedError, match="say what was answered"):
        casework.answer(context, key, "ana", "", "por teléfono")
    casework.acknowledge(context, key, "ana", "")
    assert of(context, key).answered_at is None
    casework.answer(context, key, "ana", "Se repara mañana", "por teléfono")
    assert read.transitions(context.ledger, key)[-1].why == "Se repara mañana (por teléfono)"
    assert of(context, key).answered_at is not None
    assert of(context, key).answered_at is not None


def test_a_case_that_was_only_closed_is_not_called_answered(context: Context) -> None:
    """Nor does it count as in time; an answer that was approved and not delivered is none."""
    key, posts = lamp(context)
    [draft] = answers.draft(context, posts[:1], "Se ha revisado.", "es", "ana")
    answers.approve(context, draft, "ana")
    casework.resolve(context, key, "ana", "")
    case = of(context, key)
    assert (case.answered_at, case.answer_hours, case.within_due) == (None, None, None)
    assert case.closed_at is not None
    assert not case.was_overdue(case.due_at + timedelta(days=9)), "nobody waits any more"
    answers.mark_copied(context, draft, "ana")
    assert of(context, key).answered_at is not None, "given after all"


def test_a_case_closed_by_the_answer_that_names_another_body_was_answered(context: Context) -> None:
    key, posts = lamp(context)
    [answer] = answers.draft(context, posts[:1], "Lo lleva el Canal.", "es", "ana", origin=f"{NOT_OURS}canal")
    answers.approve(context, answer, "ana")
    answers.mark_copied(context, answer, "ana")
    assert of(context, key).state == "rejected"
    assert of(context, key).answered_at is not None


def test_a_template_promises_a_date_to_come_and_never_one_that_has_passed(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    key, posts = lamp(context)
    case = of(context, key)
    date = due_date(context, case, "es")
    promise = filled(context, RECEIVED, case)
    assert date in promise
    assert past_due(context, RECEIVED, case) is None
    [kept] = answers.draft(context, posts[:1], promise, "es", "ana", acknowledges=True)
    monkeypatch.setattr(templates, "now", lambda: case.due_at + timedelta(days=20))
    assert past_due(context, RECEIVED, case) == (date, "{plazo}")
    late = filled(context, RECEIVED, case)
    assert date not in late
    with pytest.raises(ChangeRefusedError, match=r"the answer still contains \{plazo\}"):
        answers.draft(context, posts[1:2], late, "es", "ana", acknowledges=True)
    with pytest.raises(ChangeRefusedError, match=f"promises {date}, which has passed"):
        answers.draft(context, posts[1:2], promise, "es", "ana", acknowledges=True)
    with pytest.raises(ChangeRefusedError, match=f"promises {date}, which has passed"):
        answers.approve(context, kept, "ana")


def test_a_date_of_the_past_that_a_person_wrote_is_promised_by_no_answer(context: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    _key, posts = lamp(context)
    promise = "La farola se reparará antes del 30/11/2027."
    monkeypatch.setattr(answers, "now", lambda: datetime(2027, 11, 30, 12, tzinfo=UTC))
    [kept] = answers.draft(context, posts[:1], promise, "es", "ana")
    monkeypatch.setattr(answers, "now", lambda: datetime(2027, 12, 1, 12, tzinfo=UTC))
    with pytest.raises(ChangeRefusedError, match="promises 30/11/2027, which has passed"):
        answers.approve(context, kept, "ana")
    with pytest.raises(ChangeRefusedError, match="promises 30/11/2027, which has passed"):
        answers.draft(context, posts[1:2], promise, "es", "ana")
    answers.draft(context, posts[1:2], "La farola se reparó el 30/11/2027.", "es", "ana")


def test_the_receipts_of_the_shipped_profile_say_that_they_are_receipts() -> None:
    named = {one.name: one.acknowledges for one in load_city(MADRID).templates}
    assert [name for name, acknowledges in named.items() if acknowledges] == ["Recibido", "Received"]
