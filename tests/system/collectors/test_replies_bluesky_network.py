"""Test answers on Bluesky's own servers: `make test-bluesky`."""

import random
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from atproto import models
from pydantic import SecretStr

from collectors import bluesky
from collectors.bluesky import reply as bluesky_reply
from collectors.http.writing import WritingClient
from core.errors import OutcomeUnknownError, RefusedError, UnavailableError
from core.records.answer import ReplyTarget
from core.records.collection import Budget
from tests.support import collector_runs
from tests.support.bluesky_network import ADDRESS, Person, arrived, needs_network
from tests.support.reply_worlds import CITY, TEXT

pytestmark = [pytest.mark.slow, needs_network]


@dataclass
class Talk:
    """Hold a citizen who asked, and the council's account."""

    citizen: Person
    council: Person
    asked: str

    @property
    def target(self) -> ReplyTarget:
        return ReplyTarget(native_id=self.asked, url=None, text="")

    @property
    def secrets(self) -> bluesky.Secrets:
        password = SecretStr(self.council.app_password())
        return bluesky.Secrets(bluesky_handle=self.council.handle, bluesky_app_password=password)

    def answers(self) -> list[str]:
        """Return the texts of the posts in the council's repository."""
        params = models.ComAtprotoRepoListRecords.Params(repo=self.council.client._session.did, collection="app.bsky.feed.post", limit=100)
        return [one.value.text for one in self.council.client.com.atproto.repo.list_records(params).records]


OPTIONS = bluesky.Options(base_url=ADDRESS or "http://localhost:1")


@pytest.fixture
def talk() -> Iterator[Talk]:
    with arrived() as citizen, arrived() as council:
        [asked] = citizen.say(f"Farola rota {citizen.word}")
        citizen.until_shown([asked])
        yield Talk(citizen, council, asked)


def test_an_answer_arrives_once_and_is_read_back_in_the_conversation(talk: Talk) -> None:
    text = f"{TEXT} {talk.citizen.word}"
    what = (CITY, OPTIONS, talk.secrets, talk.target, text, "A-1")
    assert bluesky_reply.find_reply(*what) is None
    address = bluesky_reply.reply(*what)
    assert bluesky_reply.reply(*what) == address == bluesky_reply.find_reply(*what)
    assert talk.answers() == [text]
    own = f"at://{talk.council.client._session.did}/app.bsky.feed.post/{address.rpartition('/')[2]}"
    talk.council.until_shown([own])
    now = datetime.now(UTC)
    done = collector_runs.Run(cursor=None)
    options = OPTIONS.model_copy(update={"queries": (talk.citizen.word,)})
    for page in bluesky.collect(CITY, options, talk.secrets, None, Budget(now=now, until=now)):
        done.took(page)
    assert set(done.ids) == {talk.asked, own}
    found = talk.council.client.app.bsky.feed.get_post_thread(models.AppBskyFeedGetPostThread.Params(uri=talk.asked))
    assert [one.post.uri for one in found.thread.replies] == [own]
    assert found.thread.replies[0].post.record.facets[0].features[0].uri == "https://www.madrid.es/avisos?caso=1"


def test_refusals_have_the_words_of_the_server(talk: Talk) -> None:
    secrets = talk.secrets
    with pytest.raises(RefusedError, match="grapheme too big"):
        bluesky_reply.reply(CITY, OPTIONS, secrets, talk.target, "ñ" * 301, "A-1")
    talk.citizen.client.delete_post(talk.asked)
    for _ in range(600):
        try:
            bluesky_reply.reply(CITY, OPTIONS, secrets, talk.target, TEXT, "A-2")
        except RefusedError as error:
            assert "Could not locate record" in str(error)  # noqa: PT017  it becomes so after a while
            break
        time.sleep(0.1)  # the AppView showed the post still
    else:
        pytest.fail("the AppView did not delete the post within a minute")


def test_an_author_who_blocks_is_not_answered(talk: Talk) -> None:
    block = models.AppBskyGraphBlock.Record(subject=talk.council.client._session.did, created_at=datetime.now(UTC).isoformat())
    talk.citizen.client.app.bsky.graph.block.create(talk.citizen.client._session.did, block)
    asked = models.AppBskyFeedGetPosts.Params(uris=[talk.asked])
    for _ in range(600):
        if not talk.council.client.app.bsky.feed.get_posts(asked).posts:
            break
        time.sleep(0.1)
    with pytest.raises(RefusedError, match=r"its author blocks it|author blocks this account"):
        bluesky_reply.reply(CITY, OPTIONS, talk.secrets, talk.target, TEXT, "A-1")
    assert talk.answers() == []


def test_none_is_doubled_when_responses_are_lost(talk: Talk, monkeypatch: pytest.MonkeyPatch) -> None:
    dice = random.Random(11)  # noqa: S311
    secrets, well = talk.secrets, WritingClient.post

    def lossy(self: WritingClient, path: str, body: object, *more: object, **named: object) -> object:
        if not path.endswith("putRecord"):
            return well(self, path, body, *more, **named)  # type: ignore[arg-type]
        if dice.random() < 0.3:
            raise OutcomeUnknownError("lost before")
        found = well(self, path, body, *more, **named)  # type: ignore[arg-type]
        if dice.random() < 0.4:
            raise OutcomeUnknownError("lost after")
        return found

    monkeypatch.setattr(WritingClient, "post", lossy)
    for number in range(50):
        for _ in range(40):
            try:
                bluesky_reply.reply(CITY, OPTIONS, secrets, talk.target, f"{TEXT} {number}", f"A-{number}")
                break
            except (OutcomeUnknownError, UnavailableError):  # tried again without a look: the record's key must suffice
                continue
    assert sorted(talk.answers()) == sorted(f"{TEXT} {number}" for number in range(50))
