"""Print the table of the benchmark: `python -m workshop.bench_reading`.

Options: `[--posts 2000] [--rounds 3] [--only-speed] [--lanes NAME ...] [--long N [--only-long]]`.
"""

import argparse
import os
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from core.config.city import load_city
from core.config.plugins import ROOT
from core.config.settings import load_settings
from nlp.annotator import Annotator
from nlp.inference.model_files import DEFAULT, MODELS, load_weights
from nlp.inference.runtime_info import processor
from nlp.inference.tokenizer import MAX_TOKENS, load_tokenizer
from workshop.bench_reading.cold import measure_cold
from workshop.bench_reading.lanes import ANNOTATOR, BATCHED, FLOAT, INFERENCE, PIPELINE, Lane, Speed, make_lanes, measure_lanes
from workshop.bench_reading.long_run import measure_memory, memory_growth
from workshop.bench_reading.machine import ALLOWED_CORES, count_operations, gigahertz, peak_operations
from workshop.bench_reading.sample import busiest_day, cache_hit_rate, load_rows, sample_texts
from workshop.bench_reading.steady import count_changed_labels, float_agreement

COLD_POSTS = 512
ONE_THREAD = f"{ANNOTATOR}, 1 thread"


def main() -> int:
    """Run the requested measurements and print them as Markdown."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # tokenizer threads would speed up lanes unevenly
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TQDM_DISABLE", "1")
    options = parse_arguments()
    weights, city = load_weights(MODELS / DEFAULT), load_city(ROOT / "cities" / "madrid.toml")
    rows = load_rows()
    texts = sample_texts(rows, options.posts)
    cores = len(ALLOWED_CORES)
    tokens = count_tokens(texts)
    print_machine(weights.model, tokens)
    if options.only_long:
        print_memory(Annotator(city), texts, options.long)
        return 0
    with tempfile.TemporaryDirectory() as name:
        lanes, absent = make_lanes(city, weights, Path(name), cores, options.lanes)
        speeds = measure_lanes(lanes, texts, options.rounds)
        print_speeds(lanes, speeds, tokens)
        for line in absent:
            print_line(f"- {line}")
        if options.only_speed:
            return 0
        if FLOAT in lanes:
            shares = float_agreement(weights, texts, Path(name) / "agreement")
            shares_text = ", ".join(f"{head} {share:.2%}" for head, share in shares.items() if head != "embedding")
            print_line(f"- same label as the encoder in 32 bits: {shares_text}; embeddings: cosine at least {shares['embedding']:.4f}")
    compared, changed = count_changed_labels(city, texts, cores)
    print_line(f"- labels that change when shuffled, split, alone or on {cores} threads: {changed} of {compared:,} annotations")
    cold = measure_cold(COLD_POSTS)
    print_line(f"- cold start to the first label: {cold['first_label_s']:.1f} s; memory at most: {cold['megabytes']:.0f} MB")
    day, that_day = busiest_day(rows)
    everything = [text for _, text in sorted((str(row["created_at"]), str(row["text"])) for row in rows)]
    print_line(
        f"- texts found in the cache, without a model call: {cache_hit_rate(that_day):.1%} of the {len(that_day)} posts of {day}, "
        f"{cache_hit_rate(everything):.1%} of the whole sample"
    )
    if options.long:
        print_memory(Annotator(city), texts, options.long)
    return 0


def parse_arguments() -> argparse.Namespace:
    """Parse the command line."""
    parser = argparse.ArgumentParser(prog="python -m workshop.bench_reading", description=__doc__)
    parser.add_argument("--posts", type=int, default=2000, help="distinct posts of the sample, shuffled (default 2000)")
    parser.add_argument("--rounds", type=int, default=3, help="rounds of every lane (default 3)")
    parser.add_argument("--long", type=int, default=0, metavar="N", help="then annotate N edited posts and measure memory")
    parser.add_argument("--only-long", action="store_true", help="run the long measurement only")
    parser.add_argument("--only-speed", action="store_true", help="print the table of speeds only")
    parser.add_argument("--lanes", nargs="+", default=[""], metavar="NAME", help="only lanes with one of these in their names")
    options = parser.parse_args()
    if options.only_long and not options.long:
        parser.error("--only-long needs --long N (number of posts)")
    return options


def count_tokens(texts: Sequence[str]) -> list[int]:
    """Count the tokens of each text, truncated as by the encoder."""
    ids = load_tokenizer(MODELS / DEFAULT)(list(texts), truncation=True, max_length=MAX_TOKENS)["input_ids"]
    return [len(row) for row in ids]


def print_machine(model: str, tokens: Sequence[int]) -> None:
    """Print the hardware, the model and the sample."""
    name, flags = processor()
    capped = os.environ.get("ONEDNN_MAX_CPU_ISA", "")
    print_line(f"- processor: {name}, {os.cpu_count()} cores, {gigahertz():.1f} GHz nominal ({' '.join(flags) or 'no vector flags'})")
    if capped:
        print_line(f"- torch capped to {capped}; ONNX Runtime is not")
    print_line(f"- load before: {os.getloadavg()[0]:.1f}; model `{model}`; the lanes `{ANNOTATOR}` on {load_settings().reader_device}")
    print_line(f"- {len(tokens)} distinct posts, shuffled; tokens per post: mean {statistics.fmean(tokens):.0f}, at most {MAX_TOKENS}")


def print_speeds(lanes: dict[str, Lane], speeds: dict[str, Speed], tokens: Sequence[int]) -> None:
    """Print the table of speeds and their ratios.

    Lanes with one thread are compared by CPU time, which other programs on the machine do not affect.
    """
    unit, most = peak_operations()
    cost = statistics.fmean(count_operations(count) for count in tokens)
    heads = ("lane", "cores", "posts/s", "rounds", "posts/CPU-s", "TOP/CPU-s", "of the roof", "annotator is faster by")
    print_line(f"\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for name, speed in speeds.items():
        done = speed.cpu * cost
        times = "" if name.startswith(ANNOTATOR) else f"{speeds[ONE_THREAD].cpu / speed.cpu:.2f}"
        costs = f"{speed.cpu:.1f} | {done / 1e12:.3f} | {done / most:.0%}" if not lanes[name].apart else "| |"
        print_line(f"| {name} | {lanes[name].cores} | {speed.wall:.1f} | {speed.low:.1f}-{speed.high:.1f} | {costs} | {times} |")
    print_line(f"\n- the roof: {unit}, eight bits, {most / 1e12:.2f} TOP/s per core at the nominal clock, padding not counted")
    print_line("- the annotator answers seven questions and resolves places; its inference computes all heads, the other lanes one")
    for name in (PIPELINE, BATCHED):
        if name in speeds:
            ours = {which: f"{speeds[which].cpu / speeds[name].cpu:.2f}x" for which in (ONE_THREAD, INFERENCE) if which in speeds}
            print_line(f"- against `{name}`, one thread: {', '.join(map(' '.join, ours.items()))}")
    for name, speed in speeds.items():
        if name.startswith(ANNOTATOR) and lanes[name].cores > 1:
            print_line(f"- {ONE_THREAD} -> {name.removeprefix(ANNOTATOR)[2:]}: {speed.wall / speeds[ONE_THREAD].wall:.2f}x by the clock")


def print_memory(annotator: Annotator, texts: Sequence[str], count: int) -> None:
    """Print the memory over a long run."""
    points = []
    for done, held in measure_memory(annotator, texts, count):
        points.append((done, held))
        print_line(f"- {done:,} posts annotated, {held:.0f} MB")
    print_line(f"- memory grows by {memory_growth(points):.2f} MB per 100,000 posts")


def print_line(line: str) -> None:
    """Print one line of the result, flushed."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
