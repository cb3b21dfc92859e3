"""Test that cuts, caps and kills of Bluesky's stream lose nothing: gaps are filled."""

import random
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
import time_machine

from core.config.settings import load_settings
from core.records.collection import Budget
from ledger import read
from pipeline import all_steps as steps
from pipeline.context import open_context
from tests.support.bluesky_world import ELSEWHERE, MINUTE, LiveWorld, events, later, started, uris
from tests.support.collector_runs import NOW, Run, burst
from tests.support.deployment import NOTICE
from tests.support.stubs.bluesky import BlueskyStub, uri_of as searched_uri
from tests.support.stubs.jetstream import Event, JetstreamStub, Script


@pytest.fixture
def world() -> Iterator[LiveWorld]:
    with BlueskyStub() as stub, JetstreamStub() as stream:
        yield LiveWorld(stub, stream)


@pytest.fixture(autouse=True)
def _soon_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collectors.bluesky.jetstream.QUIET_S", 2.0)


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
    assert cut.error.retry_after is None  # the server names no pause
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
