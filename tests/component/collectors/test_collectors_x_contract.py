"""X's two contracts, of old and of 2026-08-07: both are read, the one that works is asked in, and nothing is lost or paid twice."""

import json
import re
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from collectors import x
from core.errors import AnswerChangedError, SourceError
from core.records.collection import Budget, Page
from core.records.post import Raw
from tests.support.collector_runs import NOW, burst, run
from tests.support.json_path import dig
from tests.support.stubs.listing import Faults, Said
from tests.support.stubs.server import Reply, Request
from tests.support.stubs.x import NEW, OLD, XStub, snowflake, tweet
from tests.support.worlds import CITY, X_SECRETS as SECRETS, XWorld

CONTRACT = Path(__file__).resolve().parents[4] / "shared" / "contracts" / "x-openapi-2.167.json"


def said_of_all_kinds(stub: XStub) -> dict[str, str]:
    """A post, a reply, a long post, an edit of the first and a repost; gives the ids by kind."""
    stub.search.posts = [Said(n, NOW - timedelta(minutes=50 - n), text="Hay un bache") for n in range(1, 6)]
    ids = [str(snowflake(one)) for one in stub.search.posts]
    stub.search.posts[4] = Said(5, NOW - timedelta(minutes=45), text="RT @ana: hay un bache")
    stub.more = {
        2: {"conversation_id": "77", "referenced_tweets": [{"type": "replied_to", "id": "77"}]},
        3: {"note_tweet": {"text": "Hay un bache. " + "Muy hondo. " * 40}},
        4: {"edit_history_tweet_ids": [ids[0], ids[3]], "conversation_id": ids[0]},
        5: {"referenced_tweets": [{"type": "retweeted", "id": "88"}]},
    }
    return dict(zip(["post", "reply", "long", "edit", "repost"], ids, strict=True))


def read_all(world: XWorld, cursor: Any = None) -> tuple[list[Raw], list[Page], SourceError | None]:
    pages: list[Page] = []
    error = None
    try:
        pages.extend(world.collect(cursor, Budget(now=NOW, until=NOW + timedelta(minutes=4))))
    except SourceError as failed:
        error = failed
    return [raw for page in pages for raw in page.raws], pages, error


@pytest.mark.parametrize(
    ("mode", "settled", "requests"), [("old", OLD, 1), ("new", NEW, 2), ("old ignored", NEW, 2), ("answers new", OLD, 1)]
)
def test_posts_are_read_whole_in_whichever_contract_x_speaks(mode: str, settled: str, requests: int) -> None:
    with XStub(mode=mode) as stub:
        ids = said_of_all_kinds(stub)
        world = XWorld(stub, expand_authors=True)
        raws, pages, error = read_all(world)
        assert error is None
        by_id = {raw.native_id: raw for raw in raws}
        assert by_id[ids["reply"]].kind == "reply"
        assert by_id[ids["reply"]].thread_id == "77"
        assert len(by_id[ids["long"]].text) > 280
        assert by_id[ids["repost"]].kind == "repost"
        assert [raw.author_id for raw in raws] == ["2244994945"] * 5
        assert dig(pages[-1].cursor, "vocabulary", "name") == settled
        assert len(stub.requests) == requests
        # what was learned is not asked for again
        read_all(world, pages[-1].cursor)
        assert len(stub.requests) == requests + 1
        if mode in ("old", "answers new"):
            assert ids["edit"] not in by_id, "an edit is the post it changes"


def test_an_author_that_may_be_billed_is_not_asked_for_unless_the_profile_says_so() -> None:
    with XStub(mode="new") as stub:
        said_of_all_kinds(stub)
        world = XWorld(stub)
        raws, _, error = read_all(world)
        assert error is None
        assert {raw.author_id for raw in raws} == {None}
        assert "expansions" not in stub.requests[-1].query
        assert world.prepaid == [0.5, 0.5], "the refused request is paid back by `bill`"
        paying = XWorld(stub, expand_authors=True)
        read_all(paying)
        assert stub.requests[-1].query["expansions"] == "author_id"
        assert paying.prepaid[-1] == 1.5


def test_fields_that_are_ignored_in_both_contracts_cost_no_post_and_are_asked_for_twice_once_a_day() -> None:
    with XStub(mode="all ignored") as stub:
        world = XWorld(stub)
        world.say(burst(150, NOW))
        done = run(world, None, NOW)
        assert done.error is None
        assert (len(set(done.ids)), done.rejected) == (150, 0)
        assert len(stub.requests) == 3, "two pages, the first of them in both vocabularies"


def test_a_server_that_refuses_both_says_so_in_words_and_loses_nothing() -> None:
    with XStub(mode="all refused") as stub:
        world = XWorld(stub)
        world.say(burst(20, NOW))
        done = run(world, None, NOW)
        assert "both the older and the newer ones: update Escucha" in str(done.error)
        assert "query of [sources.x]" not in str(done.error)
        assert len(stub.requests) == 2
        stub.mode = "new"
        assert len(set(run(world, done.cursor, NOW + timedelta(minutes=15)).ids)) == 20


def test_check_and_cost_read_the_sum_by_both_names() -> None:
    for mode in ("old", "new"):
        with XStub(mode=mode) as stub:
            stub.search.posts = burst(200, NOW)
            options = x.Options(base_url=stub.url, query="Madrid")
            assert x.check(CITY, options, SECRETS).startswith("X answers: 200 posts")
            assert x.cost(CITY, options, SECRETS, Budget(now=NOW, until=NOW))[-1].posts_a_week == 200


def test_a_sum_by_a_third_name_is_told_in_words(monkeypatch: pytest.MonkeyPatch) -> None:
    with XStub() as stub:
        monkeypatch.setattr(stub, "answer", lambda request: Reply({"meta": {"total": 7}}))
        with pytest.raises(AnswerChangedError, match=r"meta\.total_post_count"):
            x.check(CITY, x.Options(base_url=stub.url, query="Madrid"), SECRETS)


def test_posts_that_stand_under_another_name_are_no_quiet_day() -> None:
    with XStub() as stub:
        world = XWorld(stub)
        world.say(burst(20, NOW))
        answer = {"posts": [tweet(one) for one in stub.search.posts], "meta": {"result_count": 20}}
        world.faults(Faults(replies={1: Reply(answer)}))
        done = run(world, None, NOW)
        assert isinstance(done.error, AnswerChangedError)
        assert "'data'" in str(done.error)
        world.faults(Faults())
        assert len(set(run(world, done.cursor, NOW + timedelta(hours=2)).ids)) == 20


def test_posts_without_an_id_are_paid_each_for_itself() -> None:
    """Else a hundred posts that X bills would stand in our books as one."""
    billed: list[int] = []
    with XStub() as stub:
        world = XWorld(stub)
        nameless = [{key: value for key, value in tweet(one).items() if key != "id"} for one in burst(40, NOW)]
        beside = {"posts": [{"id": "1"}, {"id": "2"}]}
        answer = Reply({"data": nameless, "includes": beside, "meta": {"result_count": 40}})
        world.faults(Faults(replies={1: answer}))
        budget = Budget(now=NOW, until=NOW, _bill=lambda ids, each, prepaid: billed.append(len(set(ids))))
        with pytest.raises(AnswerChangedError, match="missing_field: id"):
            list(world.collect(None, budget))
    assert billed == [42]


def schema_of(spec: dict[str, Any], node: dict[str, Any]) -> dict[str, Any]:
    while "$ref" in node:
        found: Any = spec
        for part in node["$ref"].removeprefix("#/").split("/"):
            found = found[part]
        node = found
    return node


def breaches(spec: dict[str, Any], request: Request) -> list[str]:
    """What of this request the contract does not know or allow."""
    path = re.sub(r"^/2/users/\d+/", "/2/users/{id}/", request.path)
    parameters = [schema_of(spec, one) for one in spec["paths"][path]["get"]["parameters"]]
    known = {one["name"]: schema_of(spec, one["schema"]) for one in parameters if one["in"] == "query"}
    wrong = [f"{name} is no parameter of {path}" for name in request.query if name not in known]
    wrong += [
        f"{one['name']} is missing" for one in parameters if one["required"] and one["in"] == "query" and one["name"] not in request.query
    ]
    for name, value in request.query.items():
        if name in known:
            wrong += [f"{name}={value}: {why}" for why in misfits(spec, known[name], value)]
    return wrong


def misfits(spec: dict[str, Any], schema: dict[str, Any], value: str) -> list[str]:
    if schema["type"] == "array":
        parts = value.split(",")
        items = schema_of(spec, schema["items"])
        found = [why for part in parts for why in misfits(spec, items, part)]
        found += ["twice the same"] if schema.get("uniqueItems") and len(set(parts)) < len(parts) else []
        return found + (["too many"] if len(parts) > schema.get("maxItems", 10**9) else [])
    found = []
    if "enum" in schema and value not in schema["enum"]:
        found.append("not among the values")
    if "pattern" in schema and not re.fullmatch(schema["pattern"], value):
        found.append("does not fit the pattern")
    if schema["type"] == "integer" and not schema.get("minimum", -1e99) <= int(value) <= schema.get("maximum", 1e99):
        found.append("out of range")
    if not schema.get("minLength", 0) <= len(value) <= schema.get("maxLength", 10**9):
        found.append("too short or too long")
    if schema.get("format") == "date-time" and not datetime.fromisoformat(value).tzinfo:
        found.append("no moment")
    return found


@pytest.mark.shared
@pytest.mark.skipif(not CONTRACT.exists(), reason="needs ../shared/contracts beside the checkout")
def test_every_request_keeps_to_the_published_contract() -> None:
    """Search, mentions, paging, since an id, since a moment, counts and look-up, in the newer vocabulary, with and without authors."""
    spec = json.loads(CONTRACT.read_text(encoding="utf-8"))
    with XStub(mode="new") as stub:
        for expanded, counted in ((False, False), (True, False), (False, True)):
            world = XWorld(stub, user_id="12345", own_handle="@MADRID", expand_authors=expanded, followers=counted)
            stub.mentions.posts = burst(150, NOW - timedelta(minutes=30))
            stub.search.posts = burst(250, NOW - timedelta(minutes=20), first=500)
            first = run(world, {"vocabulary": {"name": NEW}}, NOW)
            stub.search.posts += burst(5, NOW, first=1000)
            run(world, first.cursor, NOW + timedelta(minutes=15))
            x.check(CITY, world.options, SECRETS)
            x.cost(CITY, world.options, SECRETS, Budget(now=NOW, until=NOW))
            x.find_deleted(CITY, world.options, SECRETS, first.ids[:150], Budget(now=NOW, until=NOW))
        asked = {re.sub(r"\d{5}", "{id}", request.path) for request in stub.requests}
        assert asked == {"/2/tweets/search/recent", "/2/users/{id}/mentions", "/2/tweets/counts/recent", "/2/tweets"}
        names = {name for request in stub.requests for name in request.query}
        assert {"since_id", "start_time", "next_token", "pagination_token", "expansions", "user.fields"} <= names
        assert [why for request in stub.requests for why in breaches(spec, request)] == []


@pytest.mark.shared
@pytest.mark.skipif(not CONTRACT.exists(), reason="needs ../shared/contracts beside the checkout")
def test_the_check_of_requests_sees_what_the_contract_does_not_know() -> None:
    spec = json.loads(CONTRACT.read_text(encoding="utf-8"))
    asked = {"query": "Madrid", "max_results": "500", "tweet.fields": "created_at", "post.fields": "author_id", "since_id": "x"}
    request = Request("GET", "/2/tweets/search/recent", asked, {}, b"", {})
    assert len(breaches(spec, request)) == 4


def test_the_token_stays_out_of_every_error() -> None:
    secrets = x.Secrets(x_bearer_token=SecretStr("token-of-test"))
    with XStub(mode="all refused") as stub:
        options = x.Options(base_url=stub.url, query="Madrid")
        with pytest.raises(SourceError) as failed:
            list(x.collect(CITY, options, secrets, None, Budget(now=NOW, until=NOW)))
        assert "token-of-test" not in str(failed.value)


def test_a_further_page_that_is_not_found_is_not_told_as_a_refusal_of_the_app() -> None:
    with XStub() as stub:
        world = XWorld(stub)
        world.say(burst(250, NOW))
        world.faults(Faults(replies={2: Reply({"title": "Not Found Error"}, 404)}))
        cut = run(world, None, NOW)
        assert "a page that no longer exists" in str(cut.error)
        assert len(set(cut.ids)) == 100
        world.faults(Faults())
        assert len({*cut.ids, *run(world, cut.cursor, NOW + timedelta(minutes=15)).ids}) == 250
