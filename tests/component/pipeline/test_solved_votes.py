"""Was it solved? The question ends the last answer, the reply is a vote: "no" reopens the case, "yes" does not."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.config.city import Answers
from core.errors import ConfigurationError
from core.privacy.pseudonymise import pseudonymise
from core.records.post import Raw
from ledger import read
from ledger.ingest import cursors, store
from ledger.processing import annotations
from ledger.retention.forget import erase_post
from pipeline import casework
from pipeline.casework.answering import answers as case_answers
from pipeline.context import Context
from pipeline.steps.triage import triage
from tests.support.ledger_facts import unbalanced
from tests.support.seeded import SALT, fill, open_seeded, read_by_hand

NOW = datetime.now(UTC)
QUESTION = "¿Está solucionado? Si quiere, responda sí o no."


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    opened = open_seeded(tmp_path, 0, NOW)
    fill(opened.ledger, opened.city, 24, NOW - timedelta(hours=1), source="x")
    yield replace(opened, city=opened.city.model_copy(update={"answers": Answers(ask_solved=True)}))
    opened.ledger.close()


@pytest.fixture
def key(context: Context) -> str:
    """A resolved case whose first citizen was asked."""
    key = next(one.case_key for one in read.case_records(context.ledger) if one.topic == "street_lighting")
    casework.resolve(context, key, "ana", "")
    first = next(iter(read.post_records(context.ledger, case_key=key, order="oldest")))
    [answer] = case_answers.draft(context, [first.post_id], "Ya hay luz.", "es", "ana", asks_solved=True)
    assert read.answers(context.ledger)[0].text == f"Ya hay luz. {QUESTION}"
    case_answers.approve(context, answer, "ana")
    case_answers.mark_copied(context, answer, "ana")
    return key


def arrives(context: Context, text: str, author: str = "author-1", thread: str = "native-1", days: float = 0.1) -> str:
    """Bring in a message and triage it; return its id. It reports a broken lamp by its labels, whatever it says."""
    at = NOW + timedelta(days=days)
    raw = Raw(
        source="x",
        native_id=f"{text} {author}",
        text=f"{text} (1)",
        created_at=at,
        received_at=at,
        author_id=author,
        thread_id=thread,
        reply_to=thread,
        kind="reply",
    )
    post = pseudonymise(raw, context.city, SALT)
    run = cursors.begin_run(context.ledger, "x", NOW)
    cursors.read_cursor(context.ledger, "x")
    store.store_page(context.ledger, run, "x", [post], [], {"at": text}, None, NOW)
    cursors.end_run(context.ledger, run, NOW, "done")
    for claimed in annotations.claim_pending(context.ledger, "w", 9, NOW, timedelta(minutes=5)):
        annotations.store_annotations(context.ledger, "w", [read_by_hand(claimed)], [], NOW)
    triage(context)
    return post.post_id


def state(context: Context, key: str) -> tuple[str, tuple[int, int]]:
    case = read.case_record(context.ledger, key)
    assert case is not None
    votes = read.solved_votes(context.ledger).get(key, read.Votes())
    return case.state, (votes.solved, votes.unsolved)


def test_yes_is_counted_and_reopens_nothing(context: Context, key: str) -> None:
    post_id = arrives(context, "Sí, ya está arreglado, gracias")
    assert state(context, key) == ("resolved", (1, 0))
    post = read.post_record(context.ledger, post_id)
    assert post is not None
    assert (post.decision, post.case_key, post.reason) == ("no_case", None, "solved: the citizen says that the problem is solved")
    assert unbalanced(context.ledger) == []


def test_no_is_counted_and_reopens_the_case(context: Context, key: str) -> None:
    arrives(context, "No, sigue igual")
    assert state(context, key) == ("assigned", (0, 1))
    last = read.transitions(context.ledger, key)[-1]
    assert (last.who, last.why) == ("escucha", "opened again: the citizen says that it is not solved")
    assert [one for one, _ in read.reopened_by_posts(context.ledger)] == [key]  # its team is mailed
    casework.resolve(context, key, "ana", "")
    triage(context)
    assert state(context, key) == ("resolved", (0, 1))  # the vote was taken once
    assert unbalanced(context.ledger) == []


def test_the_last_reply_of_a_citizen_counts(context: Context, key: str) -> None:
    arrives(context, "Sí, arreglado")
    arrives(context, "No, otra vez apagada", days=0.2)
    assert state(context, key) == ("assigned", (0, 1))


def test_others_in_the_thread_do_not_vote_nor_does_a_late_message(context: Context, key: str) -> None:
    arrives(context, "Sí, arreglado", author="author-5")
    arrives(context, "Sí, arreglado del todo", thread="native-7")
    arrives(context, "Sí, resuelto", days=31)
    assert state(context, key)[1] == (0, 0)


def test_no_after_the_reopen_window_is_only_counted(context: Context, key: str) -> None:
    arrives(context, "No, sigue igual", days=20)  # the city reopens within 14 days
    assert state(context, key) == ("resolved", (0, 1))


def test_a_vote_stays_as_a_number_when_its_post_is_erased(context: Context, key: str) -> None:
    post_id = arrives(context, "Sí, arreglado")
    assert erase_post(context.ledger, post_id, "asked", NOW)
    assert state(context, key) == ("resolved", (1, 0))


def test_the_question_is_asked_only_where_the_profile_says_so(context: Context, key: str) -> None:
    second = list(read.post_records(context.ledger, case_key=key, order="oldest"))[1]
    off = replace(context, city=context.city.model_copy(update={"answers": Answers()}))
    case_answers.draft(off, [second.post_id], "Ya hay luz.", "es", "ana", asks_solved=True)
    case_answers.draft(context, [second.post_id], "¿Qué número?", "es", "ben", asks=True, asks_solved=True)
    drafts = read.answers(context.ledger, post_id=second.post_id)
    assert [(one.text, one.asks_solved) for one in drafts] == [("Ya hay luz.", False), ("¿Qué número?", False)]
    with pytest.raises(ConfigurationError, match="shorten"):  # with the question it no longer fits on X
        case_answers.draft(context, [second.post_id], "luz " * 69, "es", "ana", asks_solved=True)
