"""Test that priorities follow the posts, and that a person's own stays."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from sqlalchemy import text

from core.errors import ConfigurationError, StaleError
from core.records.read_models import CaseRecord
from escucha.commands.explain import explain, format_text
from ledger import read
from ledger.cases import workflow
from ledger.database.writing import writing
from pipeline import casework
from pipeline.casework import grouping, ownership, priorities
from pipeline.context import Context
from pipeline.export import lines
from pipeline.privacy.erase import erase_post
from pipeline.steps.triage import triage
from tests.support.case_changes import answer_to, case, changes, last_change, of, posts
from tests.support.seeded import open_seeded

NOW = datetime.now(UTC)


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    """Open a ledger with two cases of four posts each.

    About containers in calle de Alcalá, and about a lamp at Puerta del Sol.
    """
    context = open_seeded(tmp_path, 24, NOW - timedelta(hours=1))
    yield context
    context.ledger.close()


def points(context: Context, key: str) -> dict[str, int]:
    return {one.name: one.points for one in read.priorities(context.ledger, [key])[key].points}


def by_person(context: Context, key: str) -> bool:
    return read.priorities(context.ledger, [key])[key].by_person


@pytest.fixture
def bins(context: Context) -> CaseRecord:
    return of(context, "waste_cleaning")


def test_a_case_is_stored_with_the_points_of_its_priority(context: Context, bins: CaseRecord) -> None:
    assert points(context, bins.case_key) == {"complaint": 1}  # the four posts are nearly one text: one voice
    assert bins.priority == 2


def test_a_priority_set_by_a_person_survives_new_posts_corrections_merges_and_reopenings(context: Context, bins: CaseRecord) -> None:
    key, lamp = bins.case_key, of(context, "street_lighting")
    priorities.set_priority(context, key, "1", "ana", "the mayor's street can wait")
    first = posts(context, key)[0]
    answer_to(context, first, 24)
    assert (case(context, key).priority, by_person(context, key)) == (1, True)
    casework.correct(context, first, "topic", "water_sewage", "ana", "")
    assert case(context, key).priority == 1
    grouping.merge(context, lamp.case_key, key, "ana", "")
    grouping.undo(context, last_change(context, key, "merge"), "ana", "")
    casework.resolve(context, key, "ana", "")
    casework.reopen(context, key, "ana", "")
    triage(context)
    assert case(context, key).priority == 1
    assert points(context, key)["complaint"] == 1  # what the rules give is still shown


def test_undoing_it_gives_the_priority_of_the_posts_of_now(context: Context, bins: CaseRecord) -> None:
    key = bins.case_key
    priorities.set_priority(context, key, "5", "ana", "")
    assert case(context, key).priority == 5
    for state in ("resolved", "assigned", "resolved", "assigned"):
        workflow.change(context.ledger, key, state, "ben", "", NOW)
    grouping.undo(context, last_change(context, key, "priority"), "ana", "")
    assert (case(context, key).priority, by_person(context, key)) == (3, False)  # a complaint, opened again twice
    assert ("priority", "ana", True) in changes(context, key)


def test_undoing_who_took_a_case_changes_neither_topic_nor_priority(context: Context, bins: CaseRecord) -> None:
    key = bins.case_key
    ownership.take(context, key, "ana")
    with writing(context.ledger) as connection:  # what posts after the taking would vote for
        connection.execute(text("UPDATE cases SET topic = 'noise' WHERE case_key = :key"), {"key": key})
    grouping.undo(context, last_change(context, key, "assignee"), "ana", "")
    assert case(context, key).topic == "noise"
    assert [what for what, _, _ in changes(context, key)] == ["assignee", "undo"]


def test_a_case_opened_again_twice_rises_and_its_history_says_so(context: Context, bins: CaseRecord) -> None:
    for why in ("first", "second"):
        casework.resolve(context, bins.case_key, "ana", why)
        casework.reopen(context, bins.case_key, "ana", why)
    assert case(context, bins.case_key).priority == 3
    assert points(context, bins.case_key)["reopened"] == 1
    assert ("revote", "escucha", False) in changes(context, bins.case_key)


def test_a_reopening_of_an_outside_system_counts_with_the_next_triage(context: Context, bins: CaseRecord) -> None:
    for state in ("resolved", "assigned", "resolved", "assigned"):
        workflow.change(context.ledger, bins.case_key, state, "rt", "", NOW)
    assert case(context, bins.case_key).priority == 2
    triage(context)
    assert case(context, bins.case_key).priority == 3
    triage(context)
    assert changes(context, bins.case_key).count(("revote", "escucha", False)) == 1


def test_a_case_of_an_older_version_gets_its_points_with_the_next_triage(context: Context, bins: CaseRecord) -> None:
    with writing(context.ledger) as connection:
        connection.execute(text("UPDATE cases SET priority_points = '[]', priority_due = true, priority = 4"))
    triage(context)
    assert points(context, bins.case_key) == {"complaint": 1}
    assert case(context, bins.case_key).priority == 2
    assert read.cases_to_prioritise(context.ledger, 10) == []


@pytest.mark.parametrize("wrong", ["0", "6", "", "high", "1.5", "²"])
def test_a_priority_outside_one_to_five_is_refused(context: Context, bins: CaseRecord, wrong: str) -> None:
    with pytest.raises(ConfigurationError, match=r"from 1 \(low\) to 5"):
        priorities.set_priority(context, bins.case_key, wrong, "ana", "")


def test_a_priority_set_on_a_stale_page_is_refused(context: Context, bins: CaseRecord) -> None:
    seen = read.case_revision(context.ledger, bins.case_key)
    casework.note(context, bins.case_key, "ben", "I am on it")
    with pytest.raises(StaleError):
        priorities.set_priority(context, bins.case_key, "4", "ana", "", seen)


def test_a_correction_lowers_the_priority_again(context: Context, bins: CaseRecord) -> None:
    """Recompute in both directions."""
    first = posts(context, bins.case_key)
    for one in first:
        casework.correct(context, one, "topic", "water_sewage", "ana", "")
    assert points(context, bins.case_key) == {"complaint": 1, "topic": 1}
    assert case(context, bins.case_key).priority == 3
    for one in first:
        casework.correct(context, one, "topic", "waste_cleaning", "ana", "")
    assert case(context, bins.case_key).priority == 2


def test_triage_explains_a_post_with_the_points_of_its_case(context: Context, bins: CaseRecord) -> None:
    priorities.set_priority(context, bins.case_key, "4", "ana", "")
    found = explain(context.ledger, posts(context, bins.case_key)[0])
    assert (found["case"], found["priority"], found["priority_by_person"]) == (bins.case_key, 4, True)
    assert "  complaint (+1)" in list(format_text(found))
    outside = next(one for one in read.post_records(context.ledger) if one.decision == "no_case")
    assert explain(context.ledger, outside.post_id)["priority"] is None
    with pytest.raises(ConfigurationError, match="there is no post"):
        explain(context.ledger, "none")


def test_the_export_names_the_points(context: Context, bins: CaseRecord) -> None:
    rows = {row["case_key"]: row for row in map(json.loads, lines(context.ledger, "cases", "jsonl"))}
    assert rows[bins.case_key]["priority_points"] == [{"name": "complaint", "points": 1, "evidence": ""}]
    assert rows[bins.case_key]["priority_by_person"] is False


def test_repeated_reopenings_are_counted_by_case_and_department(context: Context, bins: CaseRecord) -> None:
    lamp = of(context, "street_lighting")
    for key, times in ((bins.case_key, 2), (lamp.case_key, 1)):
        for _ in range(times):
            casework.resolve(context, key, "ana", "")
            casework.reopen(context, key, "ana", "")
    assert read.reopening_counts(context.ledger, [bins.case_key, lamp.case_key]) == {bins.case_key: 2, lamp.case_key: 1}
    assert read.reopened_by_department(context.ledger, 2) == [(bins.department, 1)]
    found = [one.case_key for one in read.case_records(context.ledger, reopened_at_least=2)]
    assert found == [bins.case_key]


def test_erased_posts_leave_no_evidence_behind(context: Context, bins: CaseRecord) -> None:
    """Remove the words and places of erased posts."""
    key = bins.case_key
    evidence = '[{"name": "harm", "points": 2, "evidence": "se ha caído"}]'
    with writing(context.ledger) as connection:
        connection.execute(text("UPDATE cases SET priority_points = :points"), {"points": evidence})
    first, *others = posts(context, key)
    erase_post(context, first)
    assert read.cases_to_prioritise(context.ledger, 10) == [key]
    triage(context)
    assert points(context, key) == {"complaint": 1}
    with writing(context.ledger) as connection:
        connection.execute(text("UPDATE cases SET priority_points = :points"), {"points": evidence})
    for one in others:
        erase_post(context, one)
    assert points(context, key) == {}
