"""Who asks: every request that leaves the house says which program, where to read about it, and whom to write to."""

import contextlib
import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from pydantic import SecretStr

from collectors import feeds
from core.config.city import load_city
from core.config.settings import Settings
from core.errors import EscuchaError
from core.records.collection import Budget
from core.user_agent import user_agent
from core.version import VERSION
from tests.support import worlds
from tests.support.collector_runs import NOW, burst
from tests.support.stubs.discourse import DiscourseStub
from tests.support.stubs.jetstream import JetstreamStub
from tests.support.stubs.mastodon import MastodonStub
from tests.support.stubs.request_tracker import Tracker
from tests.support.stubs.server import Reply, Request, Stub

ROOT = Path(__file__).resolve().parents[3]
MADRID = load_city(ROOT / "cities" / "madrid.toml")
CITY = MADRID.model_copy(
    update={"notice": MADRID.notice.model_copy(update={"url": "https://city.example/escucha", "contact": "a@city.example"})}
)
AGENT = f"Escucha/{VERSION} (+https://city.example/escucha; a@city.example)"


def test_it_is_one_line_of_plain_signs_whatever_the_profile_says() -> None:
    assert user_agent(CITY) == AGENT
    odd = CITY.notice.model_copy(update={"contact": "Atención (010)\r\nX-Evil: 1 \\ ñ", "url": ""})
    found = user_agent(CITY.model_copy(update={"notice": odd}))
    assert re.fullmatch(rf"Escucha/{re.escape(VERSION)} \([ -~]+\)", found), found
    assert found.count("(") == found.count(")") == 1


def agents(stub: Stub) -> set[str]:
    assert stub.requests
    return {request.headers.get("User-Agent", "none") for request in stub.requests}


@pytest.mark.parametrize("network", worlds.MADE)
def test_every_request_of_every_network_says_who_asks(network: str) -> None:
    """Reading, asking what was deleted, and the check: sign-ins and tokens too."""
    kind, made = worlds.MADE[network]
    with kind() as stub:
        world = made(stub)
        world.city = CITY
        world.say(burst(150, NOW))
        at = NOW + timedelta(minutes=1)
        ids = [raw.native_id for page in world.collect(None, Budget(now=at, until=at)) for raw in page.raws]
        read = len(stub.requests)
        assert ids
        if isinstance(stub, MastodonStub):
            ids = [f"{stub.url}/users/ana/statuses/1"]
        world.module.find_deleted(CITY, world.options, world.secrets, ids[:3], Budget(now=at, until=at))
        world.module.check(CITY, world.options, world.secrets)
        assert len(stub.requests) > read
        assert {re.sub(r" \(by u/escucha\).*", "", one) for one in agents(stub)} == {AGENT}


def test_the_stream_of_everything_is_told_who_listens() -> None:
    from collectors.bluesky.live import describe_event

    with JetstreamStub() as stream:
        describe_event(stream.url, user_agent(CITY), NOW)
        assert stream.agents == [AGENT]


def test_feeds_are_told_who_reads() -> None:
    with DiscourseStub() as stub:
        options = feeds.Options(feeds=(f"{stub.url}/posts.json",), allow_private=True)
        with pytest.raises(EscuchaError, match="not a feed"):
            list(feeds.collect(CITY, options, None, None, Budget(now=NOW, until=NOW)))
        with pytest.raises(EscuchaError, match="not a feed"):
            feeds.check(CITY, options, None)
        assert agents(stub) == {AGENT}


class Hook(Stub):
    def answer(self, request: Request) -> Reply:
        return Reply({})


def test_the_web_hook_of_alarms_and_kibana_are_told_who_writes(tmp_path: Path, clean_environment: Any) -> None:
    from dashboards.kibana.client import KibanaClient
    from pipeline.health.alerts import alert

    with Hook() as hook:
        settings = Settings(home=tmp_path, alert_webhook=SecretStr(hook.url))
        assert alert(settings, CITY, "collect", "why", "run", NOW)
        assert agents(hook) == {AGENT}
    with Hook() as other:
        with contextlib.suppress(EscuchaError), KibanaClient(other.url, CITY, Settings(home=tmp_path)) as client:
            client.find("/api/spaces/space/escucha-es")
        assert agents(other) == {AGENT}


def test_the_contact_centre_is_told_who_opens_cases() -> None:
    from contact_centre import request_tracker

    with Tracker() as tracker:
        options = request_tracker.Options.model_validate(
            {"url": tracker.url, "queue": "General", "requestor": "a@city.example", "timeout_s": 5}
        )
        secrets = request_tracker.Secrets(rt_token=SecretStr("token-of-test"))
        with contextlib.suppress(EscuchaError):
            request_tracker.check(CITY, options, secrets)
        assert agents(tracker) == {AGENT}
