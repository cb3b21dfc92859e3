"""Teaches the encoder once and remembers the result, so that an interrupted training goes on where it was."""

import hashlib
import sys
from collections.abc import Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import astuple
from multiprocessing import get_context
from pathlib import Path

import numpy as np
import torch
from safetensors.torch import load_file, save_file

from core.config.plugins import ROOT
from nlp.inference.tokenizer import load_tokenizer
from nlp.training.data.soft_labels import SoftLabels
from nlp.training.train.base_model import Carrier
from nlp.training.train.fine_tune import TrainingConfig, tune
from nlp.training.train.held_out import Tensors
from nlp.training.train.network import Network, taught_carrier

KEPT = ROOT / "var" / "training"
"""Where what was taught is kept, to be used again."""


def learn(
    carrier: Carrier, rows: list[int], words: Path, lesson: SoftLabels, tuning: TrainingConfig, kept: Path
) -> tuple[Carrier, Tensors]:
    """The carrier with a taught encoder, and the heads.

    Args:
        carrier: the weights to begin with.
        rows: the rows of its vocabulary that stay.
        words: folder of the tokenizer with this vocabulary.
        lesson: what is taught.
        tuning: how.
        kept: folder where the result is kept; taught with the very same texts, labels and settings it is read from there.
    """
    network = read_network(carrier, rows, taught(carrier, rows, words, lesson, tuning, kept))
    return taught_carrier(carrier, network), head_tensors(network)


def taught(
    carrier: Carrier, rows: list[int], words: Path, lesson: SoftLabels, tuning: TrainingConfig, kept: Path
) -> Path:
    """The file of a network that was taught this; see `learn` for the arguments."""
    path = kept / f"{fingerprint(lesson, tuning)}.safetensors"
    if path.exists():
        sys.stderr.write(f"training: {len(lesson.examples)} texts were taught before: {path}\n")
        return path
    sys.stderr.write(f"training: teaching {len(lesson.examples)} texts\n")
    network = tune(carrier, rows, load_tokenizer(words), lesson, tuning)
    kept.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    save_file(network.state_dict(), part)
    part.rename(path)
    return path


def taught_side_by_side(
    carrier: Carrier,
    rows: list[int],
    words: Path,
    courses: Sequence[tuple[SoftLabels, TrainingConfig]],
    kept: Path,
    cores: int,
) -> list[Path]:
    """The files of several networks, taught at the same time with one core each; see `learn` for the arguments."""
    spawned = get_context("spawn")
    with ProcessPoolExecutor(cores, mp_context=spawned, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        waiting = [pool.submit(taught, carrier, rows, words, lesson, tuning, kept) for lesson, tuning in courses]
        return [one.result() for one in waiting]


def read_network(carrier: Carrier, rows: list[int], path: Path) -> Network:
    """The network in this file, ready to be asked."""
    network = Network(carrier, rows, drop=0.0)
    network.load_state_dict(load_file(path))
    network.eval()
    return network


def fingerprint(lesson: SoftLabels, tuning: TrainingConfig) -> str:
    """The same for the same texts, answers and settings only."""
    digest = hashlib.sha256(repr(astuple(tuning)).encode())
    for example in lesson.examples:
        digest.update(repr(example).encode())
    for answers in lesson.answers.values():
        digest.update(np.round(answers, 3).tobytes())
    return digest.hexdigest()[:16]


def head_tensors(network: Network) -> Tensors:
    """The layers on top of the encoder as [inputs, outputs] and bias."""
    layers = {**dict(network.heads.items()), **dict(network.taggers.items()), "vector": network.vector}
    tensors = {}
    for name, layer in layers.items():
        tensors[f"{name}.weight"] = np.ascontiguousarray(layer.weight.detach().float().numpy().T)  # type: ignore[operator, unused-ignore]
        tensors[f"{name}.bias"] = layer.bias.detach().float().numpy()  # type: ignore[operator, unused-ignore]
    return tensors
