"""Teaches the encoder once and remembers the result, so that an interrupted training goes on where it was."""

import hashlib
import sys
from collections.abc import Sequence
from dataclasses import astuple
from pathlib import Path

import numpy as np
from safetensors.torch import load_file, save_file

from nlp.encoder import load_tokenizer
from nlp.training.carrier import Carrier
from nlp.training.dataset import Example
from nlp.training.network import Network, taught_carrier
from nlp.training.tune import Tuning, tune
from nlp.training.unseen import Tensors


def learn(
    carrier: Carrier, rows: list[int], words: Path, examples: Sequence[Example], tuning: Tuning, kept: Path
) -> tuple[Carrier, Tensors]:
    """The carrier with a taught encoder, and the heads.

    Args:
        carrier: the weights to begin with.
        rows: the rows of its vocabulary that stay.
        words: folder of the tokenizer with this vocabulary.
        examples: what is taught.
        tuning: how.
        kept: folder where the result is kept; taught with the very same texts, labels and settings it is read from there.
    """
    path = kept / f"{fingerprint(examples, tuning)}.safetensors"
    if path.exists():
        sys.stderr.write(f"training: {len(examples)} examples were taught before: {path}\n")
        network = Network(carrier, rows, tuning.drop)
        network.load_state_dict(load_file(path))
    else:
        sys.stderr.write(f"training: teaching {len(examples)} examples\n")
        network = tune(carrier, rows, load_tokenizer(words), examples, tuning)
        kept.mkdir(parents=True, exist_ok=True)
        part = path.with_suffix(".part")
        save_file(network.state_dict(), part)
        part.rename(path)
    return taught_carrier(carrier, network), head_tensors(network)


def fingerprint(examples: Sequence[Example], tuning: Tuning) -> str:
    """The same for the same texts, labels and settings only."""
    digest = hashlib.sha256(repr(astuple(tuning)).encode())
    for example in examples:
        digest.update(repr(example).encode())
    return digest.hexdigest()[:16]


def head_tensors(network: Network) -> Tensors:
    """The layers on top of the encoder as [inputs, outputs] and bias."""
    layers = {**dict(network.heads.items()), **dict(network.taggers.items()), "vector": network.vector}
    tensors = {}
    for name, layer in layers.items():
        tensors[f"{name}.weight"] = np.ascontiguousarray(layer.weight.detach().float().numpy().T)
        tensors[f"{name}.bias"] = layer.bias.detach().float().numpy()
    return tensors
