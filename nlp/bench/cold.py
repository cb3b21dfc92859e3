"""One fresh process of the reader: how long until its first label, and how much memory it takes. Started by `python -m nlp.bench`."""

import json
import subprocess
import sys
import time

import psutil

from core.config.plugins import ROOT


def measure_cold(posts: int) -> dict[str, float]:
    """`first_label_s` from the start of a process, `megabytes` at most after so many posts."""
    command = [sys.executable, "-m", "nlp.bench.cold", str(posts)]
    said = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True).stdout  # noqa: S603
    found: dict[str, float] = json.loads(said)
    return found


def main() -> int:
    """Be that process."""
    from core.config.city import load_city
    from nlp.annotator import Annotator
    from nlp.bench.machine import megabytes_most
    from nlp.bench.sample import as_posts, draw, read_rows

    annotator = Annotator(load_city(ROOT / "cities" / "madrid.toml"))
    annotator.annotate(as_posts(["Hay un bache enorme en la calle Alcalá 200, ¿cuándo lo arreglan?"]))
    first = time.time() - psutil.Process().create_time()
    annotator.annotate(as_posts(draw(read_rows(), int(sys.argv[1]))))
    sys.stdout.write(json.dumps({"first_label_s": first, "megabytes": megabytes_most()}))
    return 0


if __name__ == "__main__":
    sys.exit(main())
