"""Run Bluesky's live stream on loopback: search, stream, collector."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

from pydantic import SecretStr

from collectors import bluesky
from core.config.city import load_city
from core.records import Json
from core.records.collection import Budget, Page
from tests.support.collector_runs import NOW, Run, run
from tests.support.stubs.bluesky import BlueskyStub
from tests.support.stubs.jetstream import Event, JetstreamStub, uri_of

CITY = load_city(Path(__file__).resolve().parents[2] / "cities" / "madrid.toml")
SECRETS = bluesky.Secrets(bluesky_handle="escucha.test", bluesky_app_password=SecretStr("app-password-of-test"))
ELSEWHERE = "What a day in Lisbon"
MINUTE = timedelta(minutes=1)


class LiveWorld:
    keeper = None
    secrets = SECRETS

    def __init__(self, stub: BlueskyStub, stream: JetstreamStub, **options: object) -> None:
        self.stub, self.stream = stub, stream
        table = {"base_url": stub.url, "jetstream": stream.url, "live": True, "queries": ["Madrid"], **options}
        self.options = bluesky.Options.model_validate(table)

    def collect(self, cursor: Json | None, budget: Budget) -> Iterator[Page]:
        self.stream.events.append(Event(900_000 + len(self.stream.events), budget.now, ELSEWHERE))  # the world goes on
        return bluesky.collect(CITY, self.options, self.secrets, cursor, budget)

    def searches(self) -> int:
        return sum(request.path.endswith("searchPosts") for request in self.stub.requests)


def events(first: int, count: int, begin: datetime, text: str = "Bache en Madrid") -> list[Event]:
    """Make `count` posts, a second apart."""
    return [Event(first + n, begin + timedelta(seconds=n), text) for n in range(count)]


def uris(first: int, count: int) -> set[str]:
    return {uri_of(n) for n in range(first, first + count)}


def started(world: LiveWorld) -> Run:
    """Run it once: searches completed once, stream read to the present."""
    first = run(world, None, NOW)  # type: ignore[arg-type]
    assert first.error is None
    assert first.cursor is not None
    return first


def later(world: LiveWorld, before: Run, at: datetime = NOW + 10 * MINUTE, **how: int) -> Run:
    return run(world, before.cursor, at, **how)  # type: ignore[arg-type]
