"""The review queue: a decision stays in place, a named post comes first, and agreement with the model is counted."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from core.records.read_models import PostRecord
from ledger import read
from pipeline.casework import looks
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


def queue(context: Context) -> list[PostRecord]:
    """Return the first post of each look, in the order of the page."""
    return read.records_of(context.ledger, [one.first for one in looks.queue(context)])


def card(page: str) -> str:
    """Return the part of the page with the card, as text."""
    return unescape(page).partition('class="card doubtful"')[2].partition("</section>")[0]


def test_a_decision_leads_to_the_post_that_took_its_place(context: Context) -> None:
    client = browser(context)
    first, second = queue(context)[:2]
    assert first.text in card(client.get("/review").text)
    assert second.text in card(client.get("/review?at=1").text)
    assert decide(client, "/review?at=1", second.post_id, "reject") == f"/review?at=1&done=1&decided={second.post_id}"
    after = client.get(f"/review?at=1&done=1&decided={second.post_id}").text
    third = queue(context)[1]
    assert third.post_id not in (first.post_id, second.post_id)
    assert third.text in card(after)
    assert f'href="/posts/{second.post_id}">Show the post' in after, "a slip of a key is found again"
    place = decide(client, "/review", first.post_id, "accept")
    record = read.post_record(context.ledger, first.post_id)
    assert record is not None
    assert place == f"/review?done=1&case={record.case_key}"
    assert f'href="/cases/{record.case_key}"' in client.get(place).text


def test_beyond_the_end_the_last_card_is_shown(context: Context) -> None:
    total = len(queue(context))
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
    one, other = queue(context)[:2]  # both are above 0.5: the model leans towards a case
    decide(client, "/review", one.post_id, "accept")
    decide(client, "/review", other.post_id, "reject")
    assert read.review_agreement(context.ledger) == (1, 2)
    assert "Decisions of people that went as the model leaned: 1 of 2." in client.get("/review").text, "no share of so few"


def lines(page: str) -> list[str]:
    """Return the posts of the dense list, in order."""
    return re.findall(r'<a class="into" href="/review\?post=(\w+)', page)


def test_the_dense_list_holds_the_queue_in_looks(context: Context) -> None:
    waiting = read.review_queue(context.ledger, limit=99)
    page = browser(context).get("/review?layout=list").text
    assert sorted(lines(page)) == sorted(one.post_id for one in waiting)
    shown = [lines(part) for part in page.split('<div class="alike')[1:]]
    assert [group[0] for group in shown] == [one.post_id for one in queue(context)]
    assert max(map(len, shown)) > 1
    assert re.search(r"\d+ posts alike", page)


def test_one_sentence_says_what_is_left_unread_and_what_is_expected_in_it(context: Context) -> None:
    page = browser(context).get("/review").text
    found_looks, posts = len(queue(context)), read.count_review_queue(context.ledger)
    assert f"<strong>{found_looks} looks</strong> for {posts} posts that wait" in page
    left = sum(one.posts for one in read.score_counts(context.ledger, datetime.now(UTC) - timedelta(days=7)) if one.decision == "no_case")
    found = re.search(r"Left unread: (\d+) posts?; about (\d+) of them report something, (\d+) at most\.", page)
    assert found is not None
    number, expected, most = map(int, found.groups())
    assert number == left > 0
    assert 0 <= expected <= most <= number


def test_the_posts_of_a_look_are_decided_with_one_key(context: Context) -> None:
    client = browser(context)
    at, look = next((at, look) for at, look in enumerate(looks.queue(context)) if len(look.posts) > 1)
    page = client.get(f"/review?at={at}").text
    boxes = re.findall(r'checked form="review-beside" name="post" value="([^"]+)"', page)
    assert [box.partition(":")[0] for box in boxes] == [one.post_id for one in look.posts[1:]]
    form = {name: unescape(value) for name, value in hidden(page, "/posts/bulk").items()}
    client.post("/posts/bulk", data={**form, "action": "no-case", "post": boxes})
    kept = read.records_of(context.ledger, [one.post_id for one in look.posts])
    assert [one.decision for one in kept] == ["in_review"] + ["no_case"] * len(boxes)


def test_a_decision_in_the_list_stays_in_its_line(context: Context) -> None:
    client = browser(context)
    before = lines(client.get("/review?layout=list").text)
    form = hidden(client.get("/review?layout=list").text, f"/review/{before[2]}/accept")
    answer = client.post(f"/review/{before[2]}/reject", data=form, follow_redirects=False)
    assert answer.headers["location"] == f"/review?layout=list&row=2&done=1&decided={before[2]}"
    page = client.get(answer.headers["location"]).text
    assert re.findall(r'<a class="into" href="/review\?post=(\w+)" autofocus', page) == [lines(page)[2]]


def test_ticked_lines_are_decided_together(context: Context) -> None:
    client = browser(context)
    page = client.get("/review?layout=list").text
    boxes = re.findall(r'form="review-bulk" name="post" value="([^"]+)"', page)
    form = {name: unescape(value) for name, value in hidden(page, "/posts/bulk").items()}
    after = client.post("/posts/bulk", data={**form, "action": "no-case", "post": boxes[:2]}).text
    assert len(lines(after)) == len(boxes) - 2


def test_no_case_is_undone_on_the_next_page_for_one_post_and_for_all_of_a_look(context: Context) -> None:
    client = browser(context)
    before = [look.posts for look in looks.queue(context)]
    first = before[0][0].post_id
    page = client.get(decide(client, "/review", first, "reject")).text
    back = client.post(f"/review/{first}/take-back", data=hidden(page, f"/review/{first}/take-back"), follow_redirects=False)
    assert back.headers["location"] == f"/review?post={first}"
    assert [look.posts for look in looks.queue(context)] == before
    page = client.get("/review?layout=list").text
    boxes = re.findall(r'form="review-bulk" name="post" value="([^"]+)"', page)[:3]
    form = {name: unescape(value) for name, value in hidden(page, "/posts/bulk").items()}
    after = client.post("/posts/bulk", data={**form, "action": "no-case", "post": boxes}).text
    ids = re.findall(r'<input type="hidden" name="post" value="(\w+)">', after.partition("/take-back")[2].partition("</form>")[0])
    assert ids == [box.partition(":")[0] for box in boxes]
    client.post(f"/review/{ids[0]}/take-back", data={**hidden(after, f"/review/{ids[0]}/take-back"), "post": ids})
    assert [look.posts for look in looks.queue(context)] == before
