"""Define the lanes: the annotator, common pipelines, and engines we rejected."""

import math
import shutil
import statistics
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np

from core.config.city import City
from nlp.annotator import Annotator
from workshop.bench_reading.machine import limit_cores
from workshop.bench_reading.side_by_side import ParallelAnnotators, annotate_uncached
from nlp.inference.encoder import group_by_length
from nlp.inference.model import InferenceModel
from nlp.inference.model_files import Weights
from nlp.inference.model_output import Floats
from nlp.inference.tokenizer import MAX_TOKENS

ANNOTATOR, INFERENCE = "annotator", "inference of the annotator"
PIPELINE, BATCHED = "pipeline, text by text", "pipeline, batch_size=32"
FLOAT = "onnxruntime fp32, sorted"
TORCH_FLOAT, TORCH_BFLOAT = "torch fp32, sorted", "torch bf16, sorted"
OPENVINO = "openvino int8, sorted"
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


def make_lanes(
    city: City, weights: Weights, folder: Path, cores: int, wanted: Sequence[str] = ("",)
) -> tuple[dict[str, Lane], list[str]]:
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
    if any(map(is_wanted, (PIPELINE, BATCHED, TORCH_FLOAT, TORCH_BFLOAT))):
        if find_spec("torch") and find_spec("onnx"):
            from workshop.bench_reading.torch_lanes import torch_lanes

            lanes |= {name: Lane(run) for name, run in torch_lanes(weights.folder).items() if is_wanted(name)}
        else:
            absent.append("pipeline and torch: not timed, torch or onnx is not installed (`make torch`)")
    if find_spec("onnx") and is_wanted(FLOAT):
        plain = write_float_model(weights, folder / "plain")
        lanes[FLOAT] = Lane(partial(run_uncached, InferenceModel(plain, 1)))
    if is_wanted(OPENVINO):
        if find_spec("openvino") and find_spec("onnx"):
            lanes[OPENVINO] = Lane(_openvino(weights, folder))
        else:
            absent.append("openvino: not timed, openvino or onnx is not installed (`pip install openvino onnx`)")
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


def _openvino(weights: Weights, folder: Path) -> Callable[[Sequence[str]], object]:
    import openvino

    from workshop.bench_reading.openvino_graph import write_standard
    from nlp.inference.tokenizer import load_tokenizer

    write_standard(weights.folder / "encoder.onnx", folder / "standard.onnx")
    core = openvino.Core()
    # the default is 16 bits where the processor supports it: labels would depend on the machine
    settings = {"INFERENCE_NUM_THREADS": 1, "PERFORMANCE_HINT": "LATENCY", "INFERENCE_PRECISION_HINT": "f32"}
    model = core.compile_model(core.read_model(folder / "standard.onnx"), "CPU", settings)
    return partial(_run_openvino, model, load_tokenizer(weights.folder))


def _run_openvino(model: Any, tokenizer: Any, texts: Sequence[str]) -> object:
    ids = tokenizer(list(texts), truncation=True, max_length=MAX_TOKENS, return_attention_mask=False)["input_ids"]
    found: dict[int, Floats] = {}
    for rows, length in group_by_length([len(row) for row in ids]):
        padded = np.ones((len(rows), length), np.int64)
        mask = np.zeros((len(rows), length), np.int32)
        for at, row in enumerate(rows):
            padded[at, : len(ids[row])] = ids[row]
            mask[at, : len(ids[row])] = 1
        found.update(zip(rows, model([padded, mask])[0].copy(), strict=True))
    return found


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
