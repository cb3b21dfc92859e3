"""Proves that no fault of a network and no power cut loses or doubles a post: `make fault-collect`, SEEDS=20.

Each case is a real ledger, a real collector through its real client library, and a stub on loopback that fails as the network was
seen to fail. The collecting process is killed with SIGKILL at random moments, three times a case; then it is let run until
nothing new comes. Whatever was said must stand in the ledger once, and every balance of the books must be exact.
"""

import logging
import multiprocessing
import os
import random
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import partial
from multiprocessing.connection import Connection
from pathlib import Path
from types import SimpleNamespace
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

from collectors.paging import scheduler
from collectors.paging.newest_first import MAX_REFUSALS
from core.config.settings import Settings
from core.errors import SourceError
from ledger import read, reconciliation
from ledger.database import open_ledger
from pipeline import all_steps as steps
from pipeline.context import Context
from pipeline.sources import Source
from tests.support import worlds
from tests.support.stubs.listing import Faults, Listing, Said
from tests.support.stubs.server import Reply

SALT = b"a salt for tests, 32 bytes long."
FORK = multiprocessing.get_context("fork")
KILLS, ROUNDS = 3, 40
QUIET = MAX_REFUSALS + 2
"""Runs that bring nothing new until a case is at its end: a token that the network refuses is given up only after `MAX_REFUSALS` runs."""
BURST = 330
HTML = {"Content-Type": "text/html"}
MORE: dict[str, dict[str, object]] = {"x": {"monthly_budget_usd": 100_000}}


def burst(count: int, end: datetime, first: int, **more: Any) -> list[Said]:
    """Posts a second apart; each has its own number in its text, by which it is known again."""
    return [Said(first + i, end - timedelta(seconds=count - 1 - i), text=_text(first + i), **more) for i in range(count)]


def just_now(count: int, first: int) -> list[Said]:
    """Newer than all before: ids of a network grow with time."""
    now = datetime.now(UTC)
    return [Said(first + i, now + timedelta(milliseconds=i), text=_text(first + i)) for i in range(count)]


def _text(number: int) -> str:
    return f"Hay un bache en la calle Mayor de Madrid ({number})"


def backdated(end: datetime) -> list[Said]:
    """Twenty posts that came in late, and two hundred in one and the same second."""
    late = [Said(1000 + n, end, claimed=end - timedelta(minutes=30, seconds=n), text=_text(1000 + n)) for n in range(20)]
    return [*late, *(Said(2000 + n, end, text=_text(2000 + n)) for n in range(200))]


def future(end: datetime) -> list[Said]:
    """One post that says it is of the year 2099, then a hundred ordinary ones."""
    lie = Said(999, end - timedelta(minutes=5), claimed=datetime(2099, 1, 1, tzinfo=UTC), text=_text(999))
    return [lie, *burst(100, end, 1000)]


@dataclass(frozen=True)
class Fault:
    """What goes wrong, and what obsei was measured to lose by it (`notes/peers.md`; not part of the product)."""

    name: str
    faults: Callable[[Reply], Faults]
    said: Callable[[datetime], list[Said]] = lambda end: burst(BURST, end, 100)
    meanwhile: int = 0
    """So many more are said while it is read."""
    obsei: str = "not measured"


FAULTS = (
    Fault("nothing but the kills", lambda _: Faults(), obsei="a burst alone: 150 of 250 lost (0.0.15), 200 of 700 (1.1.1)"),
    Fault("429 in page 3", lambda too_many: Faults(replies={3: too_many}), obsei="400 of 400 in that run"),
    Fault(
        "503, cut lines, half answers",
        lambda _: Faults(replies={2: Reply(cut=True), 4: Reply(b"<html>", 503, HTML), 6: Reply(b'{"data": [{"i')}),
    ),
    Fault("200 with a page of html", lambda _: Faults(replies={n: Reply(b"<html>", 200, HTML) for n in (2, 5)})),
    Fault("empty pages with a token", lambda _: Faults(empty={2, 4})),
    Fault("pages given twice", lambda _: Faults(duplicate={2, 4})),
    Fault("a token that repeats for ever", lambda _: Faults(repeat_token_from=3)),
    Fault("posts come in while it is read", lambda _: Faults(), meanwhile=60, obsei="1,500 of 2,010 lost"),
    Fault("back-dated, equal timestamps", lambda _: Faults(), backdated, obsei="20 of 71 and 2 of 5 lost"),
    Fault("a post of the year 2099", lambda _: Faults(), future, obsei="100 of the next 100 lost"),
)


def serve(network: str, line: Connection) -> None:
    """The network itself, in a process of its own; told what to say and how to fail."""
    stub, made = worlds.MADE[network]
    with stub() as running:
        world = made(running)
        line.send(running.url)
        while (told := line.recv()) is not None:
            what, value = told
            if what == "begin":
                world.listing.posts.clear()
            elif what == "say":
                world.say(value)
            world.faults(value if what == "fail" else Faults()) if what != "say" else None
            line.send(True)


@dataclass
class Network:
    """A running stub and how to tell it what to do."""

    name: str
    url: str
    line: Connection

    def tell(self, what: str, value: object = None) -> None:
        self.line.send((what, value))
        self.line.recv()

    def world(self) -> worlds.AnyNetwork:
        """The same world in this process: options and secrets that lead to the stub."""
        there = SimpleNamespace(url=self.url, search=Listing(), timeline=Listing())
        return worlds.MADE[self.name][1](there, pages=3, **MORE.get(self.name, {}))


@contextmanager
def running(name: str) -> Iterator[Network]:
    ours, theirs = FORK.Pipe()
    server = FORK.Process(target=serve, args=(name, theirs))
    server.start()
    yield Network(name, ours.recv(), ours)
    ours.send(None)
    server.join()


def collect_once(network: Network, home: Path) -> None:
    """One run, as the schedule starts it; a refusal ends it like any other. Runs follow at once here: no rest is waited for."""
    scheduler.groups_in_backoff = lambda cursor, now: {}
    with opened(network, home) as context:
        try:
            steps.collect(context)
        except SourceError:
            os._exit(3)
    os._exit(0)


@contextmanager
def opened(network: Network, home: Path) -> Iterator[Context]:
    settings = Settings(home=home)
    ledger = open_ledger(settings.ledger, SALT)
    world = network.world()
    source = Source(world.source, world.module, world.options, world.secrets, [])
    yield Context(world.city, settings, SALT, ledger, {source.name: source}, Path())
    ledger.close()


def run(network: Network, home: Path, kill_after: float | None = None) -> bool:
    """One run in a process of its own; True when it was killed before its end."""
    process = FORK.Process(target=collect_once, args=(network, home))
    process.start()
    process.join(kill_after)
    if process.exitcode is None:
        os.kill(process.pid or 0, signal.SIGKILL)
    process.join()
    return process.exitcode == -signal.SIGKILL


def case(network: Network, fault: Fault, seed: int, home: Path) -> Counter[str]:
    """One case from its first read to its last; what was lost, doubled, or does not balance."""
    rng = random.Random(f"{network.name} {fault.name} {seed}")  # noqa: S311
    end = datetime.now(UTC).replace(microsecond=0)
    said = burst(30, end - timedelta(hours=1), 1)
    network.tell("begin")
    network.tell("say", said)
    began = time.monotonic()
    run(network, home)
    usual = time.monotonic() - began
    said += (news := fault.said(end))
    network.tell("say", news)
    network.tell("fail", fault.faults(network.world().too_many))
    killed = 0
    for _ in range(KILLS):
        killed += run(network, home, rng.uniform(0.02, 2 * usual))
        if fault.meanwhile:
            more = just_now(fault.meanwhile // KILLS, 5000 + len(said))
            said += more
            network.tell("say", more)
    network.tell("mend")
    _finish(network, home)
    return Counter(said=len(said), killed=killed) + _compare(network, home, said)


def _finish(network: Network, home: Path) -> None:
    """Runs until nothing new has come in so many runs in a row: one alone may only have read again what it knew."""
    counts = [-1]
    while len(counts) < ROUNDS and counts[-QUIET:] != [counts[-1]] * QUIET:
        run(network, home)
        with opened(network, home) as context:
            counts.append(read.count_posts(context.ledger))


def _compare(network: Network, home: Path, said: list[Said]) -> Counter[str]:
    with opened(network, home) as context:
        texts = Counter(_number(post.text) for post in read.post_records(context.ledger))
        lines = reconciliation.balance_sheet(context.ledger, None)
    return Counter(
        lost=len({one.number for one in said} - set(texts)),
        doubled=sum(texts.values()) - len(texts),
        unbalanced=sum(line.ok is False for line in lines),
    )


def _number(text: str) -> int:
    return int(text[text.rindex("(") + 1 : text.rindex(")")])


def main(seeds: int, networks: list[str]) -> int:
    """Every network, every fault, every seed; prints a row each and ends with 1 if anything was lost or doubled."""
    head = ("network", "fault", "cases", "said", "killed", "lost", "doubled", "books wrong", "obsei, measured")
    logging.disable()  # every refusal is said, thousands of times
    sys.stdout.write(f"| {' | '.join(head)} |\n|{'---|' * len(head)}\n")
    whole: Counter[str] = Counter()
    with ProcessPoolExecutor(os.cpu_count(), FORK) as side_by_side:
        for name, rows in zip(networks, side_by_side.map(partial(examine, seeds), networks), strict=True):
            for fault, found in zip(FAULTS, rows, strict=True):
                numbers = [found[key] for key in ("said", "killed", "lost", "doubled", "unbalanced")]
                sys.stdout.write(f"| {' | '.join(map(str, (name, fault.name, seeds, *numbers, fault.obsei)))} |\n")
                whole += found
            sys.stdout.flush()
    sys.stdout.write(
        f"\n{whole['said']:,} posts said, {whole['killed']:,} processes killed: {whole['lost']} lost, "
        f"{whole['doubled']} doubled, {whole['unbalanced']} balances wrong\n"
    )
    return 1 if whole["lost"] or whole["doubled"] or whole["unbalanced"] else 0


def examine(seeds: int, name: str) -> list[Counter[str]]:
    """What was found on one network, fault by fault."""
    rows = []
    with running(name) as network:
        for fault in FAULTS:
            found: Counter[str] = Counter()
            for seed in range(seeds):
                home = Path(tempfile.mkdtemp(prefix="escucha-fault-"))
                found += case(network, fault, seed, home)
                shutil.rmtree(home)
            rows.append(found)
    return rows


if __name__ == "__main__":
    sys.exit(main(int(os.environ.get("SEEDS", "20")), sys.argv[1:] or list(worlds.MADE)))
