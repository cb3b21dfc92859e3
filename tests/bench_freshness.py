"""Measures how old a complaint is when it becomes a case: posts come in by the clock, whether or not anybody keeps up.

`make bench-freshness BURST=2000`: three minutes with a post a second, polled every 30 s; then BURST posts within a minute. The real
X client, the real reader, one process for the network and one for Escucha. Told is the time from the first poll that could see a
post to its decision, 95 of 100 of those that became a case.
"""

import os
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

sys.path[:0] = [str(Path(__file__).resolve().parent), str(Path(__file__).resolve().parents[1])]

import fault_collect  # noqa: E402 (found by the path above)
from house import TEXTS  # noqa: E402
from stubs.listing import Said  # noqa: E402

from escucha import pipeline  # noqa: E402
from escucha.house import House  # noqa: E402
from ledger import read  # noqa: E402
from nlp.reader import Reader  # noqa: E402

EVERY_S = 30.0
PROMISED_S, PROMISED_BURST_S = 60, 120
fault_collect.MORE["x"] = {"monthly_budget_usd": 100_000, "run_budget_usd": 100_000}
PAGES = 400


class Clock:
    """When each post could first be seen, and when it was decided."""

    def __init__(self) -> None:
        self.visible: dict[int, float] = {}
        self.polls: list[float] = []
        self.decided: dict[int, float] = {}

    def waited(self, numbers: Sequence[int]) -> list[float]:
        """From the first poll that could see each of these to its case."""
        return [
            self.decided[number] - min(poll for poll in self.polls if poll >= self.visible[number])
            for number in numbers
            if number in self.decided
        ]


def speak(network: fault_collect.Network, clock: Clock, first: int, count: int, seconds: float) -> None:
    """`count` posts within so many seconds, handed over twice a second at the latest."""
    began, said = time.monotonic(), 0
    while said < count:
        due = min(count, int((time.monotonic() - began) / seconds * count) + 1)
        now = datetime.now(UTC)
        numbers = range(first + said, first + due)
        network.tell("say", [Said(n, now, text=f"{TEXTS[n % len(TEXTS)]} ({n})") for n in numbers])
        clock.visible |= dict.fromkeys(numbers, time.monotonic())
        said = due
        time.sleep(max(0.01, min(0.5, seconds / count)))


def poll(house: House, clock: Clock, known: set[int]) -> None:
    """One pass, as the schedule makes it."""
    clock.polls.append(time.monotonic())
    pipeline.collect(house)
    pipeline.classify(house)
    pipeline.triage(house)
    done = time.monotonic()
    for post in read.post_facts(house.ledger):
        number = fault_collect._number(post.text)
        if post.decision == "in_case" and number not in known:
            known.add(number)
            clock.decided[number] = done


def main(burst: int) -> int:
    """The quiet minutes, then the burst."""
    clock, known = Clock(), set[int]()
    with fault_collect.running("x") as network, tempfile.TemporaryDirectory(prefix="escucha-fresh-") as home:
        network.tell("begin")
        with fault_collect.opened(network, Path(home)) as house:
            (source,) = house.sources.values()
            source.options = source.options.model_copy(update={"pages": PAGES})
            house.city = house.city.model_copy(
                update={"triage": house.city.triage.model_copy(update={"act": 0.4, "review": 0.3})}
            )
            vars(house)["reader"] = Reader(house.city)
            quiet = _phase(network, house, clock, known, 0, 180, 180.0)
            loud = _phase(network, house, clock, known, 1000, burst, 60.0)
    sys.stdout.write(f"machine: {os.cpu_count()} cores, load at the end {os.getloadavg()[0]:.1f}\n")
    _line("a post a second", quiet, PROMISED_S)
    _line(f"{burst:,} posts in a minute", loud, PROMISED_BURST_S)
    return 0


def _phase(
    network: fault_collect.Network, house: House, clock: Clock, known: set[int], first: int, count: int, seconds: float
) -> list[float]:
    """Polls by the clock until all that was said is decided or given up."""
    speaker = threading.Thread(target=speak, args=(network, clock, first, count, seconds))
    speaker.start()
    following = time.monotonic()
    is_over = False
    while not is_over:
        is_over = not speaker.is_alive()  # whatever was said by now is read by this poll
        time.sleep(max(0.0, following - time.monotonic()))
        following += EVERY_S
        poll(house, clock, known)
    return clock.waited(range(first, first + count))


def _line(what: str, waited: list[float], promised: float) -> None:
    p95 = statistics.quantiles(waited, n=20)[-1]
    missed = "" if p95 <= promised else ": MISSED"
    sys.stdout.write(f"{what}: {len(waited)} posts became cases, p95 {p95:.0f} s (at most {promised:g} s{missed})\n")


if __name__ == "__main__":
    sys.exit(main(int(os.environ.get("BURST", "2000"))))
