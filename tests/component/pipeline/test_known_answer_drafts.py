"""A question with a known answer gets it as a draft before a case exists; a person approves it; nothing is drafted twice."""

import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.config.known_answers.answers import answers_path
from core.config.known_answers.edits import fields_of
from core.errors import ConfigurationError
from core.privacy.pseudonymise import pseudonymise
from core.records.annotation import Annotation, Label
from core.records.post import Raw
from ledger import leases, read
from ledger.ingest import cursors, store
from ledger.processing import annotations
from ledger.retention import forget
from nlp.known_answers import AnswerIndex
from pipeline import casework
from pipeline.casework.answering import answers as case_answers, editing as answer_editing
from pipeline.casework.answering.known_answers import draft_known_answers, known_answers_of
from pipeline.context import Context
from tests.support.ledger_facts import unbalanced
from tests.support.seeded import SALT, open_seeded

NOW = datetime.now(UTC)
TEXTS = {
    "bulky": "¿Cómo pido que recojan un sofá viejo de la calle? @MADRID",
    "elsewhere": "¿A qué hora cierra el rastro de Valencia los domingos?",
    "complaint": "La farola de mi calle lleva un mes fundida",
}


INDEXED: dict[str, AnswerIndex] = {}
"""By revision of the answers, for all tests: encoding them takes a second."""


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    """Three posts of today, annotated by the shipped model; two of them are labelled as questions."""
    context = replace(open_seeded(tmp_path, 0, NOW), indexed_answers=INDEXED)
    raws = [Raw(source="x", native_id=name, text=text, created_at=NOW, received_at=NOW, author_id=name) for name, text in TEXTS.items()]
    run = cursors.begin_run(context.ledger, "x", NOW)
    cursors.read_cursor(context.ledger, "x")
    posts = [pseudonymise(raw, context.city, SALT) for raw in raws]
    store.store_page(context.ledger, run, "x", posts, [], {"at": 3}, None, NOW)
    cursors.end_run(context.ledger, run, NOW, "done")
    claimed = annotations.claim_pending(context.ledger, "w", 9, NOW, timedelta(minutes=5))
    found = [as_question(one) for one in context.annotator.annotate(claimed) if isinstance(one, Annotation)]
    annotations.store_annotations(context.ledger, "w", found, [], NOW)
    yield context
    context.ledger.close()


def as_question(annotation: Annotation) -> Annotation:
    """Label the intent by hand, so that the test does not hang on the model."""
    post_is_question = annotation.labels["intent"].value == "question"
    label = Label(question="intent", value="question" if post_is_question else "complaint", score=0.9, model="hand@1")
    return annotation.model_copy(update={"labels": {**annotation.labels, "intent": label}})


def in_city_of(context: Context, folder: Path) -> Context:
    """Return the context of a profile whose own folder is this one, with the gazetteer of Madrid."""
    gazetteer = str(answers_path(context.city).parent)
    profile = {"path": folder.with_suffix(".toml"), "gazetteer_folder": gazetteer}
    return replace(context, city=context.city.model_copy(update=profile))


@pytest.fixture
def small(context: Context, tmp_path: Path) -> Context:
    """The same context in a city with few known answers: encoding those of Madrid takes 4 s of CPU."""
    folder = tmp_path / "villa"
    folder.mkdir()
    first = answers_path(context.city).read_text(encoding="utf-8").split("[[answers]]")[:6]
    (folder / "answers.toml").write_text("[[answers]]".join(first), encoding="utf-8")
    return in_city_of(context, folder)


def drafts(context: Context) -> list[tuple[str, str, str]]:
    return [(one.state, one.who, one.origin) for one in read.answers(context.ledger)]


def test_a_question_gets_its_known_answer_as_a_draft_once(context: Context) -> None:
    assert draft_known_answers(context) == 1
    [draft] = read.answers(context.ledger)
    assert (draft.state, draft.who, draft.language) == ("draft", "escucha", "es")
    assert draft.origin.startswith("known ")
    assert draft_known_answers(context) == 0  # a second run, or a second worker
    assert len(drafts(context)) == 1
    assert unbalanced(context.ledger) == []


def test_changed_answers_are_compared_again_but_an_answered_question_keeps_its_draft(small: Context, tmp_path: Path) -> None:
    assert draft_known_answers(small) == 1
    folder = tmp_path / "city"
    folder.mkdir()
    text = answers_path(small.city).read_text(encoding="utf-8")
    (folder / "answers.toml").write_text(f"# changed\n{text}", encoding="utf-8")
    changed = in_city_of(small, folder)
    assert draft_known_answers(changed) == 0
    assert len(drafts(small)) == 1


def test_a_question_of_the_example_month_gets_a_draft_and_one_replayed_from_an_archive_none(small: Context) -> None:
    for source, drafted in (("archive", 0), ("example-x", 1)):
        raw = Raw(
            source=source,
            native_id="old",
            text=TEXTS["bulky"],
            created_at=NOW,
            received_at=NOW,
            author_id="old",
            replayed_from=NOW - timedelta(days=900),
        )
        run = cursors.begin_run(small.ledger, source, NOW)
        cursors.read_cursor(small.ledger, source)
        post = pseudonymise(raw, small.city, SALT)
        store.store_page(small.ledger, run, source, [post], [], {"at": 1}, None, NOW)
        claimed = annotations.claim_pending(small.ledger, "w", 9, NOW, timedelta(minutes=5))
        found = [as_question(one) for one in small.annotator.annotate(claimed) if isinstance(one, Annotation)]
        annotations.store_annotations(small.ledger, "w", found, [], NOW)
        draft_known_answers(small)
        assert len(read.answers(small.ledger, post_id=post.post_id)) == drafted


def test_a_city_without_known_answers_drafts_none_and_loads_no_model(context: Context, tmp_path: Path) -> None:
    bare = in_city_of(context, tmp_path)
    assert draft_known_answers(bare) == 0
    assert "annotator" not in vars(bare)


def test_a_corrected_intent_makes_a_question_of_it(small: Context) -> None:
    complaint = next(one for one in read.post_records(small.ledger) if "farola" in one.text)
    assert draft_known_answers(small) == 1
    casework.correct(small, complaint.post_id, "intent", "question", "ana", "")
    draft_known_answers(small)
    assert {one.post_id for one in read.answers(small.ledger)} >= {read.answers(small.ledger)[0].post_id}


def test_a_wrong_file_drafts_nothing_says_so_and_stops_no_step(context: Context, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    (tmp_path / "answers.toml").write_text("[[answers]]\nid = 'x'\n", encoding="utf-8")
    wrong = in_city_of(context, tmp_path)
    with caplog.at_level("WARNING"):
        assert draft_known_answers(wrong) == 0
    assert "no known answers are drafted" in caplog.text


def edited(context: Context, answer_id: str, **new: object) -> None:
    """Edit a known answer as ana does on the desk."""
    entry = answer_editing.entry(context, answer_id)
    assert entry is not None
    assert answer_editing.save(context, fields_of(entry.answer) | new, entry.revision, "ana")


def test_an_edit_on_the_desk_is_drafted_with_the_next_run_in_the_same_process(small: Context) -> None:
    edited(small, "bulky_waste", valid_until="2026-11-02")  # out of date: nothing is drafted, nor another answer
    assert draft_known_answers(small) == 0
    edited(small, "bulky_waste", valid_until="2030-01-01", text={"es": "Pida cita en el 010."})
    assert draft_known_answers(small) == 1
    [draft] = read.answers(small.ledger)
    assert draft.text.startswith("Pida cita en el 010.")


def test_a_withdrawn_answer_is_neither_drafted_nor_approved(small: Context) -> None:
    assert draft_known_answers(small) == 1
    [draft] = read.answers(small.ledger)
    answer_editing.withdraw(small, "bulky_waste", 0, "ana", "no longer so")
    assert "bulky_waste" not in [one.answer.id for one in known_answers_of(small) if one.state(NOW.date()) == "valid"]
    with pytest.raises(ConfigurationError, match="expired or was withdrawn"):
        case_answers.approve(small, draft.key, "ana")
    assert draft_known_answers(small) == 0


def test_a_draft_whose_answer_expired_since_is_not_approved(small: Context) -> None:
    assert draft_known_answers(small) == 1
    [draft] = read.answers(small.ledger)
    edited(small, "bulky_waste", valid_until="2026-11-02")
    with pytest.raises(ConfigurationError, match="expired or was withdrawn"):
        case_answers.approve(small, draft.key, "ana")
    edited(small, "bulky_waste", valid_until="2030-01-01")
    case_answers.approve(small, draft.key, "ana")
    assert drafts(small) == [("approved", "escucha", "known bulky_waste")]


def test_an_answer_valid_when_the_question_came_and_not_today_is_not_drafted(small: Context, monkeypatch: pytest.MonkeyPatch) -> None:
    edited(small, "bulky_waste", valid_until=NOW.date().isoformat())
    monkeypatch.setattr("pipeline.casework.answering.known_answers.now", lambda: NOW + timedelta(days=2))
    assert draft_known_answers(small) == 0


COPIED = int(os.environ.get("ESCUCHA_COPIED_QUESTIONS", "12"))
VARIANTS = ("", " gracias", " por favor", " ??", " #Madrid")


def ask_alike(context: Context, count: int) -> list[str]:
    """Store the same question by as many accounts, each with small changes; return their ids."""
    raws = [
        Raw(
            source="x",
            native_id=f"copy-{n}",
            text=f"{TEXTS['bulky']}{VARIANTS[n % len(VARIANTS)]}",
            created_at=NOW,
            received_at=NOW + timedelta(seconds=n + 1),
            author_id=f"account-{n}",
            url=f"https://red.example/{n}",
        )
        for n in range(count)
    ]
    run = cursors.begin_run(context.ledger, "x", NOW)
    cursors.read_cursor(context.ledger, "x")
    posts = [pseudonymise(raw, context.city, SALT) for raw in raws]
    store.store_page(context.ledger, run, "x", posts, [], {"at": 4}, None, NOW)
    cursors.end_run(context.ledger, run, NOW, "done")
    while claimed := annotations.claim_pending(context.ledger, "w", 500, NOW, timedelta(minutes=5)):
        read_now = [as_question(one) for one in context.annotator.annotate(claimed) if isinstance(one, Annotation)]
        annotations.store_annotations(context.ledger, "w", read_now, [], NOW)
    return [one.post_id for one in posts]


def test_a_question_copied_by_many_accounts_makes_one_draft_that_may_be_given_to_all(context: Context) -> None:
    copies = ask_alike(context, COPIED)
    assert draft_known_answers(context) == 1  # the question of the fixture is the first one
    [draft] = read.answers(context.ledger)
    assert read.count_repeating(context.ledger, [draft.key]) == {draft.key: COPIED}
    more = ask_alike(context, COPIED + 3)[COPIED:]
    assert draft_known_answers(context) == 0  # also in a later run
    case_answers.approve(context, draft.key, "ben")
    assert [one.state for one in read.answers(context.ledger)] == ["approved"]
    case_answers.approve(context, draft.key, "ben", repeated=True)
    case_answers.approve(context, draft.key, "ben", repeated=True)  # the form was sent twice
    given = read.answers(context.ledger)
    assert {one.post_id for one in given} == {draft.post_id, *copies, *more}
    assert {(one.state, one.batch, one.text) for one in given} == {("approved", draft.batch, draft.text)}
    assert read.count_repeating(context.ledger, [draft.key]) == {}
    assert unbalanced(context.ledger) == []


def test_copies_of_an_erased_question_are_compared_again(context: Context) -> None:
    ask_alike(context, 3)
    assert draft_known_answers(context) == 1
    [draft] = read.answers(context.ledger)
    forget.erase_post(context.ledger, draft.post_id, "erased", NOW)
    assert draft_known_answers(context) == 1
    drafted = [one for one in read.answers(context.ledger) if one.state == "draft"]
    assert [read.count_repeating(context.ledger, [one.key]) for one in drafted] == [{drafted[0].key: 2}]


def test_another_worker_drafts_nothing_meanwhile(context: Context) -> None:
    assert leases.hold(context.ledger, "known answers", "another:1:1", datetime.now(UTC), timedelta(minutes=5))
    assert draft_known_answers(context) == 0
    leases.release(context.ledger, "known answers", "another:1:1")
    assert draft_known_answers(context) == 1
    assert leases.holders(context.ledger) == set()
