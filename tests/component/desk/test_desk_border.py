"""Staff may say that readers differ on whether a post can be acted on: the model's label holds, thresholds leave it out."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from core.errors import ChangeRefusedError
from core.records.read_models import PostRecord
from escucha.commands.thresholds import deriving as thresholds
from ledger import read
from pipeline import casework, export
from pipeline.context import Context
from tests.support.desk_client import browser, hidden, logged_in, people
from tests.support.ledger_facts import unbalanced
from tests.support.seeded import open_seeded

NOW = datetime.now(UTC)


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = open_seeded(tmp_path, 6, NOW - timedelta(hours=1))
    people(context)
    yield context
    context.ledger.close()


def first(context: Context) -> PostRecord:
    return next(iter(read.post_records(context.ledger, order="oldest")))


def mark(client: TestClient, post_id: str, value: str) -> str:
    """Correct *Can be acted on* on the page of a post, as the form does; return the page that follows."""
    address = f"/posts/{post_id}/correct"
    form = hidden(client.get(f"/posts/{post_id}").text, address, question="actionable")
    return client.post(address, data=form | {"value": value}).text


def corrected(context: Context) -> list[object]:
    return [json.loads(line)["value"] for line in export.lines(context.ledger, "corrections", "jsonl")]


def counted(context: Context) -> list[bool]:
    return [one.is_actionable for one in thresholds.from_ledger(context.city, context.ledger)]


def test_a_post_at_the_border_keeps_the_label_of_the_model_and_no_threshold_counts_it(context: Context) -> None:
    ben, post = logged_in(context, "ben"), first(context)
    assert '<option value="border">at the border: readers differ</option>' in ben.get(f"/posts/{post.post_id}").text
    page = mark(ben, post.post_id, "False")
    assert (first(context).actionable, counted(context)) == (False, [False])
    page = mark(ben, post.post_id, "border")
    assert '<span class="tag">at the border: readers differ</span>' in page
    after = first(context)
    assert (after.actionable, after.actionable_score, after.corrected) == (True, post.actionable_score, ())
    assert (counted(context), corrected(context)) == ([], [False, "border"])
    mark(ben, post.post_id, "True")
    assert (counted(context), corrected(context)) == ([True], [False, "border", True])
    assert unbalanced(context.ledger) == []


def test_no_other_yes_or_no_has_a_border(context: Context) -> None:
    post_id = first(context).post_id
    with pytest.raises(ChangeRefusedError, match="spam: yes or no, not 'border'"):
        casework.correct(context, post_id, "spam", "border", "ben", "")


def test_in_spanish_it_is_offered_in_spanish(context: Context) -> None:
    page = logged_in(context, "ben", browser(context, "es")).get(f"/posts/{first(context).post_id}").text
    assert '<option value="border">en el límite: cabe duda</option>' in page
