"""Draws the place tagger as an ONNX graph without weights: they come in from `heads.safetensors`, with every batch."""

import onnx
from onnx import TensorProto, helper

WEIGHTS = ("places.hidden.weight", "places.hidden.bias", "places.weight", "places.bias")


def draw_tagger() -> onnx.ModelProto:
    """`states` [posts, tokens, width] -> `tags` [posts, tokens, tags], each row adding up to one."""
    first, first_bias, second, second_bias = WEIGHTS
    nodes = [
        helper.make_node("MatMul", ["states", first], ["product"]),
        helper.make_node("Add", ["product", first_bias], ["sum"]),
        helper.make_node("Relu", ["sum"], ["hidden"]),
        helper.make_node("MatMul", ["hidden", second], ["answer"]),
        helper.make_node("Add", ["answer", second_bias], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["tags"], axis=-1),
    ]
    shapes: dict[str, list[str]] = {
        "states": ["posts", "tokens", "width"],
        first: ["width", "hidden"],
        first_bias: ["hidden"],
        second: ["hidden", "tags"],
        second_bias: ["tags"],
    }
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]
    outputs = [helper.make_tensor_value_info("tags", TensorProto.FLOAT, ["posts", "tokens", "tags"])]
    graph = helper.make_graph(nodes, "tagger", inputs, outputs)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10, producer_name="escucha")
