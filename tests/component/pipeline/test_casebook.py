"""The case book as staff use it: what must be said with a step, which values a label may have, and who is written down."""

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import pytest

from core.errors import ChangeRefusedError
from core.privacy.pseudonymise import pseudonymise
from ledger import leases, read
from ledger.ingest import cursors, store
from pipeline import casework
from pipeline.casework.triage_lease import TriageBusyError
from pipeline.context import Context
from tests.support.seeded import SALT, open_seeded, raws

NOW = datetime.now(UTC)


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = open_seeded(tmp_path, 12, NOW - timedelta(hours=1))
    yield context
    context.ledger.close()


@pytest.fixture
def key(context: Context) -> str:
    return next(iter(read.case_records(context.ledger))).case_key


def states(context: Context, key: str) -> list[str]:
    return [step.state for step in read.transitions(context.ledger, key)]


@pytest.mark.parametrize("why", ["", " ", "\n\t ", "\u00a0"])
@pytest.mark.parametrize(
    ("step", "message"),
    [
        (casework.reject, "Please say why it is rejected."),
        (partial(casework.answer, where="X"), "Please say what was answered."),
        (casework.note, "Please write the note."),
    ],
)
def test_no_case_is_rejected_or_answered_and_no_note_written_without_words(
    context: Context, key: str, step: Callable[[Context, str, str, str], None], message: str, why: str
) -> None:
    before = (states(context, key), audited(context))
    with pytest.raises(ChangeRefusedError) as refused:
        step(context, key, "ana", why)
    assert str(refused.value) == message
    assert (states(context, key), audited(context)) == before


def test_a_rejection_is_kept_with_its_reason_and_who_gave_it(context: Context, key: str) -> None:
    casework.reject(context, key, "ana", "  Es competencia de la Comunidad \n")
    last = read.transitions(context.ledger, key)[-1]
    assert (last.state, last.who, last.why) == ("rejected", "ana", "Es competencia de la Comunidad")


def test_an_answer_is_kept_with_what_was_said(context: Context, key: str) -> None:
    casework.answer(context, key, "ana", " Se ha avisado a la contrata ", " por teléfono")
    last = read.transitions(context.ledger, key)[-1]
    assert (last.state, last.who, last.why) == ("answered", "ana", "Se ha avisado a la contrata (por teléfono)")


def test_mending_and_opening_again_need_no_words(context: Context, key: str) -> None:
    casework.resolve(context, key, "ana", "")
    casework.reopen(context, key, "luis", "")
    assert states(context, key)[-2:] == ["resolved", "assigned"]


def test_a_case_goes_to_a_department_of_the_profile_only(context: Context, key: str) -> None:
    with pytest.raises(ChangeRefusedError, match="there is no department 'Nadie' in the profile"):
        casework.assign(context, key, "Nadie", "ana", "")
    name = context.city.departments[-1].name
    casework.assign(context, key, name, "ana", "")
    fact = read.case_record(context.ledger, key)
    assert fact is not None
    assert (fact.department, fact.state) == (name, "assigned")


@pytest.mark.parametrize(
    ("question", "value", "message"),
    [
        ("topic", "gardening", "topic: 'gardening' is not one of "),
        ("sentiment", "sad", "sentiment: 'sad' is not one of "),
        ("intent", True, "intent: 'True' is not one of "),
        ("actionable", "true", "actionable: yes or no, not 'true'"),
        ("relevance", "no", "relevance: yes or no, not 'no'"),
        ("language", "es", "'language' cannot be corrected; these can: sentiment, intent, topic, case_kind, actionable"),
        ("places", "Sol", "'places' cannot be corrected"),
    ],
)
def test_a_label_is_corrected_to_what_it_can_be_only(context: Context, question: str, value: str | bool, message: str) -> None:
    fact = some_post(context)
    with pytest.raises(ChangeRefusedError) as refused:
        casework.correct(context, fact, question, value, "ana", "")
    assert str(refused.value).startswith(message)
    kept = read.post_record(context.ledger, fact)
    assert kept is not None
    assert kept.corrected == ()


@pytest.mark.parametrize(("question", "value"), [("topic", "noise"), ("sentiment", "neutral"), ("actionable", False), ("relevance", True)])
def test_a_corrected_label_stays(context: Context, question: str, value: str | bool) -> None:
    fact = some_post(context)
    casework.correct(context, fact, question, value, "ana", "")
    kept = read.post_record(context.ledger, fact)
    assert kept is not None
    assert getattr(kept, question) == value
    assert kept.corrected == (question,)


def test_a_doubtful_post_that_is_accepted_becomes_a_case_and_triage_may_go_on(context: Context) -> None:
    doubtful = in_review(context)
    key = casework.accept_review(context, doubtful, "ana", "lo conozco")
    fact = read.post_record(context.ledger, doubtful)
    assert fact is not None
    assert (fact.decision, fact.case_key) == ("in_case", key)
    assert "triage" not in held(context)


def test_while_triage_is_at_work_no_post_is_accepted(context: Context) -> None:
    doubtful = in_review(context)
    assert leases.hold(context.ledger, "triage", "worker:1", datetime.now(UTC), timedelta(minutes=5))
    with pytest.raises(TriageBusyError, match="Triage is running"):
        casework.accept_review(context, doubtful, "ana", "")
    assert held(context) == {"worker:1"}


def test_triage_goes_on_though_an_acceptance_was_refused(context: Context) -> None:
    doubtful = in_review(context)
    casework.reject_review(context, doubtful, "luis", "no es nuestro")
    with pytest.raises(ChangeRefusedError):
        casework.accept_review(context, doubtful, "ana", "")
    assert held(context) == set()


def test_the_same_acceptance_sent_twice_gives_the_case_of_the_first(context: Context) -> None:
    doubtful = in_review(context)
    key = casework.accept_review(context, doubtful, "ana", "lo conozco", 1)
    before = audited(context)
    assert casework.accept_review(context, doubtful, "ana", "lo conozco", 1) == key
    assert audited(context) == before
    for who, why in (("luis", "lo conozco"), ("ana", "otra razón")):
        with pytest.raises(ChangeRefusedError):
            casework.accept_review(context, doubtful, who, why, 1)


def test_the_same_rejection_sent_twice_is_one_and_another_is_refused(context: Context) -> None:
    doubtful = in_review(context)
    casework.reject_review(context, doubtful, "ana", "no es nuestro", 1)
    before = audited(context)
    casework.reject_review(context, doubtful, "ana", "no es nuestro", 1)
    assert audited(context) == before
    for who, why, seen in (("luis", "no es nuestro", 1), ("ana", "otra razón", 1), ("ana", "no es nuestro", None)):
        with pytest.raises(ChangeRefusedError):
            casework.reject_review(context, doubtful, who, why, seen)
    with pytest.raises(ChangeRefusedError):
        casework.accept_review(context, doubtful, "ana", "no es nuestro", 1)


def test_a_rejection_of_a_text_that_changed_meanwhile_is_refused(context: Context) -> None:
    with pytest.raises(ChangeRefusedError):
        casework.reject_review(context, in_review(context), "ana", "", 2)


def test_a_post_that_is_gone_cannot_be_accepted(context: Context) -> None:
    with pytest.raises(ChangeRefusedError, match="no longer exists, or has not been annotated yet"):
        casework.accept_review(context, "0" * 32, "ana", "")


def test_a_post_that_was_not_read_yet_cannot_be_accepted(context: Context) -> None:
    unread = pseudonymise(raws(13, NOW)[-1], context.city, SALT)
    run = cursors.begin_run(context.ledger, "archive", NOW)
    store.store_page(context.ledger, run, "archive", [unread], [], {"at": 13}, None, NOW)
    with pytest.raises(ChangeRefusedError, match="no longer exists, or has not been annotated yet"):
        casework.accept_review(context, unread.post_id, "ana", "")


def test_who_looks_at_an_original_is_written_down_and_finds_the_message_itself(context: Context) -> None:
    fact = some_post(context)
    original = casework.open_original(context, fact, "ana")
    assert (original.native_id.startswith("native-"), original.url) == (
        True,
        f"https://red.example/{original.native_id.removeprefix('native-')}",
    )
    assert ("ana", "open_original", fact, "") in audited(context)


def test_an_original_that_is_no_longer_known_is_refused_and_nobody_looked(context: Context) -> None:
    before = audited(context)
    with pytest.raises(ChangeRefusedError, match="The original of this post is no longer known"):
        casework.open_original(context, "0" * 32, "ana")
    assert audited(context) == before


def test_a_user_is_made_and_may_get_another_role(context: Context) -> None:
    for role in ("reader", "agent"):
        casework.set_user(context.ledger, "ana", f"hash of {role}", role)
        (user,) = read.users(context.ledger)
        assert (user.name, user.role, user.password_hash) == ("ana", role, f"hash of {role}")


def test_a_new_user_takes_nobodys_name(context: Context) -> None:
    casework.set_user(context.ledger, "ana", "hash", "agent", new=True)
    with pytest.raises(ChangeRefusedError, match="There is a user of this name already"):
        casework.set_user(context.ledger, "ana", "other hash", "admin", new=True)
    assert [(user.role, user.password_hash) for user in read.users(context.ledger)] == [("agent", "hash")]


def some_post(context: Context) -> str:
    return next(iter(read.post_records(context.ledger))).post_id


def in_review(context: Context) -> str:
    return next(fact.post_id for fact in read.post_records(context.ledger) if fact.decision == "in_review")


def held(context: Context) -> set[str]:
    return leases.holders(context.ledger)


def audited(context: Context) -> list[tuple[str, str, str, str]]:
    return [(line.who, line.what, line.subject, line.why) for line in read.audit(context.ledger, limit=500)]
