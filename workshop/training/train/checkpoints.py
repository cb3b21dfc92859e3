"""Train a network once and cache its checkpoint.

An interrupted training continues after the last cached network.
"""

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
from workshop.training.data.soft_labels import SoftLabels
from workshop.training.train.base_model import BaseModel
from workshop.training.train.fine_tune import TrainingConfig, fine_tune
from workshop.training.train.held_out import Tensors
from workshop.training.train.network import Network, with_trained_encoder

CACHE = ROOT / "var" / "training"
"""Folder of cached checkpoints."""


def train_base_model(
    base: BaseModel, rows: list[int], tokenizer_folder: Path, targets: SoftLabels, config: TrainingConfig, cache: Path
) -> tuple[BaseModel, Tensors]:
    """Return the base model with the fine-tuned encoder, and the heads.

    Args:
        base: the initial weights.
        rows: the rows of its vocabulary that stay.
        tokenizer_folder: folder of the tokenizer with this vocabulary.
        targets: texts and soft labels.
        config: hyperparameters.
        cache: folder of cached checkpoints; one trained with exactly the same texts, labels and settings is loaded instead of trained.
    """
    network = load_network(base, rows, train_checkpoint(base, rows, tokenizer_folder, targets, config, cache))
    return with_trained_encoder(base, network), head_tensors(network)


def train_checkpoint(
    base: BaseModel, rows: list[int], tokenizer_folder: Path, targets: SoftLabels, config: TrainingConfig, cache: Path
) -> Path:
    """Train a network unless it is cached; return its file. Arguments as in `train_base_model`."""
    path = cache / f"{fingerprint(targets, config)}.safetensors"
    if path.exists():
        sys.stderr.write(f"training: {len(targets.examples)} texts: using the cached checkpoint {path}\n")
        return path
    sys.stderr.write(f"training: training on {len(targets.examples)} texts\n")
    network = fine_tune(base, rows, load_tokenizer(tokenizer_folder), targets, config)
    cache.mkdir(parents=True, exist_ok=True)
    part = path.with_suffix(".part")
    save_file(network.state_dict(), part)
    part.rename(path)
    return path


def train_in_parallel(
    base: BaseModel, rows: list[int], tokenizer_folder: Path, runs: Sequence[tuple[SoftLabels, TrainingConfig]], cache: Path, cores: int
) -> list[Path]:
    """Train several networks in parallel, one core each; arguments as in `train_base_model`."""
    spawned = get_context("spawn")
    with ProcessPoolExecutor(cores, mp_context=spawned, initializer=torch.set_num_threads, initargs=(1,)) as pool:
        waiting = [pool.submit(train_checkpoint, base, rows, tokenizer_folder, targets, config, cache) for targets, config in runs]
        return [one.result() for one in waiting]


def load_network(base: BaseModel, rows: list[int], path: Path) -> Network:
    """Load a network from its checkpoint, in evaluation mode."""
    network = Network(base, rows, dropout=0.0)
    network.load_state_dict(load_file(path))
    network.eval()
    return network


def fingerprint(targets: SoftLabels, config: TrainingConfig) -> str:
    """Hash texts, labels and settings: equal only if all of them are."""
    digest = hashlib.sha256(repr(astuple(config)).encode())
    for example in targets.examples:
        digest.update(repr(example).encode())
    for answers in targets.answers.values():
        digest.update(np.round(answers, 3).tobytes())
    return digest.hexdigest()[:16]


def head_tensors(network: Network) -> Tensors:
    """Return the layers above the encoder as [inputs, outputs] and bias."""
    layers = {**dict(network.heads.items()), **dict(network.taggers.items()), "vector": network.vector}
    tensors = {}
    for name, layer in layers.items():
        tensors[f"{name}.weight"] = np.ascontiguousarray(layer.weight.detach().float().numpy().T)  # type: ignore[operator, unused-ignore]
        tensors[f"{name}.bias"] = layer.bias.detach().float().numpy()  # type: ignore[operator, unused-ignore]
    return tensors
