"""The lanes of the bench: our reader, what people run now, and the engines that we measured and did not take."""

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
from nlp.bench.machine import stay_on
from nlp.bench.side_by_side import SideBySide, read_whole
from nlp.inference.encoder import group_by_length
from nlp.inference.model import InferenceModel
from nlp.inference.model_files import Weights
from nlp.inference.model_output import Floats
from nlp.inference.tokenizer import MAX_TOKENS

OURS, ONE_PASS = "reader", "one pass of the reader"
PIPELINE, BATCHED = "pipeline, text by text", "pipeline, batch_size=32"
PLAIN = "onnxruntime fp32, sorted"
WARM_UP = 32


@dataclass(frozen=True)
class Lane:
    """One way to label texts, on so many cores."""

    run: Callable[[Sequence[str]], object]
    cores: int = 1
    apart: bool = False
    """Runs in processes of its own, whose time is not this one's."""


@dataclass(frozen=True)
class Speed:
    """Posts a second by the clock and by the processor time of this process: medians, and the slowest and fastest round."""

    wall: float
    cpu: float
    low: float
    high: float


def make_lanes(city: City, weights: Weights, folder: Path, cores: int) -> tuple[dict[str, Lane], list[str]]:
    """Every lane that can be timed here, by name; and what is said of those that cannot.

    Args:
        city: whose questions the reader answers.
        weights: the checked model.
        folder: an empty folder for other forms of it.
        cores: of the machine.
    """
    lanes = {f"{OURS}, {n} thread{'s' * (n > 1)}": _reader(city, n) for n in dict.fromkeys((1, min(2, cores), cores))}
    if cores > 1:
        lanes[f"{OURS}, {cores} processes"] = Lane(SideBySide(city, cores).read, cores, apart=True)
    lanes[ONE_PASS] = Lane(partial(read_afresh, InferenceModel(weights, 1)))
    absent = []
    if find_spec("torch") and find_spec("onnx"):
        from nlp.bench.torch_lanes import torch_lanes

        lanes |= {name: Lane(run) for name, run in torch_lanes(weights.folder).items()}
    else:
        absent.append("pipeline and torch: not timed, torch or onnx is not installed (`make torch`)")
    if find_spec("onnx"):
        plain = make_plain(weights, folder / "plain")
        lanes[PLAIN] = Lane(partial(read_afresh, InferenceModel(plain, 1)))
    if find_spec("openvino") and find_spec("onnx"):
        lanes["openvino int8, sorted"] = Lane(_openvino(weights, folder))
    else:
        absent.append("openvino: not timed, openvino or onnx is not installed (`pip install openvino onnx`)")
    return lanes, absent


def make_plain(weights: Weights, folder: Path) -> Weights:
    """The same model with an encoder in 32 bits, in this folder."""
    from nlp.bench.plain_graph import write_plain

    shutil.copytree(weights.folder, folder)
    write_plain(weights.folder / "encoder.onnx", folder / "encoder.onnx")
    return replace(weights, folder=folder)


def _reader(city: City, threads: int) -> Lane:
    return Lane(partial(read_whole, Annotator(city, threads=threads)), threads)


def read_afresh(one_pass: InferenceModel, texts: Sequence[str]) -> object:
    """One pass with an empty memory."""
    one_pass.memory.clear()
    return one_pass.read(texts)


def _openvino(weights: Weights, folder: Path) -> Callable[[Sequence[str]], object]:
    import openvino

    from nlp.bench.openvino_graph import write_standard
    from nlp.inference.tokenizer import load_tokenizer

    write_standard(weights.folder / "encoder.onnx", folder / "standard.onnx")
    core = openvino.Core()
    # by itself it takes 16 bits for all that is not eight, where the processor can: labels would depend on the machine
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


def take_turns(lanes: dict[str, Lane], texts: Sequence[str], rounds: int) -> dict[str, Speed]:
    """The speed of each lane, in turns, after one small round to warm up."""
    wall: dict[str, list[float]] = {name: [] for name in lanes}
    cpu: dict[str, list[float]] = {name: [] for name in lanes}
    for number in range(rounds + 1):
        asked = texts if number else texts[:WARM_UP]
        for name, lane in lanes.items():
            stay_on(lane.cores)
            began, began_cpu = time.perf_counter(), time.process_time()
            lane.run(asked)
            if number:
                wall[name].append(len(texts) / (time.perf_counter() - began))
                spent = time.process_time() - began_cpu
                cpu[name].append(math.nan if lane.apart else len(texts) / spent)
    stay_on(0)
    middle = statistics.median
    return {name: Speed(middle(wall[name]), middle(cpu[name]), min(wall[name]), max(wall[name])) for name in lanes}
