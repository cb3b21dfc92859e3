"""Measures how old a complaint is when it becomes a case: posts come in by the clock, whether or not anybody keeps up.

`make bench-freshness BURST=2000`: three minutes with a post a second, polled every 30 s; then BURST posts within a minute. The real
X client, the real reader, one process for the network and one for Escucha. Told is the time from the first poll that could see a
post to its case, 95 of 100 of those that became one. Polls count from when they were due: one that begins late, because the pass before
it is still reading, makes its posts wait. No two posts are alike and most are complaints: nothing is saved by remembering, nothing
by reading reposts last. Processor time is told beside the clock's, for on a busy machine only the first says what the work costs.
"""

import os
import statistics
import sys
import tempfile
import threading
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from sqlalchemy import select

sys.path.insert(0, str(Path(__file__).resolve().parents[2]))

from ledger import read, reconciliation, schema
from nlp.annotator import Annotator
from pipeline import all_steps as steps
from pipeline.context import Context
from tests.support.deployment import TEXTS
from tests.support.stubs.listing import Said
from tests.system.collectors import fault_collect

EVERY_S = 30.0
PROMISED_S, PROMISED_BURST_S = 60, 120
LOOK_S = 1.0
"""So often the case book is looked at: a case is at most so much younger than it is told."""
fault_collect.MORE["x"] = {"monthly_budget_usd": 100_000, "run_budget_usd": 100_000}
PAGES = 400


class Clock:
    """When each post could first be seen, when polls were due or made, and when each post had its case."""

    def __init__(self) -> None:
        self.visible: dict[int, float] = {}
        self.polls: list[float] = []
        self.cases: dict[str, float] = {}
        self.spent: dict[str, Counter[str]] = {}

    def look(self, context: Context) -> None:
        """Note the posts that have come into the case book."""
        with context.ledger.read() as connection:
            in_cases = connection.execute(select(schema.case_posts.c.post_id)).scalars().all()
        self.cases = dict.fromkeys(in_cases, time.monotonic()) | self.cases

    @contextmanager
    def step(self, name: str) -> Iterator[None]:
        """Add up what a step takes, by the clock and of the processor."""
        began, used = time.monotonic(), time.process_time()
        yield
        spent = self.spent.setdefault(name, Counter())
        spent["seconds"] += time.monotonic() - began  # type: ignore[assignment]
        spent["processor"] += time.process_time() - used  # type: ignore[assignment]

    def waited(self, context: Context, numbers: Sequence[int]) -> list[float]:
        """From when the first poll was due that could see each of these to its case; at most from when it was there to be seen."""
        ids = {fault_collect._number(post.text): post.post_id for post in read.post_records(context.ledger)}
        return [self._waited(self.visible[number], self.cases[ids[number]]) for number in numbers if ids[number] in self.cases]

    def _waited(self, visible: float, case: float) -> float:
        """A poll that was under way when the post appeared may have seen it."""
        return case - min((poll for poll in self.polls if visible <= poll <= case), default=visible)


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


def poll(context: Context, clock: Clock) -> None:
    """One pass, as the schedule makes it."""
    with clock.step("collected"):
        steps.collect(context)
    with clock.step("read and decided"):
        steps.classify_and_triage(context)


@contextmanager
def watched(context: Context, clock: Clock) -> Iterator[None]:
    """Somebody looks at the case book all the time, while the passes go on."""
    is_over = threading.Event()

    def look() -> None:
        while not is_over.wait(LOOK_S):
            clock.look(context)

    watcher = threading.Thread(target=look)
    watcher.start()
    yield
    is_over.set()
    watcher.join()
    clock.look(context)


def main(burst: int) -> int:
    """The quiet minutes, then the burst."""
    quiet, loud = Clock(), Clock()
    with fault_collect.running("x") as network, tempfile.TemporaryDirectory(prefix="escucha-fresh-") as home:
        network.tell("begin")
        with fault_collect.opened(network, Path(home)) as context:
            (source,) = context.sources.values()
            source.options = source.options.model_copy(update={"pages": PAGES})
            context.city = context.city.model_copy(update={"triage": context.city.triage.model_copy(update={"act": 0.4, "review": 0.3})})
            vars(context)["reader"] = Annotator(context.city)
            _say(f"machine: {os.cpu_count()} cores; {context.annotator.inference.encoder.describe()}")
            _phase(network, context, quiet, "a post a second", range(180), 180.0, PROMISED_S)
            _phase(network, context, loud, f"{burst:,} posts in a minute", range(1000, 1000 + burst), 60.0, PROMISED_BURST_S)
            wrong = [line for line in reconciliation.balance_sheet(context.ledger, None) if line.ok is False]
    _say(f"load at the end {os.getloadavg()[0]:.1f}; balances of the books that are wrong: {len(wrong)}")
    return 1 if wrong else 0


def _phase(
    network: fault_collect.Network, context: Context, clock: Clock, what: str, numbers: range, seconds: float, promised: float
) -> None:
    """Polls by the clock until all that was said is decided."""
    speaker = threading.Thread(target=speak, args=(network, clock, numbers.start, len(numbers), seconds))
    speaker.start()
    due = time.monotonic()
    is_over = False
    with watched(context, clock):
        while not is_over:
            is_over = not speaker.is_alive()  # whatever was said by now is read by this poll
            time.sleep(max(0.0, due - time.monotonic()))
            clock.polls += [due, time.monotonic()]
            poll(context, clock)
            while (due := due + EVERY_S) + EVERY_S <= time.monotonic():
                clock.polls.append(due)  # missed: the next one sees what it would have seen
    _told(what, clock.waited(context, numbers), promised)
    for step, spent in clock.spent.items():
        speed, cost = len(numbers) / spent["seconds"], 1000 * spent["processor"] / len(numbers)
        _say(f"  {step}: {speed:,.0f} posts/s, {cost:.1f} ms of processor time a post")


def _told(what: str, waited: list[float], promised: float) -> None:
    half, p95 = statistics.median(waited), statistics.quantiles(waited, n=20)[-1]
    missed = "" if p95 <= promised else ": MISSED"
    _say(
        f"{what}: {len(waited)} posts became cases, the first after {min(waited):.0f} s, half within {half:.0f} s, "
        f"p95 {p95:.0f} s (at most {promised:g} s{missed})"
    )


def _say(text: str) -> None:
    """One figure a line."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main(int(os.environ.get("BURST", "2000"))))
