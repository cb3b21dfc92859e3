"""Test the page of a post: its decision, corrections, original, contact and marked words."""

import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from desk.pages.explanations import mark
from ledger import read
from pipeline.context import Context
from pipeline.portal import citizens
from tests.support.desk_client import browser, hidden, sent
from tests.support.seeded import NOW, open_seeded


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    """Twelve posts without a search engine; the test changes them."""
    context = open_seeded(tmp_path, 12, NOW)
    yield context
    context.ledger.close()


def test_a_post_says_why_it_became_a_case(context: Context) -> None:
    fact = next(read.post_records(context.ledger, topic="street_lighting", order="oldest"))
    page = browser(context).get(f"/posts/{fact.post_id}").text
    assert "very probably something to act on (91%)" in page
    assert f"/cases/{fact.case_key}" in page
    assert "hand@1" in page


def test_markup_in_a_post_is_text(context: Context) -> None:
    page = browser(context).get("/posts").text
    assert "&lt;script&gt;alert(1)&lt;/script&gt;" in page
    assert "<script>alert" not in page


def test_a_corrected_label_is_shown_kept_and_audited(context: Context) -> None:
    client = browser(context)
    fact = next(read.post_records(context.ledger, topic="other"))
    post = f"/posts/{fact.post_id}"
    page = sent(client, post, f"{post}/correct", question="topic", value="noise", why="habla de ruido")
    assert "corrected" in page
    corrected = read.post_record(context.ledger, fact.post_id)
    assert corrected is not None
    assert (corrected.topic, corrected.corrected) == ("noise", ("topic",))
    assert [line.what for line in read.audit(context.ledger, fact.post_id)] == ["correct topic"]


def test_a_corrected_kind_is_shown_and_its_case_is_due_anew(context: Context) -> None:
    client = browser(context)
    fact = next(read.post_records(context.ledger, decision="in_case"))
    assert fact.case_key is not None
    before = read.case_record(context.ledger, fact.case_key)
    address = f"/posts/{fact.post_id}"
    page = sent(client, address, f"{address}/correct", question="case_kind", value="proposal", why="")
    assert "proposal" in page
    assert "set by a person" in page
    after = read.case_record(context.ledger, fact.case_key)
    assert before is not None
    assert after is not None
    assert after.due_at - before.due_at > timedelta(days=20)
    case = client.get(f"/cases/{fact.case_key}").text
    assert re.search(r"<dt>Kind</dt><dd>proposal <span class=\"tag\">corrected</span></dd>", case)
    assert f"/cases/{fact.case_key}" in client.get("/cases?kind=proposal").text
    assert f"/cases/{fact.case_key}" not in client.get("/cases?kind=question").text
    assert fact.post_id in client.get("/posts?of=all&case_kind=proposal").text


def test_a_label_that_does_not_exist_is_refused(context: Context) -> None:
    client = browser(context)
    post = f"/posts/{next(read.post_records(context.ledger)).post_id}"
    form = hidden(client.get(post).text, f"{post}/correct", question="topic")
    answer = client.post(f"{post}/correct", data={**form, "value": "ufos"})
    assert (answer.status_code, "is not one of" in answer.text) == (400, True)


def test_the_original_is_shown_once_asked_for_and_looking_is_logged(context: Context) -> None:
    client = browser(context)
    post = f"/posts/{next(read.post_records(context.ledger, order='oldest')).post_id}"
    assert "red.example" not in client.get(post).text
    page = sent(client, post, f"{post}/original")
    assert 'href="https://red.example/0"' in page
    assert [line.what for line in read.audit(context.ledger, post.removeprefix("/posts/"))] == ["open_original"]


def test_each_picture_of_a_report_is_a_link_of_the_original(context: Context) -> None:
    links = "https://fms.example/1.jpg https://fms.example/2.jpg javascript:alert(1)"
    item = {"id": "1", "sender": "open311-app", "text": "La farola no se enciende", "url": links}
    receipt = read.receipt(context.ledger, str(citizens.store_report(context, item)))
    assert receipt is not None
    post = f"/posts/{receipt.post_id}"
    page = sent(browser(context), post, f"{post}/original")
    assert re.findall(r'href="(\w+://fms[^"]+|javascript[^"]*)"', page) == links.split()[:2]


def test_the_address_of_a_citizen_is_opened_with_a_reason_that_is_logged(context: Context) -> None:
    number = citizens.store_report(context, {"id": "1", "sender": "portal", "text": "La farola no se enciende"})
    assert number is not None
    citizens.store_contact(context, number, "luisa@example.org", "es")
    receipt = read.receipt(context.ledger, number)
    assert receipt is not None
    client, post = browser(context), f"/posts/{receipt.post_id}"
    assert "luisa@example.org" not in client.get(post).text
    refused = client.post(f"{post}/contact", data={**hidden(client.get(post).text, f"{post}/contact"), "why": " "})
    assert "Write why you need the address" in refused.text
    assert "luisa@example.org" not in refused.text
    assert "luisa@example.org" in sent(client, post, f"{post}/contact", why="to ask which lamp")
    [line] = read.audit(context.ledger, receipt.post_id)
    assert (line.what, line.why) == ("open_contact", "to ask which lamp")
    another = next(one.post_id for one in read.post_records(context.ledger) if one.post_id != receipt.post_id)
    assert f"/posts/{another}/contact" not in client.get(f"/posts/{another}").text


@pytest.mark.parametrize(
    ("language", "title"), [("en", "Words that decided each label"), ("es", "Palabras que determinaron cada etiqueta")]
)
def test_the_words_that_carried_a_label_are_marked_and_listed_when_asked_for(context: Context, language: str, title: str) -> None:
    client = browser(context, language)
    post = f"/posts/{next(read.post_records(context.ledger, topic='street_lighting')).post_id}"
    assert f'<a href="{post}/words">{title}</a>' in client.get(post).text
    page = client.get(f"{post}/words").text
    assert f"<h1>{title}</h1>" in page
    assert "<mark>Farola</mark>" in page
    assert '<th scope="row">Farola</th>' in page


def test_markup_stays_text_where_words_are_marked(context: Context) -> None:
    attack = next(fact for fact in read.post_records(context.ledger) if "<script>" in fact.text)
    page = browser(context).get(f"/posts/{attack.post_id}/words").text
    assert "<script>alert" not in page
    assert "&lt;" in page


def test_words_are_marked_wherever_they_stand_and_inside_no_other_word() -> None:
    carried = [("sol", 2.0), ("?", 0.3), ("Puerta del Sol", 0.2)]
    assert mark("¿Sol, solar o Puerta del Sol?", carried) == [
        *(("¿", False), ("Sol", True), (", solar o ", False), ("Puerta del Sol", True), ("?", True))
    ]
    assert mark("nada", []) == [("nada", False)]


def test_the_words_of_a_post_that_is_not_there_are_not_found(context: Context) -> None:
    assert browser(context).get(f"/posts/{'0' * 32}/words").status_code == 404
