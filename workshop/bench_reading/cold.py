"""Measure cold start and peak memory in a new process.

`python -m workshop.bench_reading` starts this module as that process.
"""

import json
import subprocess
import sys
import time

import psutil

from core.config.plugins import ROOT


def measure_cold(posts: int) -> dict[str, float]:
    """Return `first_label_s` from process start, and peak `megabytes`, for `posts` posts."""
    command = [sys.executable, "-m", "workshop.bench_reading.cold", str(posts)]
    output = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S603
    found: dict[str, float] = json.loads(output)
    return found


def main() -> int:
    """Annotate posts in this process and print the measurements."""
    from core.config.city import load_city
    from nlp.annotator import Annotator
    from workshop.bench_reading.machine import peak_megabytes
    from workshop.bench_reading.sample import as_posts, load_rows, sample_texts

    annotator = Annotator(load_city(ROOT / "cities" / "madrid.toml"))
    annotator.annotate(as_posts(["Hay un bache enorme en la calle Alcalá 200, ¿cuándo lo arreglan?"]))
    first = time.time() - psutil.Process().create_time()
    annotator.annotate(as_posts(sample_texts(load_rows(), int(sys.argv[1]))))
    sys.stdout.write(json.dumps({"first_label_s": first, "megabytes": peak_megabytes()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
