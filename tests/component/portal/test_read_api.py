"""Test the read API: tokens, scopes, filters, pages, formats, limits, and what never leaves."""

import csv
import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine
from jsonschema import Draft202012Validator, FormatChecker
from openapi_spec_validator import OpenAPIV31SpecValidator
from starlette.testclient import TestClient

from core.config.settings import Settings
from core.errors import ChangeRefusedError, ConfigurationError
from core.records.post import PRIVATE_SOURCES
from core.web.rate_limits import RateLimit
from ledger import read, schema
from ledger.database import Ledger, open_ledger
from pipeline import api_tokens
from pipeline.context import now
from portal.api.access import Access
from portal.api.endpoints import ENDPOINTS
from portal.api.problems import ProblemError
from portal.api.queries import MOST_ROWS
from search import queries
from tests.support.ledger_facts import SALT, arrive, post, read_all
from tests.support.portal_facts import bearer, client_of, open_cases, portal_context

ROOT = "/api/v1"
ALL = ("posts", "cases", "figures", "operations")


@pytest.fixture
def ledger(tmp_path: Path) -> Iterator[Ledger]:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", SALT)
    yield ledger
    ledger.close()


@pytest.fixture
def client(tmp_path: Path, ledger: Ledger) -> TestClient:
    return client_of(portal_context(tmp_path, ledger))


def ask(client: TestClient, path: str, token: dict[str, str], code: int = 200, **query: Any) -> Any:
    """Return the JSON of an answer."""
    answer = client.get(f"{ROOT}{path}", params=query, headers=token)
    assert answer.status_code == code, answer.text
    kind = "application/json" if code == 200 else "application/problem+json"
    assert answer.headers["content-type"] == kind
    return answer.json()


def posts_of(ledger: Ledger, count: int, source: str = "archive", first: int = 1, **fields: Any) -> list[str]:
    """Store so many annotated posts, a minute apart, the last one now; return their ids, newest first."""
    moment = now().replace(microsecond=0)
    found = [
        post(first + n, source=source, created_at=moment - timedelta(minutes=n), received_at=moment, **fields)
        for n in range(count)
    ]
    arrive(ledger, found, source=source, now=moment)
    read_all(ledger, now=moment)
    return [one.post_id for one in found]


def test_a_token_is_shown_once_stored_as_a_hash_listed_and_revoked(ledger: Ledger, client: TestClient) -> None:
    token = bearer(ledger, "cases")
    secret = token["Authorization"].removeprefix("Bearer ")
    (listed,) = api_tokens.every(ledger)
    assert (listed.name, listed.scopes, listed.made_by) == ("dashboard", frozenset({"cases"}), "console:eva")
    assert secret not in listed.model_dump_json()
    ask(client, "/cases", token)
    assert api_tokens.every(ledger)[0].used_at is not None
    assert api_tokens.revoke(ledger, "dashboard", "console:eva")
    assert not api_tokens.revoke(ledger, "dashboard", "console:eva")
    assert ask(client, "/cases", token, 401)["type"] == "urn:escucha:problem:token"
    with pytest.raises(ChangeRefusedError, match="choose another name"):
        bearer(ledger, "posts")
    with pytest.raises(ChangeRefusedError, match="no token with the name other"):
        api_tokens.revoke(ledger, "other", "console:eva")
    entries = [(line.who, line.what, line.subject, line.why) for line in reversed(read.audit(ledger))]
    assert entries == [
        ("console:eva", "api_token_made", "dashboard", "cases"),
        ("token:dashboard", "api_read", "list_cases", "{}"),
        ("console:eva", "api_token_revoked", "dashboard", ""),
    ]


@pytest.mark.parametrize(
    ("name", "scopes", "days", "words"),
    [
        ("Big App", ["posts"], 30, "small letters"), ("app", [], 30, "one or more rights"),
        ("app", ["write"], 30, "one or more rights"), ("app", ["posts"], 0, "1 to 730 days"),
        ("app", ["posts"], 731, "1 to 730 days"),
    ],
)  # fmt: skip
def test_a_wrong_token_is_not_made(ledger: Ledger, name: str, scopes: list[str], days: int, words: str) -> None:
    with pytest.raises(ConfigurationError, match=words):
        api_tokens.make(ledger, name, scopes, days, "eva")
    assert api_tokens.every(ledger) == []


@pytest.mark.parametrize("given", ["", "Bearer", "Bearer x", "Basic esc_x", "Bearer esc_" + "x" * 500, "Bearer esc_é"])
def test_a_request_without_a_valid_token_learns_how_to_get_one(client: TestClient, given: str) -> None:
    answer = client.get(f"{ROOT}/posts", headers={b"Authorization": given.encode()} if given else {})
    assert answer.status_code == 401
    assert answer.headers["www-authenticate"] == 'Bearer realm="escucha"'
    assert "escucha token make" in answer.json()["detail"]


def test_an_expired_token_is_refused(client: TestClient, ledger: Ledger) -> None:
    token = bearer(ledger, "cases")
    with time_machine.travel(now() + timedelta(days=29), tick=False):
        ask(client, "/cases", token)
    with time_machine.travel(now() + timedelta(days=31), tick=False):
        ask(client, "/cases", token, 401)


@pytest.mark.parametrize("endpoint", ENDPOINTS, ids=lambda one: one.name)
def test_each_scope_opens_its_own_addresses_alone(client: TestClient, ledger: Ledger, endpoint: Any) -> None:
    path = endpoint.path.replace("{post_id}", "x").replace("{case_key}", "x")
    others = bearer(ledger, *(set(ALL) - {endpoint.scope}), name="others")
    assert endpoint.scope in ask(client, path, others, 403)["detail"]
    mine = bearer(ledger, endpoint.scope, name="mine")
    assert client.get(f"{ROOT}{path}", headers=mine).status_code == (404 if endpoint.path_fields else 200)


def test_pages_stay_the_same_while_the_list_grows(client: TestClient, ledger: Ledger) -> None:
    token, ids = bearer(ledger, "posts"), posts_of(ledger, 7)
    first = ask(client, "/posts", token, limit=3, period="7d")
    posts_of(ledger, 2, first=100)  # newer, and one as old as those of the first page
    second = ask(client, "/posts", token, limit=3, period="7d", after=first["next"])
    third = ask(client, "/posts", token, limit=3, period="7d", after=second["next"])
    seen = [row["post_id"] for page in (first, second, third) for row in page["data"]]
    assert [one for one in seen if one in ids] == ids
    assert len(seen) == len(set(seen))
    assert third["next"] is None


@pytest.mark.parametrize("order", ["newest", "oldest"])
def test_pages_of_cases_hold_each_case_once(client: TestClient, ledger: Ledger, order: str) -> None:
    token, keys = bearer(ledger, "cases"), open_cases(ledger, [1, 1, 2, 3, 5])
    seen: list[str] = []
    after: dict[str, Any] = {}
    while True:
        page = ask(client, "/cases", token, limit=2, order=order, **after)
        seen += [row["case_key"] for row in page["data"]]
        if page["next"] is None:
            break
        after = {"after": page["next"]}
    assert sorted(seen) == sorted(keys)
    times = [read.case_record(ledger, key).opened_at for key in seen]  # type: ignore[union-attr]
    assert times == sorted(times, reverse=order == "newest")


@pytest.mark.parametrize("after", ["AAAA", "WzEsMl0", "x" * 300, "W10"])
def test_a_made_up_cursor_is_refused_in_words(client: TestClient, ledger: Ledger, after: str) -> None:
    assert "start again" in ask(client, "/posts", bearer(ledger, "posts"), 400, after=after)["detail"]


def test_a_cursor_belongs_to_its_filters(client: TestClient, ledger: Ledger) -> None:
    token = bearer(ledger, "posts")
    posts_of(ledger, 3)
    page = ask(client, "/posts", token, limit=1)
    found = ask(client, "/posts", token, 400, limit=1, after=page["next"], topic="noise")
    assert found["type"] == "urn:escucha:problem:cursor"


FILTERS = [
    {"topic": "roads_pavements"}, {"source": "archive"}, {"language": "es"}, {"intent": "complaint"},
    {"sentiment": "negative"}, {"period": "today"}, {"district": "Salamanca"},
]  # fmt: skip


@pytest.mark.parametrize("given", FILTERS, ids=lambda one: next(iter(one)))
def test_a_filter_keeps_what_it_names(client: TestClient, ledger: Ledger, given: dict[str, Any]) -> None:
    token, ids = bearer(ledger, "posts"), posts_of(ledger, 1)
    old = now() - timedelta(days=20)
    other = post(50, source="x", created_at=old, received_at=old)
    arrive(ledger, [other], source="x", now=old)
    read_all(ledger, now=old)
    labels = {"topic": "noise", "language": "gl", "intent": "praise", "sentiment": "positive", "district": "Usera"}
    with ledger.write() as connection:
        connection.execute(schema.labels.update().where(schema.labels.c.post_id == other.post_id).values(labels))
    assert {row["post_id"] for row in ask(client, "/posts", token)["data"]} == {*ids, other.post_id}
    (name,) = given
    kept = ask(client, "/posts", token, **given)["data"]
    assert [row["post_id"] for row in kept] == ids
    if name != "period":
        assert kept[0][name] == given[name]


WRONG = [
    ({"topic": "plumbing"}, "topic", "one of: waste_cleaning"), ({"colour": "red"}, "colour", "unknown; known:"),
    ({"limit": "0"}, "limit", "greater than or equal to 1"), ({"limit": str(MOST_ROWS + 1)}, "limit", "less than or equal to 500"),
    ({"first": "2026-01-01"}, "parameters", "two days in order"), ({"period": "custom"}, "parameters", "two days in order"),
    ({"first": "2026-02-01", "last": "2026-01-01"}, "parameters", "two days in order"),
    ({"first": "0001-01-01", "last": "9999-12-31"}, "parameters", "between 2000 and 2100"),
    ({"first": "2026-01-01", "last": "2026-02-01", "period": "week"}, "parameters", "leave one out"),
    ({"district": "a\x00b"}, "district", "cannot be printed"), ({"q": "x" * 201}, "q", "at most 200"),
    ({"q": "bache", "after": "AAAA"}, "parameters", "one page"), ({"of": "everything"}, "of", "'citizens'"),
]  # fmt: skip


@pytest.mark.parametrize(("query", "name", "words"), WRONG, ids=lambda one: str(one)[:30])
def test_a_wrong_parameter_is_named_with_what_is_allowed(
    client: TestClient, ledger: Ledger, query: dict[str, Any], name: str, words: str
) -> None:
    found = ask(client, "/posts", bearer(ledger, "posts"), 400, **query)
    assert (found["status"], found["title"]) == (400, "A parameter is wrong")
    (error,) = found["errors"]
    assert error["parameter"] == name
    assert words in error["detail"]


def test_a_parameter_given_twice_and_an_unknown_address_are_problems(client: TestClient, ledger: Ledger) -> None:
    token = bearer(ledger, "posts")
    assert "given twice" in client.get(f"{ROOT}/posts?topic=noise&topic=other", headers=token).json()["detail"]
    for path, method, code in (("/api/v1/secrets", "GET", 404), ("/api/v1/posts", "POST", 405)):
        answer = client.request(method, path, headers=token)
        assert (answer.status_code, answer.headers["content-type"]) == (code, "application/problem+json")


def test_nothing_of_a_person_leaves(client: TestClient, ledger: Ledger) -> None:
    token = bearer(ledger, *ALL)
    (public,) = posts_of(ledger, 1, author="a" * 32)
    (private,) = posts_of(ledger, 1, source="mailbox", first=500, author="b" * 32, text="Carta con secretos")
    rows = {row["post_id"]: row for row in ask(client, "/posts", token)["data"]}
    assert rows[public]["text"]
    assert rows[private]["text"] is None
    for path in ("/posts", f"/posts/{private}", "/cases"):
        body = client.get(f"{ROOT}{path}", headers=token).text
        assert not any(one in body for one in ("a" * 32, "b" * 32, "secretos", "author_id", '"who"', '"why"'))


def test_a_title_quotes_a_post_only_for_who_may_read_posts(client: TestClient, ledger: Ledger) -> None:
    (key,) = open_cases(ledger, [2])
    cases, both = bearer(ledger, "cases"), bearer(ledger, "cases", "posts", name="both")
    found = ask(client, f"/cases/{key}", cases)
    assert (found["title"], found["post_ids"]) == (None, [])
    assert [step["state"] for step in found["steps"]] == ["new"]
    found = ask(client, f"/cases/{key}", both)
    assert found["title"]
    assert len(found["post_ids"]) == 1


@pytest.mark.parametrize("path", ["/posts", "/cases", "/counts", "/response-times", "/sources"])
def test_csv_holds_the_same_rows_as_json(client: TestClient, ledger: Ledger, path: str) -> None:
    open_cases(ledger, [1, 2, 3, 4, 5, 6])
    token = bearer(ledger, *ALL)
    rows = ask(client, path, token)["data"]
    answer = client.get(f"{ROOT}{path}", headers={**token, "Accept": "text/csv"})
    assert answer.headers["content-type"] == "text/csv; charset=utf-8"
    assert client.get(f"{ROOT}{path}?format=csv", headers=token).text == answer.text
    found = list(csv.DictReader(io.StringIO(answer.text)))
    assert len(found) == len(rows) > 0
    assert all(list(one) == list(rows[0]) for one in found)


def test_a_formula_in_a_post_is_no_formula_in_csv(client: TestClient, ledger: Ledger) -> None:
    posts_of(ledger, 1, text='=HYPERLINK("http://x")')
    token = bearer(ledger, "posts")
    (row,) = csv.DictReader(io.StringIO(client.get(f"{ROOT}/posts?format=csv", headers=token).text))
    assert row["text"].startswith("'=")


def test_an_unchanged_answer_is_not_sent_again(client: TestClient, ledger: Ledger) -> None:
    token, _ = bearer(ledger, "posts"), posts_of(ledger, 2)
    first = client.get(f"{ROOT}/posts", headers=token)
    assert first.headers["cache-control"] == "private, no-cache"
    again = client.get(f"{ROOT}/posts", headers={**token, "If-None-Match": f'"x", W/{first.headers["etag"]}'})
    assert (again.status_code, again.content) == (304, b"")
    posts_of(ledger, 1, first=900)
    assert client.get(f"{ROOT}/posts", headers={**token, "If-None-Match": first.headers["etag"]}).status_code == 200


def test_the_next_page_is_linked(client: TestClient, ledger: Ledger) -> None:
    token, ids = bearer(ledger, "posts"), posts_of(ledger, 2)
    answer = client.get(f"{ROOT}/posts?limit=1&format=csv", headers=token)
    address = answer.headers["link"].removeprefix("<").removesuffix('>; rel="next"')
    (row,) = csv.DictReader(io.StringIO(client.get(address, headers=token).text))
    assert row["post_id"] == ids[1]


def test_limits_count_by_token(tmp_path: Path, ledger: Ledger) -> None:
    access = Access(ledger, Settings(home=tmp_path), tokens=RateLimit(2, 60))
    one, other = (bearer(ledger, "figures", name=name)["Authorization"] for name in ("one", "other"))
    assert [access.enter(one, "192.0.2.1", "http").name for _ in range(2)] == ["one", "one"]
    with pytest.raises(ProblemError, match="300 times a minute") as refused:
        access.enter(one, "192.0.2.2", "http")
    assert 59 <= int(refused.value.response().headers["retry-after"]) <= 60
    assert access.enter(other, "192.0.2.1", "http").name == "other"


def test_strangers_are_counted_by_address_and_do_not_lock_out_a_token(client: TestClient, ledger: Ledger) -> None:
    answers = [client.get(f"{ROOT}/posts") for _ in range(31)]
    assert [answer.status_code for answer in answers] == [401] * 30 + [429]
    assert 1 <= int(answers[-1].headers["retry-after"]) <= 60
    ask(client, "/response-times", bearer(ledger, "figures"))


def test_counts_add_up_by_value_and_by_day(client: TestClient, ledger: Ledger) -> None:
    token, _ = bearer(ledger, "posts"), posts_of(ledger, 4)
    assert ask(client, "/counts", token, by="topic")["data"] == [{"value": "roads_pavements", "posts": 4}]
    days = ask(client, "/counts", token, by="day", period="7d")["data"]
    assert len(days) == 7
    assert sum(row["posts"] for row in days) == 4
    assert "need a period" in ask(client, "/counts", token, 400, by="week", period="all")["detail"]
    found = ask(client, "/counts", token, 400, by="day", first="2020-01-01", last="2026-01-01")
    assert "shorter period" in found["detail"]


def test_words_need_the_search_engine_and_say_when_it_is_down(client: TestClient, ledger: Ledger) -> None:
    answer = client.get(f"{ROOT}/posts?q=farola", headers=bearer(ledger, "posts"))
    assert (answer.status_code, answer.headers["retry-after"]) == (503, "30")
    assert answer.json()["type"] == "urn:escucha:problem:unavailable"


def test_a_token_is_not_accepted_over_plain_http(tmp_path: Path, ledger: Ledger) -> None:
    client = client_of(portal_context(tmp_path, ledger, portal_host="0.0.0.0"))
    assert ask(client, "/posts", bearer(ledger, "posts"), 403)["type"] == "urn:escucha:problem:encryption"


@pytest.mark.parametrize(("proto", "code"), [("https", 200), ("http", 403), ("", 403)])
@pytest.mark.parametrize("path", [f"{ROOT}/posts", "/mcp"])
def test_a_proxy_with_tls_must_say_that_each_request_came_encrypted(
    tmp_path: Path, ledger: Ledger, path: str, proto: str, code: int
) -> None:
    behind = {"portal_address": "https://portal.example", "trusted_proxies": "127.0.0.1"}
    client = client_of(portal_context(tmp_path, ledger, None, portal_host="0.0.0.0", **behind))
    headers = bearer(ledger, "posts") | ({"X-Forwarded-Proto": proto} if proto else {})
    message = {"jsonrpc": "2.0", "id": 1, "method": "ping"}
    answer = client.post(path, json=message, headers=headers) if path == "/mcp" else client.get(path, headers=headers)
    assert answer.status_code == code


@pytest.mark.parametrize("source", sorted(PRIVATE_SOURCES))
def test_words_of_a_private_channel_find_nothing_and_ask_no_engine(
    client: TestClient, ledger: Ledger, source: str
) -> None:
    posts_of(ledger, 1, source=source, text="Carta con secretos")
    token = bearer(ledger, "posts")
    assert ask(client, "/posts", token, q="secretos", source=source) == {"data": [], "next": None}
    assert len(ask(client, "/posts", token, source=source)["data"]) == 1


def test_words_are_never_sought_in_private_messages(
    client: TestClient, ledger: Ledger, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked: list[Any] = []

    def search(*_given: object, **more: Any) -> queries.Hits:
        asked.append(more["without_sources"])
        return queries.Hits(ids=(), total=0)

    monkeypatch.setattr(queries, "search_posts", search)
    monkeypatch.setattr(queries.CircuitBreaker, "ask", lambda _self, query: query(None))
    ask(client, "/posts", bearer(ledger, "posts"), q="secretos")
    assert asked == [["inbox", "mailbox"]]


def test_one_set_of_filters_is_audited_once_an_hour(client: TestClient, ledger: Ledger) -> None:
    token, _ = bearer(ledger, "posts"), posts_of(ledger, 3)
    page = ask(client, "/posts", token, limit=1, topic="roads_pavements")
    ask(client, "/posts", token, limit=1, topic="roads_pavements", after=page["next"])
    ask(client, "/posts", token, language="es")
    noted = [line.why for line in reversed(read.audit(ledger)) if line.what == "api_read"]
    assert noted == ['{"topic": "roads_pavements"}', '{"language": "es"}']


@pytest.fixture
def described(client: TestClient) -> dict[str, Any]:
    answer = client.get(f"{ROOT}/openapi.json")
    assert answer.status_code == 200
    found: dict[str, Any] = answer.json()
    return found


def test_the_openapi_document_is_valid(described: dict[str, Any]) -> None:
    OpenAPIV31SpecValidator(described).validate()
    assert described["openapi"] == "3.1.0"
    assert {one["get"]["operationId"] for one in described["paths"].values()} == {one.name for one in ENDPOINTS}
    assert all(value.get("description") for one in described["paths"].values() for value in one["get"]["parameters"])


def test_each_documented_address_answers_as_documented(
    client: TestClient, ledger: Ledger, described: dict[str, Any]
) -> None:
    (key,), (post_id, *_) = open_cases(ledger, [3]), posts_of(ledger, 3)
    token = bearer(ledger, *ALL)
    for path, operations in described["paths"].items():
        answers = operations["get"]["responses"]
        filled = path.replace("{post_id}", post_id).replace("{case_key}", key)
        validate(described, answers["200"]["content"]["application/json"]["schema"], ask(client, filled, token))
        required = [one["name"] for one in operations["get"]["parameters"] if one.get("required")]
        assert required == [name for name in ("post_id", "case_key") if f"{{{name}}}" in path]
        for problem, header in ((ask(client, filled, {}, 401), "401"), (ask(client, filled, token, 400, x="1"), "400")):
            reference = answers[header]["$ref"].rpartition("/")[2]
            content = described["components"]["responses"][reference]["content"]["application/problem+json"]
            validate(described, content["schema"], problem)


def validate(described: dict[str, Any], schema: dict[str, Any], found: Any) -> None:
    whole = {**schema, "components": described["components"]}
    Draft202012Validator(whole, format_checker=FormatChecker()).validate(found)
