"""Test how X is read on a stub that speaks every mood of X, through tweepy as it is.

Queries and mentions: `test_collectors_x_queries.py`.
"""

from collections.abc import Iterator
from datetime import timedelta

import pytest

from collectors import x
from core.records import Json
from core.records.collection import Budget
from core.records.post import Raw, Rejected
from tests.support import collector_runs
from tests.support.collector_runs import NOW, burst, run
from tests.support.stubs.listing import Faults, Said
from tests.support.stubs.server import Reply, Request
from tests.support.stubs.x import XStub, snowflake, tweet
from tests.support.worlds import CITY, X_SECRETS as SECRETS, XWorld

HTML = Reply(b"<html>over capacity</html>", 503, {"Content-Type": "text/html"})


@pytest.fixture
def stub() -> Iterator[XStub]:
    with XStub() as running:
        yield running


@pytest.fixture
def world(stub: XStub) -> XWorld:
    return XWorld(stub)


def test_2010_posts_come_in_as_500_a_run(world: XWorld) -> None:
    assert collector_runs.new_of_a_burst(world) == [500, 500, 500, 500, 10, 0]


@pytest.mark.parametrize(
    ("headers", "wait"),
    [
        ({"x-rate-limit-reset": str(int(NOW.timestamp()) + 120)}, 120),
        ({}, 60),
        ({"x-rate-limit-reset": str(int(NOW.timestamp()) - 5)}, 60),
        ({"x-rate-limit-reset": str(int(NOW.timestamp()) + 9_999_999)}, 3600),
        ({"x-rate-limit-reset": "soon"}, 60),
        ({"Retry-After": "7"}, 7),
    ],
    ids=["future", "absent", "past", "absurd", "not a number", "retry-after"],
)
def test_a_429_is_answered_once_with_the_wait_it_asks_for(world: XWorld, headers: dict[str, str], wait: float) -> None:
    world.faults(Faults(replies={1: Reply({"title": "Too Many Requests"}, 429, headers)}))
    refused = run(world, None, NOW)
    assert refused.error is not None
    assert refused.error.retry_after == wait
    assert not refused.error.fatal
    assert len(world.stub.requests) == 1


@pytest.mark.parametrize(
    ("reply", "fatal", "words"),
    [
        (Reply({"title": "CreditsDepleted", "detail": "no credits"}, 402), True, "out of credits"),
        (Reply({"title": "Unauthorized"}, 401), True, "ESCUCHA_X_BEARER_TOKEN"),
        (Reply({"errors": [{"message": "Invalid 'query'"}], "title": "Invalid Request"}, 400), True, "[sources.x]"),
        (Reply({"title": "client-forbidden"}, 403), False, "developer console"),
        (HTML, False, "503"),
        (Reply(b'{"data": [{"id": "1", "te'), False, "no usable answer"),
        (Reply(b"<html>hello</html>", 200, {"Content-Type": "text/html"}), False, "no usable answer"),
        (Reply([1, 2]), False, "not a list of posts"),
        (Reply({"data": "x"}), False, "not a list of posts"),
        (Reply(cut=True), False, "no usable answer"),
    ],
    ids=["402", "401", "400", "403", "503 html", "truncated json", "200 html", "a list", "data is text", "cut line"],
)
def test_a_refusal_says_what_to_do_and_whether_trying_again_helps(world: XWorld, reply: Reply, fatal: bool, words: str) -> None:
    world.faults(Faults(replies={1: reply}))
    refused = run(world, None, NOW)
    assert refused.ids == []
    assert refused.error is not None
    assert refused.error.fatal is fatal
    assert words in str(refused.error)
    assert "token-of-test" not in str(refused.error)


@pytest.mark.parametrize("empty_newest_id", [False, True], ids=["without newest_id", "with an empty newest_id"])
def test_an_empty_answer_is_a_complete_read(empty_newest_id: bool) -> None:
    with XStub(empty_newest_id=empty_newest_id) as stub:
        world = XWorld(stub)
        nothing = run(world, None, NOW)
        assert (nothing.ids, nothing.gaps, nothing.pages) == ([], [], 1)
        world.say(burst(3, NOW + timedelta(minutes=5)))
        assert len(run(world, nothing.cursor, NOW + timedelta(minutes=15)).ids) == 3


def test_partial_errors_and_a_missing_author_cost_no_post(world: XWorld) -> None:
    said = tweet(Said(1, NOW))
    del said["author_id"]
    errors = [{"title": "Not Found Error", "resource_type": "user", "value": "2244994945"}]
    world.faults(Faults(replies={1: Reply({"data": [said], "errors": errors, "meta": {"result_count": 1}})}))
    assert run(world, None, NOW).ids == [said["id"]]


def test_an_id_older_than_seven_days_falls_back_to_a_start_time_and_records_the_gap() -> None:
    later = NOW + timedelta(days=9)
    with XStub() as stub:
        world = XWorld(stub)
        first = collector_runs.started(world)
        stub.too_old = later - timedelta(days=7)
        world.say(burst(150, later - timedelta(hours=1), first=500))
        second = run(world, first.cursor, later)
        assert collector_runs.new_ids([second], first) == [150]
        assert [gap.reason for gap in second.gaps] == ["look_back"]
        assert second.gaps[0].newer_than == str(snowflake(Said(30, NOW - timedelta(hours=3))))
        lower = [sorted({"since_id", "start_time"} & set(request.query)) for request in stub.requests[1:]]
        assert lower == [["since_id"], ["start_time"], ["start_time"]]
        assert run(world, second.cursor, later + timedelta(minutes=15)).gaps == []


def test_a_read_that_rested_for_more_than_seven_days_goes_on_with_what_x_still_has_and_records_the_gap() -> None:
    """The month's money was gone in the middle of the very first read."""
    later = NOW + timedelta(days=9)
    with XStub() as stub:
        world = XWorld(stub)
        world.say(burst(350, NOW))
        begun = run(world, None, NOW, pages=2)
        assert [gap.reason for gap in begun.gaps] == ["page_cap"]
        stub.too_old = later - timedelta(days=7)
        world.say(burst(150, later - timedelta(hours=1), first=500))
        second = run(world, begun.cursor, later)
        assert second.error is None
        assert collector_runs.new_ids([second], begun) == [150]
        assert [gap.reason for gap in second.gaps] == ["look_back"]
        third = run(world, second.cursor, later + timedelta(minutes=15))
        assert (third.error, third.gaps) == (None, [])


def test_every_page_of_a_read_sends_the_same_lower_bound(world: XWorld) -> None:
    first = collector_runs.started(world)
    world.say(burst(250, NOW, first=100))
    run(world, first.cursor, NOW)
    sent = [(r.query.get("since_id"), "next_token" in r.query) for r in world.stub.requests[1:]]
    newest = str(snowflake(Said(30, NOW - timedelta(hours=3))))
    assert sent == [(newest, False), (newest, True), (newest, True)]


def test_a_slow_server_is_given_up(world: XWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collectors.x.client.TIMEOUT_S", 0.2)
    answer = world.stub.answer

    def slow(request: Request) -> Reply:
        world.stub.thread.join(0.6)
        return answer(request)

    monkeypatch.setattr(world.stub, "answer", slow)
    refused = run(world, None, NOW)
    assert "no usable answer (ReadTimeout: it did not answer in time)" in str(refused.error)


def test_what_the_citys_account_writes_is_marked_as_its_own(stub: XStub) -> None:
    options = x.Options(base_url=stub.url, query="Madrid", own_ids=("2244994945",))
    stub.search.posts = burst(1, NOW - timedelta(minutes=30))
    (page,) = x.collect(CITY, options, SECRETS, None, Budget(now=NOW, until=NOW))
    assert [raw.own for raw in page.raws] == [True]


def test_deleted_posts_are_told_from_those_still_there_and_unknown_ids_are_not_answered(stub: XStub) -> None:
    stub.search.posts = [Said(1, NOW), Said(2, NOW)]
    here, deleted = (str(snowflake(said)) for said in stub.search.posts)
    stub.deleted = {deleted}
    spent: list[float] = []
    budget = Budget(now=NOW, until=NOW, _prepay=spent.append)
    found = x.find_deleted(CITY, x.Options(base_url=stub.url), SECRETS, [here, deleted, "999"], budget)
    assert found == {here: False, deleted: True}
    assert spent == [0.015, 0.015], "the first request was refused for its field names, and `bill` gives it back"


def test_check_says_how_much_matches_and_what_it_costs(stub: XStub) -> None:
    stub.search.posts = burst(200, NOW)
    words = x.check(CITY, x.Options(base_url=stub.url), SECRETS)
    assert words == "X answers: 200 posts of the last 7 days match the first query; reading them costs 1.00 USD"


def test_a_malformed_post_is_counted_with_its_place_and_its_text_is_nowhere(world: XWorld) -> None:
    good, without_text, bad_date = tweet(Said(1, NOW)), tweet(Said(2, NOW)), tweet(Said(3, NOW))
    del without_text["text"]
    bad_date["created_at"] = "yesterday"  # its id tells when it was written
    nul = tweet(Said(4, NOW, text="secreto\0"))
    surrogate = tweet(Said(5, NOW, text="secreto \ud83d"))
    answer = Reply({"data": [good, without_text, bad_date, nul, surrogate, "secreto"], "meta": {}})
    world.faults(Faults(replies={1: answer}))
    (page,) = world.collect(None, Budget(now=NOW, until=NOW))
    assert [raw.native_id for raw in page.raws] == [good["id"], bad_date["id"]]
    assert [raw.created_at for raw in page.raws] == [NOW, NOW]
    assert [(reject.place, reject.reason) for reject in page.rejects] == [
        ("Madrid lang:es page 1 item 2", "missing_field: text"),
        ("Madrid lang:es page 1 item 4", "nul"),
        ("Madrid lang:es page 1 item 5", "lone_surrogate"),
        ("Madrid lang:es page 1 item 6", "not_an_object"),
    ]
    assert "secreto" not in page.model_dump_json()


def test_the_token_of_the_environment_is_required_and_never_printed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ESCUCHA_X_BEARER_TOKEN", "very-secret")
    assert "very-secret" not in repr(x.Secrets())


def test_parse_takes_a_record_or_rejects_it() -> None:
    envelope: Json = {"item": tweet(Said(1, NOW)), "place": "here", "received_at": NOW.isoformat()}
    assert isinstance(x.parse(envelope), Raw)
    assert isinstance(x.parse(envelope | {"item": {}}), Rejected)
