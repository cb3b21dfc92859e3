"""The Bluesky collector on Bluesky's own servers: `.ci/bluesky-network start DIR` prints the address for ESCUCHA_TEST_BLUESKY."""

import os
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest
import scenarios
from atproto import Client, Request, models
from pydantic import SecretStr

from collectors import bluesky
from core.city import load_city
from core.fact import Json
from core.page import Budget

CITY = load_city(Path(__file__).resolve().parents[1] / "cities" / "madrid.toml")
ADDRESS = os.environ.get("ESCUCHA_TEST_BLUESKY", "")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(not ADDRESS, reason="ESCUCHA_TEST_BLUESKY is not set: .ci/bluesky-network start DIR prints it"),
]


@dataclass
class Person:
    """An account made for this test; `word` stands in its posts only."""

    client: Client
    handle: str
    password: str
    word: str

    def say(self, count: int) -> list[str]:
        did = self.client._session.did
        return [self.client.send_post(f"Bache {n} {self.word}", profile_identify=did).uri for n in range(count)]

    def read(self, cursor: Json | None, pages: int = 50) -> scenarios.Run:
        secrets = bluesky.Secrets(bluesky_handle=self.handle, bluesky_app_password=SecretStr(self.password))
        now = datetime.now(UTC)
        budget = Budget(now=now, until=now, pages=pages)
        done = scenarios.Run(cursor=cursor)
        for page in bluesky.collect(CITY, self.options, secrets, cursor, budget):
            done.took(page)
        return done

    @property
    def options(self) -> bluesky.Options:
        return bluesky.Options(base_url=ADDRESS, queries=(self.word,))

    def until_shown(self, uris: list[str]) -> None:
        """The AppView is behind the PDS by some tenths of a second."""
        for _ in range(100):
            found = self.client.app.bsky.feed.get_posts(models.AppBskyFeedGetPosts.Params(uris=uris[-1:]))
            if found.posts:
                return
            time.sleep(0.1)
        pytest.fail("the AppView did not show the last post within 10 s")


@pytest.fixture
def person() -> Iterator[Person]:
    word = f"escucha{uuid.uuid4().hex[:10]}"
    handle, password = f"{word[-12:]}.test", uuid.uuid4().hex
    line = Request(timeout=20)
    client = Client(ADDRESS, request=line)
    client.com.atproto.server.create_account(
        models.ComAtprotoServerCreateAccount.Data(handle=handle, email=f"{word}@example.org", password=password)
    )
    client.login(handle, password, fetch_bsky_profile=False)
    yield Person(client, handle, password, word)
    line.close()


def test_sign_in_right_after_the_account_was_made_works(person: Person) -> None:
    assert person.read(None).error is None


def test_two_bursts_over_a_cap_are_read_without_loss(person: Person) -> None:
    first_said = person.say(30)
    person.until_shown(first_said)
    first = person.read(None)
    assert set(first.ids) == set(first_said)
    more = person.say(230)
    person.until_shown(more)
    capped = person.read(first.cursor, pages=1)
    assert [gap.reason for gap in capped.gaps] == ["page_cap"]
    later = person.read(capped.cursor)
    assert set(first_said) | set(more) == {*first.ids, *capped.ids, *later.ids}


def test_a_stored_cursor_that_became_invalid_begins_again_without_loss(person: Person) -> None:
    said = person.say(130)
    person.until_shown(said)
    capped = person.read(None, pages=1)
    assert capped.cursor is not None
    capped.cursor["streams"][person.word]["token"] = "no cursor of this server"  # type: ignore[index]  # noqa: S105
    again = person.read(capped.cursor)
    assert [gap.reason for gap in again.gaps] == ["cursor_invalid"]
    assert set(said) == {*capped.ids, *again.ids}


def test_a_deleted_post_is_gone_and_no_other(person: Person) -> None:
    said = person.say(3)
    person.until_shown(said)
    person.client.delete_post(said[1])
    secrets = bluesky.Secrets(bluesky_handle=person.handle, bluesky_app_password=SecretStr(person.password))
    for _ in range(100):
        now = datetime.now(UTC)
        found = bluesky.gone(CITY, person.options, secrets, said, Budget(now=now, until=now))
        if found[said[1]]:
            break
        time.sleep(0.1)
    assert found == {said[0]: False, said[1]: True, said[2]: False}
