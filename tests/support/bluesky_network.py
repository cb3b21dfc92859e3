"""Create accounts on Bluesky's own servers for tests.

`.ci/bluesky-network start DIR` prints the address for ESCUCHA_TEST_BLUESKY.
"""

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
    """Hold an account made for one test.

    `word` occurs in no other account's posts.
    """

    client: Client
    handle: str
    password: str
    word: str

    def say(self, *texts: str) -> list[str]:
        """Publish these posts; return their URIs."""
        did = self.client._session.did
        return [self.client.send_post(text, profile_identify=did).uri for text in texts]

    def until_own_are_shown(self) -> None:
        """Wait for the AppView to show the newest post of this account."""
        params = models.ComAtprotoRepoListRecords.Params(repo=self.client._session.did, collection="app.bsky.feed.post", limit=1)
        self.until_shown([one.uri for one in self.client.com.atproto.repo.list_records(params).records])

    def app_password(self) -> str:
        """Create an app password, as a council does in its settings."""
        named = models.ComAtprotoServerCreateAppPassword.Data(name=uuid.uuid4().hex[:10])
        return str(self.client.com.atproto.server.create_app_password(named).password)

    def until_shown(self, uris: list[str]) -> None:
        """Wait for the AppView, some tenths of a second behind the PDS."""
        for _ in range(600):
            found = self.client.app.bsky.feed.get_posts(models.AppBskyFeedGetPosts.Params(uris=uris[-1:]))
            if found.posts:
                return
            time.sleep(0.1)
        pytest.fail("the AppView did not show the last post within a minute")


@contextmanager
def arrived() -> Iterator[Person]:
    """Create a new account."""
    word = f"escucha{uuid.uuid4().hex[:10]}"
    handle, password = f"{word[-12:]}.test", uuid.uuid4().hex
    line = Request(timeout=60)
    client = Client(ADDRESS, request=line)
    client.com.atproto.server.create_account(
        models.ComAtprotoServerCreateAccount.Data(handle=handle, email=f"{word}@example.org", password=password)
    )
    client.login(handle, password, fetch_bsky_profile=False)
    yield Person(client, handle, password, word)
    line.close()
