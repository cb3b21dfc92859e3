"""Test what people decide about doubtful posts: accept, reject, same incident or not."""

import json
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from ledger import read, schema
from ledger.database.writing import writing
from pipeline import all_steps as steps, export
from pipeline.context import Context
from tests.support.desk_client import browser, sent
from tests.support.seeded import NOW, open_seeded


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    """Twelve posts without a search engine; the test changes them."""
    context = open_seeded(tmp_path, 12, NOW)
    yield context
    context.ledger.close()


def test_a_doubtful_post_becomes_a_case_or_not_as_a_person_says(context: Context) -> None:
    client = browser(context)
    doubtful = read.review_queue(context.ledger, limit=50)
    page = sent(client, "/review", f"/review/{doubtful[0].post_id}/accept", why="")
    case = re.search(r'Saved\. <a href="(/cases/C-[^"]+)">', page)
    assert case is not None
    assert "not identified (desk without users) made it a case" in client.get(case[1]).text
    other = next(one for one in doubtful if one.text[:9] != doubtful[0].text[:9])  # those of its incident are in the case too
    sent(client, "/review", f"/review/{other.post_id}/reject", why="ya respondido")
    kept = [read.post_record(context.ledger, one.post_id) for one in (doubtful[0], other)]
    assert [one.decision for one in kept if one] == ["in_case", "no_case"]


def test_one_key_puts_a_doubtful_post_into_the_incident_that_is_suggested(context: Context) -> None:
    client = browser(context)
    one = read.review_queue(context.ledger, limit=1)[0]
    case = next(read.case_records(context.ledger))
    first = next(read.post_records(context.ledger, case_key=case.case_key, order="oldest"))
    incident = read.memberships(context.ledger, [first.post_id])[first.post_id].incident_key
    suggest(context, one.post_id, incident)
    page = client.get("/review").text
    assert re.search(r'<button accesskey="1" data-key="1">Same incident<span class="unseen"> ', page)
    assert re.search(r'<button accesskey="1" data-key="1">Misma incidencia<', browser(context, "es").get("/review").text)
    sent(client, "/review", f"/review/{one.post_id}/join", incident=incident, why="")
    assert f"not identified (desk without users) said it is about the same as {incident}" in client.get(f"/posts/{one.post_id}").text
    after = read.post_record(context.ledger, one.post_id)
    assert after is not None
    assert (after.decision, after.case_key) == ("in_case", case.case_key)
    assert steps.triage(context) == {"decided": 0}


def test_not_the_same_is_remembered_and_the_post_waits_on(context: Context) -> None:
    client = browser(context)
    one = read.review_queue(context.ledger, limit=1)[0]
    other = next(read.post_records(context.ledger, decision="in_case"))
    incident = read.memberships(context.ledger, [other.post_id])[other.post_id].incident_key
    suggest(context, one.post_id, incident)
    sent(client, "/review", f"/review/{one.post_id}/not-same", incident=incident, why="")
    assert read.suggestions(context.ledger, one.post_id) == []
    after = read.post_record(context.ledger, one.post_id)
    assert after is not None
    assert after.decision == "in_review"
    assert [(r.same, r.incident_key) for r in read.incident_rulings(context.ledger)] == [(False, incident)]
    said = [json.loads(line) for line in export.lines(context.ledger, "corrections", "jsonl")]
    assert [(line["question"], line["value"]) for line in said] == [(f"same as {incident}", False)]
    exported = {line["post_id"]: line for line in map(json.loads, export.lines(context.ledger, "posts", "jsonl"))}
    assert exported[other.post_id]["case"] == other.case_key
    assert exported[other.post_id]["incident"] == incident
    assert exported[one.post_id]["decision"] == "in_review"
    assert exported[one.post_id]["reason"] == after.reason


def suggest(context: Context, post_id: str, incident: str) -> None:
    """What triage would have suggested."""
    with writing(context.ledger) as connection:
        row = {"post_id": post_id, "rank": 1, "incident_key": incident, "probability": 0.4}
        connection.execute(schema.incident_suggestions.delete().where(schema.incident_suggestions.c.post_id == post_id))
        connection.execute(schema.incident_suggestions.insert(), row)
