"""Build the place tagger's ONNX graph; its weights are inputs.

They come from `heads.safetensors`, with every batch.
"""

import onnx
from onnx import TensorProto, helper


def build_tagger_graph() -> onnx.ModelProto:
    """Build the graph of the tagger.

    Inputs: `states` [posts, tokens, width], `weight`, `bias`. Output: `tags` [posts, tokens, tags], each row a sum of one.
    """
    nodes = [
        helper.make_node("MatMul", ["states", "weight"], ["product"]),
        helper.make_node("Add", ["product", "bias"], ["logits"]),
        helper.make_node("Softmax", ["logits"], ["tags"], axis=-1),
    ]
    shapes = {"states": ["posts", "tokens", "width"], "weight": ["width", "tags"], "bias": ["tags"]}
    inputs = [helper.make_tensor_value_info(name, TensorProto.FLOAT, shape) for name, shape in shapes.items()]
    outputs = [helper.make_tensor_value_info("tags", TensorProto.FLOAT, ["posts", "tokens", "tags"])]
    graph = helper.make_graph(nodes, "tagger", inputs, outputs)
    return helper.make_model(graph, opset_imports=[helper.make_opsetid("", 20)], ir_version=10, producer_name="escucha")
