"""Test threads, links and sessions of answers on Bluesky."""

from collections.abc import Iterator
from typing import Any

import pytest

from collectors.bluesky import account
from collectors.bluesky.reply import FIRST_TID_US, TID_SIGNS, link_facets, record_key
from core.errors import UnavailableError
from tests.support.reply_worlds import TEXT, ReplyWorld, on_bluesky
from tests.support.stubs import bluesky
from tests.support.stubs.bluesky import BlueskyStub
from tests.support.stubs.listing import Said
from tests.support.stubs.server import Reply, Request


@pytest.fixture
def world() -> Iterator[ReplyWorld]:
    with on_bluesky() as world:
        yield world


def stub_of(world: ReplyWorld) -> BlueskyStub:
    assert isinstance(world.stub, BlueskyStub)
    return world.stub


def test_an_answer_to_a_comment_keeps_the_first_post_of_the_thread(world: ReplyWorld, monkeypatch: pytest.MonkeyPatch) -> None:
    root = {"uri": "at://did:plc:other/app.bsky.feed.post/3kroot", "cid": "bafyroot", "extra": 1}
    view = bluesky.post_view

    def comment(said: Said) -> dict[str, Any]:
        found = view(said)
        found["record"]["reply"] = {"root": root, "parent": {"uri": "at://x", "cid": "y"}}
        return found

    monkeypatch.setattr(bluesky, "post_view", comment)
    world.reply()
    [record] = stub_of(world).written.values()
    assert record["reply"]["root"] == {"uri": root["uri"], "cid": "bafyroot"}
    assert record["reply"]["parent"]["uri"] == world.target.native_id


def test_links_are_marked_by_bytes_and_without_the_full_stop_after_them(world: ReplyWorld) -> None:
    world.reply()
    [record] = stub_of(world).written.values()
    [facet] = record["facets"]
    start, end = facet["index"]["byteStart"], facet["index"]["byteEnd"]
    assert TEXT.encode()[start:end].decode() == facet["features"][0]["uri"] == "https://www.madrid.es/avisos?caso=1"
    assert link_facets("Sin enlaces.") == []


def test_several_answers_sign_in_once_and_an_expired_session_is_renewed(world: ReplyWorld) -> None:
    def sign_ins() -> int:
        return sum(request.path.endswith("createSession") for request in world.stub.requests)

    for number in range(5):
        world.reply(key=f"A-{number}")
    assert sign_ins() == 1
    well = world.stub.answer

    def expired(request: Request) -> Reply:
        if request.path.endswith("getPosts"):
            return Reply({"error": "ExpiredToken", "message": "Token has expired"}, 400)
        return well(request)

    world.stub.answer = expired  # type: ignore[method-assign]
    with pytest.raises(UnavailableError, match="the session has expired"):
        world.reply(key="A-6")
    world.stub.answer = well  # type: ignore[method-assign]
    world.reply(key="A-6")
    assert (sign_ins(), len(world.held()), len(account._sessions)) == (2, 6, 1)


def test_keys_of_records_are_valid_and_in_the_past() -> None:
    keys = {record_key(f"A-{number}") for number in range(10_000)}
    assert len(keys) == 10_000
    for key in keys:
        number = 0
        for sign in key:
            number = number << 5 | TID_SIGNS.index(sign)
        assert FIRST_TID_US <= number >> 10 < FIRST_TID_US + 2**46


def test_another_post_under_the_key_of_an_answer_is_not_taken_for_it(world: ReplyWorld) -> None:
    world.reply()
    world.target = world.target.model_copy(update={"native_id": "at://did:plc:other/app.bsky.feed.post/3kother"})
    with pytest.raises(Exception, match="another post has the key"):
        world.find()


@pytest.mark.parametrize(("language", "sent"), [("eu", ["eu"]), ("pt-BR", ["pt-BR"]), (None, None)])
def test_an_answer_carries_its_language(world: ReplyWorld, language: str | None, sent: list[str] | None) -> None:
    world.target = world.target.model_copy(update={"language": language})
    world.reply()
    [record] = stub_of(world).written.values()
    assert record.get("langs") == sent
