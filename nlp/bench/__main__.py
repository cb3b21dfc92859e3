"""Prints the table of the bench: `python -m nlp.bench [--posts 2000] [--rounds 3] [--only-speed] [--long N [--only-long]]`."""

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
from nlp.bench.cold import measure_cold
from nlp.bench.lanes import BATCHED, ONE_PASS, OURS, PIPELINE, PLAIN, Lane, Speed, make_lanes, take_turns
from nlp.bench.long_run import growth, read_long
from nlp.bench.machine import ALLOWED, gigahertz, operations, roof
from nlp.bench.sample import busiest_day, draw, read_rows, seen_before
from nlp.bench.steady import agreement, count_changes
from nlp.inference.model_files import DEFAULT, MODELS, load_weights
from nlp.inference.runtime_info import processor
from nlp.inference.tokenizer import MAX_TOKENS, load_tokenizer

COLD_POSTS = 512
ONE = f"{OURS}, 1 thread"


def main() -> int:
    """Measure what was asked for, and print it as Markdown."""
    os.environ.setdefault("TOKENIZERS_PARALLELISM", "false")  # its threads would help every lane, and unevenly
    os.environ.setdefault("HF_HUB_DISABLE_PROGRESS_BARS", "1")
    os.environ.setdefault("TQDM_DISABLE", "1")
    asked = read_arguments()
    weights, city = load_weights(MODELS / DEFAULT), load_city(ROOT / "cities" / "madrid.toml")
    rows = read_rows()
    texts = draw(rows, asked.posts)
    cores = len(ALLOWED)
    tokens = count_tokens(texts)
    say_machine(weights.model, tokens)
    if asked.only_long:
        say_long(Annotator(city), texts, asked.long)
        return 0
    with tempfile.TemporaryDirectory() as name:
        lanes, absent = make_lanes(city, weights, Path(name), cores)
        speeds = take_turns(lanes, texts, asked.rounds)
        say_speeds(lanes, speeds, tokens)
        for line in absent:
            say(f"- {line}")
        if asked.only_speed:
            return 0
        if PLAIN in lanes:
            shares = agreement(weights, texts, Path(name) / "agreement")
            said = ", ".join(f"{head} {share:.2%}" for head, share in shares.items() if head != "embedding")
            say(
                f"- same label as the encoder in 32 bits: {said}; embeddings: cosine at least {shares['embedding']:.4f}"
            )
    compared, changed = count_changes(city, texts, cores)
    say(f"- labels that change when shuffled, split, alone or on {cores} threads: {changed} of {compared:,} readings")
    cold = measure_cold(COLD_POSTS)
    say(f"- cold start to the first label: {cold['first_label_s']:.1f} s; memory at most: {cold['megabytes']:.0f} MB")
    day, that_day = busiest_day(rows)
    everything = [text for _, text in sorted((str(row["created_at"]), str(row["text"])) for row in rows)]
    say(
        f"- texts seen before, which cost no model call: {seen_before(that_day):.1%} of the {len(that_day)} posts of {day}, "
        f"{seen_before(everything):.1%} of the whole sample"
    )
    if asked.long:
        say_long(Annotator(city), texts, asked.long)
    return 0


def read_arguments() -> argparse.Namespace:
    """What may be chosen."""
    parser = argparse.ArgumentParser(prog="python -m nlp.bench", description=__doc__)
    parser.add_argument(
        "--posts", type=int, default=2000, help="different posts of the sample, shuffled (default 2000)"
    )
    parser.add_argument("--rounds", type=int, default=3, help="times that every lane has its turn (default 3)")
    parser.add_argument(
        "--long", type=int, default=0, metavar="N", help="then read N edited posts and watch the memory"
    )
    parser.add_argument("--only-long", action="store_true", help="leave out all but that")
    parser.add_argument("--only-speed", action="store_true", help="leave out all but the table of speeds")
    asked = parser.parse_args()
    if asked.only_long and not asked.long:
        parser.error("--only-long: say how many posts with --long N")
    return asked


def count_tokens(texts: Sequence[str]) -> list[int]:
    """Tokens of each text, as the encoder reads them."""
    ids = load_tokenizer(MODELS / DEFAULT)(list(texts), truncation=True, max_length=MAX_TOKENS)["input_ids"]
    return [len(row) for row in ids]


def say_machine(model: str, tokens: Sequence[int]) -> None:
    """What was measured, and on what."""
    name, flags = processor()
    capped = os.environ.get("ONEDNN_MAX_CPU_ISA", "")
    say(
        f"- processor: {name}, {os.cpu_count()} cores, {gigahertz():.1f} GHz stated ({' '.join(flags) or 'no vector flags'})"
    )
    if capped:
        say(f"- torch and OpenVINO capped to {capped}; ONNX Runtime is not")
    say(
        f"- load before: {os.getloadavg()[0]:.1f}; model `{model}`; the lanes `{OURS}` on {load_settings().reader_device}"
    )
    say(
        f"- {len(tokens)} different posts, shuffled; tokens a post: mean {statistics.fmean(tokens):.0f}, at most {MAX_TOKENS}"
    )


def say_speeds(lanes: dict[str, Lane], speeds: dict[str, Speed], tokens: Sequence[int]) -> None:
    """The table, and the ratios that were promised. One thread is compared by processor time: another program costs no lane anything."""
    unit, most = roof()
    cost = statistics.fmean(operations(count) for count in tokens)
    heads = ("lane", "cores", "posts/s", "rounds", "posts/CPU-s", "TOP/CPU-s", "of the roof", "reader is faster by")
    say(f"\n| {' | '.join(heads)} |\n|{'---|' * len(heads)}")
    for name, speed in speeds.items():
        done = speed.cpu * cost
        times = "" if name.startswith(OURS) else f"{speeds[ONE].cpu / speed.cpu:.2f}"
        costs = f"{speed.cpu:.1f} | {done / 1e12:.3f} | {done / most:.0%}" if not lanes[name].apart else "| |"
        say(
            f"| {name} | {lanes[name].cores} | {speed.wall:.1f} | {speed.low:.1f}-{speed.high:.1f} | {costs} | {times} |"
        )
    say(
        f"\n- the roof: {unit}, eight bits, {most / 1e12:.2f} TOP/s a core at the stated clock, with the real tokens of the posts"
    )
    say(
        "- the reader answers seven questions and finds places in the gazetteer; its one pass, all heads; the other lanes, one head"
    )
    for name in (PIPELINE, BATCHED):
        if name in speeds:
            ours = [speeds[which].cpu / speeds[name].cpu for which in (ONE, ONE_PASS)]
            say(f"- against `{name}`, one thread: reader {ours[0]:.2f}x, its one pass alone {ours[1]:.2f}x")
    for name, speed in speeds.items():
        if name.startswith(OURS) and lanes[name].cores > 1:
            say(f"- {ONE} -> {name.removeprefix(OURS)[2:]}: {speed.wall / speeds[ONE].wall:.2f}x by the clock")


def say_long(annotator: Annotator, texts: Sequence[str], count: int) -> None:
    """Memory over a long run."""
    points = []
    for done, held in read_long(annotator, texts, count):
        points.append((done, held))
        say(f"- {done:,} posts read, {held:.0f} MB")
    say(f"- memory grows by {growth(points):.2f} MB in 100,000 posts")


def say(line: str) -> None:
    """One line of the result, at once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


if __name__ == "__main__":
    sys.exit(main())
