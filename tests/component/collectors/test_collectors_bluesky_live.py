"""Test Bluesky as it happens, through websockets as they are, on a scripted Jetstream.

Gaps: `test_collectors_bluesky_gaps.py`; odd frames and refusals: `test_collectors_bluesky_faults.py`.
"""

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from collectors import bluesky
from collectors.bluesky.jetstream import microseconds as tail_time
from core.errors import SourceError
from core.privacy.pseudonymise import pseudonymise
from core.privacy.pseudonyms import post_id
from core.records.collection import Budget
from core.records.post import Raw
from ledger import read, schema
from ledger.database import open_ledger
from ledger.ingest import cursors, store
from tests.support.bluesky_world import CITY, ELSEWHERE, MINUTE, SECRETS, LiveWorld, events, later, started, uris
from tests.support.collector_runs import NOW, burst
from tests.support.ledger_facts import SALT
from tests.support.stubs.bluesky import BlueskyStub, uri_of as searched_uri
from tests.support.stubs.jetstream import DID, Event, JetstreamStub, Script, uri_of
from tests.support.stubs.listing import Said


@pytest.fixture
def world() -> Iterator[LiveWorld]:
    with BlueskyStub() as stub, JetstreamStub() as stream:
        yield LiveWorld(stub, stream)


@pytest.fixture(autouse=True)
def _soon_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collectors.bluesky.jetstream.QUIET_S", 2.0)


def test_the_first_run_searches_back_and_the_next_ones_only_listen(world: LiveWorld) -> None:
    world.stub.search.posts = burst(3, NOW - timedelta(hours=1))
    first = started(world)
    assert set(first.ids) == {searched_uri(said) for said in world.stub.search.posts}
    world.stream.events = [*events(1, 5, NOW + MINUTE), *events(50, 300, NOW + 2 * MINUTE, ELSEWHERE)]
    second = later(world, first)
    assert set(second.ids) == uris(1, 5)
    assert (second.rejected, second.gaps, second.error) == (0, [], None)
    assert world.searches() == 1


def test_the_stream_is_asked_for_posts_only_and_from_ten_seconds_before_the_last_read(world: LiveWorld) -> None:
    first = started(world)
    end = NOW + 10 * MINUTE
    world.stream.events = events(1, 5, end - timedelta(seconds=4))
    second = later(world, first, end)
    third = later(world, second, NOW + 20 * MINUTE)
    assert third.ids == second.ids == [uri_of(n) for n in range(1, 6)]  # the overlap: the ledger knows them
    asked = world.stream.asked
    assert [(one["collections"], one["kinds"]) for one in asked] == [(["app.bsky.feed.post"], ["commit"])] * 3
    assert int(asked[2]["cursor"][0]) == round(end.timestamp() * 1_000_000) - 10_000_000


def test_a_run_ends_at_the_moment_it_began_however_much_is_said_meanwhile(world: LiveWorld) -> None:
    first = started(world)
    world.stream.events = events(1, 500, NOW + 9 * MINUTE)  # 60 of them before the run begins
    second = later(world, first)
    assert len(second.ids) == 61
    third = later(world, second, NOW + 20 * MINUTE)
    assert set(second.ids) | set(third.ids) == uris(1, 500)


def test_one_event_of_a_time_to_come_moves_nothing_past_what_is_not_read(world: LiveWorld) -> None:
    """It goes by among those of its hour: in the stream's own order."""
    first = started(world)
    end = NOW + 60 * MINUTE
    in_2099 = datetime(2099, 1, 1, tzinfo=UTC)
    world.stream.events = [*events(1, 5, NOW + MINUTE), *events(10, 300, NOW + 2 * MINUTE)]
    world.stream.events[5] = Event(9, NOW + 2 * MINUTE, "Bache en Madrid", said_at=in_2099)
    second = later(world, first, end, pages=2)
    third = later(world, second, end + MINUTE)
    assert {*second.ids, *third.ids} == uris(1, 5) | uris(9, 1) | uris(11, 299)
    assert third.cursor is not None
    assert third.cursor["streams"]["live"]["at"] < tail_time(end + 3 * MINUTE)  # type: ignore[index,call-overload,operator]


def test_a_clock_of_ours_that_is_slow_does_not_keep_a_run_from_its_end(world: LiveWorld) -> None:
    first = started(world)
    real = datetime.now(UTC)
    world.stream.events = events(1, 50, real + 30 * MINUTE)  # more than a minute later than it can be here
    second = later(world, first, real)
    assert second.gaps == []
    assert second.cursor is not None
    assert second.cursor["streams"]["live"]["at"] < tail_time(real + 3 * MINUTE)  # type: ignore[index,call-overload,operator]
    assert set(later(world, second, real + 31 * MINUTE).ids) == uris(1, 50)


def test_deletions_go_by_and_an_edit_is_a_new_text_of_the_same_post(world: LiveWorld) -> None:
    first = started(world)
    world.stream.events = [
        Event(1, NOW + MINUTE, "Bache en Madrid"),
        Event(2, NOW + 2 * MINUTE, "Farola rota en Madrid", "update", of=1),
        Event(3, NOW + 3 * MINUTE, operation="delete", of=77),
    ]
    pages = list(world.collect(first.cursor, Budget(now=NOW + 10 * MINUTE, until=NOW + 14 * MINUTE)))
    raws = [raw for page in pages for raw in page.raws]
    assert [(raw.native_id, raw.text, raw.edited_at) for raw in raws] == [
        (uri_of(1), "Bache en Madrid", None),
        (uri_of(1), "Farola rota en Madrid", NOW + 2 * MINUTE),
    ]
    assert [uri for page in pages for uri in page.deleted_anywhere] == [uri_of(77)]


def test_a_deletion_forgets_the_post_that_is_here_and_leaves_no_trace_of_others(world: LiveWorld, tmp_path: Path) -> None:
    ledger = open_ledger(f"sqlite:///{tmp_path / 'ledger.sqlite'}", SALT)
    first = started(world)
    world.stream.events = [
        *events(1, 2, NOW + MINUTE),
        Event(3, NOW + 2 * MINUTE, operation="delete", of=1),
        *(Event(100 + n, NOW + 3 * MINUTE, operation="delete") for n in range(50)),
    ]
    run_id = cursors.begin_run(ledger, "bluesky", NOW)
    for page in world.collect(first.cursor, Budget(now=NOW + 10 * MINUTE, until=NOW + 14 * MINUTE)):
        posts = [pseudonymise(raw, CITY, SALT) for raw in page.raws]
        gone = [post_id(SALT, "bluesky", uri) for uri in page.deleted_anywhere]
        store.store_page(ledger, run_id, "bluesky", posts, page.rejects, page.cursor, page.gap, NOW, deleted_anywhere=gone)
    (state,) = read.sources(ledger)
    assert state.stored == 2
    with ledger.read() as connection:
        assert [row.post_id for row in connection.execute(schema.posts.select())] == [post_id(SALT, "bluesky", uri_of(2))]
        assert [row.post_id for row in connection.execute(schema.tombstones.select())] == [post_id(SALT, "bluesky", uri_of(1))]
    ledger.close()


def test_what_the_citys_account_writes_is_marked_as_its_own(world: LiveWorld) -> None:
    first = started(world)
    world.options = world.options.model_copy(update={"own_ids": (DID,)})
    world.stream.events = events(1, 1, NOW + MINUTE)
    raws = [r for page in world.collect(first.cursor, Budget(now=NOW + 10 * MINUTE, until=NOW)) for r in page.raws]
    assert [raw.own for raw in raws] == [True]


def test_the_search_and_the_stream_show_the_same_post_alike() -> None:
    event = json.loads(Event(7, NOW, "Bache en Madrid").frame())["payload"]
    view = {
        "uri": uri_of(7),
        "author": {"did": DID, "handle": "vecina.test"},
        "record": event["record"],
        "indexedAt": "2026-11-24T12:00:00.412Z",
    }
    one, other = (bluesky.parse({"item": i, "place": "p", "received_at": NOW.isoformat()}) for i in (event, view))
    assert isinstance(one, Raw)
    assert isinstance(other, Raw)
    assert one == other.model_copy(update={"handle": None})  # the stream names authors by their id alone


def test_check_listens_once(world: LiveWorld) -> None:
    world.stub.search.posts = burst(1, NOW)
    quiet = bluesky.check(CITY, world.options, SECRETS)
    assert quiet.endswith("; the live stream answers, without events right now")
    world.stream.events = [Event(1, datetime.now(UTC) + timedelta(minutes=1))]
    assert bluesky.check(CITY, world.options, SECRETS).endswith("; the live stream answers")
    world.stream.script = Script(refuse=403)
    with pytest.raises(SourceError, match="Jetstream refused with 403"):
        bluesky.check(CITY, world.options, SECRETS)


def test_the_cursor_stays_small(world: LiveWorld) -> None:
    world.stub.search.posts = [Said(n, NOW - timedelta(seconds=n)) for n in range(300)]
    world.stream.events = events(1, 450, NOW + MINUTE)
    assert len(json.dumps(later(world, started(world)).cursor)) < 500
