"""The Bluesky collector against a stub that answers as Bluesky's own server was measured to, through atproto as it is."""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta

import pytest
from pydantic import SecretStr

from collectors import bluesky
from core.errors import SourceError
from core.records.collection import Budget
from core.records.post import Raw
from tests.support import collector_runs
from tests.support.collector_runs import NOW, burst, new_ids, run, runs
from tests.support.stubs.bluesky import BlueskyStub, post_view, uri_of
from tests.support.stubs.listing import Faults, Said
from tests.support.stubs.server import Reply
from tests.support.worlds import BLUESKY_SECRETS as SECRETS, CITY, BlueskyWorld


@pytest.fixture
def stub() -> Iterator[BlueskyStub]:
    with BlueskyStub() as running:
        yield running


@pytest.fixture
def world(stub: BlueskyStub) -> BlueskyWorld:
    return BlueskyWorld(stub)


def test_2010_posts_come_in_as_500_a_run(world: BlueskyWorld) -> None:
    # page 21 holds the last 10 and the 30 of before, which the overlap reads again
    assert collector_runs.new_of_a_burst(world) == [500, 500, 500, 500, 10, 0]


def test_a_search_that_was_changed_while_its_first_read_was_open_leaves_nothing_unread(stub: BlueskyStub) -> None:
    world = BlueskyWorld(stub)
    world.say(burst(500, NOW - timedelta(hours=1)))
    first = run(world, None, NOW, pages=1)
    done = runs(BlueskyWorld(stub, queries=("Madrid Lavapiés",)), first.cursor, NOW + timedelta(days=2), 3)
    assert sum(new_ids(done, first)) == 400


def test_a_search_that_was_changed_after_an_outage_begins_where_the_old_one_was_last_read(stub: BlueskyStub) -> None:
    world = BlueskyWorld(stub)
    before = collector_runs.started(world)  # read to the end two hours before NOW
    world.say(burst(600, NOW + timedelta(days=2), first=100, step=timedelta(minutes=5)))  # nothing is read for two days
    done = collector_runs.runs(BlueskyWorld(stub, queries=("Madrid Lavapiés",)), before.cursor, NOW + timedelta(days=2), 3)
    assert sum(collector_runs.new_ids(done, before)) == 600


def test_a_late_post_behind_pages_of_known_ones_is_found_within_the_overlap(world: BlueskyWorld) -> None:
    world.say(burst(300, NOW - timedelta(hours=1)))
    first = run(world, None, NOW - timedelta(minutes=50))
    world.say([Said(900 + n, NOW, claimed=NOW - timedelta(hours=1, seconds=280 + n)) for n in range(5)])
    assert collector_runs.new_ids([run(world, first.cursor, NOW)], first) == [5]


def test_back_dated_posts_beyond_the_overlap_are_the_limit_that_the_options_state(world: BlueskyWorld) -> None:
    first = collector_runs.started(world)
    world.say(burst(120, NOW - timedelta(hours=1), first=100))
    # sorted among posts of long ago: below everything that a read from the top comes to
    world.say(burst(200, NOW - timedelta(hours=20), first=300))
    found = run(world, first.cursor, NOW)
    assert collector_runs.new_ids([found], first) == [270]


@pytest.mark.parametrize("status", [500, 502], ids=["AppView", "through a PDS"])
def test_a_stored_cursor_the_server_does_not_know_any_more_begins_again_without_loss(world: BlueskyWorld, status: int) -> None:
    world.stub.invalid_status = status
    first = collector_runs.started(world)
    world.say(burst(700, NOW, first=100))
    capped = run(world, first.cursor, NOW, pages=3)
    world.stub.epoch += 1
    again = run(world, capped.cursor, NOW + timedelta(minutes=10))
    assert [gap.reason for gap in again.gaps] == ["cursor_invalid"]
    assert again.error is None
    assert len(set(capped.ids) | set(again.ids)) == 730


def test_a_500_without_a_stored_cursor_is_an_outage(world: BlueskyWorld) -> None:
    world.faults(Faults(replies={1: Reply({"error": "InternalServerError"}, 500)}))
    refused = run(world, None, NOW)
    assert "500" in str(refused.error)
    assert len(world.stub.requests) == 2  # sign-in, one search


def test_a_500_in_the_middle_of_a_read_goes_on_there_next_time(world: BlueskyWorld) -> None:
    world.say(burst(450, NOW))
    world.faults(Faults(replies={3: Reply({"error": "InternalServerError"}, 500)}))
    cut = run(world, None, NOW)
    assert len(cut.ids) == 200
    assert [gap.reason for gap in cut.gaps] == ["refused"]
    world.faults(Faults())
    later = run(world, cut.cursor, NOW + timedelta(minutes=10))
    assert len(set(cut.ids) | set(later.ids)) == 450


@pytest.mark.parametrize(
    ("reply", "words"),
    [
        (Reply({"error": "InvalidToken"}, 400), "InvalidToken"),
        (Reply({"error": "AuthMissing"}, 401), "AuthMissing"),
        (Reply(b"<html>bad gateway</html>", 502, {"Content-Type": "text/html"}), "502"),
        (Reply(b'{"posts": [{"uri'), "no usable answer"),
        (Reply(b"<html></html>", 200, {"Content-Type": "text/html"}), "no usable answer"),
        (Reply({"feed": []}), "not a list of posts"),
        (Reply(cut=True), "no usable answer"),
    ],
    ids=["400", "401", "502 html", "truncated json", "200 html", "other object", "cut line"],
)
def test_a_refusal_is_an_error_in_words(world: BlueskyWorld, reply: Reply, words: str) -> None:
    world.faults(Faults(replies={1: reply}))
    refused = run(world, None, NOW)
    assert refused.error is not None
    assert words in str(refused.error)
    assert not refused.error.fatal


def test_a_wrong_password_is_said_with_the_variables_to_set(stub: BlueskyStub) -> None:
    wrong = bluesky.Secrets(bluesky_handle="escucha.test", bluesky_app_password=SecretStr("wrong"))
    with pytest.raises(SourceError, match="ESCUCHA_BLUESKY_APP_PASSWORD") as refused:
        list(bluesky.collect(CITY, bluesky.Options(base_url=stub.url), wrong, None, Budget(now=NOW, until=NOW)))
    assert refused.value.fatal


def test_one_malformed_post_costs_only_itself(world: BlueskyWorld) -> None:
    good, nameless, empty = post_view(Said(1, NOW)), post_view(Said(2, NOW)), post_view(Said(3, NOW, text=" "))
    del nameless["uri"]
    world.faults(Faults(replies={1: Reply({"posts": [good, nameless, empty, "text"]})}))
    (page,) = world.collect(None, Budget(now=NOW, until=NOW))
    assert [raw.native_id for raw in page.raws] == [good["uri"]]
    assert [reject.reason for reject in page.rejects] == ["missing_field: uri", "empty_text", "not_an_object"]


@pytest.mark.parametrize("date", ["9999-12-31T23:59:59-12:00", "0001-01-01T00:00:00+14:00"])
def test_a_date_beyond_the_calendar_stops_nothing(world: BlueskyWorld, date: str) -> None:
    """Anybody may write any date."""
    posts = [post_view(Said(1, NOW)), post_view(Said(2, NOW))]
    posts[0]["record"]["createdAt"] = date
    world.faults(Faults(replies={1: Reply({"posts": posts})}))
    (page,) = world.collect(None, Budget(now=NOW, until=NOW))
    assert [raw.created_at for raw in page.raws] == [NOW, NOW]


@pytest.mark.parametrize("levels", [150, 100_000])
def test_a_post_nested_without_end_costs_only_itself(world: BlueskyWorld, levels: int) -> None:
    """Anybody may write anything into a record of his own, and the search shows it to us as it is."""
    page_of_two = json.dumps({"posts": [post_view(Said(1, NOW)), post_view(Said(2, NOW))]})
    begin, end = page_of_two.rsplit('"langs"', 1)
    deep = f'{begin}"x": {"[" * levels}"[\\"]"{"]" * levels}, "langs"{end}'
    world.faults(Faults(replies={1: Reply(deep.encode())}))
    (page,) = world.collect(None, Budget(now=NOW, until=NOW))
    assert [raw.native_id for raw in page.raws] == [uri_of(Said(1, NOW))]
    assert [reject.reason for reject in page.rejects] == ["too_deep"]


@pytest.mark.parametrize(
    ("claimed", "expected"),
    [
        (NOW - timedelta(hours=5), NOW - timedelta(hours=5)),
        (datetime(2099, 1, 1, tzinfo=UTC), NOW),
        (datetime(1970, 1, 1, tzinfo=UTC), NOW),
    ],
    ids=["before it came in", "in the future", "1970"],
)
def test_the_authors_date_counts_when_it_can_be_true(claimed: datetime, expected: datetime) -> None:
    view = post_view(Said(1, NOW, claimed=claimed))
    raw = bluesky.parse({"item": view, "place": "here", "received_at": NOW.isoformat()})
    assert isinstance(raw, Raw)
    assert raw.created_at == expected


def asked_for(stub: BlueskyStub, uris: list[str]) -> dict[str, bool]:
    options = bluesky.Options(base_url=stub.url)
    found = bluesky.find_deleted(CITY, options, SECRETS, uris, Budget(now=NOW, until=NOW))
    return {uri: answer is True for uri, answer in found.items()}


def test_what_is_no_longer_there_is_gone(stub: BlueskyStub) -> None:
    stub.search.posts = burst(30, NOW)
    uris = [uri_of(said) for said in stub.search.posts]
    stub.deleted = {uris[3], uris[28]}
    found = asked_for(stub, uris)
    assert {uri for uri, deleted in found.items() if deleted} == stub.deleted
    assert len(found) == 30
    assert len(stub.requests) == 5  # sign-in, 25 and 5, and each that was missing by itself


def test_what_a_look_up_leaves_out_but_is_there_is_not_gone(stub: BlueskyStub) -> None:
    """Its author blocks our account, or the index has a fault."""
    stub.search.posts = burst(5, NOW)
    uris = [uri_of(said) for said in stub.search.posts]
    stub.deleted, stub.left_out = {uris[0]}, {uris[1], uris[2]}
    assert asked_for(stub, uris) == dict(zip(uris, [True, False, False, False, False], strict=True))


def test_a_server_that_shows_nothing_at_all_is_not_believed(stub: BlueskyStub) -> None:
    said = burst(5, NOW)
    assert asked_for(stub, [uri_of(one) for one in said]) == {}
    assert [request.path for request in stub.requests if "getRecord" in request.path] == []


def test_deleted_posts_alone_are_believed_while_the_search_shows_others(stub: BlueskyStub) -> None:
    stub.search.posts = burst(3, NOW)
    uris = [uri_of(said) for said in stub.search.posts]
    stub.deleted = set(uris[:2])
    assert asked_for(stub, uris[:2]) == {uris[0]: True, uris[1]: True}


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"error": "RecordNotFound", "message": "Could not locate record"}, True),
        ({"error": "InvalidRequest", "message": "Could not find repo: did:plc:x"}, True),
        ({"error": "InvalidRequest", "message": "Error: Params must have the property"}, None),
    ],
    ids=["no such post", "no such account", "anything else"],
)
def test_only_a_server_that_says_so_is_believed(
    stub: BlueskyStub, monkeypatch: pytest.MonkeyPatch, said: dict[str, str], told: bool | None
) -> None:
    stub.search.posts = burst(2, NOW)
    one, other = (uri_of(said) for said in stub.search.posts)
    stub.left_out = {one}
    monkeypatch.setattr(stub, "record", lambda request: Reply(said, 400))
    found = asked_for(stub, [one, other])
    assert (found.get(one), found[other]) == (told, False)


def test_check_says_what_it_found(stub: BlueskyStub) -> None:
    stub.search.posts = burst(2, NOW)
    words = bluesky.check(CITY, bluesky.Options(base_url=stub.url), SECRETS)
    assert words == "Bluesky answers escucha.test: the newest post it finds for Madrid is of 2026-11-24T12:00:00.000Z"


def test_each_name_and_handle_is_a_search_once() -> None:
    assert bluesky.query(CITY, bluesky.Options()) == ["Madrid", "Lineamadrid"]
    city = CITY.model_copy(update={"questions": {"relevance": {"names": ["Las Rozas"]}}, "handles": ("@rozas.es",)})
    assert bluesky.query(city, bluesky.Options()) == ['"Las Rozas"', '"rozas.es"']
    assert bluesky.query(CITY, bluesky.Options(queries=("bache Madrid",))) == ["bache Madrid"]
