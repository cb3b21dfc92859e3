"""The same scenarios on every network that is read page by page, stored in a real ledger: nothing lost, the books exact."""

import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from _pytest.mark import ParameterSet

from core.config import plugins
from core.config.city import load_city
from core.config.settings import Settings
from core.errors import SourceError
from core.records.collection import Page
from ledger import read, reconciliation
from ledger.database import open_ledger
from ledger.ingest import cursors
from pipeline.context import Context
from pipeline.sources import Source
from pipeline.steps import collect
from tests.support import collector_runs, scenarios, worlds
from tests.support.collector_runs import NOW, burst, run
from tests.support.seeded import MADRID, SALT
from tests.support.stubs.listing import Faults
from tests.support.stubs.server import Reply

pytestmark = pytest.mark.usefixtures("nobody_sleeps")


class Kept:
    """A ledger that is filled through the pipeline's own door, at the scenario's time."""

    def __init__(self, home: Path, world: worlds.AnyNetwork, monkeypatch: pytest.MonkeyPatch) -> None:
        settings = Settings(home=home)
        self.ledger = open_ledger(settings.ledger, SALT)
        self.source = Source(world.source, world.module, world.options, None, [])
        self.context = Context(load_city(MADRID), settings, SALT, self.ledger, {world.source: self.source}, MADRID)
        self.at = NOW
        self.received: list[str] = []
        self.rejected = 0
        monkeypatch.setattr("pipeline.steps.collect.now", lambda: self.at)

    def begin(self, at: datetime) -> str:
        self.at = at
        return cursors.begin_run(self.ledger, self.source.name, at)

    def take(self, run_id: str, page: Page) -> None:
        collect._store_page(self.context, run_id, self.source, page)
        self.received += [raw.native_id for raw in page.raws]
        self.rejected += len(page.rejects)

    def end(self, run_id: str, error: SourceError | None) -> None:
        cursors.end_run(self.ledger, run_id, self.at, "done" if error is None else str(error))

    def proves_that_the_books_are_exact(self) -> None:
        (state,) = read.sources(self.ledger)
        assert state.received == len(self.received) + self.rejected
        assert state.stored == len(set(self.received)) == read.count_posts(self.ledger)
        assert state.duplicate + state.updated == len(self.received) - len(set(self.received))
        assert sum(state.rejected.values()) == self.rejected
        assert [line for line in reconciliation.balance_sheet(self.ledger, None) if line.ok is False] == []


@pytest.fixture
def kept_world(network: str, options: dict[str, object], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[worlds.AnyNetwork]:
    stub, made = worlds.MADE[network]
    with stub() as running:
        world = made(running, **options)
        keeper = Kept(tmp_path, world, monkeypatch)
        world.keeper = keeper
        yield world
        keeper.proves_that_the_books_are_exact()
        keeper.ledger.close()


QUICK = ("x", "mastodon")
"""One for each way of paging, newest first and oldest first. The scenarios of the others are left to the slow tests: they take minutes."""
LONG = (
    scenarios.a_burst_of_2010_over_a_cap_of_5_pages_is_finished_by_later_runs,
    scenarios.a_kill_after_any_page_loses_and_doubles_nothing,
)
"""Take 5 s each in the small pages of Mastodon."""


def played() -> Iterator[ParameterSet]:
    for network in worlds.MADE:
        for scenario in scenarios.ALL:
            is_slow = network not in QUICK or (network == "mastodon" and scenario in LONG)
            marks = pytest.mark.slow if is_slow else ()
            yield pytest.param(scenario, network, id=f"{scenario.__name__}-{network}", marks=marks)


@pytest.mark.parametrize("options", [{}], ids=[""])
@pytest.mark.parametrize(("scenario", "network"), list(played()))
def test_nothing_is_lost(scenario: scenarios.Scenario, kept_world: worlds.AnyNetwork) -> None:
    scenario(kept_world)


@pytest.mark.parametrize("options", [{}], ids=[""])
@pytest.mark.parametrize(("network", "status"), [("x", 500), ("x", 400), ("reddit", 500), ("youtube", 500), ("discourse", 500)])
def test_a_token_that_is_refused_for_ever_is_given_up_and_nothing_is_lost(kept_world: worlds.AnyNetwork, status: int) -> None:
    """X refuses with 400 what it takes for a wrong request, be it the query or the token."""
    first = collector_runs.started(kept_world)
    kept_world.say(burst(450, NOW, first=100))
    capped = run(kept_world, first.cursor, NOW, pages=2)
    dead = kept_world.listing.last[1]
    kept_world.faults(Faults(dead={dead: Reply({"error": "no such cursor"}, status)}))
    refused = collector_runs.runs(kept_world, capped.cursor, NOW + timedelta(minutes=15), 5)
    assert [str(one.error) for one in refused if one.error is None] == []
    kept_world.faults(Faults())  # the same place is asked for by a new token from here on
    healed = run(kept_world, refused[-1].cursor, NOW + timedelta(hours=2))
    assert healed.error is None
    assert len(set(healed.ids) - set(first.ids)) == 450, "it was read again from the top"


def test_every_collector_that_reads_pages_goes_through_the_scenarios() -> None:
    walks = re.compile("collectors.*(newest_first|oldest_first|participation)")
    modules = {name: plugins.load_plugin("collectors", name, "test") for name in plugins.plugin_names("collectors")}
    paging = [name for name, module in modules.items() if walks.search(Path(str(module.__file__)).read_text("utf-8"))]
    assert sorted(set(paging) - set(worlds.MADE)) == [], "write its stub and its world: docs/how-to/add-a-source.md, step 4"


@pytest.mark.parametrize(("network", "options"), worlds.TWO_STREAMS.items())
def test_500_posts_found_by_two_queries_are_500_posts(kept_world: worlds.AnyNetwork) -> None:
    kept_world.say(burst(500, NOW))
    done = run(kept_world, None, NOW, pages=100)
    assert (len(done.ids), len(set(done.ids))) == (1000, 500)
