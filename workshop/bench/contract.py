"""Hold the speed of each step to the committed figures: `make speed-contract`.

Collects, reads, triages and indexes 500 posts of the sample on SQLite and the embedded engine, in batches, and measures the CPU time of
each step and the bytes of the ledger. Each round is a process of its own; of each batch the best round counts, for a busy machine only
adds. Beside each batch the reference loops run (`reference.py`), and a figure is divided by theirs: another machine gives about the same.

Prints a table, and returns 1 where a figure is more than 15 % above the committed one. `--write` commits what was measured.
"""

import argparse
import gzip
import json
import os
import random
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from core.config.plugins import ROOT

FIGURES = Path(__file__).parent / "speed_contract.json"
SAMPLE = ROOT / "samples" / "decide_madrid.jsonl.gz"
BATCHES, BATCH = 6, 100
"""The first batch is not counted: it loads what every later one uses."""
ROUNDS, MOST_ROUNDS = 3, 6
"""More rounds where a figure is above its limit: what is slower by itself stays so."""
LIMIT = 1.15
SALT = b"a salt for measuring, 32 bytes.."
STEPS: Mapping[str, str] = {"collect": "python", "read": "matrix", "triage": "python", "index": "python"}
"""The steps, and the reference loop that each is measured with."""
BYTES = "ledger bytes a post"


@dataclass(frozen=True)
class Round:
    """Hold what one process measured: CPU seconds, by batch."""

    steps: dict[str, list[float]]
    references: dict[str, list[float]]
    ledger_bytes: float


def main() -> int:
    """Measure, print, and compare or write."""
    options = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    options.add_argument("--write", action="store_true", help="commit what was measured as the new figures")
    options.add_argument("--round", type=Path, help=argparse.SUPPRESS)
    given = options.parse_args()
    if given.round is not None:
        from workshop.bench.contract_round import measure

        sys.stdout.write(json.dumps(measure(given.round)) + "\n")
        return 0
    committed: dict[str, float] = {} if given.write else json.loads(FIGURES.read_text(encoding="utf-8"))
    rounds = [_in_a_process() for _ in range(ROUNDS)]
    while too_slow(figures_of(rounds), committed) and len(rounds) < MOST_ROUNDS:
        rounds.append(_in_a_process())
    found = figures_of(rounds)
    for line in table(found, committed, seconds_of(rounds)):
        sys.stdout.write(f"{line}\n")
    if given.write:
        FIGURES.write_text(json.dumps(found, indent=2) + "\n", encoding="utf-8")
        sys.stdout.write(f"written: {FIGURES.relative_to(ROOT)}\n")
    for name in (slow := too_slow(found, committed)):
        sys.stdout.write(
            f"{name}: more than {LIMIT - 1:.0%} above the committed figure. Make it cheaper; if that is the price of something better, "
            "say so in the commit and renew the figures: make speed-contract WRITE=1\n"
        )
    return 1 if slow else 0


def too_slow(found: Mapping[str, float], committed: Mapping[str, float]) -> list[str]:
    """Return the figures above their limit.

    >>> too_slow({"read": 114.9, "index": 11.6}, {"read": 100.0, "index": 10.0})
    ['index']
    """
    return [name for name, limit in committed.items() if found[name] > LIMIT * limit]


def seconds_of(rounds: list[Round]) -> dict[str, float]:
    """Return CPU seconds per 1,000 posts of each step.

    Of each batch the best round counts.
    """
    posts = (BATCHES - 1) * BATCH
    best = {name: [min(some) for some in zip(*(one.steps[name] for one in rounds), strict=True)] for name in STEPS}
    return {name: sum(batches) * 1000 / posts for name, batches in best.items()}


def figures_of(rounds: list[Round]) -> dict[str, float]:
    """Return the figures: steps in runs of their reference loop, and bytes."""
    loops = {name: min(min(one.references[name]) for one in rounds) for name in set(STEPS.values())}
    figures = {name: round(seconds / loops[STEPS[name]], 1) for name, seconds in seconds_of(rounds).items()}
    return {**figures, BYTES: round(min(one.ledger_bytes for one in rounds), 0)}


def table(found: Mapping[str, float], committed: Mapping[str, float], seconds: Mapping[str, float]) -> list[str]:
    """Return one line a figure, with the committed one beside it."""
    lines = []
    for name, figure in found.items():
        change = f"{figure / committed[name] - 1:+7.1%} of {committed[name]:,.1f}" if name in committed else ""
        here = f"{seconds[name]:6.2f} CPU-s per 1,000 posts here" if name in seconds else ""
        lines.append(f"{name:20}{figure:10,.1f}  {change:24}{here}".rstrip())
    return lines


def _in_a_process() -> Round:
    """Measure one round: caches are as empty as at a start."""
    environment = {name: value for name, value in os.environ.items() if not name.startswith("ESCUCHA_")} | {
        "OPENBLAS_NUM_THREADS": "1",
        "OMP_NUM_THREADS": "1",
        "TOKENIZERS_PARALLELISM": "false",
        "ESCUCHA_THREADS": "1",
        "PYTHONHASHSEED": "0",
    }
    with tempfile.TemporaryDirectory(prefix="escucha-contract-") as folder:
        done = subprocess.run(  # noqa: S603  ourselves
            [sys.executable, "-m", "workshop.bench.contract", "--round", folder],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            check=True,
        )
    return Round(**json.loads(done.stdout.splitlines()[-1]))


def sample_lines() -> list[str]:
    """Return posts of the sample as JSON lines, ten minutes apart."""
    with gzip.open(SAMPLE, "rt", encoding="utf-8") as lines:
        texts = [text for line in lines if (text := json.loads(line)["text"]).strip()]
    chosen = random.Random(1).sample(texts, BATCHES * BATCH)  # noqa: S311  the same every time
    began = datetime.now(UTC) - timedelta(minutes=10) * len(chosen)
    posts = ({"id": str(n), "text": text, "created_at": (began + n * timedelta(minutes=10)).isoformat()} for n, text in enumerate(chosen))
    return [json.dumps(post, ensure_ascii=False) + "\n" for post in posts]


if __name__ == "__main__":
    sys.exit(main())
