"""Test refusals, odd frames and records on Bluesky's stream."""

import json
from collections.abc import Iterator
from datetime import timedelta

import pytest
from pydantic import ValidationError

from collectors import bluesky
from tests.support.bluesky_world import MINUTE, LiveWorld, events, later, started, uris
from tests.support.collector_runs import NOW, burst, run
from tests.support.json_path import dig
from tests.support.stubs.bluesky import BlueskyStub
from tests.support.stubs.jetstream import Event, JetstreamStub, Script, info, uri_of


@pytest.fixture
def world() -> Iterator[LiveWorld]:
    with BlueskyStub() as stub, JetstreamStub() as stream:
        yield LiveWorld(stub, stream)


@pytest.fixture(autouse=True)
def _soon_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collectors.bluesky.jetstream.QUIET_S", 2.0)


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


def test_an_address_that_is_no_stream_is_refused_with_the_profile() -> None:
    with pytest.raises(ValidationError, match="jetstream"):
        bluesky.Options.model_validate({"jetstream": "https://jetstream.example"})
