"""Behind a council's proxy with a certificate authority of its own: every client goes through it, and trusts nobody else.

requests (all but Bluesky) takes HTTPS_PROXY and REQUESTS_CA_BUNDLE; httpx (Bluesky) takes HTTPS_PROXY and SSL_CERT_FILE.
The name `red.example` exists nowhere: who reads from it went through the proxy.
"""

from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from pydantic import SecretStr

from collectors import bluesky, consul, decidim, discourse, mastodon, reddit, x, youtube
from core.config.city import load_city
from core.errors import SourceError
from core.records.collection import Budget, Page
from tests.support.collector_runs import NOW, burst
from tests.support.stubs.bluesky import BlueskyStub
from tests.support.stubs.discourse import DiscourseStub
from tests.support.stubs.mastodon import MastodonStub
from tests.support.stubs.participation import ConsulStub, DecidimStub
from tests.support.stubs.proxy import Authority, ConnectProxy
from tests.support.stubs.reddit import RedditStub
from tests.support.stubs.server import Stub
from tests.support.stubs.x import XStub
from tests.support.stubs.youtube import CHANNEL, KEY, YoutubeStub

CITY = load_city(Path(__file__).resolve().parents[3] / "cities" / "madrid.toml")
ADDRESS = "https://red.example"
NETWORKS = ["x", "reddit", "mastodon", "bluesky", "youtube", "consul", "decidim", "discourse"]


def stub_of(network: str, tls: object) -> Stub:
    kinds: dict[str, Callable[..., Stub]] = {
        "x": XStub,
        "reddit": RedditStub,
        "mastodon": MastodonStub,
        "bluesky": BlueskyStub,
        "youtube": YoutubeStub,
        "consul": ConsulStub,
        "decidim": DecidimStub,
        "discourse": DiscourseStub,
    }
    stub = kinds[network](tls=tls)
    listing = stub.timeline if network == "mastodon" else stub.search  # type: ignore[attr-defined]
    listing.posts = burst(3, NOW)
    return stub


def read(network: str) -> Iterator[Page]:
    budget = Budget(now=NOW, until=NOW)
    if network == "x":
        own = x.Secrets(x_bearer_token=SecretStr("token-of-test"))
        return x.collect(CITY, x.Options(base_url=ADDRESS, query="Madrid"), own, None, budget)
    if network == "reddit":
        keys = reddit.Secrets(reddit_client_id=SecretStr("key"), reddit_client_secret=SecretStr("secret"), reddit_user="escucha")
        return reddit.collect(CITY, reddit.Options(base_url=ADDRESS), keys, None, budget)
    if network == "mastodon":
        options = mastodon.Options(servers=(ADDRESS,), hashtags=("madrid",))
        return mastodon.collect(CITY, options, mastodon.Secrets(), None, budget)
    if network == "youtube":
        key = youtube.Secrets(youtube_api_key=SecretStr(KEY))
        return youtube.collect(CITY, youtube.Options(base_url=ADDRESS, channels=(CHANNEL,)), key, None, budget)
    if network == "consul":
        site = consul.Options(site=ADDRESS, kinds=("proposals",), sweep_pages=0)
        return consul.collect(CITY, site, None, None, budget)
    if network == "decidim":
        page = decidim.Options(proposals=(f"{ADDRESS}/processes/barrio/f/39",), sweep_pages=0)
        return decidim.collect(CITY, page, None, None, budget)
    if network == "discourse":
        return discourse.collect(CITY, discourse.Options(sites=(ADDRESS,)), None, None, budget)
    account = bluesky.Secrets(bluesky_handle="escucha.test", bluesky_app_password=SecretStr("app-password-of-test"))
    return bluesky.collect(CITY, bluesky.Options(base_url=ADDRESS, queries=("Madrid",)), account, None, budget)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


@pytest.mark.parametrize("network", NETWORKS)
def test_reading_goes_through_the_proxy_and_trusts_the_councils_authority(
    network: str, authority: Authority, clean_environment: pytest.MonkeyPatch
) -> None:
    with stub_of(network, authority.tls("red.example")) as stub, ExitStack() as stack:
        proxy = ConnectProxy(stub.port)
        stack.callback(proxy.close)
        clean_environment.setenv("HTTPS_PROXY", proxy.url)
        clean_environment.setenv("REQUESTS_CA_BUNDLE", str(authority.path))
        clean_environment.setenv("SSL_CERT_FILE", str(authority.path))
        ids = [raw.native_id for page in read(network) for raw in page.raws]
        assert len(set(ids)) == 3
        assert set(proxy.asked) == {"red.example:443"}


@pytest.mark.parametrize("network", NETWORKS)
def test_a_certificate_of_an_unknown_authority_is_refused(
    network: str, authority: Authority, clean_environment: pytest.MonkeyPatch
) -> None:
    with stub_of(network, authority.tls("red.example")) as stub, ExitStack() as stack:
        proxy = ConnectProxy(stub.port)
        stack.callback(proxy.close)
        clean_environment.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(SourceError, match="no usable answer"):
            list(read(network))
        assert stub.requests == []
