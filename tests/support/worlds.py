"""Set up the paged networks on loopback, ready for the scenarios.

Each with stub, collector and options. A new one is a file of `tests/support/networks/` with a `STUB` and a `WORLD`, found by its name.
"""

import pkgutil
from collections.abc import Callable, Iterator
from importlib import import_module
from pathlib import Path
from typing import Any

from pydantic import SecretStr

from collectors import bluesky, consul, decidim, discourse, mastodon, reddit, x, youtube
from core.config.city import City
from core.records import Json
from core.records.collection import Budget, Page
from tests.support.collector_runs import NOW
from tests.support.network import CITY as CITY, Network
from tests.support.stubs.bluesky import BlueskyStub
from tests.support.stubs.discourse import DiscourseStub
from tests.support.stubs.mastodon import MastodonStub
from tests.support.stubs.participation import ConsulStub, DecidimStub
from tests.support.stubs.reddit import RedditStub
from tests.support.stubs.server import Reply, Stub
from tests.support.stubs.x import XStub
from tests.support.stubs.youtube import CHANNEL, KEY, YoutubeStub, refusal

X_SECRETS = x.Secrets(x_bearer_token=SecretStr("token-of-test"))
REDDIT_SECRETS = reddit.Secrets(reddit_client_id=SecretStr("key"), reddit_client_secret=SecretStr("secret"), reddit_user="escucha")
BLUESKY_SECRETS = bluesky.Secrets(bluesky_handle="escucha.test", bluesky_app_password=SecretStr("app-password-of-test"))
MASTODON_OPEN = mastodon.Secrets()
YOUTUBE_SECRETS = youtube.Secrets(youtube_api_key=SecretStr(KEY))
IN_TWO_MINUTES = str(int(NOW.timestamp()) + 120)


class XWorld(Network[XStub, x.Options]):
    source, module, secrets = "x", x, X_SECRETS
    essential = "text"

    def __init__(self, stub: XStub, city: City = CITY, **options: object) -> None:
        self.stub = stub
        self.prepaid: list[float] = []
        """For each request, in dollars."""
        made = x.Options.model_validate({"base_url": stub.url, "query": "Madrid lang:es", **options})
        refusal = Reply({"title": "Too Many Requests"}, 429, {"x-rate-limit-reset": IN_TWO_MINUTES})
        super().__init__(stub.search, made, refusal, city)

    def collect(self, cursor: Json | None, budget: Budget) -> Iterator[Page]:
        budget._prepay = self.prepaid.append
        return super().collect(cursor, budget)


class RedditWorld(Network[RedditStub, reddit.Options]):
    source, module, secrets = "reddit", reddit, REDDIT_SECRETS
    essential = "created_utc"
    reach = 1000

    def __init__(self, stub: RedditStub, **options: object) -> None:
        self.stub = stub
        made = reddit.Options.model_validate({"base_url": stub.url, **options})
        super().__init__(stub.search, made, Reply({"message": "Too Many Requests"}, 429, {"Retry-After": "120"}))


class BlueskyWorld(Network[BlueskyStub, bluesky.Options]):
    source, module, secrets = "bluesky", bluesky, BLUESKY_SECRETS
    essential = "record"

    def __init__(self, stub: BlueskyStub, **options: object) -> None:
        self.stub = stub
        made = bluesky.Options.model_validate({"base_url": stub.url, "queries": ("Madrid",), **options})
        refusal = Reply({"error": "RateLimitExceeded"}, 429, {"ratelimit-reset": IN_TWO_MINUTES})
        super().__init__(stub.search, made, refusal)


class MastodonWorld(Network[MastodonStub, mastodon.Options]):
    source, module, secrets = "mastodon", mastodon, MASTODON_OPEN
    essential = "content"
    page_size = 40
    read_again = 29
    tokens = False

    def __init__(self, stub: MastodonStub, **options: object) -> None:
        self.stub = stub
        made = mastodon.Options.model_validate({"servers": (stub.url,), "hashtags": ("madrid",), **options})
        refusal = Reply({"error": "Throttled"}, 429, {"X-RateLimit-Reset": NOW.replace(minute=2).isoformat()})
        super().__init__(stub.timeline, made, refusal)


class YoutubeWorld(Network[YoutubeStub, youtube.Options]):
    source, module, secrets = "youtube", youtube, YOUTUBE_SECRETS
    essential = "publishedAt"

    def __init__(self, stub: YoutubeStub, **options: object) -> None:
        self.stub = stub
        made = youtube.Options.model_validate({"base_url": stub.url, "channels": (CHANNEL,), **options})
        super().__init__(stub.search, made, refusal(403, "rateLimitExceeded", {"Retry-After": "120"}))


class ConsulWorld(Network[ConsulStub, consul.Options]):
    source, module, secrets = "consul", consul, None
    essential = "public_created_at"
    page_size = 25

    def __init__(self, stub: ConsulStub, **options: object) -> None:
        self.stub = stub
        # the sweep shows everything again and again: it has tests of its own
        made = consul.Options.model_validate({"site": stub.url, "kinds": ("proposals",), "sweep_pages": 0, **options})
        super().__init__(stub.search, made, Reply({}, 429, {"Retry-After": "120"}))


class DecidimWorld(Network[DecidimStub, decidim.Options]):
    source, module, secrets = "decidim", decidim, None
    essential = "publishedAt"
    page_size = 25

    def __init__(self, stub: DecidimStub, **options: object) -> None:
        self.stub = stub
        page = f"{stub.url}/processes/barrio/f/39"
        made = decidim.Options.model_validate({"proposals": (page,), "sweep_pages": 0, **options})
        super().__init__(stub.search, made, Reply({}, 429, {"Retry-After": "120"}))


class DiscourseWorld(Network[DiscourseStub, discourse.Options]):
    source, module, secrets = "discourse", discourse, None
    essential = "cooked"
    page_size = 50
    repeats = 1
    tokens = False

    def __init__(self, stub: DiscourseStub, **options: object) -> None:
        self.stub = stub
        made = discourse.Options.model_validate({"sites": (stub.url,), **options})
        super().__init__(stub.search, made, Reply({}, 429, {"Retry-After": "120"}))


AnyNetwork = Network[Any, Any]
MADE: dict[str, tuple[Callable[[], Stub], Callable[..., AnyNetwork]]] = {
    "x": (XStub, XWorld),
    "reddit": (RedditStub, RedditWorld),
    "bluesky": (BlueskyStub, BlueskyWorld),
    "mastodon": (MastodonStub, MastodonWorld),
    "youtube": (YoutubeStub, YoutubeWorld),
    "consul": (ConsulStub, ConsulWorld),
    "decidim": (DecidimStub, DecidimWorld),
    "discourse": (DiscourseStub, DiscourseWorld),
}
"""By collector: its stub and its world."""
for found in pkgutil.iter_modules([str(Path(__file__).with_name("networks"))]):
    network = import_module(f"tests.support.networks.{found.name}")
    MADE[found.name] = (network.STUB, network.WORLD)
TWO_STREAMS: dict[str, dict[str, object]] = {"bluesky": {"queries": ("Madrid", "Retiro")}, "mastodon": {"hashtags": ("madrid", "retiro")}}
"""Options with which every post is found twice (X and Reddit have tests of their own: their second listing is another kind)."""
