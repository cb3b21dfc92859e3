"""The review queue: a decision stays in place, a named post comes first, and agreement with the model is counted."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ledger import read
from pipeline.context import Context
from tests.support.desk_client import browser, hidden
from tests.support.seeded import open_seeded


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = open_seeded(tmp_path, 24, datetime.now(UTC) - timedelta(minutes=5))
    yield context
    context.ledger.close()


def decide(client: TestClient, page: str, post_id: str, what: str) -> str:
    """Send the decision about a post from this page; return where it leads."""
    form = hidden(client.get(page).text, f"/review/{post_id}/accept")
    answer = client.post(f"/review/{post_id}/{what}", data={**form, "why": ""}, follow_redirects=False)
    assert answer.status_code == 303
    return answer.headers["location"]


def card(page: str) -> str:
    """Return the part of the page with the card, as text."""
    return unescape(page).partition('class="card doubtful"')[2].partition("</section>")[0]


def test_a_decision_leads_to_the_post_that_took_its_place(context: Context) -> None:
    client = browser(context)
    first, second, third = read.review_queue(context.ledger, limit=3)
    assert first.text in card(client.get("/review").text)
    assert second.text in card(client.get("/review?at=1").text)
    assert decide(client, "/review?at=1", second.post_id, "reject") == "/review?at=1&done=1"
    assert third.text in card(client.get("/review?at=1&done=1").text)
    place = decide(client, "/review", first.post_id, "accept")
    record = read.post_record(context.ledger, first.post_id)
    assert record is not None
    assert place == f"/review?done=1&case={record.case_key}"
    assert f'href="/cases/{record.case_key}"' in client.get(place).text


def test_beyond_the_end_the_last_card_is_shown(context: Context) -> None:
    total = read.count_review_queue(context.ledger)
    assert f"{total} / {total}" in browser(context).get("/review?at=99999").text


def test_a_named_post_comes_first_while_it_is_in_review(context: Context) -> None:
    client = browser(context)
    last = read.review_queue(context.ledger, limit=99)[-1]
    assert last.text in card(client.get(f"/review?post={last.post_id}").text)
    decided = next(read.post_records(context.ledger, decision="in_case"))
    assert decided.text not in card(client.get(f"/review?post={decided.post_id}").text)


def test_agreement_with_the_model_is_counted(context: Context) -> None:
    client = browser(context)
    assert "as the model leaned" not in client.get("/review").text
    one, other = read.review_queue(context.ledger, limit=2)  # both are above 0.5: the model leans towards a case
    decide(client, "/review", one.post_id, "accept")
    decide(client, "/review", other.post_id, "reject")
    assert read.review_agreement(context.ledger) == (1, 2)
    assert "People decided as the model leaned in 50% of 2 decisions." in client.get("/review").text.replace(
        "50 %", "50%"
    )
