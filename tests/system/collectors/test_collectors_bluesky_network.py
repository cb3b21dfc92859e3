"""The Bluesky collector on Bluesky's own servers: `make test-bluesky`."""

import json
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from atproto import CAR, FirehoseSubscribeReposClient, models, parse_subscribe_repos_message
from pydantic import SecretStr

from collectors import bluesky
from core.config.city import load_city
from core.records import Json
from core.records.collection import Budget
from tests.support import collector_runs
from tests.support.bluesky_network import ADDRESS, Person, arrived, needs_network
from tests.support.json_path import dig
from tests.support.stubs.jetstream import METHOD, JetstreamStub

CITY = load_city(Path(__file__).resolve().parents[3] / "cities" / "madrid.toml")

pytestmark = [pytest.mark.slow, needs_network]


@dataclass
class Listener(Person):
    """Posts, and reads its own posts with the collector."""

    gone: set[str] = field(default_factory=set)
    """What the last read was told to be deleted."""

    def burst(self, count: int) -> list[str]:
        return self.say(*(f"Bache {n} {self.word}" for n in range(count)))

    def read(self, cursor: Json | None, pages: int = 50, **options: object) -> collector_runs.Run:
        secrets = bluesky.Secrets(bluesky_handle=self.handle, bluesky_app_password=SecretStr(self.password))
        now = datetime.now(UTC)
        budget = Budget(now=now, until=now, pages=pages)
        done = collector_runs.Run(cursor=cursor)
        self.gone = set()
        for page in bluesky.collect(CITY, self.options.model_copy(update=options), secrets, cursor, budget):
            done.took(page)
            self.gone |= set(page.deleted_anywhere)
        return done

    @property
    def options(self) -> bluesky.Options:
        return bluesky.Options(base_url=ADDRESS, queries=(self.word,))


@pytest.fixture
def person() -> Iterator[Listener]:
    with arrived() as somebody:
        yield Listener(**vars(somebody))


def test_sign_in_right_after_the_account_was_made_works(person: Listener) -> None:
    assert person.read(None).error is None


def test_two_bursts_over_a_cap_are_read_without_loss(person: Listener) -> None:
    first_said = person.burst(30)
    person.until_shown(first_said)
    first = person.read(None)
    assert set(first.ids) == set(first_said)
    more = person.burst(230)
    person.until_shown(more)
    capped = person.read(first.cursor, pages=1)
    assert [gap.reason for gap in capped.gaps] == ["page_cap"]
    later = person.read(capped.cursor)
    assert set(first_said) | set(more) == {*first.ids, *capped.ids, *later.ids}


def test_a_stored_cursor_that_became_invalid_begins_again_without_loss(person: Listener) -> None:
    said = person.burst(130)
    person.until_shown(said)
    capped = person.read(None, pages=1)
    assert capped.cursor is not None
    dig(capped.cursor, "streams", person.word)["token"] = "no cursor of this server"  # noqa: S105
    again = person.read(capped.cursor)
    assert [gap.reason for gap in again.gaps] == ["cursor_invalid"]
    assert set(said) == {*capped.ids, *again.ids}


def test_a_deleted_post_is_gone_and_no_other(person: Listener) -> None:
    said = person.burst(3)
    person.until_shown(said)
    person.client.delete_post(said[1])
    secrets = bluesky.Secrets(bluesky_handle=person.handle, bluesky_app_password=SecretStr(person.password))
    for _ in range(600):
        now = datetime.now(UTC)
        found = bluesky.find_deleted(CITY, person.options, secrets, said, Budget(now=now, until=now))
        if found[said[1]] is True:
            break
        time.sleep(0.1)
    assert {uri: answer is True for uri, answer in found.items()} == {said[0]: False, said[1]: True, said[2]: False}


def test_a_post_whose_author_blocks_our_account_is_not_gone(person: Listener) -> None:
    """A look-up leaves it out, as if it were deleted."""
    person.until_shown(person.burst(1))
    secrets = bluesky.Secrets(bluesky_handle=person.handle, bluesky_app_password=SecretStr(person.password))
    with arrived() as author:
        said = author.say("Bache")
        person.until_shown(said)
        block = models.AppBskyGraphBlock.Record(subject=person.client._session.did, created_at=datetime.now(UTC).isoformat())
        author.client.app.bsky.graph.block.create(author.client._session.did, block)
        asked = models.AppBskyFeedGetPosts.Params(uris=said)
        for _ in range(600):
            if not person.client.app.bsky.feed.get_posts(asked).posts:
                break
            time.sleep(0.1)
        else:
            pytest.fail("the AppView did not hide the post within a minute")
        now = datetime.now(UTC)
        assert bluesky.find_deleted(CITY, person.options, secrets, said, Budget(now=now, until=now)) == {said[0]: False}


@dataclass(frozen=True)
class Relayed:
    """One change of the network, as Jetstream would tell it."""

    payload: dict[str, Any]

    @property
    def microseconds(self) -> int:
        return round(datetime.fromisoformat(self.payload["witnessedAt"]).timestamp() * 1_000_000)

    def frame(self) -> str:
        return json.dumps({"$type": "message", "payload": self.payload}, default=str)


class Relay:
    """Stands where Jetstream stands: takes the firehose of the real network and tells it on in Jetstream's words."""

    def __init__(self, stream: JetstreamStub) -> None:
        self.stream = stream
        self.firehose = FirehoseSubscribeReposClient(base_uri=f"{ADDRESS.replace('http', 'ws', 1)}/xrpc")
        self.thread = threading.Thread(target=self.firehose.start, args=(self.tell,), daemon=True)
        self.thread.start()

    def tell(self, message: object) -> None:
        commit = parse_subscribe_repos_message(message)
        if not isinstance(commit, models.ComAtprotoSyncSubscribeRepos.Commit):
            return
        blocks = CAR.from_bytes(commit.blocks).blocks if commit.blocks else {}
        for op in commit.ops:
            collection, _, rkey = op.path.partition("/")
            told = {"$type": f"{METHOD}#commit", "did": commit.repo, "collection": collection, "rkey": rkey}
            told |= {"operation": op.action, "seq": commit.seq, "time": commit.time}
            told |= {"witnessedAt": datetime.now(UTC).isoformat()}
            told |= {"record": blocks.get(op.cid)} if op.action != "delete" else {}
            self.stream.events.append(Relayed(told))  # type: ignore[arg-type]

    def until(self, there: Callable[[list[dict[str, Any]]], bool]) -> None:
        """Waits for the firehose, a minute at most."""
        for _ in range(600):
            if there([event.payload for event in self.stream.events]):  # type: ignore[attr-defined]
                return
            time.sleep(0.1)
        pytest.fail("the firehose did not tell it within a minute")

    def close(self) -> None:
        self.firehose.stop()


@pytest.fixture
def relay() -> Iterator[Relay]:
    with JetstreamStub() as stream:
        relay = Relay(stream)
        yield relay
        relay.close()


def test_what_the_firehose_tells_is_heard_live_with_its_deletions_and_is_what_the_search_finds(person: Listener, relay: Relay) -> None:
    live: dict[str, Any] = {"live": True, "jetstream": relay.stream.url}
    before = person.burst(5)
    person.until_shown(before)
    first = person.read(None, **live)  # the search; nothing that was said before is on the stream for sure
    assert set(first.ids) == set(before)
    said = person.burst(40)
    keys = {uri.rpartition("/")[2] for uri in said}
    relay.until(lambda events: keys <= {event["rkey"] for event in events})
    second = person.read(first.cursor, **live)
    assert set(said) <= set(second.ids) <= {*before, *said}
    assert (second.rejected, second.error) == (0, None)
    person.client.delete_post(said[7])
    relay.until(lambda events: any(event["operation"] == "delete" for event in events))
    third = person.read(second.cursor, **live)
    assert person.gone == {said[7]}
    person.until_shown(said)
    assert set(person.read(None).ids) >= {*before, *said} - {said[7]}
    assert third.error is None
