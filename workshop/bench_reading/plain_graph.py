"""Convert the shipped encoder to 32-bit floats for the comparisons; needs onnx."""

from pathlib import Path

import numpy as np
import onnx
from onnx import helper, numpy_helper

from nlp.inference.dequantize import Constants, read_constants, token_table, weight_matrix


def write_float_graph(source: Path, target: Path) -> None:
    """Write the same graph with every matrix product in 32 bits."""
    model = onnx.load(source)
    constants = read_constants(model)
    given = {node.output[0]: node.input[0] for node in model.graph.node if node.output[0].endswith(".evened")}
    nodes = []
    for node in model.graph.node:
        if node.op_type == "QuantizeLinear" or node.output[0] in given:
            continue
        if node.op_type == "GatherBlockQuantized":
            constants["word"] = token_table(constants)
            nodes.append(helper.make_node("Gather", ["word", "ids"], list(node.output)))
        elif node.op_type == "MatMulIntegerToFloat":
            key = node.output[0].removesuffix(".result")
            constants[f"{key}.plain"] = weight_matrix(constants, key)
            nodes.append(helper.make_node("MatMul", [given[f"{key}.evened"], f"{key}.plain"], [f"{key}.product"]))
            nodes.append(helper.make_node("Add", [f"{key}.product", f"{key}.bias"], list(node.output)))
        else:
            nodes.append(node)
    save_graph(model, nodes, constants, target)


def save_graph(model: onnx.ModelProto, nodes: list[onnx.NodeProto], constants: Constants, target: Path) -> None:
    """Write a graph of these nodes, keeping inputs, outputs and used constants."""
    used = {name for node in nodes for name in node.input}
    kept = [numpy_helper.from_array(np.ascontiguousarray(values), name) for name, values in constants.items() if name in used]
    graph = helper.make_graph(nodes, "encoder", list(model.graph.input), list(model.graph.output), kept)
    imports = list(model.opset_import)
    onnx.save(helper.make_model(graph, opset_imports=imports, ir_version=model.ir_version), target)
