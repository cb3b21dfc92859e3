"""A service that a citizen chose is no verdict of staff on the model: Trust and the export of corrections leave it out."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from core.records.read_models import PostRecord
from ledger import read
from pipeline import casework, export
from pipeline.casework.stated_topic import state_topic
from pipeline.context import Context
from tests.support.seeded import open_seeded


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = open_seeded(tmp_path, 6, datetime.now(UTC) - timedelta(hours=1))
    yield context
    context.ledger.close()


def first(context: Context) -> PostRecord:
    return next(iter(read.post_records(context.ledger, order="oldest")))


def exported(context: Context) -> list[tuple[str, object, str]]:
    rows = map(json.loads, export.lines(context.ledger, "corrections", "jsonl"))
    return [(row["question"], row["value"], row["who"]) for row in rows]


@pytest.mark.parametrize("sender", ["portal", "inbox", "gecor", "Open311 key museo"])
@pytest.mark.parametrize("chosen", ["the same", "another"])
def test_the_service_that_a_citizen_chose_is_neither_confirmed_nor_changed_by_staff(context: Context, sender: str, chosen: str) -> None:
    labelled = first(context).topic
    assert labelled is not None
    topic = labelled if chosen == "the same" else next(one for one in ("noise", "trees") if one != labelled)
    state_topic(context, first(context).post_id, topic, sender)
    post = first(context)
    assert (post.topic, "topic" in post.corrected) == (topic, True)  # it holds, and the model does not overrule it
    assert "topic" not in (*post.confirmed, *post.changed)
    assert exported(context) == []


def test_a_person_who_corrects_what_the_citizen_chose_is_staff(context: Context) -> None:
    post_id, labelled = first(context).post_id, first(context).topic
    state_topic(context, post_id, next(one for one in ("noise", "trees") if one != labelled), "portal")
    casework.correct(context, post_id, "topic", str(labelled), "ana", "")
    post = first(context)
    assert ("topic" in post.confirmed, "topic" in post.changed) == (True, False)
    assert exported(context) == [("topic", labelled, "ana")]
