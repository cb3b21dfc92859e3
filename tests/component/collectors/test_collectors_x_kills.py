"""The books never stand below what X bills: runs killed at any moment, two at once, answers that are lost on their way.

X on loopback writes a bill of its own, post by post and day by day; the collecting processes are killed with a real SIGKILL.
"""

import multiprocessing
import os
import random
import signal
from collections import Counter
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from multiprocessing.process import BaseProcess
from pathlib import Path
from queue import SimpleQueue

import pytest
import time_machine

from core.config.settings import load_settings
from core.errors import EscuchaError
from ledger import read, schema
from pipeline import all_steps as steps
from pipeline.context import open_context
from tests.support.collector_runs import burst
from tests.support.stubs.server import Reply, Request
from tests.support.stubs.x import XStub
from tests.support.x_town import NOW, profile

FORK = multiprocessing.get_context("fork")
PAGE_USD = 0.5
HALF = Reply(b'{"data": [{"id": "1')


class UnluckyX(XStub):
    """Kills its client, or loses an answer: before the posts are handed out and billed, or after."""

    def __init__(self) -> None:
        self.clients: SimpleQueue[BaseProcess] = SimpleQueue()
        self.kills = ""
        self.losses: dict[int, Reply] = {}
        """What comes instead of an answer that is billed, by the number of the request."""
        self.asked = 0
        super().__init__()

    def answer(self, request: Request) -> Reply:
        self.asked += 1
        self.kill("before the bill")
        reply = super().answer(request)
        self.kill("after the bill")
        return self.losses.get(self.asked, reply)

    def kill(self, moment: str) -> None:
        if moment == self.kills:  # the first request may come before `start` has returned
            os.kill(self.clients.get(timeout=120).pid or 0, signal.SIGKILL)

    def billed(self) -> Counter[date]:
        days: Counter[date] = Counter()
        for (day, _), usd in self.bill.items():
            days[day] += usd  # type: ignore[assignment]  # dollars are counted like anything else
        return days


@pytest.fixture
def stub() -> Iterator[UnluckyX]:
    with UnluckyX() as running:
        yield running


class Town:
    """Runs X in processes of their own, as the schedule does."""

    def __init__(self, folder: Path, stub: UnluckyX, limits: str) -> None:
        self.stub = stub
        table = f'query = "Madrid"\nuser_id = "1"\nowned_reads = true\npages = 4\n{limits}'
        self.city = profile(folder, stub, table)
        self.doubtful = 0
        """Runs in which a request was paid and its answer perhaps never seen."""

    def run(self, fault: str = "", at_once: int = 1) -> list[int | None]:
        """How the runs ended: 0, 3 after a refusal, -9 when killed."""
        started = [FORK.Process(target=collect_once, args=(self.city, fault)) for _ in range(at_once)]
        for process in started:
            process.start()
            self.stub.clients.put(process)
        for process in started:
            process.join()
        self.doubtful += bool(fault or self.stub.kills) + len(self.stub.losses) + at_once - 1
        self.stub.kills, self.stub.losses, self.stub.asked, self.stub.clients = "", {}, 0, SimpleQueue()
        return [process.exitcode for process in started]

    def books(self) -> Counter[date]:
        with open_context(self.city, load_settings()) as context, context.ledger.read() as connection:
            rows = connection.execute(schema.spending.select()).all()
        return Counter({row.day: row.usd_millionths / 1e6 for row in rows})

    def stored(self) -> int:
        with open_context(self.city, load_settings()) as context:
            return read.count_posts(context.ledger)

    def check(self) -> None:
        books, billed = self.books(), self.stub.billed()
        below = {day: (books[day], usd) for day, usd in billed.items() if books[day] < usd - 1e-6}
        assert below == {}
        assert books.total() <= billed.total() + PAGE_USD * (1 + self.doubtful) + 1e-6


def collect_once(city: Path, fault: str) -> None:
    """One run, without a rest after a refusal; it dies at the point named."""
    if fault:
        os.environ["ESCUCHA_FAULT_AT"] = fault
    with open_context(city, load_settings()) as context:
        try:
            steps.collect(context)
        except EscuchaError:
            os._exit(3)
    os._exit(0)


@pytest.fixture
def town_of(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, stub: UnluckyX) -> Callable[[str], Town]:
    monkeypatch.setenv("ESCUCHA_HOME", str(tmp_path / "home"))
    monkeypatch.setenv("ESCUCHA_X_BEARER_TOKEN", "token-of-test")
    return lambda limits: Town(tmp_path, stub, limits)


@pytest.mark.slow
def test_five_kills_after_a_quiet_poll_do_not_read_beyond_the_budget(town_of: Callable[[str], Town], stub: UnluckyX) -> None:
    town = town_of("monthly_budget_usd = 1.2")
    with time_machine.travel(NOW, tick=False):
        town.run()  # nothing is there: what was paid pays for the next read
        for number in range(5):
            stub.search.posts += burst(100, NOW - timedelta(minutes=50 - 5 * number), first=1000 * number + 1)
            town.run("collect.read:2")  # the mentions are stored; then a page of 100 that X has billed is not
            town.run()
            town.check()
        assert stub.billed().total() <= 1.2
        assert town.books().total() <= 1.2


@pytest.mark.parametrize(
    "fault",
    [
        "collect.read:1",
        "ledger.commit:3",
        "ledger.committed:5",
        *(
            pytest.param(f"ledger.{when}:{nth}", marks=pytest.mark.slow)
            for when, tried in (("commit", 3), ("committed", 5))
            for nth in range(2, 9)
            if nth != tried
        ),
    ],
)
@pytest.mark.slow
def test_a_kill_at_any_step_is_paid_for_and_loses_no_post(town_of: Callable[[str], Town], stub: UnluckyX, fault: str) -> None:
    town = town_of("monthly_budget_usd = 100")
    with time_machine.travel(NOW, tick=False):
        town.run()
        stub.search.posts = burst(130, NOW - timedelta(hours=1))
        stub.mentions.posts = burst(20, NOW - timedelta(hours=2), first=500)
        assert town.run(fault) == [-signal.SIGKILL]
        town.check()
    with time_machine.travel(NOW + timedelta(hours=12), tick=False):  # midnight: what is read again is billed again
        town.run()
        town.check()
        assert town.stored() == 150


@pytest.mark.parametrize("moment", ["before the bill", "after the bill"])
@pytest.mark.slow
def test_a_kill_while_x_answers_is_paid_for(town_of: Callable[[str], Town], stub: UnluckyX, moment: str) -> None:
    town = town_of("monthly_budget_usd = 100")
    stub.mentions.posts = burst(100, NOW - timedelta(hours=1))
    stub.kills = moment
    with time_machine.travel(NOW, tick=False):
        assert town.run() == [-signal.SIGKILL]
        assert town.books().total() == 0.1  # a full page of mentions
        stub.mentions.posts += burst(100, NOW, first=1000)  # nothing of the page that was lost is read again before these
        town.run()
        town.check()


@pytest.mark.parametrize(
    ("reply", "usd"),
    [
        (Reply(cut=True), 0.1),
        (HALF, 0.1),
        (Reply({"data": "no list"}), 0.1),
        (Reply(b"<html>over capacity</html>", 503, {"Content-Type": "text/html"}), 0.0),
        (Reply({"title": "Too Many Requests"}, 429), 0.0),
        (Reply(b"<html>sign in to the proxy</html>", 200, {"Content-Type": "text/html"}), 0.0),
    ],
    ids=["cut line", "half an answer", "no list", "503", "429", "another page"],
)
def test_a_lost_answer_stays_paid_and_a_refusal_pays_for_the_next_request(
    town_of: Callable[[str], Town], stub: UnluckyX, reply: Reply, usd: float
) -> None:
    town = town_of("monthly_budget_usd = 100\nsearch = false\nown_handle = '@MADRID'")
    stub.losses = {1: reply}
    with time_machine.travel(NOW, tick=False):
        assert town.run() == [3]
    with time_machine.travel(NOW + timedelta(hours=2), tick=False):
        assert town.run() == [0]
        assert town.books().total() == pytest.approx(usd + 0.1)


def test_an_x_that_cannot_be_reached_costs_nothing(town_of: Callable[[str], Town], stub: UnluckyX, tmp_path: Path) -> None:
    town = town_of("monthly_budget_usd = 100")
    away = UnluckyX()
    away.close()
    town.city = profile(tmp_path, away, 'query = "Madrid"\nmonthly_budget_usd = 100')
    for hours in range(3):
        with time_machine.travel(NOW + timedelta(hours=hours), tick=False):
            assert town.run() == [3]
    assert town.books().total() == PAGE_USD  # paid, and still in hand


@pytest.mark.parametrize("seed", [pytest.param(n, marks=pytest.mark.slow) for n in range(6)])
def test_whatever_happens_no_day_of_the_books_is_below_its_bill_nor_over_its_limit(
    town_of: Callable[[str], Town], stub: UnluckyX, seed: int
) -> None:
    rng = random.Random(f"money {seed}")  # noqa: S311
    daily, monthly = rng.choice([1.5, 3.0]), rng.choice([4.0, 8.0])
    town = town_of(f"monthly_budget_usd = {monthly}\ndaily_budget_usd = {daily}")
    at = datetime(2026, 11, 29, 12, 0, tzinfo=UTC)
    for step in range(14):
        at += timedelta(hours=rng.uniform(0.1, 7))
        stub.search.posts += burst(rng.randrange(150), at, first=1 + 1000 * step, step=timedelta(milliseconds=500))
        stub.mentions.posts = stub.search.posts[::7]
        fault = rng.choice([f"ledger.commit:{rng.randint(1, 12)}", f"ledger.committed:{rng.randint(1, 12)}", ""])
        stub.kills = rng.choice(["before the bill", "after the bill", "", "", "", ""])
        stub.losses = {rng.randint(1, 4): HALF, rng.randint(1, 4): Reply(cut=True)} if rng.random() < 0.3 else {}
        with time_machine.travel(at, tick=False):
            town.run(fault, rng.choice([1, 1, 2]))
            town.check()
    assert max(town.books().values()) <= daily + 1e-6
    for month in (11, 12):
        assert sum(usd for day, usd in stub.billed().items() if day.month == month) <= monthly + 1e-6
    assert stub.billed().total() > 1
