"""Proposals and praise open no case: each has its list on the desk, by service, district and supporters."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from ledger import read, schema
from ledger.database.writing import writing
from ledger.read import PRAISE, PROPOSALS
from pipeline.context import Context
from tests.support.desk_client import browser
from tests.support.seeded import open_seeded


@pytest.fixture
def context(tmp_path: Path) -> Iterator[Context]:
    """A ledger in which three posts are proposals, two of one incident, and one is thanks."""
    context = open_seeded(tmp_path, 12, datetime.now(UTC) - timedelta(minutes=5))
    some = [one.post_id for one in read.post_records(context.ledger, order="oldest") if not one.own][:4]
    posts, members = schema.posts, schema.incident_posts
    with writing(context.ledger) as connection:
        connection.execute(members.delete().where(members.c.post_id.in_(some)))
        for number, post_id in enumerate(some):
            kind, likes = ("thanks", 0) if number == 3 else ("proposal", (5, 40, 7)[number])
            given = {"case_kind": kind, "decision": "no_case", "likes": likes, "kind": "post"}
            connection.execute(posts.update().where(posts.c.post_id == post_id).values(**given))
            topic = {"topic": "parks_trees" if number == 1 else "noise", "district": "Centro", "spam": False}
            connection.execute(schema.labels.update().where(schema.labels.c.post_id == post_id).values(**topic))
        given = {"incident_key": "I-same", "probability": 1.0, "who": "escucha", "at": datetime.now(UTC), "has_keys": False}
        connection.execute(members.insert(), [{**given, "post_id": one} for one in some[:3:2]])
    yield context
    context.ledger.close()


def test_the_most_supported_comes_first_and_the_same_proposal_is_one_line(context: Context) -> None:
    found = read.listed(context.ledger, PROPOSALS)
    assert [(one.posts, one.supporters) for one in found] == [(1, 41), (2, 14)]
    assert read.count_listed(context.ledger, PROPOSALS) == {("parks_trees", "Centro"): 1, ("noise", "Centro"): 1}
    assert [one.topic for one in read.listed(context.ledger, PROPOSALS, topic="noise")] == ["noise"]
    assert read.listed(context.ledger, PROPOSALS, district="Usera") == []


def test_the_page_lists_them_and_the_file_holds_the_same(context: Context) -> None:
    client = browser(context)
    page = client.get("/proposals").text
    assert "<strong>2 proposals</strong>" in page
    assert page.index(">41<") < page.index(">14<")
    assert "sent 2 times" in page
    only = client.get("/proposals?topic=noise").text
    assert "<strong>1 proposal</strong>" in only
    assert '<a href="/proposals.csv?topic=noise">' in only
    rows = client.get("/proposals.csv?topic=noise").text.splitlines()
    assert rows[0].startswith("post_id,created_at,service,district")
    assert len(rows) == 2


def test_praise_is_seen_by_service(context: Context) -> None:
    page = browser(context).get("/thanks?topic=noise").text
    assert "<strong>1 post</strong>" in page
    assert [one.topic for one in read.listed(context.ledger, PRAISE, topic="noise")] == ["noise"]
    assert "<strong>0 posts</strong>" in browser(context).get("/thanks?topic=parks_trees").text
