"""Set up the networks that take answers, on loopback."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from pydantic import SecretStr

from collectors import reddit, x, youtube
from collectors.reddit import reply as reddit_reply
from collectors.x import reply as x_reply
from collectors.youtube import reply as youtube_reply
from core.errors import OutcomeUnknownError, RefusedError, UnavailableError
from core.records.answer import ReplyTarget
from core.records.collection import Budget
from tests.support.stubs.listing import Said
from tests.support.stubs.reddit import RedditStub
from tests.support.stubs.writing import Writing
from tests.support.stubs.x import ACCOUNT, XStub, snowflake
from tests.support.stubs.youtube import CHANNEL, VIDEO, YoutubeStub
from tests.support.worlds import CITY

X_WRITES = x_reply.Secrets(
    x_api_key=SecretStr("key"),
    x_api_secret=SecretStr("secret"),
    x_access_token=SecretStr(f"{ACCOUNT}-token"),
    x_access_token_secret=SecretStr("token-secret"),
)


def budget() -> Budget:
    now = datetime.now(UTC)
    return Budget(now=now, until=now + timedelta(minutes=4))


@dataclass
class Writer:
    """Hold one network and its replier with what it needs."""

    module: Any
    stub: Any
    options: Any
    secrets: Any
    target: ReplyTarget
    held: Callable[[], list[tuple[str, str]]]
    """Returns message answered and text of every answer the network has."""
    budget: Budget = field(default_factory=budget)

    @property
    def writing(self) -> Writing:
        writing: Writing = self.stub.writing
        return writing

    def reply(self, text: str, target: ReplyTarget | None = None) -> str:
        what = (CITY, self.options, self.secrets, target or self.target, text, "key")
        url: str = self.module.reply(*what, self.budget)
        return url

    def find(self, text: str, target: ReplyTarget | None = None) -> str | None:
        what = (CITY, self.options, self.secrets, target or self.target, text, "key")
        url: str | None = self.module.find_reply(*what, self.budget)
        return url

    def is_absent(self, text: str, target: ReplyTarget | None = None) -> bool:
        """Tell whether the answer is not found; on YouTube that is a refusal, because it may be held for moderation."""
        try:
            return self.find(text, target) is None
        except RefusedError as error:
            return str(error) == youtube_reply.NOT_LISTED

    def send_until_it_is_there(self, text: str) -> str:
        """Try one answer again and again, as the pipeline does, and a person where the network lists none."""
        look_first = False
        for _ in range(50):
            try:
                found = self.find(text) if look_first and not self.is_absent(text) else None
                return found or self.reply(text)
            except OutcomeUnknownError:
                look_first = True
            except UnavailableError:
                pass
        raise AssertionError("not sent in 50 attempts")


def x_writer(stub: XStub, base_url: str = "") -> Writer:
    target = ReplyTarget(native_id=str(snowflake(Said(1, datetime.now(UTC) - timedelta(hours=1)))), url=None, text="Un bache")
    return Writer(
        module=x_reply,
        stub=stub,
        options=x.Options(base_url=base_url or stub.url, monthly_budget_usd=10),
        secrets=X_WRITES,
        target=target,
        held=lambda: [(one["sent"]["reply"]["in_reply_to_tweet_id"], one["sent"]["text"]) for one in stub.own],
    )


def reddit_writer(stub: RedditStub) -> Writer:
    secrets = reddit_reply.Secrets(
        reddit_client_id=SecretStr("key"),
        reddit_client_secret=SecretStr("secret"),
        reddit_user="escucha",
        reddit_password=SecretStr("password-of-test"),
    )
    return Writer(
        module=reddit_reply,
        stub=stub,
        options=reddit.Options(base_url=stub.url),
        secrets=secrets,
        target=ReplyTarget(native_id="t1_c1", url=None, text="Sin luz", thread="t3_abc"),
        held=lambda: [(one["data"]["parent_id"], one["data"]["body"]) for one in stub.own],
    )


def youtube_writer(stub: YoutubeStub) -> Writer:
    secrets = youtube_reply.Secrets(
        youtube_client_id=SecretStr("client-of-test"),
        youtube_client_secret=SecretStr("secret-of-test"),
        youtube_refresh_token=SecretStr("refresh-of-test"),
    )
    return Writer(
        module=youtube_reply,
        stub=stub,
        options=youtube.Options(base_url=stub.url, channels=(CHANNEL,)),
        secrets=secrets,
        target=ReplyTarget(native_id="Ugx000001AaABAg", url=f"https://www.youtube.com/watch?v={VIDEO}&lc=Ugx000001AaABAg", text="Ruido"),
        held=lambda: stub.sent,
    )


WRITERS: dict[str, tuple[type, Callable[..., Writer]]] = {
    "reddit": (RedditStub, reddit_writer),
    "x": (XStub, x_writer),
    "youtube": (YoutubeStub, youtube_writer),
}
