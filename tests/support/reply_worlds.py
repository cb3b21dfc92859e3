"""Build networks that take answers, with scripted failures.

A world holds one network on loopback, a message there, and what the replier needs to answer it.
"""

import random
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from collectors import bluesky, discourse, mastodon
from collectors.bluesky import account, reply as bluesky_reply
from collectors.discourse import reply as discourse_reply
from collectors.mastodon import reply as mastodon_reply
from core.config.city import load_city
from core.errors import OutcomeUnknownError, UnavailableError
from core.records.answer import ReplyTarget
from tests.support.stubs.bluesky import BlueskyStub, uri_of as bluesky_uri
from tests.support.stubs.discourse import DiscourseStub
from tests.support.stubs.listing import Said
from tests.support.stubs.mastodon import MastodonStub, uri_of as mastodon_uri
from tests.support.stubs.server import Reply, Request, Stub

CITY = load_city(Path(__file__).resolve().parents[2] / "cities" / "madrid.toml")
SAID = Said(1, datetime(2026, 11, 24, 12, 0, tzinfo=UTC))
TEXT = "La farola se repara mañana. Más en https://www.madrid.es/avisos?caso=1."
FAULTS = ("fine", "cut_before", "cut_after", "busy", "failed_before", "failed_after", "garbage_after", "hang_after")


@dataclass
class ReplyWorld:
    """Hold one network and one message to answer."""

    stub: Stub
    replier: Any
    options: Any
    secrets: Any
    wrong: Any
    """Secrets that the network rejects."""
    move_to: Callable[[int], None]
    """Let the options name another port."""
    target: ReplyTarget
    held: Callable[[], list[str]]
    """Texts of the answers that the network holds."""
    writes: Callable[[Request], bool]
    """Tell whether a request publishes."""
    delete: Callable[[], None]
    """Delete the message."""
    block: Callable[[], None] = lambda: None
    """Let the author block the account."""
    choose: Callable[[int], None] = lambda _number: None
    """Answer another message of the network from here on; the default stays with the one."""
    refuses_duplicates: bool = False
    too_long: str = "a" * 301
    words_too_long: str = ""
    words_deleted: str = ""
    words_blocked: str = ""
    faults: list[str] = field(default_factory=list)
    """Faults of the next publishing requests."""

    def __post_init__(self) -> None:
        well = self.stub.answer

        def answer(request: Request) -> Reply:
            fault = self.faults.pop(0) if self.faults and self.writes(request) else "fine"
            return _failing(fault, lambda: well(request))

        self.stub.answer = answer  # type: ignore[method-assign]

    def reply(self, text: str = TEXT, key: str = "A-r1-1") -> str:
        return str(self.replier.reply(CITY, self.options, self.secrets, self.target, text, key))

    def find(self, text: str = TEXT, key: str = "A-r1-1") -> str | None:
        found: str | None = self.replier.find_reply(CITY, self.options, self.secrets, self.target, text, key)
        return found

    def deliver(self, text: str, key: str, killed: Callable[[], bool]) -> str:
        """Try as the pipeline does until the answer is there.

        `killed`: whether the worker ends after it was sent.
        """
        look_first = False
        for _ in range(100):
            try:
                address = self.find(text, key) if look_first else None
                address = address or self.reply(text, key)
            except OutcomeUnknownError:
                look_first = True
                continue
            except UnavailableError:
                continue
            if not killed():
                return address
            look_first = True
        raise AssertionError("not delivered in 100 tries")


def _failing(fault: str, act: Callable[[], Reply]) -> Reply:
    if fault == "cut_before":
        return Reply(cut=True)
    if fault == "busy":
        return Reply({"error": "RateLimitExceeded"}, 429)
    if fault == "failed_before":
        return Reply(b"<html>502 Bad Gateway</html>", 502)
    done = act()
    if fault == "cut_after":
        return Reply(cut=True)
    if fault == "failed_after":
        return Reply({"error": "InternalServerError"}, 500)
    if fault == "garbage_after":
        return Reply(b"<html>please log in</html>", 200, {"Content-Type": "text/html"})
    if fault == "hang_after":
        time.sleep(0.15)
        return Reply(cut=True)
    return done


def random_faults(seed: int, count: int) -> Iterator[list[str]]:
    """Yield the faults of each of `count` deliveries."""
    dice = random.Random(seed)  # noqa: S311
    for _ in range(count):
        yield dice.choices(FAULTS, k=dice.randint(0, 6))


@contextmanager
def on_bluesky() -> Iterator[ReplyWorld]:
    account._sessions.clear()
    with BlueskyStub() as stub:
        stub.search.posts.append(SAID)
        world = ReplyWorld(
            stub=stub,
            replier=bluesky_reply,
            options=bluesky.Options(base_url=stub.url),
            secrets=_bluesky("app-password-of-test"),
            wrong=_bluesky("no-password-of-test"),
            move_to=lambda port: setattr(world, "options", bluesky.Options(base_url=f"http://127.0.0.1:{port}")),
            target=ReplyTarget(native_id=bluesky_uri(SAID), url=None, text=SAID.text),
            held=lambda: [record["text"] for record in stub.written.values()],
            writes=lambda request: request.path.endswith("putRecord"),
            delete=lambda: stub.deleted.add(bluesky_uri(SAID)),
            block=lambda: stub.blocked.add(bluesky_uri(SAID)),
            words_too_long="grapheme too big",
            words_deleted="Could not locate record",
            words_blocked="the author blocks this account",
        )
        yield world


def _bluesky(password: str) -> bluesky.Secrets:
    return bluesky.Secrets(bluesky_handle="escucha.test", bluesky_app_password=SecretStr(password))


@contextmanager
def on_mastodon(keeps_keys: bool = True) -> Iterator[ReplyWorld]:
    with MastodonStub() as stub:
        stub.timeline.posts.append(SAID)
        if not keeps_keys:  # servers without Idempotency-Key, or after its hour
            stub.keys = _Forgetful()
        world = ReplyWorld(
            stub=stub,
            replier=mastodon_reply,
            options=mastodon.Options(),
            secrets=_mastodon(stub.url, "token-of-test"),
            wrong=_mastodon(stub.url, "another-token"),
            move_to=lambda port: setattr(world, "secrets", _mastodon(f"http://127.0.0.1:{port}", "token-of-test")),
            target=ReplyTarget(native_id=mastodon_uri(SAID), url=None, text=SAID.text),
            held=lambda: [one["text"] for one in stub.written],
            writes=lambda request: request.path == "/api/v1/statuses",
            delete=lambda: stub.deleted.add(SAID.number),
            block=lambda: setattr(stub, "blocked", True),
            too_long="a" * 501,
            words_too_long="Text character limit of 500 exceeded",
            words_deleted="finds no post",
            words_blocked="the author blocks this account",
        )
        yield world


def _mastodon(server: str, token: str) -> mastodon_reply.Secrets:
    return mastodon_reply.Secrets(mastodon_reply_server=server, mastodon_reply_token=SecretStr(token))


class _Forgetful(dict[str, dict[str, Any]]):
    """Keep nothing."""

    def __setitem__(self, _key: str, _value: dict[str, Any]) -> None:
        return


@contextmanager
def on_discourse() -> Iterator[ReplyWorld]:
    with DiscourseStub() as stub:
        stub.search.posts += [Said(number, SAID.at) for number in range(1, 11)]
        world = ReplyWorld(
            stub=stub,
            replier=discourse_reply,
            options=discourse.Options(sites=(stub.url,)),
            secrets=_discourse(stub.url, "key-of-test"),
            wrong=_discourse(stub.url, "another-key"),
            move_to=lambda port: _move_forum(world, f"http://127.0.0.1:{port}"),
            target=_forum_target(stub.url),
            held=lambda: [one["raw"] for one in stub.written],
            writes=lambda request: request.path == "/posts.json",
            delete=lambda: stub.deleted.add(SAID.number),
            choose=lambda number: setattr(world, "target", _forum_target(stub.url, number)),
            refuses_duplicates=True,
            too_long="a" * 32_001,
            words_too_long="Body is limited to 32000 characters; you entered 32001",
            words_deleted="could not be found",
        )
        yield world


def _forum_target(url: str, number: int = SAID.number) -> ReplyTarget:
    return ReplyTarget(native_id=f"{url.removeprefix('http://')}:{number}", url=None, text=SAID.text)


def _discourse(url: str, key: str) -> discourse_reply.Secrets:
    user = discourse_reply.ForumUser(user="ayuntamiento", key=SecretStr(key))
    return discourse_reply.Secrets(discourse_users={url: user})


def _move_forum(world: ReplyWorld, url: str) -> None:
    world.options, world.target = discourse.Options(sites=(url,)), _forum_target(url)
    world.secrets = _discourse(url, "key-of-test")


WORLDS: dict[str, Callable[[], AbstractContextManager[ReplyWorld]]] = {
    "bluesky": on_bluesky,
    "discourse": on_discourse,
    "mastodon": on_mastodon,
    "mastodon_without_keys": partial(on_mastodon, keeps_keys=False),
}
