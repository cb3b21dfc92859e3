"""The shipped encoder in plain 32-bit numbers, for the lanes that are compared: as a graph, and as the tensors of a `BertModel`.

Its eight-bit weights are multiplied out, so that every lane multiplies by the same numbers. Needs the package onnx.
"""

from pathlib import Path
from typing import Any

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import helper, numpy_helper

from nlp.encoded import Floats

BLOCK = 32
"""Values that share a scale in the four-bit table of word pieces."""
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
    """Every constant of a graph by its name."""
    return {tensor.name: numpy_helper.to_array(tensor) for tensor in model.graph.initializer}


def words(constants: Constants) -> Floats:
    """The table of word pieces, [pieces, width]."""
    packed, scales = constants["word.codes"], constants["word.scales"].astype(np.float32)
    codes = np.stack([packed & 15, packed >> 4], axis=-1).reshape(len(packed), -1).astype(np.float32)
    return np.asarray((codes - 8) * np.repeat(scales, BLOCK, axis=1), np.float32)


def product(constants: Constants, key: str) -> Floats:
    """The matrix of one product, [inputs, outputs]."""
    whole = constants[f"{key}.weights"].astype(np.float32) * constants[f"{key}.steps"]
    return np.asarray(whole * constants[f"{key}.even"][:, None], np.float32)


def bert_tensors(constants: Constants) -> dict[str, Floats]:
    """Every tensor of a `BertModel` without pooler, by the name it has there."""
    positions = constants["positions"]
    found = {
        "embeddings.word_embeddings.weight": words(constants),
        "embeddings.position_embeddings.weight": positions,
        "embeddings.token_type_embeddings.weight": np.zeros((2, positions.shape[1]), np.float32),  # in the positions
    }
    found |= _norm("embeddings.LayerNorm", constants, "emb.ln")
    for layer in range(LAYERS):
        at, theirs = f"l{layer}", f"encoder.layer.{layer}"
        for name, matrix, bias in zip(
            ("query", "key", "value"),
            np.split(product(constants, f"{at}.q"), 3, axis=1),
            np.split(constants[f"{at}.q.bias"], 3),
            strict=True,
        ):
            found |= {f"{theirs}.attention.self.{name}.weight": matrix.T, f"{theirs}.attention.self.{name}.bias": bias}
        for ours, name in BERT.items():
            if ours.endswith("ln"):
                found |= _norm(f"{theirs}.{name}", constants, f"{at}.{ours}")
            else:
                found[f"{theirs}.{name}.weight"] = product(constants, f"{at}.{ours}").T
                found[f"{theirs}.{name}.bias"] = constants[f"{at}.{ours}.bias"]
    return found


def _norm(theirs: str, constants: Constants, ours: str) -> dict[str, Floats]:
    return {f"{theirs}.weight": constants[f"{ours}.w"], f"{theirs}.bias": constants[f"{ours}.b"]}


def write_plain(source: Path, target: Path) -> None:
    """The same graph with every product in 32 bits."""
    model = onnx.load(source)
    constants = read_constants(model)
    given = {node.output[0]: node.input[0] for node in model.graph.node if node.output[0].endswith(".evened")}
    nodes = []
    for node in model.graph.node:
        if node.op_type == "QuantizeLinear" or node.output[0] in given:
            continue
        if node.op_type == "GatherBlockQuantized":
            constants["word"] = words(constants)
            nodes.append(helper.make_node("Gather", ["word", "ids"], list(node.output)))
        elif node.op_type == "MatMulIntegerToFloat":
            key = node.output[0].removesuffix(".result")
            constants[f"{key}.plain"] = product(constants, key)
            nodes.append(helper.make_node("MatMul", [given[f"{key}.evened"], f"{key}.plain"], [f"{key}.product"]))
            nodes.append(helper.make_node("Add", [f"{key}.product", f"{key}.bias"], list(node.output)))
        else:
            nodes.append(node)
    save(model, nodes, constants, target)


def save(model: onnx.ModelProto, nodes: list[onnx.NodeProto], constants: Constants, target: Path) -> None:
    """A graph of these nodes, with the inputs and outputs of the old one and the constants that are used."""
    used = {name for node in nodes for name in node.input}
    kept = [
        numpy_helper.from_array(np.ascontiguousarray(values), name)
        for name, values in constants.items()
        if name in used
    ]
    graph = helper.make_graph(nodes, "encoder", list(model.graph.input), list(model.graph.output), kept)
    imports = list(model.opset_import)
    onnx.save(helper.make_model(graph, opset_imports=imports, ir_version=model.ir_version), target)
