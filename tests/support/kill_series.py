"""Kill one step repeatedly at one boundary, then let it finish.

Between two attempts the clock moves past the lease of the killed one: nothing waits for it.
"""

import os
import random
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any
from unittest.mock import patch

from pipeline.outbox import sending
from pipeline.steps import answer, deliver
from tests.support.kill_proxy import KillProxy, Moment
from tests.support.killed_steps import ForkServer, Job, Outcome

STEP = timedelta(minutes=11)
"""Longer than a lease, and than the wait after an unknown outcome."""
KILLS = int(os.environ.get("KILLS", "8"))
"""Kills of one series: for tickets, again for notes, and for answers."""
THINGS = max(3, 2 * KILLS)
"""Cases or approved answers of one series: a kill comes at the first or second that is left."""
TRIES = 4
"""Runs for each kill, at most: a run may end before its kill."""
FINISH = 30
"""Runs until all has arrived; snac alone cuts one connection in ten."""
MOMENTS: dict[str, Moment] = {"request on its way": "on_its_way", "request accepted": "accepted"}
ANY_TIME = "any time"


@dataclass
class Killer:
    """Run one step in children, with its own clock."""

    server: ForkServer
    proxy: KillProxy
    chance: random.Random
    environment: Mapping[str, str]
    usual_s: float
    """Seconds of a run without a kill."""
    longest_s: float = 0.0
    """Seconds of the longest run so far."""
    clock: datetime = field(default_factory=lambda: datetime.now(UTC))

    def run(self, work: Callable[[datetime], object], boundary: str | None = None, nth: int = 1) -> Outcome:
        """Run the step once, killed at the n-th pass of a boundary."""
        self.clock += STEP
        environment = dict(self.environment)
        kill_after, arm = None, _not_armed
        if boundary == ANY_TIME:
            kill_after = self.chance.uniform(0, 0.6 * self.usual_s)  # later runs have less to do
        elif boundary in MOMENTS:
            arm = partial(self.proxy.arm, moment=MOMENTS[boundary], nth=nth)
        elif boundary is not None:
            environment["ESCUCHA_FAULT_AT"] = f"{boundary}:{nth}"
        began = time.monotonic()
        outcome = self.server.run(Job(partial(work, self.clock), environment, kill_after), arm)
        self.longest_s = max(self.longest_s, time.monotonic() - began)
        self.proxy.wait_until_idle()
        return outcome

    def kill(self, work: Callable[[datetime], object], boundary: str, times: int) -> int:
        """Kill the step so many times at one boundary.

        Returns how many runs were killed there: fewer only when the boundary was not reached in TRIES runs for each.
        """
        killed = 0
        for _ in range(TRIES * times):
            killed += self.run(work, boundary, self._nth(boundary)) == "killed"
            if killed == times:
                break
        return killed

    def _nth(self, boundary: str) -> int:
        """Draw a pass: mostly the first, to leave work for later kills."""
        return self.chance.randint(1, 3) if boundary.startswith("ledger.") else self.chance.choice((1, 1, 1, 2))

    def finish(self, work: Callable[[datetime], object], is_done: Callable[[datetime], bool]) -> None:
        """Run the step without kills until nothing waits."""
        for _ in range(FINISH):
            if is_done(self.clock + STEP):
                return
            self.run(work)


def _not_armed(_pid: int) -> Any:
    return None


def deliver_at(opened: Callable[[], Any], moment: datetime) -> None:
    """Deliver at this moment, in a child."""
    with patch.object(deliver, "now", lambda: moment):
        deliver.deliver(opened())


def answer_at(opened: Callable[[], Any], moment: datetime) -> None:
    """Send answers at this moment, in a child."""
    with patch.object(sending, "now", lambda: moment):
        answer.answer(opened())
