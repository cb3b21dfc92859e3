"""Convert the shipped encoder to standard ONNX operators for OpenVINO; needs onnx."""

from pathlib import Path

import numpy as np
import onnx
from onnx import helper

from workshop.bench_reading.plain_graph import save_graph
from nlp.inference.dequantize import HEADS, Constants, read_constants, token_table

MASK_SCORE = 1e4
"""Subtracted from an attention score, it masks padding."""


def write_standard(source: Path, target: Path) -> None:
    """Write the same eight-bit graph without operators of ONNX Runtime only."""
    model = onnx.load(source)
    constants = read_constants(model)
    width = constants["positions"].shape[1]
    constants |= {
        "standard.word": token_table(constants),
        "standard.one": np.float32(1),  # type: ignore[dict-item]
        "standard.big": np.float32(MASK_SCORE),  # type: ignore[dict-item]
        "standard.root": np.float32((width / HEADS) ** -0.5),  # type: ignore[dict-item]
        "standard.axes": np.array([1, 2]),
        "standard.split": np.array([0, 0, HEADS, width // HEADS]),
        "standard.whole": np.array([0, 0, width]),
    }
    nodes: list[onnx.NodeProto] = []
    for node in model.graph.node:
        nodes += _standard(node, constants)
        if list(node.output) == ["real"]:
            nodes += [
                helper.make_node("Sub", ["real", "standard.one"], ["standard.absent"]),
                helper.make_node("Mul", ["standard.absent", "standard.big"], ["standard.low"]),
                helper.make_node("Unsqueeze", ["standard.low", "standard.axes"], ["standard.mask"]),
            ]
    first = [node for node in nodes if node.output[0] == "real" or node.output[0].startswith("standard.")]
    save_graph(model, first + [node for node in nodes if node not in first], constants, target)


def _standard(node: onnx.NodeProto, constants: Constants) -> list[onnx.NodeProto]:
    if node.op_type == "GatherBlockQuantized":
        return [helper.make_node("Gather", ["standard.word", "ids"], list(node.output))]
    if node.op_type == "MatMulIntegerToFloat":
        return _product(node.output[0].removesuffix(".result"), constants)
    if node.op_type == "MultiHeadAttention":
        return _attention(node.output[0].removesuffix(".seen"))
    if node.op_type == "Gelu":
        return [helper.make_node("Gelu", list(node.input), list(node.output))]
    return [node]


def _product(key: str, constants: Constants) -> list[onnx.NodeProto]:
    constants[f"{key}.none"] = np.zeros(len(constants[f"{key}.steps"]), np.int8)
    weights = [f"{key}.weights", f"{key}.steps", f"{key}.none"]
    return [
        helper.make_node("DequantizeLinear", [f"{key}.codes", f"{key}.step", f"{key}.zero"], [f"{key}.input"]),
        helper.make_node("DequantizeLinear", weights, [f"{key}.matrix"], axis=1),
        helper.make_node("MatMul", [f"{key}.input", f"{key}.matrix"], [f"{key}.product"]),
        helper.make_node("Add", [f"{key}.product", f"{key}.bias"], [f"{key}.result"]),
    ]


def _attention(at: str) -> list[onnx.NodeProto]:
    nodes = []
    for part in ("query", "key", "value"):
        order = [0, 2, 3, 1] if part == "key" else [0, 2, 1, 3]
        nodes.append(helper.make_node("Reshape", [f"{at}.{part}", "standard.split"], [f"{at}.{part}.split"]))
        nodes.append(helper.make_node("Transpose", [f"{at}.{part}.split"], [f"{at}.{part}.heads"], perm=order))
    return [
        *nodes,
        helper.make_node("MatMul", [f"{at}.query.heads", f"{at}.key.heads"], [f"{at}.raw"]),
        helper.make_node("Mul", [f"{at}.raw", "standard.root"], [f"{at}.scaled"]),
        helper.make_node("Add", [f"{at}.scaled", "standard.mask"], [f"{at}.masked"]),
        helper.make_node("Softmax", [f"{at}.masked"], [f"{at}.shares"], axis=-1),
        helper.make_node("MatMul", [f"{at}.shares", f"{at}.value.heads"], [f"{at}.mixed"]),
        helper.make_node("Transpose", [f"{at}.mixed"], [f"{at}.rows"], perm=[0, 2, 1, 3]),
        helper.make_node("Reshape", [f"{at}.rows", "standard.whole"], [f"{at}.seen"]),
    ]
