"""People on Bluesky's own servers, for tests: `.ci/bluesky-network start DIR` prints the address for ESCUCHA_TEST_BLUESKY."""

import os
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest
from atproto import Client, Request, models

ADDRESS = os.environ.get("ESCUCHA_TEST_BLUESKY", "")
needs_network = pytest.mark.skipif(
    not ADDRESS, reason="ESCUCHA_TEST_BLUESKY is not set: make test-bluesky, or .ci/bluesky-network start DIR prints it"
)


@dataclass
class Person:
    """An account made for one test; `word` stands in nobody else's posts."""

    client: Client
    handle: str
    password: str
    word: str

    def say(self, *texts: str) -> list[str]:
        """Post these; where each stands."""
        did = self.client._session.did
        return [self.client.send_post(text, profile_identify=did).uri for text in texts]

    def app_password(self) -> str:
        """A new one, as a council makes it in its settings."""
        named = models.ComAtprotoServerCreateAppPassword.Data(name=uuid.uuid4().hex[:10])
        return str(self.client.com.atproto.server.create_app_password(named).password)

    def until_shown(self, uris: list[str]) -> None:
        """The AppView is behind the PDS by some tenths of a second."""
        for _ in range(100):
            found = self.client.app.bsky.feed.get_posts(models.AppBskyFeedGetPosts.Params(uris=uris[-1:]))
            if found.posts:
                return
            time.sleep(0.1)
        pytest.fail("the AppView did not show the last post within 10 s")


@contextmanager
def arrived() -> Iterator[Person]:
    """Somebody who has just made an account."""
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
