"""The bell of the header: what asks for a person, each count with exactly its rows, and nothing for who only reads."""

import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from html import unescape
from pathlib import Path

import pytest
from starlette.testclient import TestClient

from ledger import read, saved_views, schema
from ledger.database.writing import writing
from ledger.system import users
from pipeline import casework
from pipeline.access import accounts
from pipeline.casework import ownership
from pipeline.casework.answering import answers
from pipeline.context import Context
from tests.support.desk_client import logged_in, people
from tests.support.seeded import open_seeded

NOW = datetime.now(UTC)
ROADS, WASTE = "Vías públicas", "Limpieza y residuos"


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    context = open_seeded(tmp_path, 42, NOW - timedelta(hours=1))
    people(context)
    accounts.choose_department(context, "ben", ROADS)
    yield context
    context.ledger.close()


@pytest.fixture
def ben(context: Context) -> TestClient:
    return logged_in(context, "ben")


def rung(client: TestClient) -> dict[str, tuple[int, str]]:
    """Return the lines of the bell: count and address by what it says."""
    bell = client.get("/sources").text.partition('class="bell"')[2].partition("</details>")[0]
    lines = re.findall(r'data-count="(\d+)" href="([^"]+)"><span>([^<]+)</span>', bell)
    total = re.findall(r'class="rung">(\d+)<', bell)
    assert total in ([], [str(sum(int(count) for count, _, _ in lines))])
    return {unescape(words): (int(count), unescape(address)) for count, address, words in lines}


def rows(client: TestClient, address: str) -> int:
    found = re.search(r'<p role="status"><strong>(\d+) (?:cases?|answers?|saved views?)', client.get(address).text)
    assert found is not None, address
    return int(found[1])


def test_each_line_counts_what_asks_for_me_and_opens_exactly_its_rows(context: Context, ben: TestClient) -> None:
    first, *_ = read.case_records(context.ledger, department=WASTE, open_only=True)
    casework.assign(context, first.case_key, ROADS, "ana", "es la calzada")
    mine, asked, *_ = [one.case_key for one in read.case_records(context.ledger, department=ROADS, state="new")]
    with writing(context.ledger) as connection:
        cases = schema.cases
        later = cases.update().values(due_at=NOW + timedelta(days=9))
        connection.execute(later)
        connection.execute(cases.update().where(cases.c.case_key == mine).values(due_at=NOW))
    posts = list(read.post_records(context.ledger, case_key=asked))
    [question] = answers.draft(context, [posts[0].post_id], "¿A qué altura?", "es", "ana", asks=True, any_language=True)
    answers.approve(context, question, "ana")
    answers.mark_copied(context, question, "ana")
    other = next(one.post_id for one in read.post_records(context.ledger) if one.case_key is None)
    answers.draft(context, [other], "Abre a las nueve.", "es", "ana", any_language=True)
    before = rung(ben)
    assert before["In my queue, the citizen replied"][0] == 0
    with writing(context.ledger) as connection:
        table = schema.posts
        connection.execute(table.update().where(table.c.post_id == posts[0].post_id).values(thread="t-1"))
        reply = {"thread": "t-1", "received_at": datetime.now(UTC) + timedelta(seconds=1)}
        connection.execute(table.update().where(table.c.post_id == other).values(**reply))
    found = rung(ben)
    assert {words: count for words, (count, _) in found.items()} == {
        "With my department, taken by no one": 2,  # the one handed over, and the one of the question
        "In my queue, due today": 1,
        "In my queue, the citizen replied": 1,
        "Answers to approve": 1,
        "My saved views with new matches": 0,
    }
    assert {words: rows(ben, address) for words, (_, address) in found.items()} == {words: count for words, (count, _) in found.items()}
    assert first.case_key in ben.get(found["With my department, taken by no one"][1]).text
    assert asked in ben.get(found["In my queue, the citizen replied"][1]).text
    ownership.take(context, first.case_key, "ana")
    assert rung(ben)["With my department, taken by no one"][0] == 1


def test_a_saved_view_rings_for_what_it_found_since_yesterday_and_not_for_what_was_there(context: Context, ben: TestClient) -> None:
    for name in ("v1", "v2"):
        saved_views.save(context.ledger, name, "ben", "posts", name, "topic=noise", False, 9, NOW)
        saved_views.set_alert(context.ledger, name, "ben", "mail", None, "", ["p-there"], NOW)
    assert rung(ben)["My saved views with new matches"][0] == 0
    alert = next(one.id for one in read.view_alerts(context.ledger, "ben") if one.view == "v1")
    with writing(context.ledger) as connection:
        new = [{"alert": alert, "item": f"p-{n}", "found_at": NOW - timedelta(hours=n), "waits": True} for n in (1, 2, 30)]
        connection.execute(schema.view_matches.insert(), new)
    count, address = rung(ben)["My saved views with new matches"]
    page = ben.get(address).text
    assert (count, rows(ben, address)) == (1, 1)
    assert "2 new matches in the last 24 hours" in page
    assert 'id="view-v2"' not in page
    assert rung(logged_in(context, "ana"))["My saved views with new matches"][0] == 0


def test_who_only_reads_has_no_bell(context: Context, ben: TestClient) -> None:
    users.set_role(context.ledger, "ben", "reader", "ana", NOW)
    assert 'class="bell"' not in logged_in(context, "ben").get("/").text
    assert "With my department, taken by no one" not in rung(logged_in(context, "eva"))  # she chose no department
