"""Test the page of a case: work to the end, comments of its thread, publication."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import read, schema
from ledger.database.writing import writing
from pipeline.context import Context
from tests.support.desk_client import browser, hidden, sent
from tests.support.seeded import NOW, open_seeded


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    """Twelve posts without a search engine; the test changes them."""
    context = open_seeded(tmp_path, 12, NOW)
    yield context
    context.ledger.close()


def test_a_case_is_worked_to_the_end_and_every_step_is_in_its_history(context: Context) -> None:
    client = browser(context)
    key = next(read.case_records(context.ledger, topic="street_lighting")).case_key
    case = f"/cases/{key}"
    sent(client, case, f"{case}/assign", department="Movilidad", why="es suyo")
    sent(client, case, f"{case}/acknowledge", why="")
    sent(client, case, f"{case}/answer", why="Se avisó a la vecina", where="por la misma red")
    sent(client, case, f"{case}/resolve", why="Farola cambiada")
    page = sent(client, case, f"{case}/reopen", why="Vuelve a fallar")
    assert [(t.state, t.who, t.why) for t in read.transitions(context.ledger, key)][1:] == [
        ("assigned", "desk", "es suyo"),
        ("acknowledged", "desk", ""),
        ("answered", "desk", "Se avisó a la vecina (por la misma red)"),
        ("resolved", "desk", "Farola cambiada"),
        ("assigned", "desk", "Vuelve a fallar"),
    ]
    assert "Vuelve a fallar" in page
    fact = read.case_record(context.ledger, key)
    assert fact is not None
    assert (fact.department, fact.state, fact.answered_at is not None, fact.closed_at) == ("Movilidad", "assigned", True, None)


def test_cases_reopened_twice_are_listed_by_a_filter(context: Context) -> None:
    client = browser(context)
    keys = [one.case_key for one in read.case_records(context.ledger)]
    for times in range(1, 3):
        for step in ("resolve", "reopen"):
            sent(client, f"/cases/{keys[0]}", f"/cases/{keys[0]}/{step}", why="otra vez")
        listed = client.get("/cases?reopened=2").text
        assert (f"/cases/{keys[0]}" in listed) is (times == 2)
    assert [f"/cases/{key}" in listed for key in keys[1:]] == [False] * (len(keys) - 1)
    kept = '<input type="hidden" name="reopened" value="2">'
    assert kept in listed
    assert kept not in client.get("/cases").text


def test_an_answer_without_words_is_refused_and_says_so(context: Context) -> None:
    client = browser(context)
    key = next(read.case_records(context.ledger)).case_key
    page = client.get(f"/cases/{key}").text
    answer = client.post(f"/cases/{key}/answer", data={**hidden(page, f"/cases/{key}/answer"), "why": "  "})
    assert (answer.status_code, "Please say what was answered" in answer.text) == (400, True)
    given = {**hidden(page, f"/cases/{key}/answer"), "why": "Se cambia el lunes", "where": " "}
    answer = client.post(f"/cases/{key}/answer", data=given)
    assert (answer.status_code, "Please say where it was answered" in answer.text) == (400, True)
    assert "Se cambia el lunes</textarea>" in answer.text
    assert [t.state for t in read.transitions(context.ledger, key)] == ["new"]


def test_the_page_of_a_case_shows_the_comments_that_do_not_count_in_it(context: Context) -> None:
    fact = next(read.post_records(context.ledger, decision="in_case"))
    other = next(read.post_records(context.ledger, decision="no_case"))
    members, posts = schema.incident_posts, schema.posts
    reason = "thread: a debate, and reports nothing itself: actionable 0.020 < 0.50"
    with writing(context.ledger) as connection:
        incident = read.memberships(context.ledger, [fact.post_id])[fact.post_id].incident_key
        connection.execute(members.delete().where(members.c.post_id == other.post_id))
        row = {"post_id": other.post_id, "incident_key": incident, "who": "escucha", "probability": 1.0, "at": NOW, "has_keys": True}
        connection.execute(members.insert(), row)
        connection.execute(posts.update().where(posts.c.post_id == other.post_id).values(decision_reason=reason))
    page = browser(context).get(f"/cases/{fact.case_key}").text
    assert "Other comments in the thread (1)" in page
    assert f"/posts/{other.post_id}" in page
    assert "an opinion in a debate: shown with it, reports nothing itself (2%)" in browser(context).get(f"/posts/{other.post_id}").text
    assert "Otros comentarios del hilo (1)" in browser(context, "es").get(f"/cases/{fact.case_key}").text


def test_a_person_publishes_a_case_or_not_on_its_page(context: Context) -> None:
    client, key = browser(context), next(read.case_records(context.ledger)).case_key
    case = f"/cases/{key}"
    page = sent(client, case, f"{case}/publication", choice="withhold", why="a home")
    assert "not published: a person decided so" in page
    assert "by the rule → no" in page
    assert "published: a person decided so" in sent(client, case, f"{case}/publication", choice="publish")
    assert (
        "Choose: publish it"
        in client.post(f"{case}/publication", data={**hidden(client.get(case).text, f"{case}/publication"), "choice": "perhaps"}).text
    )
