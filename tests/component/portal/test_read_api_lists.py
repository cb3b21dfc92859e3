"""Test lists of the read API: pages, filters, formats, counts."""

import csv
import io
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from starlette.testclient import TestClient

from ledger import read, schema
from ledger.database import Ledger
from ledger.database.writing import writing
from pipeline.context import now
from portal.api.queries import MOST_ROWS
from tests.support.ledger_facts import arrive, post, read_all
from tests.support.portal_facts import bearer, client_of, open_cases, portal_context
from tests.support.read_api_rig import ALL, ROOT, ask, posts_of


@pytest.fixture
def client(tmp_path: Path, portal_ledger: Ledger) -> TestClient:
    return client_of(portal_context(tmp_path, portal_ledger))


def test_pages_stay_the_same_while_the_list_grows(client: TestClient, portal_ledger: Ledger) -> None:
    token, ids = bearer(portal_ledger, "posts"), posts_of(portal_ledger, 7)
    first = ask(client, "/posts", token, limit=3, period="7d")
    posts_of(portal_ledger, 2, first=100)  # newer, and one as old as those of the first page
    second = ask(client, "/posts", token, limit=3, period="7d", after=first["next"])
    third = ask(client, "/posts", token, limit=3, period="7d", after=second["next"])
    seen = [row["post_id"] for page in (first, second, third) for row in page["data"]]
    assert [one for one in seen if one in ids] == ids
    assert len(seen) == len(set(seen))
    assert third["next"] is None


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_pages_of_cases_hold_each_case_once(client: TestClient, portal_ledger: Ledger, order: str) -> None:
    token, keys = bearer(portal_ledger, "cases"), open_cases(portal_ledger, [1, 1, 2, 3, 5])
    seen: list[str] = []
    after: dict[str, Any] = {}
    while True:
        page = ask(client, "/cases", token, limit=2, order=order, **after)
        seen += [row["case_key"] for row in page["data"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert sorted(seen) == sorted(keys)
    times = [read.case_record(portal_ledger, key).opened_at for key in seen]  # type: ignore[union-attr]
    assert times == sorted(times, reverse=order == "newest")


@pytest.mark.parametrize("after", ["AAAA", "WzEsMl0", "x" * 300, "W10"])
def test_a_made_up_cursor_is_refused_in_words(client: TestClient, portal_ledger: Ledger, after: str) -> None:
    assert "start again" in ask(client, "/posts", bearer(portal_ledger, "posts"), 400, after=after)["detail"]


def test_a_cursor_belongs_to_its_filters(client: TestClient, portal_ledger: Ledger) -> None:
    token = bearer(portal_ledger, "posts")
    posts_of(portal_ledger, 3)
    page = ask(client, "/posts", token, limit=1)
    found = ask(client, "/posts", token, 400, limit=1, after=page["next"], topic="noise")
    assert found["type"] == "urn:escucha:problem:cursor"


FILTERS = [
    {"topic": "roads_pavements"},
    {"source": "archive"},
    {"language": "es"},
    {"intent": "complaint"},
    {"sentiment": "negative"},
    {"period": "today"},
    {"district": "Salamanca"},
]


@pytest.mark.parametrize("given", FILTERS, ids=lambda one: next(iter(one)))
def test_a_filter_keeps_what_it_names(client: TestClient, portal_ledger: Ledger, given: dict[str, Any]) -> None:
    token, ids = bearer(portal_ledger, "posts"), posts_of(portal_ledger, 1)
    old = now() - timedelta(days=20)
    other = post(50, source="x", created_at=old, received_at=old)
    arrive(portal_ledger, [other], source="x", now=old)
    read_all(portal_ledger, now=old)
    labels = {"topic": "noise", "language": "gl", "intent": "praise", "sentiment": "positive", "district": "Usera"}
    with writing(portal_ledger) as connection:
        connection.execute(schema.labels.update().where(schema.labels.c.post_id == other.post_id).values(labels))
    assert {row["post_id"] for row in ask(client, "/posts", token)["data"]} == {*ids, other.post_id}
    (name,) = given
    kept = ask(client, "/posts", token, **given)["data"]
    assert [row["post_id"] for row in kept] == ids
    if name != "period":
        assert kept[0][name] == given[name]


@pytest.mark.parametrize(
    ("path", "typed", "plain"),
    [
        ("/posts", "tema:calzadas canal:archivo", {"topic": "roads_pavements", "source": "archive"}),
        ("/posts", "decision:untriaged desde:2026-11-01", {"decision": "untriaged", "first": "2026-11-01"}),
        ("/posts", "topic:noise", {"topic": "noise"}),
        ("/counts", "distrito:Salamanca", {"district": "Salamanca"}),
        ("/cases", 'estado:nuevo servicio:"Calzadas y aceras"', {"state": "new", "topic": "roads_pavements"}),
    ],
)
def test_fields_in_a_search_stand_for_parameters(
    client: TestClient, portal_ledger: Ledger, path: str, typed: str, plain: dict[str, Any]
) -> None:
    open_cases(portal_ledger, [1, 2])
    posts_of(portal_ledger, 3)
    token = bearer(portal_ledger, *ALL)
    assert ask(client, path, token, q=typed)["data"] == ask(client, path, token, **plain)["data"]
    if path == "/posts" and plain != {"topic": "noise"}:
        assert ask(client, path, token, q=typed)["data"]


def test_fields_alone_are_read_page_by_page_and_words_are_refused_where_none_are_sought(client: TestClient, portal_ledger: Ledger) -> None:
    token, ids = bearer(portal_ledger, *ALL), posts_of(portal_ledger, 3)
    first = ask(client, "/posts", token, q="canal:archive", limit=2)
    second = ask(client, "/posts", token, q="canal:archive", limit=2, after=first["next"])
    assert [row["post_id"] for page in (first, second) for row in page["data"]] == ids
    for path in ("/cases", "/counts"):
        assert "fields only" in ask(client, path, token, 400, q="farola topic:noise")["detail"]


def test_a_period_may_be_open_at_one_end(client: TestClient, portal_ledger: Ledger) -> None:
    token, ids = bearer(portal_ledger, "posts"), posts_of(portal_ledger, 2)
    today, tomorrow = now().date(), now().date() + timedelta(days=2)
    assert [row["post_id"] for row in ask(client, "/posts", token, first=str(today - timedelta(days=2)))["data"]] == ids
    assert ask(client, "/posts", token, first=str(tomorrow))["data"] == []
    assert [row["post_id"] for row in ask(client, "/posts", token, last=str(tomorrow))["data"]] == ids


def test_days_that_have_not_come_have_no_rows(client: TestClient, portal_ledger: Ledger) -> None:
    token = bearer(portal_ledger, "posts", "cases")
    posts_of(portal_ledger, 2)
    open_cases(portal_ledger, [1])
    for path in ("/posts", "/cases"):
        found = ask(client, path, token, first="2090-01-02", last="2090-01-08")
        assert (found["data"], found["next"]) == ([], None)


WRONG = [
    ({"topic": "plumbing"}, "topic", "one of: waste_cleaning"),
    ({"colour": "red"}, "colour", "unknown; known:"),
    ({"limit": "0"}, "limit", "greater than or equal to 1"),
    ({"limit": str(MOST_ROWS + 1)}, "limit", "less than or equal to 500"),
    ({"last": "2101-01-01"}, "parameters", "between 2000 and 2100"),
    ({"period": "custom"}, "parameters", "one or two days in order"),
    ({"first": "2026-02-01", "last": "2026-01-01"}, "parameters", "one or two days in order"),
    ({"first": "0001-01-01", "last": "9999-12-31"}, "parameters", "between 2000 and 2100"),
    ({"first": "2026-01-01", "last": "2026-02-01", "period": "week"}, "parameters", "leave one out"),
    ({"district": "a\x00b"}, "district", "cannot be printed"),
    ({"q": "x" * 501}, "q", "500 are allowed"),
    ({"q": "x" * 10_000}, "q", "2000 are allowed"),
    ({"q": "fara\u202eola"}, "q", "cannot be printed"),
    ({"q": "district:Uzera"}, "q", "Nearest: Usera"),
    ({"q": "ojo:x"}, "q", "Fields: topic, district, channel"),
    ({"q": "after:1/11/2026"}, "q", "Write after:2026-11-01"),
    ({"q": "topic:noise", "topic": "noise"}, "q", "give it once"),
    ({"q": "after:2026-11-01", "period": "week"}, "parameters", "leave one out"),
    ({"q": "bache", "after": "AAAA"}, "parameters", "one page"),
    ({"of": "everything"}, "of", "'citizens'"),
]


@pytest.mark.parametrize(("query", "name", "words"), WRONG, ids=lambda one: str(one)[:30])
def test_a_wrong_parameter_is_named_with_what_is_allowed(
    client: TestClient, portal_ledger: Ledger, query: dict[str, Any], name: str, words: str
) -> None:
    found = ask(client, "/posts", bearer(portal_ledger, "posts"), 400, **query)
    assert (found["status"], found["title"]) == (400, "A parameter is wrong")
    (error,) = found["errors"]
    assert error["parameter"] == name
    assert words in error["detail"]


def test_a_parameter_given_twice_and_an_unknown_address_are_problems(client: TestClient, portal_ledger: Ledger) -> None:
    token = bearer(portal_ledger, "posts")
    assert "given twice" in client.get(f"{ROOT}/posts?topic=noise&topic=other", headers=token).json()["detail"]
    for path, method, code in (("/api/v1/secrets", "GET", 404), ("/api/v1/posts", "POST", 405)):
        answer = client.request(method, path, headers=token)
        assert (answer.status_code, answer.headers["content-type"]) == (code, "application/problem+json")


@pytest.mark.parametrize("path", ["/posts", "/cases", "/counts", "/response-times", "/sources"])
def test_csv_holds_the_same_rows_as_json(client: TestClient, portal_ledger: Ledger, path: str) -> None:
    open_cases(portal_ledger, [1, 2, 3, 4, 5, 6])
    token = bearer(portal_ledger, *ALL)
    rows = ask(client, path, token)["data"]
    answer = client.get(f"{ROOT}{path}", headers={**token, "Accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert client.get(f"{ROOT}{path}?format=csv", headers=token).text == answer.text
    found = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(found) == len(rows) > 0
    assert all(list(one) == list(rows[0]) for one in found)


def test_a_formula_in_a_post_is_no_formula_in_csv(client: TestClient, portal_ledger: Ledger) -> None:
    posts_of(portal_ledger, 1, text='=HYPERLINK("http://x")')
    token = bearer(portal_ledger, "posts")
    (row,) = csv.DictReader(io.StringIO(client.get(f"{ROOT}/posts?format=csv", headers=token).text))
    assert row["text"].startswith("'=")


def test_an_unchanged_answer_is_not_sent_again(client: TestClient, portal_ledger: Ledger) -> None:
    token, _ = bearer(portal_ledger, "posts"), posts_of(portal_ledger, 2)
    first = client.get(f"{ROOT}/posts", headers=token)
    assert first.headers["cache-control"] == "private, no-cache"
    again = client.get(f"{ROOT}/posts", headers={**token, "If-None-Match": f'"x", W/{first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    posts_of(portal_ledger, 1, first=900)
    assert client.get(f"{ROOT}/posts", headers={**token, "If-None-Match": first.headers["etag"]}).status_code == 200


def test_the_next_page_is_linked(client: TestClient, portal_ledger: Ledger) -> None:
    token, ids = bearer(portal_ledger, "posts"), posts_of(portal_ledger, 2)
    answer = client.get(f"{ROOT}/posts?limit=1&format=csv", headers=token)
    address = answer.headers["link"].removeprefix("<").removesuffix('>; rel="next"')
    (row,) = csv.DictReader(io.StringIO(client.get(address, headers=token).text))
    assert row["post_id"] == ids[1]


def test_counts_add_up_by_value_and_by_day(client: TestClient, portal_ledger: Ledger) -> None:
    token, _ = bearer(portal_ledger, "posts"), posts_of(portal_ledger, 4)
    assert ask(client, "/counts", token, by="topic")["data"] == [{"value": "roads_pavements", "posts": 4}]
    days = ask(client, "/counts", token, by="day", period="7d")["data"]
    assert len(days) == 7
    assert sum(row["posts"] for row in days) == 4
    assert "need a period" in ask(client, "/counts", token, 400, by="week", period="all")["detail"]
    found = ask(client, "/counts", token, 400, by="day", first="2020-01-01", last="2026-01-01")
    assert "shorter period" in found["detail"]


def test_words_need_the_search_engine_and_say_when_it_is_down(client: TestClient, portal_ledger: Ledger) -> None:
    answer = client.get(f"{ROOT}/posts?q=farola", headers=bearer(portal_ledger, "posts"))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert answer.json()["type"] == "urn:escucha:problem:unavailable"
