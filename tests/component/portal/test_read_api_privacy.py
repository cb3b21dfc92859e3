"""Test what never leaves by the read API: people, quotes, private messages."""

from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import update
from starlette.testclient import TestClient

from core.records.post import PRIVATE_SOURCES
from ledger import schema
from ledger.database import Ledger
from ledger.database.writing import writing
from pipeline.context import now
from search import queries
from tests.support.ledger_facts import post
from tests.support.portal_facts import bearer, client_of, open_case, open_cases, portal_context
from tests.support.read_api_rig import ALL, ROOT, ask, posts_of


@pytest.fixture
def client(tmp_path: Path, portal_ledger: Ledger) -> TestClient:
    return client_of(portal_context(tmp_path, portal_ledger))


def test_nothing_of_a_person_leaves(client: TestClient, portal_ledger: Ledger) -> None:
    token = bearer(portal_ledger, *ALL)
    (public,) = posts_of(portal_ledger, 1, author="a" * 32)
    (private,) = posts_of(portal_ledger, 1, source="mailbox", first=500, author="b" * 32, text="Carta con secretos")
    rows = {row["post_id"]: row for row in ask(client, "/posts", token)["data"]}
    assert rows[public]["text"]
    assert rows[private]["text"] is None
    for path in ("/posts", f"/posts/{private}", "/cases"):
        body = client.get(f"{ROOT}{path}", headers=token).text
        assert not any(one in body for one in ("a" * 32, "b" * 32, "secretos", "author_id", '"who"', '"why"'))


def test_a_title_quotes_a_post_only_for_who_may_read_posts(client: TestClient, portal_ledger: Ledger) -> None:
    (key,) = open_cases(portal_ledger, [2])
    cases, both = bearer(portal_ledger, "cases"), bearer(portal_ledger, "cases", "posts", name="both")
    found = ask(client, f"/cases/{key}", cases)
    assert (found["title"], found["post_ids"]) == (None, [])
    assert [step["state"] for step in found["steps"]] == ["new"]
    found = ask(client, f"/cases/{key}", both)
    assert found["title"]
    assert len(found["post_ids"]) == 1


@pytest.mark.parametrize(("source", "shown"), [("archive", (40.42345, -3.68765)), ("inbox", (40.423, -3.688))])
def test_the_exact_point_of_a_private_message_stays(
    client: TestClient, portal_ledger: Ledger, source: str, shown: tuple[float, float]
) -> None:
    """Its writer may have chosen the own front door; of a public post it is a place of the gazetteer."""
    at = now()
    one = post(1, source=source, created_at=at, received_at=at, lat=40.42345, lon=-3.68765)
    key = open_case(portal_ledger, one, at, lat=40.42345, lon=-3.68765)
    with writing(portal_ledger) as connection:
        connection.execute(update(schema.labels).values(lat=40.42345, lon=-3.68765))
    token = bearer(portal_ledger, *ALL)
    for path in ("/posts", f"/posts/{one.post_id}", "/cases", f"/cases/{key}"):
        found = ask(client, path, token)
        (row,) = found.get("data", [found])
        assert (row["lat"], row["lon"]) == shown, path
        assert source == "archive" or "40.4234" not in client.get(f"{ROOT}{path}", headers=token).text


@pytest.mark.parametrize("source", sorted(PRIVATE_SOURCES))
def test_words_of_a_private_channel_find_nothing_and_ask_no_engine(client: TestClient, portal_ledger: Ledger, source: str) -> None:
    posts_of(portal_ledger, 1, source=source, text="Carta con secretos")
    token = bearer(portal_ledger, "posts")
    assert ask(client, "/posts", token, q="secretos", source=source) == {"data": [], "next": None}
    assert len(ask(client, "/posts", token, source=source)["data"]) == 1


def test_words_are_never_sought_in_private_messages(client: TestClient, portal_ledger: Ledger, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[Any] = []

    def search(*_given: object, **more: Any) -> queries.Hits:
        asked.append(more["without_sources"])
        return queries.Hits(ids=(), total=0)

    monkeypatch.setattr(queries, "search_posts", search)
    monkeypatch.setattr(queries.CircuitBreaker, "ask", lambda _self, query: query(None))
    ask(client, "/posts", bearer(portal_ledger, "posts"), q="secretos")
    assert asked == [["inbox", "mailbox"]]
