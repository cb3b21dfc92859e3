"""Kill `deliver` and `answer` at every boundary on real systems.

`make fault-cases` counts tickets, notes and answers afterwards.

SEEDS=8 series for each boundary with KILLS=8 each, the first with the seed FIRST_SEED=0: a long run can be made in pieces. Names of systems
as arguments choose some. Prints a table and ends with 1 if anything was lost, doubled, sent without approval, or left unknown.
"""

import logging
import os
import random
import shutil
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))

import contact_centre.http
from tests.support import fault_answers, fault_tickets
from tests.support.kill_series import Killer
from tests.support.killed_steps import ForkServer

SYSTEMS: dict[str, Callable[[Path], AbstractContextManager[Any]]] = {
    "Request Tracker 5": fault_tickets.request_tracker,
    "django-helpdesk": fault_tickets.django_helpdesk,
    "Open311 (GeoReport v2)": fault_tickets.open311,
    "snac (Mastodon)": fault_answers.snac,
    "Bluesky": fault_answers.bluesky,
}
HEAD = ("system", "killed at", "kills", "tickets, notes, answers", "lost", "doubled", "without approval", "unknown left", "books wrong")
FAULTS = ("lost", "doubled", "unapproved", "unknown", "unbalanced")


def main(seeds: range, names: list[str]) -> int:
    """Run every boundary of these systems; return the exit code."""
    logging.disable()  # each refusal is logged, thousands of times
    whole: Counter[str] = Counter()
    kills: Counter[str] = Counter()
    contact_centre.http.connect("http://127.0.0.1", 1, {}).close()  # loads its parts once, and not in every child
    with ForkServer() as server:  # first of all: it has to be forked before a proxy has threads
        _row(HEAD)
        sys.stdout.write(f"|{'---|' * len(HEAD)}\n")
        for name in names:
            folder = Path(tempfile.mkdtemp(prefix="escucha-fault-cases-"))
            with SYSTEMS[name](folder) as system:
                for boundary, found in examine(server, system, seeds, name):
                    _row((name, boundary, found["kills"], found["things"], *(found[fault] for fault in FAULTS)))
                    whole += found
                    kills[name] += found["kills"]
            shutil.rmtree(folder, ignore_errors=True)
    parts = ", ".join(f"{count:,} on {name}" for name, count in kills.items())
    sys.stdout.write(
        f"\n{kills.total():,} SIGKILLs ({parts}), {whole['things']:,} tickets, notes and answers: {whole['lost']} lost, "
        f"{whole['doubled']} doubled, {whole['unapproved']} without approval, {whole['unknown']} unknown left, "
        f"{whole['unbalanced']} balances wrong\n"
    )
    return 1 if any(whole[fault] for fault in FAULTS) or not all(kills[name] for name in names) else 0


def examine(server: ForkServer, system: Any, seeds: range, name: str) -> Any:
    """Yield each boundary with the sum of its series.

    A series without kills comes first.
    """
    usual = 1.0
    for boundary in [None, *system.boundaries]:
        found: Counter[str] = Counter()
        for seed in seeds[:1] if boundary is None else seeds:
            chance = random.Random(f"{name} {boundary} {seed}")  # noqa: S311
            killer = Killer(server, system.proxy, chance, system.environment, usual)
            home = Path(tempfile.mkdtemp(prefix="escucha-fault-cases-"))
            began = time.monotonic()
            found += system.series(killer, boundary, home)
            if boundary is None:
                usual = killer.longest_s
            sys.stderr.write(f"{name}, {boundary}, seed {seed}: {time.monotonic() - began:.1f} s, {dict(found)}\n")
            shutil.rmtree(home)
        yield boundary or "never", found


def _row(cells: tuple[object, ...]) -> None:
    sys.stdout.write(f"| {' | '.join(map(str, cells))} |\n")
    sys.stdout.flush()


if __name__ == "__main__":
    here = [name for name in SYSTEMS if name != "Bluesky" or os.environ.get("ESCUCHA_TEST_BLUESKY")]
    chosen = [name for name in here if not sys.argv[1:] or any(word in name.lower() for word in sys.argv[1:])]
    first = int(os.environ.get("FIRST_SEED", "0"))
    sys.exit(main(range(first, first + int(os.environ.get("SEEDS", "8"))), chosen))
