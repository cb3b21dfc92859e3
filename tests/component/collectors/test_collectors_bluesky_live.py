"""Bluesky as it happens: the collector against a Jetstream that speaks its second protocol, through websockets as it is."""

import json
import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import time_machine
from pydantic import ValidationError

from collectors import bluesky
from collectors.bluesky.jetstream import microseconds as tail_time
from core.config.settings import load_settings
from core.errors import SourceError
from core.privacy.pseudonymise import pseudonymise
from core.privacy.pseudonyms import post_id
from core.records.collection import Budget
from core.records.post import Raw
from ledger import read, schema
from ledger.database import open_ledger
from ledger.ingest import cursors, store
from pipeline import steps
from pipeline.context import open_context
from tests.support.bluesky_world import CITY, ELSEWHERE, MINUTE, SECRETS, LiveWorld, events, later, started, uris
from tests.support.collector_runs import NOW, Run, burst, run
from tests.support.deployment import NOTICE
from tests.support.json_path import dig
from tests.support.ledger_facts import SALT
from tests.support.stubs.bluesky import BlueskyStub, uri_of as searched_uri
from tests.support.stubs.jetstream import DID, Event, JetstreamStub, Script, info, uri_of
from tests.support.stubs.listing import Said


@pytest.fixture
def world() -> Iterator[LiveWorld]:
    with BlueskyStub() as stub, JetstreamStub() as stream:
        yield LiveWorld(stub, stream)


@pytest.fixture(autouse=True)
def _soon_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collectors.bluesky.jetstream.QUIET_S", 0.3)


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


def test_a_deletion_forgets_the_post_that_is_here_and_leaves_no_trace_of_others(
    world: LiveWorld, tmp_path: Path
) -> None:
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
        store.store_page(
            ledger, run_id, "bluesky", posts, page.rejects, page.cursor, page.gap, NOW, deleted_anywhere=gone
        )
    (state,) = read.sources(ledger)
    assert state.stored == 2
    with ledger.read() as connection:
        assert [row.post_id for row in connection.execute(schema.posts.select())] == [
            post_id(SALT, "bluesky", uri_of(2))
        ]
        assert [row.post_id for row in connection.execute(schema.tombstones.select())] == [
            post_id(SALT, "bluesky", uri_of(1))
        ]
    ledger.close()


@pytest.mark.parametrize("cuts", [[3], [1, 1, 1], [0, 7]], ids=["once", "three times", "before anything came"])
def test_a_line_that_is_cut_is_taken_up_again_with_an_overlap(world: LiveWorld, cuts: list[int]) -> None:
    first = started(world)
    world.stream.events = events(1, 40, NOW + MINUTE)
    world.stream.script = Script(cut_after=list(cuts))
    second = later(world, first)
    assert set(second.ids) == uris(1, 40)
    assert second.error is None


def test_a_line_that_is_cut_for_good_keeps_what_came_and_the_next_run_reads_on(world: LiveWorld) -> None:
    first = started(world)
    world.stream.events = events(1, 40, NOW + MINUTE)
    world.stream.script = Script(cut_after=[25, 1, 1, 1])
    cut = later(world, first)
    assert set(cut.ids) == uris(1, 25)
    assert "Jetstream gave no usable answer (ConnectionClosedError: the connection was cut)" in str(cut.error)
    assert cut.error is not None
    assert cut.error.retry_after is None  # nobody asked for a rest
    assert [gap.reason for gap in cut.gaps] == ["refused"]
    world.stream.script = Script()
    assert set(cut.ids) | set(later(world, cut, NOW + 20 * MINUTE).ids) == uris(1, 40)


def test_what_the_stream_keeps_no_more_is_a_gap_that_the_search_fills(world: LiveWorld) -> None:
    first = started(world)
    late = NOW + timedelta(hours=60)
    world.stream.floor = late - timedelta(hours=36)
    world.stream.events = events(500, 5, late - timedelta(hours=1))
    world.stub.search.posts = burst(150, late - timedelta(hours=40), first=1)
    filled: list[str] = []
    second = later(world, first, late)
    assert [(gap.stream, gap.reason) for gap in second.gaps] == [("live", "cursor_invalid")]
    assert set(second.ids) == uris(500, 5)
    third = later(world, second, late + MINUTE)
    assert {searched_uri(said) for said in world.stub.search.posts} <= set(third.ids)
    for page in world.collect(third.cursor, Budget(now=late + 2 * MINUTE, until=late + 6 * MINUTE)):
        filled += page.filled
    assert filled == ["live"]
    searches = world.searches()
    assert later(world, third, late + 3 * MINUTE).gaps == []
    assert world.searches() == searches  # filled: nothing is searched for again


def test_a_search_over_its_cap_goes_on_filling_in_later_runs(world: LiveWorld) -> None:
    first = started(world)
    late = NOW + timedelta(hours=60)
    world.stream.floor = late - timedelta(hours=36)
    world.stub.search.posts = burst(700, late - timedelta(hours=40), first=1)
    done = [later(world, first, late, pages=6)]
    for n in range(4):
        done.append(later(world, done[-1], late + (n + 1) * MINUTE, pages=6))
    found = {uri for each in done for uri in each.ids}
    assert found == {searched_uri(said) for said in world.stub.search.posts}
    assert done[-1].gaps == []


def test_more_than_a_run_may_read_is_a_gap_that_the_next_run_closes(world: LiveWorld) -> None:
    first = started(world)
    world.stream.events = events(1, 450, NOW + MINUTE)
    capped = later(world, first, pages=4)  # two for the stream, two kept for the search
    assert set(capped.ids) == uris(1, 200)
    assert [(gap.stream, gap.reason) for gap in capped.gaps] == [("live", "page_cap")]
    filled: list[str] = []
    rest = Run(cursor=capped.cursor)
    for page in world.collect(capped.cursor, Budget(now=NOW + 20 * MINUTE, until=NOW + 24 * MINUTE)):
        rest.took(page)
        filled += page.filled
    assert set(capped.ids) | set(rest.ids) == uris(1, 450)
    assert (filled, rest.gaps) == (["live"], [])


def test_when_the_time_is_over_the_place_is_handed_back(world: LiveWorld) -> None:
    first = started(world)
    world.stream.events = events(1, 450, NOW + MINUTE)
    clock = iter([NOW + 10 * MINUTE, NOW + 10 * MINUTE, NOW + 11 * MINUTE])  # before the stream; for each page
    over = NOW + 14 * MINUTE
    budget = Budget(now=NOW + 10 * MINUTE, until=over, _clock=lambda: next(clock, over))
    done = Run()
    for page in world.collect(first.cursor, budget):
        done.took(page)
    assert set(done.ids) == uris(1, 200)
    assert [gap.reason for gap in done.gaps] == ["page_cap"]


def test_a_kill_after_any_page_loses_nothing(world: LiveWorld) -> None:
    first = started(world)
    world.stream.events = events(1, 450, NOW + MINUTE)
    whole = later(world, first)
    assert whole.pages >= 5
    for n in range(1, whole.pages + 1):
        killed = later(world, first, kill_after=n)
        rest = later(world, killed, NOW + 11 * MINUTE)
        assert set(killed.ids) | set(rest.ids) == uris(1, 450), f"killed after page {n}"


@pytest.mark.parametrize("seed", [*range(4), *(pytest.param(n, marks=pytest.mark.slow) for n in range(4, 24))])
def test_whatever_is_cut_capped_or_killed_nothing_is_lost(world: LiveWorld, seed: int) -> None:
    chance = random.Random(seed)  # noqa: S311 (a test's dice)
    done, at = started(world), NOW
    ids, said = set(done.ids), 0
    for _ in range(6):
        count = chance.randrange(0, 260)
        world.stream.events += events(said + 1, count, at + MINUTE)
        said, at = said + count, at + 10 * MINUTE
        world.stream.script = Script(cut_after=[chance.randrange(0, 80) for _ in range(chance.randrange(0, 6))])
        kill = chance.choice([0, 0, 1, 2])
        done = later(world, done, at, pages=chance.choice([2, 4, 50]), kill_after=kill or 10**9)
        ids |= set(done.ids)
    world.stream.script = Script()
    for _ in range(6):
        at += 10 * MINUTE
        done = later(world, done, at)
        ids |= set(done.ids)
    assert ids == uris(1, said)


@pytest.mark.parametrize(
    ("script", "words", "wait"),
    [
        (Script(refuse=503, headers={"Retry-After": "90"}), "Jetstream refused with 503", 90),
        (Script(refuse=429), "Jetstream refused with 429", 60),
        (Script(refuse=400), "Jetstream refused with 400", None),
        (Script(before=[json.dumps({"$type": "error", "error": "ConsumerTooSlow"})]), "ConsumerTooSlow", None),
    ],
    ids=["503", "429", "400", "error frame"],
)
def test_a_refusal_is_said_and_the_searches_are_not_kept_from_their_turn(
    world: LiveWorld, script: Script, words: str, wait: float | None
) -> None:
    world.stub.search.posts = burst(3, NOW - timedelta(hours=1))
    world.stream.script = script
    refused = run(world, None, NOW)  # type: ignore[arg-type]
    assert words in str(refused.error)
    assert refused.error is not None
    assert refused.error.retry_after == wait
    assert len(refused.ids) == 3


def test_a_stream_that_is_away_is_said(world: LiveWorld) -> None:
    world.options = world.options.model_copy(update={"jetstream": "ws://127.0.0.1:1/xrpc"})
    refused = run(world, None, NOW)  # type: ignore[arg-type]
    assert "Jetstream gave no usable answer" in str(refused.error)
    assert "connection refused at its address" in str(refused.error)


def test_frames_that_nobody_expects_cost_only_themselves(world: LiveWorld) -> None:
    first = started(world)
    good = Event(1, NOW + MINUTE)
    nameless = json.loads(Event(2, NOW + MINUTE).frame())
    del nameless["payload"]["did"]
    silent = json.loads(Event(3, NOW + MINUTE).frame())
    silent["payload"]["record"] = {"$type": "app.bsky.feed.post"}
    timeless = json.loads(Event(4, NOW + MINUTE).frame())
    del timeless["payload"]["time"], timeless["payload"]["witnessedAt"]
    other = json.loads(Event(5, NOW + MINUTE).frame())
    other["payload"]["collection"] = "app.bsky.feed.like"
    lost = json.loads(Event(6, NOW + MINUTE, operation="delete").frame())
    del lost["payload"]["rkey"]
    world.stream.script = Script(
        before=[
            "no json {",
            "[1, 2]",
            '{"$type": "message"}',
            '{"$type": "message", "payload": {"$type": "somethingNew", "x": 1}}',
            info("FutureCursor", "at the live tip"),
            *(json.dumps(one) for one in (nameless, silent, timeless, other, lost)),
            good.frame(),
        ]
    )
    second = later(world, first)
    assert second.ids == [uri_of(4), uri_of(1)]  # without the stream's time, its author's date tells
    assert second.rejected == 1  # without its author, and so without an id: it names the city, so it is counted
    assert second.error is None


@pytest.mark.parametrize("levels", [150, 100_000])
def test_a_record_nested_without_end_is_one_reject_and_the_stream_goes_on(world: LiveWorld, levels: int) -> None:
    first = started(world)
    deep = Event(9, NOW + MINUTE).frame().replace('"langs"', f'"x": {"[" * levels}"]"{"]" * levels}, "langs"')
    world.stream.script = Script(before=[deep])
    world.stream.events = events(1, 3, NOW + MINUTE)
    second = later(world, first)
    assert (set(second.ids), second.rejected, second.error) == (uris(1, 3), 1, None)


def test_a_moment_in_the_future_is_taken_for_the_present(world: LiveWorld) -> None:
    first = started(world)
    assert first.cursor is not None
    dig(first.cursor, "streams", "live")["at"] = round((NOW + timedelta(days=900)).timestamp() * 1_000_000)
    world.stream.events = events(1, 5, NOW + 10 * MINUTE)
    assert set(later(world, first).ids) == {uri_of(1)} | set(later(world, first).ids)
    asked = int(world.stream.asked[-1]["cursor"][0])
    assert asked == round((NOW + 10 * MINUTE).timestamp() * 1_000_000) - 10_000_000


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


def test_an_address_that_is_no_stream_is_refused_with_the_profile() -> None:
    with pytest.raises(ValidationError, match="jetstream"):
        bluesky.Options.model_validate({"jetstream": "https://jetstream.example"})


def test_the_cursor_stays_small(world: LiveWorld) -> None:
    world.stub.search.posts = [Said(n, NOW - timedelta(seconds=n)) for n in range(300)]
    world.stream.events = events(1, 450, NOW + MINUTE)
    assert len(json.dumps(later(world, started(world)).cursor)) < 500


PROFILE = (
    """
name = "Madrid"
handles = ["@MADRID"]
"""
    + NOTICE
    + """[questions.relevance]
names = ["Madrid"]
[sources.bluesky]
base_url = "{search}"
jetstream = "{stream}"
live = true
quiet_after = "P30D"
queries = ["Madrid"]
deletions.a_day = 0
[[departments]]
name = "Atención"
topics = ["other"]
"""
)


def test_through_the_pipeline_a_gap_is_opened_and_filled_and_every_count_is_equal(
    world: LiveWorld, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ESCUCHA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ESCUCHA_BLUESKY_HANDLE", "escucha.test")
    monkeypatch.setenv("ESCUCHA_BLUESKY_APP_PASSWORD", "app-password-of-test")
    path, late = tmp_path / "city.toml", NOW + timedelta(hours=60)
    path.write_text(PROFILE.format(search=world.stub.url, stream=world.stream.url), encoding="utf-8")
    states: list[list[str]] = []

    def collect_at(moment: datetime) -> None:
        world.stream.events.append(Event(900_000 + len(world.stream.events), moment, ELSEWHERE))
        with time_machine.travel(moment, tick=False), open_context(path, load_settings()) as context:
            steps.collect(context)
            states.append([gap.state for gap in read.gaps(context.ledger)])
            assert [line.name for line in steps.verify(context) if line.ok is False] == []

    collect_at(NOW)
    world.stream.events += [*events(1, 20, NOW + MINUTE), Event(40, NOW + 2 * MINUTE, operation="delete", of=7)]
    collect_at(NOW + 10 * MINUTE)
    world.stream.floor = late - timedelta(hours=36)
    world.stub.search.posts = burst(30, late - timedelta(hours=40), first=500)
    for moment in (late, late + MINUTE, late + 2 * MINUTE):
        collect_at(moment)
    assert states == [[], [], ["open"], ["open"], ["filled"]]
    with open_context(path, load_settings()) as context:
        (state,) = read.sources(context.ledger)
        assert (state.stored, state.withdrawn) == (50, 1)
