"""When Bluesky is signed in to: its stream asks for no account, and the network counts how often an account signs in."""

from collections.abc import Iterator
from datetime import timedelta

import pytest
from pydantic import SecretStr

from collectors import bluesky
from tests.support.bluesky_world import MINUTE, LiveWorld, events, later, started, uris
from tests.support.collector_runs import NOW, burst, run
from tests.support.stubs.bluesky import BlueskyStub
from tests.support.stubs.jetstream import JetstreamStub
from tests.support.stubs.server import Reply, Request


@pytest.fixture
def world() -> Iterator[LiveWorld]:
    with BlueskyStub() as stub, JetstreamStub() as stream:
        yield LiveWorld(stub, stream)


@pytest.fixture(autouse=True)
def _soon_quiet(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("collectors.bluesky.jetstream.QUIET_S", 2.0)


def sign_ins(world: LiveWorld) -> int:
    return sum(request.path.endswith("createSession") for request in world.stub.requests)


def too_often(request: Request) -> Reply:
    until = str(int((NOW + timedelta(hours=19)).timestamp()))
    return Reply({"error": "RateLimitExceeded", "message": "Rate Limit Exceeded"}, 429, {"ratelimit-reset": until})


def test_who_only_listens_signs_in_no_more(world: LiveWorld) -> None:
    done = started(world)
    assert sign_ins(world) == 1
    for n in range(1, 6):
        done = later(world, done, NOW + n * MINUTE)
    assert (sign_ins(world), done.error) == (1, None)


def test_an_account_that_signed_in_too_often_rests_and_the_stream_is_read(world: LiveWorld) -> None:
    world.stub.session = too_often  # type: ignore[method-assign]
    first = run(world, None, NOW)  # type: ignore[arg-type]
    assert first.error is not None
    assert first.error.retry_after == pytest.approx(3600)  # a rest is an hour at most, then it is asked again
    world.stream.events = events(1, 10, NOW + MINUTE)
    second = later(world, first, NOW + 30 * MINUTE)
    assert (set(second.ids), second.error, sign_ins(world)) == (uris(1, 10), None, 1)


def test_a_wrong_password_is_tried_once_a_run_and_the_stream_is_read(world: LiveWorld) -> None:
    wrong = SecretStr("no-password-of-test")
    world.secrets = bluesky.Secrets(bluesky_handle="escucha.test", bluesky_app_password=wrong)
    world.options = world.options.model_copy(update={"queries": ["Madrid", "Retiro"]})
    first = run(world, None, NOW)  # type: ignore[arg-type]
    world.stream.events = events(1, 10, NOW + MINUTE)
    second = later(world, first)
    assert (set(second.ids), sign_ins(world)) == (uris(1, 10), 2)
    assert second.error is not None
    assert "set ESCUCHA_BLUESKY_HANDLE and ESCUCHA_BLUESKY_APP_PASSWORD to valid ones" in str(second.error)
    assert not second.error.fatal  # what needs no account goes on


def test_live_switched_off_and_on_again_goes_on_with_the_search_that_is_open(world: LiveWorld) -> None:
    first = later(world, started(world), NOW + MINUTE)
    world.stub.search.posts += burst(450, NOW + timedelta(hours=2), first=5000)
    world.options = world.options.model_copy(update={"live": False})
    searched = later(world, first, NOW + timedelta(hours=3), pages=1)
    assert (len(searched.ids), [gap.reason for gap in searched.gaps]) == (100, ["page_cap"])
    world.options = world.options.model_copy(update={"live": True})
    second = later(world, searched, NOW + timedelta(hours=4))
    assert len({*searched.ids, *second.ids}) == 450
