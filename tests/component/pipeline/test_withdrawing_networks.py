"""Deleted on its network, forgotten here: through each network's own client, within its budget."""

from collections import Counter
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from core.config.settings import Settings
from core.errors import SourceError
from core.privacy.pseudonyms import post_id
from ledger import read, reconciliation
from ledger.database import open_ledger
from ledger.ingest import deletion_checks
from pipeline import all_steps as steps
from pipeline.context import Context
from pipeline.sources import Source
from tests.support import worlds
from tests.support.collector_runs import NOW, burst
from tests.support.played import turn_clock
from tests.support.seeded import MADRID, SALT
from tests.support.stubs import bluesky, discourse, x, youtube
from tests.support.stubs.listing import Said
from tests.support.stubs.server import Reply

IDS: dict[str, Callable[[Said], str]] = {"x": lambda said: str(x.snowflake(said)), "bluesky": bluesky.uri_of, "youtube": youtube.id_of}
OPTIONS: dict[str, dict[str, object]] = {"x": {"monthly_budget_usd": 1.6}}
PATIENT: dict[str, object] = {"quiet_after": timedelta(days=9)}


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[datetime]:
    """The time of the house, in its only place."""
    made = [NOW]
    turn_clock(monkeypatch, lambda: made[0])
    return made


@pytest.mark.parametrize("network", IDS)
def test_what_was_deleted_is_asked_for_after_a_day_and_forgotten(network: str, tmp_path: Path, clock: list[datetime]) -> None:
    stub, made = worlds.MADE[network]
    with stub() as running:
        assert isinstance(running, x.XStub | bluesky.BlueskyStub | youtube.YoutubeStub)
        context, world = opened(made, running, PATIENT | OPTIONS.get(network, {}), tmp_path)
        said = burst(20, NOW - timedelta(minutes=5))
        world.say(said)
        assert steps.collect(context)["stored"] == 20
        gone = {IDS[network](one) for one in said[:3]}
        running.deleted = gone
        clock[0] += timedelta(hours=25)
        total: Counter[str] = Counter()
        for _ in range(5):  # X is asked for few at a time: a hundred a day are an even share of five a run at most
            total.update(steps.collect(context))
        assert (total["asked"], total["gone"]) == (20, 3)
        left = {post.post_id for post in read.post_records(context.ledger)}
        assert left == {post_id(SALT, network, IDS[network](one)) for one in said[3:]}
        assert deletion_checks.counts_on(context.ledger, network, clock[0].date()).unanswered == 0
        assert [line for line in reconciliation.balance_sheet(context.ledger, None) if line.ok is False] == []
        context.ledger.close()


@pytest.mark.parametrize("trouble", [Reply(cut=True), Reply({}, 429, {"Retry-After": "3600"})], ids=["dead", "resting"])
def test_a_forum_that_is_away_or_rests_keeps_no_deletion_of_another_from_being_found(
    trouble: Reply, tmp_path: Path, clock: list[datetime]
) -> None:
    with discourse.DiscourseStub() as away, discourse.DiscourseStub() as forum:
        options: dict[str, object] = PATIENT | {"sites": (away.url, forum.url)}
        context, world = opened(worlds.DiscourseWorld, forum, options, tmp_path)
        away.search.posts = burst(5, NOW - timedelta(minutes=5))
        world.say(burst(5, NOW - timedelta(minutes=5)))
        assert steps.collect(context)["stored"] == 10
        away.answer, forum.deleted = lambda request: trouble, {2}  # type: ignore[method-assign]
        before = len(away.requests)
        for _ in range(3):
            clock[0] += timedelta(hours=25)
            with pytest.raises(SourceError, match=away.url):
                steps.collect(context)
        assert read.count_posts(context.ledger) == 9
        looked_up = [request.path for request in away.requests[before:] if request.path != "/posts.json"]
        assert len(looked_up) == (0 if trouble.status == 429 else 3)
        context.ledger.close()


def opened(
    made: Callable[..., worlds.AnyNetwork], running: Any, options: dict[str, object], home: Path
) -> tuple[Context, worlds.AnyNetwork]:
    world = made(running, **options)
    source = Source(world.source, world.module, world.options, world.secrets, [])
    settings = Settings(home=home)
    ledger = open_ledger(settings.ledger, SALT)
    return Context(world.city, settings, SALT, ledger, {source.name: source}, MADRID), world
