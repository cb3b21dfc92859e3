"""`escucha check --source NAME`: what is wrong with a source is said in words, through the networks' own client libraries."""

import socket
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import httpx
import pytest
from pydantic import SecretStr

from collectors import bluesky, feeds, mastodon, reddit, x
from collectors.http.errors import error_name
from core.config.city import load_city
from core.errors import SourceError
from tests.support.collector_runs import NOW, burst
from tests.support.deployment import NOTICE, environment, escucha
from tests.support.stubs.bluesky import BlueskyStub
from tests.support.stubs.mastodon import MastodonStub
from tests.support.stubs.proxy import Authority, ConnectProxy
from tests.support.stubs.reddit import RedditStub
from tests.support.stubs.server import Reply, Stub
from tests.support.stubs.x import XStub

pytestmark = pytest.mark.usefixtures("clean_environment")

CITY = load_city(Path(__file__).resolve().parents[3] / "cities" / "madrid.toml")
NETWORKS = ["x", "reddit", "mastodon", "bluesky"]
STUBS: dict[str, Callable[..., Stub]] = {"x": XStub, "reddit": RedditStub, "mastodon": MastodonStub, "bluesky": BlueskyStub}
NAME = "red.example"
"""A name that exists nowhere: who reads from it went through the proxy."""


def check(network: str, address: str, secret: str = "") -> str:
    if network == "x":
        return x.check(CITY, x.Options(base_url=address), x.Secrets(x_bearer_token=SecretStr(secret or "token-of-test")))
    if network == "reddit":
        keys = reddit.Secrets(reddit_client_id=SecretStr("key"), reddit_client_secret=SecretStr(secret or "secret"), reddit_user="escucha")
        return reddit.check(CITY, reddit.Options(base_url=address), keys)
    if network == "mastodon":
        tokens = {address: SecretStr(secret)} if secret else {}
        return mastodon.check(CITY, mastodon.Options(servers=(address,)), mastodon.Secrets(mastodon_tokens=tokens))
    if network == "bluesky":
        account = bluesky.Secrets(bluesky_handle="escucha.test", bluesky_app_password=SecretStr(secret or "app-password-of-test"))
        return bluesky.check(CITY, bluesky.Options(base_url=address), account)
    return feeds.check(CITY, feeds.Options(feeds=(f"{address}/rss",), allow_private=True), None)


@pytest.fixture
def authority(tmp_path: Path) -> Authority:
    return Authority(tmp_path)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
    return port


REFUSALS: list[tuple[str, dict[str, Any], str]] = [
    ("x", {"secret": "wrong"}, "rejected the token (401), which is invalid or revoked: set ESCUCHA_X_BEARER_TOKEN"),
    ("x", {"answer": Reply({"title": "CreditsDepleted"}, 402)}, "out of credits or over the spending limit"),
    ("x", {"answer": Reply({"type": "https://api.twitter.com/2/problems/usage-capped"}, 429)}, "the monthly cap of posts is used up"),
    ("x", {"answer": Reply({"title": "Too Many Requests"}, 429, {"Retry-After": "90"})}, "too many requests, wait 90 s"),
    ("x", {"answer": Reply({"title": "client-forbidden"}, 403)}, "refuses this endpoint to this app (403)"),
    ("reddit", {"secret": "wrong"}, "rejected the keys (401): set ESCUCHA_REDDIT_CLIENT_ID and"),
    ("reddit", {"answer": Reply({"message": "Forbidden"}, 403)}, "its approval was refused or revoked"),
    ("reddit", {"answer": Reply({}, 429, {"Retry-After": "90"})}, "too many requests, wait 90 s"),
    ("mastodon", {"secret": "wrong"}, "rejected its token (401), which is invalid or revoked: set another in ESCUCHA_MASTODON_"),
    ("mastodon", {"answer": Reply({"error": "x"}, 422)}, "returned 422: its timelines are not public"),
    ("mastodon", {"answer": Reply({"error": "x"}, 429, {"Retry-After": "90"})}, "too many requests, wait 90 s"),
    ("bluesky", {"secret": "wrong"}, "or its app password was revoked: set ESCUCHA_BLUESKY_HANDLE and"),
    (
        "bluesky",
        {"answer": Reply({"error": "AuthFactorTokenRequired", "message": "A sign in code has been sent"}, 401)},
        "requires a second factor: set ESCUCHA_BLUESKY_APP_PASSWORD to an app password",
    ),
    ("bluesky", {"answer": Reply({"error": "RateLimitExceeded"}, 429)}, "RateLimitExceeded"),
    ("feeds", {"answer": Reply({}, 401)}, "401"),
    ("feeds", {"answer": Reply({}, 404)}, "404"),
    ("feeds", {"answer": Reply({}, 429, {"Retry-After": "90"})}, "retry after 90 s"),
]


@pytest.mark.parametrize(("network", "how", "words"), REFUSALS, ids=[f"{n}: {w[:50]}" for n, _, w in REFUSALS])
def test_a_refusal_says_what_to_set(network: str, how: dict[str, Any], words: str) -> None:
    with STUBS.get(network, Answering)() as stub:
        if "answer" in how:
            stub.answer = lambda request: how["answer"]  # type: ignore[method-assign]
        if network == "mastodon" and "secret" in how:
            stub.closed = 401  # type: ignore[attr-defined]
        with pytest.raises(SourceError) as refused:
            check(network, stub.url, how.get("secret", ""))
    assert words in str(refused.value)
    assert "-of-test" not in str(refused.value)
    assert "wrong" not in str(refused.value)


class Answering(Stub):
    """A web server that a test tells what to answer."""


@pytest.mark.parametrize("network", [*NETWORKS, "feeds"])
def test_a_server_that_is_away_is_said(network: str) -> None:
    with pytest.raises(SourceError, match=r"connection refused at its address|Connection refused"):
        check(network, f"http://127.0.0.1:{free_port()}")


def tls_stub(network: str, authority: Authority) -> Stub:
    stub = STUBS[network](tls=authority.tls(NAME))
    listing = stub.timeline if network == "mastodon" else stub.search  # type: ignore[attr-defined]
    listing.posts = burst(3, NOW)
    return stub


@pytest.fixture
def behind() -> Iterator[Callable[[int], ConnectProxy]]:
    with ExitStack() as stack:

        def start(port: int) -> ConnectProxy:
            proxy = ConnectProxy(port)
            stack.callback(proxy.close)
            return proxy

        yield start


@pytest.mark.parametrize("network", NETWORKS)
def test_a_private_authority_that_nobody_named_is_said_with_the_variables(
    network: str, authority: Authority, clean_environment: pytest.MonkeyPatch, behind: Callable[[int], ConnectProxy]
) -> None:
    with tls_stub(network, authority) as stub:
        clean_environment.setenv("HTTPS_PROXY", behind(stub.port).url)
        with pytest.raises(SourceError, match=r"certificate is not trusted here.*SSL_CERT_FILE and REQUESTS_CA_BUNDLE"):
            check(network, f"https://{NAME}")
        clean_environment.setenv("REQUESTS_CA_BUNDLE", str(authority.path))
        clean_environment.setenv("SSL_CERT_FILE", str(authority.path))
        assert check(network, f"https://{NAME}")


@pytest.mark.parametrize("network", NETWORKS)
def test_a_proxy_that_is_away_is_said(network: str, clean_environment: pytest.MonkeyPatch) -> None:
    clean_environment.setenv("HTTPS_PROXY", f"http://127.0.0.1:{free_port()}")
    with pytest.raises(SourceError, match=r"the proxy of HTTPS_PROXY (refused the connection or )?is down"):
        check(network, f"https://{NAME}")


@pytest.mark.parametrize("network", NETWORKS)
def test_a_proxy_that_refuses_is_said(network: str, clean_environment: pytest.MonkeyPatch) -> None:
    with Answering() as proxy:  # knows no CONNECT, as a proxy that does not let us out
        clean_environment.setenv("HTTPS_PROXY", proxy.url)
        with pytest.raises(SourceError, match="the proxy of HTTPS_PROXY refused the connection or is down"):
            check(network, f"https://{NAME}")


def test_a_name_that_does_not_exist_is_said() -> None:
    error = httpx.ConnectError("no")
    error.__cause__ = socket.gaierror(socket.EAI_NONAME, "Name or service not known")
    assert error_name(error) == "ConnectError: unknown host name"


def test_what_cannot_be_told_apart_keeps_the_librarys_own_name() -> None:
    assert error_name(httpx.ProtocolError("odd")) == "ProtocolError"


PROFILE = (
    """
name = "Madrid"
"""
    + NOTICE
    + """[sources.x]
base_url = "{url}"
monthly_budget_usd = 1
[sources.reddit]
[[departments]]
name = "Atención"
topics = ["other"]
"""
)


def test_the_command_says_it_and_ends_with_1_and_what_is_off_is_off_with_its_reason(tmp_path: Path) -> None:
    path = tmp_path / "city.toml"
    with XStub() as stub:
        stub.search.posts = burst(7, NOW)
        path.write_text(PROFILE.format(url=stub.url), encoding="utf-8")
        good = environment(tmp_path / "home", path, ESCUCHA_X_BEARER_TOKEN="token-of-test")  # noqa: S106
        bad = environment(tmp_path / "home", path, ESCUCHA_X_BEARER_TOKEN="no")  # noqa: S106
        well = escucha("check", "--source", "x", env=good)
        wrong = escucha("check", "--source", "x", env=bad, check=False)
        off = escucha("check", "--source", "reddit", env=good, check=False)
    assert (well.returncode, wrong.returncode, off.returncode) == (0, 1, 0)
    assert "ok  source x: X answers: 7 posts of the last 7 days match" in well.stdout.decode()
    assert "FAILED  source x: X rejected the token (401)" in wrong.stdout.decode()
    assert "off  source reddit: off: set ESCUCHA_REDDIT_CLIENT_ID" in off.stdout.decode()
    assert "only after an explicit approval" in off.stdout.decode()
