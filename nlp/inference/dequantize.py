"""Dequantise the shipped encoder to float32 tensors of a `BertModel`.

The encoder on a graphics card and the lanes of the bench multiply by these same numbers. Needs the package onnx.
"""

from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import numpy_helper

from nlp.inference.model_output import Floats

BLOCK = 32
"""Values per scale in the four-bit embedding table."""
LAYERS, HEADS = 12, 12
BERT = {
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}
Constants = dict[str, NDArray[Any]]


def read_constants(model: onnx.ModelProto) -> Constants:
    """Return every constant of a graph by its name."""
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}


def token_table(constants: Constants) -> Floats:
    """Return the word-piece embedding table, [pieces, width]."""
    packed, scales = constants["word.codes"], constants["word.scales"].astype(np.float32)
    codes = np.stack([packed & 15, packed >> 4], axis=-1).reshape(len(packed), -1).astype(np.float32)
    return np.asarray((codes - 8) * np.repeat(scales, BLOCK, axis=1), np.float32)


def weight_matrix(constants: Constants, key: str) -> Floats:
    """Return the matrix of one product, [inputs, outputs]."""
    whole = constants[f"{key}.weights"].astype(np.float32) * constants[f"{key}.steps"]
    return np.asarray(whole * constants[f"{key}.even"][:, None], np.float32)


def bert_tensors(constants: Constants) -> dict[str, Floats]:
    """Return every tensor of a `BertModel` without pooler, by its name there."""
    positions = constants["positions"]
    found = {
        "embeddings.word_embeddings.weight": token_table(constants),
        "embeddings.position_embeddings.weight": positions,
        "embeddings.token_type_embeddings.weight": np.zeros((2, positions.shape[1]), np.float32),  # already added to the positions
    }
    found |= _norm("embeddings.LayerNorm", constants, "emb.ln")
    for layer in range(LAYERS):
        at, theirs = f"l{layer}", f"encoder.layer.{layer}"
        for name, matrix, bias in zip(
            ("query", "key", "value"),
            np.split(weight_matrix(constants, f"{at}.q"), 3, axis=1),
            np.split(constants[f"{at}.q.bias"], 3),
            strict=True,
        ):
            found |= {f"{theirs}.attention.self.{name}.weight": matrix.T, f"{theirs}.attention.self.{name}.bias": bias}
        for ours, name in BERT.items():
            if ours.endswith("ln"):
                found |= _norm(f"{theirs}.{name}", constants, f"{at}.{ours}")
            else:
                found[f"{theirs}.{name}.weight"] = weight_matrix(constants, f"{at}.{ours}").T
                found[f"{theirs}.{name}.bias"] = constants[f"{at}.{ours}.bias"]
    return found


def _norm(theirs: str, constants: Constants, ours: str) -> dict[str, Floats]:
    return {f"{theirs}.weight": constants[f"{ours}.w"], f"{theirs}.bias": constants[f"{ours}.b"]}
