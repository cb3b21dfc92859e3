"""Define the lanes: the annotator, its inference, and common pipelines."""

import math
import shutil
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path

from core.config.city import City
from nlp.annotator import Annotator
from nlp.inference.model import InferenceModel
from nlp.inference.model_files import Weights
from workshop.bench_reading.machine import limit_cores
from workshop.bench_reading.side_by_side import ParallelAnnotators, annotate_uncached

ANNOTATOR, INFERENCE = "annotator", "inference of the annotator"
PIPELINE, BATCHED = "pipeline, text by text", "pipeline, batch_size=32"
FLOAT = "onnxruntime fp32, sorted"
WARM_UP = 32


@dataclass(frozen=True)
class Lane:
    """Describe one way to label texts on a number of cores."""

    run: Callable[[Sequence[str]], object]
    cores: int = 1
    apart: bool = False
    """Runs in separate processes, so that this process's CPU time does not count."""


@dataclass(frozen=True)
class Speed:
    """Hold posts per second of a lane.

    Medians by wall clock and by CPU time of this process, and the slowest and fastest round.
    """

    wall: float
    cpu: float
    low: float
    high: float


def make_lanes(city: City, weights: Weights, folder: Path, cores: int, wanted: Sequence[str] = ("",)) -> tuple[dict[str, Lane], list[str]]:
    """Return the lanes that can be timed here, by name.

    The second value lists messages about the others.

    Args:
        city: profile whose questions the annotator answers.
        weights: the checked model.
        folder: an empty folder for converted models.
        cores: of the machine.
        wanted: parts of names: only lanes with one of them in their names, beside the annotator on one thread.
    """

    def is_wanted(name: str) -> bool:
        return any(part in name for part in wanted)

    lanes = {
        name: _annotator_lane(city, n)
        for n in dict.fromkeys((1, min(2, cores), cores))
        if is_wanted(name := f"{ANNOTATOR}, {n} thread{'s' * (n > 1)}") or n == 1
    }
    if cores > 1 and is_wanted(name := f"{ANNOTATOR}, {cores} processes"):
        lanes[name] = Lane(ParallelAnnotators(city, cores).read, cores, apart=True)
    if is_wanted(INFERENCE):
        lanes[INFERENCE] = Lane(partial(run_uncached, InferenceModel(weights, 1)))
    absent = []
    if any(map(is_wanted, (PIPELINE, BATCHED))):
        if find_spec("torch") and find_spec("onnx"):
            from workshop.bench_reading.torch_lanes import torch_lanes

            lanes |= {name: Lane(run) for name, run in torch_lanes(weights.folder).items() if is_wanted(name)}
        else:
            absent.append("pipeline: not timed, torch or onnx is not installed (`make torch`)")
    if find_spec("onnx") and is_wanted(FLOAT):
        plain = write_float_model(weights, folder / "plain")
        lanes[FLOAT] = Lane(partial(run_uncached, InferenceModel(plain, 1)))
    return lanes, absent


def write_float_model(weights: Weights, folder: Path) -> Weights:
    """Write the model with a 32-bit encoder into this folder."""
    from workshop.bench_reading.plain_graph import write_float_graph

    shutil.copytree(weights.folder, folder)
    write_float_graph(weights.folder / "encoder.onnx", folder / "encoder.onnx")
    return replace(weights, folder=folder)


def _annotator_lane(city: City, threads: int) -> Lane:
    return Lane(partial(annotate_uncached, Annotator(city, threads=threads)), threads)


def run_uncached(model: InferenceModel, texts: Sequence[str]) -> object:
    """Run inference with an empty cache."""
    model.memory.clear()
    return model.read(texts)


def measure_lanes(lanes: dict[str, Lane], texts: Sequence[str], rounds: int) -> dict[str, Speed]:
    """Measure the speed of each lane in alternating rounds, after a warm-up."""
    wall: dict[str, list[float]] = {name: [] for name in lanes}
    cpu: dict[str, list[float]] = {name: [] for name in lanes}
    for number in range(rounds + 1):
        batch = texts if number else texts[:WARM_UP]
        for name, lane in lanes.items():
            limit_cores(lane.cores)
            began, began_cpu = time.perf_counter(), time.process_time()
            lane.run(batch)
            if number:
                wall[name].append(len(texts) / (time.perf_counter() - began))
                spent = time.process_time() - began_cpu
                cpu[name].append(math.nan if lane.apart else len(texts) / spent)
    limit_cores(0)
    middle = statistics.median
    return {name: Speed(middle(wall[name]), middle(cpu[name]), min(wall[name]), max(wall[name])) for name in lanes}
