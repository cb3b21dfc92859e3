"""The Reddit collector against a stub, through PRAW as it is; nothing here or there ever sleeps."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from pydantic import SecretStr

from collectors import reddit
from core.errors import SourceError
from core.records.collection import Budget
from core.records.post import Raw
from tests.support import collector_runs
from tests.support.collector_runs import NOW, burst, new_ids, run, runs
from tests.support.stubs.listing import Faults, Said
from tests.support.stubs.reddit import RedditStub, name_of, submission
from tests.support.stubs.server import Reply
from tests.support.worlds import CITY, REDDIT_SECRETS as SECRETS, RedditWorld

pytestmark = pytest.mark.usefixtures("nobody_sleeps")


def comment(number: int, **changed: object) -> dict[str, Any]:
    data = {
        "name": f"t1_c{number}",
        "body": "Otra vez sin luz en la calle Toledo",
        "author": "vecino",
        "author_fullname": "t2_9z",
        "created_utc": NOW.timestamp() - number,
        "edited": False,
        "link_id": "t3_abc",
        "parent_id": "t3_abc",
        "permalink": f"/r/Madrid/comments/abc/_/c{number}/",
    }
    return {"kind": "t1", "data": data | changed}


@pytest.fixture
def stub() -> Iterator[RedditStub]:
    with RedditStub() as running:
        yield running


@pytest.fixture
def world(stub: RedditStub) -> RedditWorld:
    return RedditWorld(stub)


def test_of_a_burst_of_2010_the_1000_that_reddit_lists_are_read_and_the_rest_is_a_recorded_gap(world: RedditWorld) -> None:
    first = collector_runs.started(world)
    world.say(burst(2010, NOW, first=100))
    done = run(world, first.cursor, NOW)
    assert collector_runs.new_ids([done], first) == [1000]
    (gap,) = done.gaps
    assert gap.reason == "look_back"
    # from the newest of before (09:00) to the oldest that was listed (12:00 less 999 s)
    assert gap.newer_than == str(int((NOW - timedelta(hours=3)).timestamp()))
    assert gap.older_than == str(int(NOW.timestamp()) - 999)
    assert run(world, done.cursor, NOW + timedelta(minutes=10)).gaps == []


def test_what_a_moderator_released_late_is_found_within_the_overlap(world: RedditWorld) -> None:
    world.say(burst(300, NOW - timedelta(hours=1)))
    first = run(world, None, NOW - timedelta(minutes=50))
    world.say([Said(900 + n, NOW - timedelta(hours=1, seconds=280 + n)) for n in range(5)])
    assert collector_runs.new_ids([run(world, first.cursor, NOW)], first) == [5]


def test_a_search_that_was_changed_while_its_first_read_was_open_leaves_nothing_unread(stub: RedditStub) -> None:
    world = RedditWorld(stub)
    world.say(burst(500, NOW - timedelta(hours=1)))
    first = run(world, None, NOW, pages=1)
    done = runs(RedditWorld(stub, query="Madrid OR Lavapiés"), first.cursor, NOW + timedelta(days=2), 3)
    assert sum(new_ids(done, first)) == 400


def test_a_search_that_was_changed_after_an_outage_begins_where_the_old_one_was_last_read(stub: RedditStub) -> None:
    world = RedditWorld(stub)
    before = collector_runs.started(world)  # read to the end two hours before NOW
    world.say(burst(600, NOW + timedelta(days=2), first=100, step=timedelta(minutes=5)))  # nothing is read for two days
    done = collector_runs.runs(RedditWorld(stub, query="Madrid OR Lavapiés"), before.cursor, NOW + timedelta(days=2), 3)
    assert sum(collector_runs.new_ids(done, before)) == 600


def test_an_anchor_that_was_deleted_begins_again_without_loss(world: RedditWorld) -> None:
    first = collector_runs.started(world)
    world.say(burst(700, NOW, first=100))
    capped = run(world, first.cursor, NOW, pages=3)
    world.stub.hidden = {name_of(Said(100 + 700 - 300, NOW))}
    again = run(world, capped.cursor, NOW + timedelta(minutes=10))
    assert [gap.reason for gap in again.gaps] == ["cursor_invalid"]
    assert len(set(capped.ids) | set(again.ids)) == 730


def test_limits_in_the_headers_end_the_run_before_the_next_request(world: RedditWorld) -> None:
    world.say(burst(450, NOW))
    world.stub.limits = {"x-ratelimit-remaining": "0.0", "x-ratelimit-reset": "480", "x-ratelimit-used": "100"}
    done = run(world, None, NOW)
    assert len(done.ids) == 100
    assert done.error is not None
    assert done.error.retry_after == 480
    assert len(world.stub.requests) == 2  # keys, one page


@pytest.mark.parametrize(
    ("reply", "fatal", "words"),
    [
        (Reply({"message": "Unauthorized"}, 401), True, "ESCUCHA_REDDIT_CLIENT_SECRET"),
        (Reply({"message": "Forbidden", "reason": "private"}, 403), False, "private, banned or not found"),
        (Reply({"message": "Not Found", "reason": "banned"}, 404), False, "private, banned or not found"),
        (Reply(b"<html>busy</html>", 503, {"Content-Type": "text/html"}), False, "503"),
        (Reply({"message": "x"}, 500), False, "500"),
        (Reply({"reason": "BAD_SR_NAME"}, 400), False, "400"),
        (Reply({}, 302, {"Location": "http://169.254.169.254/"}), False, "private, banned or not found"),
        (Reply(b'{"kind": "Lis'), False, "no usable answer (BadJSON: the response is not JSON)"),
        (Reply([1]), False, "not a listing"),
        (Reply(cut=True), False, "no usable answer"),
    ],
    ids=["401", "403", "404", "503", "500", "400", "redirect", "truncated json", "a list", "cut line"],
)
def test_a_refusal_is_an_error_in_words_after_one_request(world: RedditWorld, reply: Reply, fatal: bool, words: str) -> None:
    world.faults(Faults(replies={1: reply}))
    refused = run(world, None, NOW)
    assert refused.error is not None
    assert refused.error.fatal is fatal
    assert words in str(refused.error)
    assert "secret" not in str(refused.error).replace("CLIENT_SECRET", "").lower()
    assert len(world.stub.requests) == 2  # keys, one page


def test_keys_that_are_not_approved_are_said_with_the_variables_to_set(stub: RedditStub) -> None:
    wrong = reddit.Secrets(reddit_client_id=SecretStr("key"), reddit_client_secret=SecretStr("wrong"), reddit_user="escucha")
    options = reddit.Options(base_url=stub.url)
    with pytest.raises(SourceError, match="ESCUCHA_REDDIT_CLIENT_ID") as refused:
        list(reddit.collect(CITY, options, wrong, None, Budget(now=NOW, until=NOW)))
    assert refused.value.fatal


def test_comments_and_submissions_of_the_subreddits_are_read_and_a_private_one_does_not_stop_the_others(stub: RedditStub) -> None:
    world = RedditWorld(stub, subreddits=("closed", "Madrid"))
    stub.elsewhere = {"r/Madrid/new": [submission(Said(1, NOW))], "r/Madrid/comments": [comment(1), comment(2)]}
    done = run(world, None, NOW)
    assert done.ids == [name_of(Said(1, NOW)), "t1_c1", "t1_c2"]
    assert "r/closed/new" in str(done.error)
    assert "r/closed/comments" in str(done.error)


def test_comments_are_read_on_from_where_the_last_run_ended_however_many_came(stub: RedditStub) -> None:
    world = RedditWorld(stub, subreddits=("Madrid",), overlap="PT0S")
    stub.elsewhere = {"r/Madrid/new": [], "r/Madrid/comments": [comment(2000 + n) for n in range(30)]}
    first = run(world, None, NOW)
    assert len(first.ids) == 30
    stub.elsewhere["r/Madrid/comments"] += [comment(n) for n in range(350)]
    capped = run(world, first.cursor, NOW, pages=4)  # one for the search, one for the submissions, two are left
    assert [(gap.stream, gap.reason) for gap in capped.gaps] == [("r/Madrid/comments", "page_cap")]
    later = run(world, capped.cursor, NOW + timedelta(minutes=10))
    assert collector_runs.new_ids([capped, later], first) == [200, 150]
    assert later.gaps == []
    stub.elsewhere["r/Madrid/comments"] += [comment(-n) for n in range(1, 6)]
    assert collector_runs.new_ids([run(world, later.cursor, NOW + timedelta(minutes=20))], collector_runs.merged(first, capped, later)) == [
        5
    ]


def test_a_comment_that_was_removed_after_it_was_read_is_told_by_the_next_read_of_its_listing(stub: RedditStub) -> None:
    world = RedditWorld(stub, subreddits=("Madrid",))
    stub.elsewhere = {"r/Madrid/new": [], "r/Madrid/comments": [comment(1), comment(2)]}
    first = run(world, None, NOW)
    assert first.ids == ["t1_c1", "t1_c2"]
    stub.elsewhere["r/Madrid/comments"] = [comment(1), comment(2, body="[removed]", author=None)]
    pages = list(world.collect(first.cursor, Budget(now=NOW + timedelta(minutes=10), until=NOW)))
    assert [native_id for page in pages for native_id in page.deleted] == ["t1_c2"]


def test_what_reddit_shows_as_deleted_is_handed_over_as_deleted_and_never_as_text(stub: RedditStub) -> None:
    world = RedditWorld(stub, subreddits=("Madrid",))
    stub.elsewhere = {
        "r/Madrid/new": [submission(Said(1, NOW), removed_by_category="moderator"), submission(Said(2, NOW), selftext="")],
        "r/Madrid/comments": [comment(1, body="[deleted]", author=None), comment(2, author=None, author_fullname=None)],
    }
    pages = list(world.collect(None, Budget(now=NOW, until=NOW)))
    raws = [raw for page in pages for raw in page.raws]
    assert [native_id for page in pages for native_id in page.deleted] == [name_of(Said(1, NOW)), "t1_c1"]
    assert [reject.reason for page in pages for reject in page.rejects] == ["deleted", "deleted"]
    assert [(raw.native_id, raw.author_id) for raw in raws] == [(name_of(Said(2, NOW)), "t2_1abc2d"), ("t1_c2", None)]


def test_gone_tells_deleted_from_standing_and_leaves_out_what_was_not_answered(stub: RedditStub) -> None:
    stub.elsewhere = {"r/Madrid/comments": [comment(1, body="[removed]"), comment(2)]}
    options = reddit.Options(base_url=stub.url)
    found = reddit.find_deleted(CITY, options, SECRETS, ["t1_c1", "t1_c2", "t1_c3"], Budget(now=NOW, until=NOW))
    assert found == {"t1_c1": True, "t1_c2": False}


def test_times_carry_their_zone_and_replies_their_thread() -> None:
    item = comment(1, parent_id="t1_c0", edited=NOW.timestamp() + 60)
    raw = reddit.parse({"item": item, "place": "here", "received_at": NOW.isoformat()})
    assert isinstance(raw, Raw)
    assert raw.created_at == datetime(2026, 11, 24, 11, 59, 59, tzinfo=UTC)
    assert raw.edited_at == NOW + timedelta(minutes=1)
    assert (raw.kind, raw.thread_id, raw.reply_to) == ("reply", "t3_abc", "t1_c0")


def test_an_old_record_without_the_newer_keys_is_read_and_one_without_text_is_counted() -> None:
    old = submission(Said(1, NOW))
    del old["data"]["removed_by_category"], old["data"]["author_fullname"], old["data"]["edited"]
    broken = comment(1)
    del broken["data"]["body"]
    results = [reddit.parse({"item": i, "place": "p", "received_at": NOW.isoformat()}) for i in (old, broken)]
    assert isinstance(results[0], Raw)
    assert results[1].reason == "missing_field: data.body"  # type: ignore[union-attr]


def test_malformed_records_cost_only_themselves(world: RedditWorld) -> None:
    bad = [None, {"kind": "t3"}, {"kind": "t3", "data": None}, submission(Said(1, NOW), created_utc=10**400)]
    bad += [submission(Said(1, NOW), created_utc=float("nan")), submission(Said(1, NOW), selftext=["x"])]
    listing = {"kind": "Listing", "data": {"children": [*bad, submission(Said(2, NOW))], "after": None}}
    world.faults(Faults(replies={1: Reply(listing)}))
    done = run(world, None, NOW)
    assert (done.error, name_of(Said(2, NOW)) in done.ids, len(done.ids) + done.rejected) == (None, True, 7)


def test_only_accounts_that_the_profile_names_are_the_citys_own(stub: RedditStub) -> None:
    world = RedditWorld(stub, subreddits=("Madrid",), own=("AytoMadrid",))
    written = [comment(1, author="aytomadrid"), comment(2, author="madrid"), comment(3)]
    stub.elsewhere = {"r/Madrid/new": [], "r/Madrid/comments": written}
    pages = world.collect(None, Budget(now=NOW, until=NOW))
    assert {raw.native_id: raw.own for page in pages for raw in page.raws} == {"t1_c1": True, "t1_c2": False, "t1_c3": False}


def test_check_says_what_it_found(stub: RedditStub) -> None:
    stub.search.posts = burst(2, NOW)
    words = reddit.check(CITY, reddit.Options(base_url=stub.url), SECRETS)
    assert words == ('Reddit answers: its newest submission for "Madrid" OR "Lineamadrid" is of 2026-11-24 12:00:00+00:00')


def test_names_and_handles_are_phrases_joined_by_or() -> None:
    assert reddit.query(CITY, reddit.Options()) == ['"Madrid" OR "Lineamadrid"']
    assert reddit.query(CITY, reddit.Options(query="title:madrid")) == ["title:madrid"]
    names = [f"Barrio número {n}" for n in range(60)]
    queries = reddit.query(CITY.model_copy(update={"questions": {"relevance": {"names": names}}}), reddit.Options())
    assert max(map(len, queries)) <= 512
    assert sum(query.count("Barrio número") for query in queries) == 60
