"""A letter to the council leaves the desk in no file: not its words, nor a title made of them."""

import csv
import io
import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ledger import read, schema
from ledger.database.writing import writing
from pipeline.context import Context
from pipeline.export import lines
from tests.support.desk_client import browser
from tests.support.seeded import open_seeded


@pytest.fixture(params=["mailbox", "inbox"])
def context(tmp_path: Path, request: pytest.FixtureRequest) -> Iterator[Context]:
    """A ledger whose posts are all letters, one of them a proposal."""
    context = open_seeded(tmp_path, 12, datetime.now(UTC) - timedelta(minutes=5))
    with writing(context.ledger) as connection:
        connection.execute(schema.posts.update().values(source=request.param))
        connection.execute(schema.cases.update().values(source=request.param, sources=[request.param]))
        first = next(iter(read.post_records(context.ledger, order="oldest"))).post_id
        proposal = {"case_kind": "proposal", "decision": "no_case", "kind": "post"}
        connection.execute(schema.posts.update().where(schema.posts.c.post_id == first).values(**proposal))
        connection.execute(schema.labels.update().where(schema.labels.c.post_id == first).values(spam=False))
    yield context
    context.ledger.close()


def test_the_title_of_a_case_of_letters_is_not_exported(context: Context) -> None:
    titles = {one.title for one in read.case_records(context.ledger)}
    assert all(titles)
    assert {json.loads(line)["title"] for line in lines(context.ledger, "cases", "jsonl")} == {None}
    exported = "".join(lines(context.ledger, "cases", "csv"))
    assert [title for title in titles if title in exported] == []


def test_pieces_of_a_letter_are_not_exported_either(context: Context) -> None:
    letter = next(one for one in read.post_records(context.ledger, order="oldest") if one.places and one.case_key)
    said = [{**one.model_dump(mode="json"), "text": "delante de mi casa, el 14"} for one in letter.places]
    point = {"name": "risk", "points": 3, "evidence": "huele a gas"}
    with writing(context.ledger) as connection:
        connection.execute(
            schema.posts.update().where(schema.posts.c.post_id == letter.post_id).values(decision_reason="risk: gas (huele a gas)")
        )
        connection.execute(schema.labels.update().where(schema.labels.c.post_id == letter.post_id).values(places=json.dumps(said)))
        connection.execute(schema.cases.update().values(priority_points=[point]))
        connection.execute(schema.transitions.update().values(why="risk: gas (huele a gas)"))
    files = {what: "".join(lines(context.ledger, what, "jsonl")) for what in ("posts", "labels", "cases")}
    assert [what for what, content in files.items() if "mi casa" in content or "huele" in content] == []
    [row] = [one for one in map(json.loads, files["posts"].splitlines()) if one["post_id"] == letter.post_id]
    assert (row["reason"], row["places"]) == ("risk: gas", [one.name for one in letter.places if one.name])


def test_the_words_of_a_proposal_in_a_letter_are_not_in_the_file_of_proposals(context: Context) -> None:
    answer = browser(context).get("/proposals.csv")
    [row] = csv.DictReader(io.StringIO(answer.text.removeprefix("\ufeff")))
    assert row["text"] == ""
