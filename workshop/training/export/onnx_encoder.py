"""Build the encoder's ONNX graph: 32-bit reference, or eight-bit to ship.

Quantisation is static: every activation has one fixed scale found beforehand (`quantise.py`), so the result for a post never depends on
the other posts in its batch. A column of activations that is much larger than the rest is divided by a factor and its weights are
multiplied by it. Word-piece embeddings keep the four bits they have in the base model: nothing is lost there.
"""

from dataclasses import dataclass, field

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from nlp.inference.tokenizer import MAX_TOKENS
from workshop.training.export.quantise import Scale, quantise_weights
from workshop.training.train.base_model import BLOCK, BaseModel, Quantised

CONTRIB = "com.microsoft"
Array = NDArray[np.generic] | np.generic


@dataclass(frozen=True)
class OutputLayers:
    """List the output layers: pooled over tokens, and per token."""

    pooled: tuple[int, ...]
    states: tuple[int, ...]


@dataclass
class GraphBuilder:
    """Collect the nodes and constants of a graph."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, onnx.TensorProto] = field(default_factory=dict)

    def constant(self, name: str, values: Array) -> str:
        """Add a constant under this name, once; return the name."""
        self.constants.setdefault(name, numpy_helper.from_array(np.array(values, order="C"), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, domain: str = "", **settings: object) -> str:
        """Add a node with one output; return the name of the output."""
        self.nodes.append(helper.make_node(kind, inputs, [output], domain=domain, **settings))  # type: ignore[arg-type, unused-ignore]
        return output


def build_graph(
    base: BaseModel, rows: list[int], scales: dict[str, Scale] | None, output_layers: OutputLayers, taps: bool = False
) -> onnx.ModelProto:
    """Build the encoder graph.

    Inputs: `ids` and `mask` [posts, tokens]. Outputs: `pooled` [posts, layers, width] and `states` [posts, tokens, layers * width].

    Args:
        base: the weights.
        rows: the word pieces that stay.
        scales: one per matrix product; None: 32-bit floats.
        output_layers: which layers are outputs.
        taps: output the input of every matrix product too (for calibration).
    """
    d = GraphBuilder()
    x = add_embeddings(d, base, rows, packed=scales is not None)
    mask = d.node("Unsqueeze", [d.node("Cast", ["mask"], "real", to=TensorProto.FLOAT), add_axis(d, -1)], "real3")
    d.node("ReduceSum", [mask, add_axis(d, 1)], "length", keepdims=0)
    tapped: list[str] = []
    for layer in range(base.layers):
        x = add_layer(d, base, layer, x, scales, tapped)
    pooled = [add_mean(d, f"l{layer - 1}.out", mask) for layer in output_layers.pooled]
    d.node("Concat", pooled, "pooled", axis=1)
    d.node("Concat", [f"l{layer - 1}.out" for layer in output_layers.states], "states", axis=-1)
    width = base.hidden
    outputs = [
        helper.make_tensor_value_info("pooled", TensorProto.FLOAT, ["posts", len(output_layers.pooled), width]),
        helper.make_tensor_value_info("states", TensorProto.FLOAT, ["posts", "tokens", len(output_layers.states) * width]),
        *(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in tapped if taps),
    ]
    inputs = [
        helper.make_tensor_value_info("ids", TensorProto.INT64, ["posts", "tokens"]),
        helper.make_tensor_value_info("mask", TensorProto.INT32, ["posts", "tokens"]),
    ]
    graph = helper.make_graph(d.nodes, "encoder", inputs, outputs, list(d.constants.values()))
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid(CONTRIB, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10, producer_name="escucha")


def add_axis(d: GraphBuilder, number: int) -> str:
    """Add the constant of an axis; return its name."""
    return d.constant(f"axis{number}", np.array([number], np.int64))


def add_embeddings(d: GraphBuilder, base: BaseModel, rows: list[int], packed: bool) -> str:
    """Add word-piece and position embeddings, normalised."""
    word = base.embeddings
    trimmed = Quantised(word.codes[rows], word.scales[rows])
    if packed:
        nibbles = d.constant("word.codes", trimmed.codes[:, 0::2] | (trimmed.codes[:, 1::2] << 4))
        inputs = [nibbles, "ids", d.constant("word.scales", trimmed.scales)]
        settings = {"bits": 4, "block_size": BLOCK, "gather_axis": 0, "quantize_axis": 1}
        words = d.node("GatherBlockQuantized", inputs, "words", CONTRIB, **settings)
    else:
        words = d.node("Gather", [d.constant("word", trimmed.dense()), "ids"], "words")
    width = base.hidden
    kind = base.vectors["emb.type"].reshape(-1, width)[0]
    positions = d.constant("positions", base.vectors["emb.pos"].reshape(-1, width)[:MAX_TOKENS] + kind)
    tokens = d.node("Shape", ["ids"], "tokens", start=1, end=2)
    start = d.constant("start", np.array([0], np.int64))
    here = d.node("Slice", [positions, start, tokens, add_axis(d, 0)], "here")
    return add_norm(d, base, words, here, "emb.ln", "embedded")


def add_norm(d: GraphBuilder, base: BaseModel, a: str, b: str, key: str, output: str) -> str:
    """Add the sum of two inputs and its layer normalisation.

    The fused operator of ONNX Runtime is 2.6 times slower than these two.
    """
    total = d.node("Add", [a, b], f"{output}.sum")
    weights = [d.constant(f"{key}.{part}", base.vectors[f"{key}.{part}"]) for part in "wb"]
    return d.node("LayerNormalization", [total, *weights], output, axis=-1, epsilon=base.epsilon)


def add_layer(d: GraphBuilder, base: BaseModel, layer: int, x: str, scales: dict[str, Scale] | None, tapped: list[str]) -> str:
    """Add one transformer layer: attention and feed-forward, each with residual and normalisation."""
    at = f"l{layer}."
    packed = add_product(d, base, x, [at + "q", at + "k", at + "v"], scales, tapped)
    parts = [at + "query", at + "key", at + "value"]
    d.nodes.append(helper.make_node("Split", [packed], parts, axis=-1, num_outputs=3))
    seen = d.node("MultiHeadAttention", [*parts, "", "mask"], at + "seen", CONTRIB, num_heads=base.heads)
    seen = add_product(d, base, seen, [at + "ao"], scales, tapped)
    x = add_norm(d, base, seen, x, at + "aln", at + "mid")
    wide = add_product(d, base, x, [at + "fi"], scales, tapped)
    wide = d.node("Gelu", [wide], at + "gelu", CONTRIB)
    narrow = add_product(d, base, wide, [at + "fo"], scales, tapped)
    return add_norm(d, base, narrow, x, at + "oln", at + "out")


def add_product(d: GraphBuilder, base: BaseModel, x: str, names: list[str], scales: dict[str, Scale] | None, tapped: list[str]) -> str:
    """Add input times matrix plus bias, in 32 or in eight bits."""
    key = names[0]
    tapped.append(x)
    weights = np.concatenate([base.matrices[f"{name}.w"] for name in names]).T
    bias = d.constant(f"{key}.bias", np.concatenate([base.vectors[f"{name}.b"] for name in names]))
    if scales is None:
        product = d.node("MatMul", [x, d.constant(f"{key}.weights", weights)], f"{key}.product")
        return d.node("Add", [product, bias], f"{key}.result")
    scale = scales[key]
    scaled = d.node("Mul", [x, d.constant(f"{key}.even", 1.0 / scale.columns)], f"{key}.evened")
    step, zero = d.constant(f"{key}.step", scale.step), d.constant(f"{key}.zero", scale.zero)
    codes = d.node("QuantizeLinear", [scaled, step, zero], f"{key}.codes")
    whole, steps = quantise_weights(weights * scale.columns[:, None])
    inputs = [codes, d.constant(f"{key}.weights", whole), step, d.constant(f"{key}.steps", steps), zero, "", bias]
    return d.node("MatMulIntegerToFloat", inputs, f"{key}.result", CONTRIB)


def add_mean(d: GraphBuilder, x: str, mask: str) -> str:
    """Add the mean of each post's token states, without padding."""
    total = d.node("ReduceSum", [d.node("Mul", [x, mask], f"{x}.real"), add_axis(d, 1)], f"{x}.total", keepdims=0)
    return d.node("Unsqueeze", [d.node("Div", [total, "length"], f"{x}.mean"), add_axis(d, 1)], f"{x}.pooled")
