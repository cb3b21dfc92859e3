"""Draws the encoder as an ONNX graph: in plain numbers as the yardstick, or in eight bits as it ships.

Eight bits, static: every activation has one fixed scale found beforehand (`quantise.py`), so what a post becomes never
depends on the posts beside it. A column that shouts louder than the rest is divided by its own factor first and its
weights multiplied by it. Word pieces are stored in the carrier's own four bits: nothing is lost there.
"""

from dataclasses import dataclass, field

import numpy as np
import onnx
from numpy.typing import NDArray
from onnx import TensorProto, helper, numpy_helper

from nlp.inference.tokenizer import MAX_TOKENS
from nlp.training.export.quantise import Scale, quantise_weights
from nlp.training.train.base_model import BLOCK, Carrier, Quantised

CONTRIB = "com.microsoft"
Array = NDArray[np.generic] | np.generic


@dataclass(frozen=True)
class Given:
    """Which layers the encoder gives out: as means over the tokens, and as states of each token."""

    pooled: tuple[int, ...]
    states: tuple[int, ...]


@dataclass
class Drawing:
    """The nodes and constants drawn so far."""

    nodes: list[onnx.NodeProto] = field(default_factory=list)
    constants: dict[str, onnx.TensorProto] = field(default_factory=dict)

    def constant(self, name: str, values: Array) -> str:
        """Put a constant under this name, once."""
        self.constants.setdefault(name, numpy_helper.from_array(np.array(values, order="C"), name))
        return name

    def node(self, kind: str, inputs: list[str], output: str, domain: str = "", **settings: object) -> str:
        """Add a node with one output; its name is returned."""
        self.nodes.append(helper.make_node(kind, inputs, [output], domain=domain, **settings))  # type: ignore[arg-type, unused-ignore]
        return output


def draw(
    carrier: Carrier, rows: list[int], scales: dict[str, Scale] | None, given: Given, taps: bool = False
) -> onnx.ModelProto:
    """The encoder: `ids` and `mask` [posts, tokens] -> `pooled` [posts, layers, width], `states` [posts, tokens, layers * width].

    Args:
        carrier: the weights.
        rows: which pieces of the vocabulary stay.
        scales: one per matrix product; None draws plain 32-bit numbers.
        given: which layers are given out.
        taps: give out the input of every matrix product too (for calibration).
    """
    d = Drawing()
    x = draw_embeddings(d, carrier, rows, packed=scales is not None)
    mask = d.node("Unsqueeze", [d.node("Cast", ["mask"], "real", to=TensorProto.FLOAT), axis(d, -1)], "real3")
    d.node("ReduceSum", [mask, axis(d, 1)], "length", keepdims=0)
    tapped: list[str] = []
    for layer in range(carrier.layers):
        x = draw_layer(d, carrier, layer, x, scales, tapped)
    pooled = [draw_mean(d, f"l{layer - 1}.out", mask) for layer in given.pooled]
    d.node("Concat", pooled, "pooled", axis=1)
    d.node("Concat", [f"l{layer - 1}.out" for layer in given.states], "states", axis=-1)
    width = carrier.hidden
    outputs = [
        helper.make_tensor_value_info("pooled", TensorProto.FLOAT, ["posts", len(given.pooled), width]),
        helper.make_tensor_value_info("states", TensorProto.FLOAT, ["posts", "tokens", len(given.states) * width]),
        *(helper.make_tensor_value_info(name, TensorProto.FLOAT, None) for name in tapped if taps),
    ]
    inputs = [
        helper.make_tensor_value_info("ids", TensorProto.INT64, ["posts", "tokens"]),
        helper.make_tensor_value_info("mask", TensorProto.INT32, ["posts", "tokens"]),
    ]
    graph = helper.make_graph(d.nodes, "encoder", inputs, outputs, list(d.constants.values()))
    opsets = [helper.make_opsetid("", 20), helper.make_opsetid(CONTRIB, 1)]
    return helper.make_model(graph, opset_imports=opsets, ir_version=10, producer_name="escucha")


def axis(d: Drawing, number: int) -> str:
    """The constant that names an axis."""
    return d.constant(f"axis{number}", np.array([number], np.int64))


def draw_embeddings(d: Drawing, carrier: Carrier, rows: list[int], packed: bool) -> str:
    """Piece + position, normalised."""
    word = carrier.words
    kept = Quantised(word.codes[rows], word.scales[rows])
    if packed:
        nibbles = d.constant("word.codes", kept.codes[:, 0::2] | (kept.codes[:, 1::2] << 4))
        inputs = [nibbles, "ids", d.constant("word.scales", kept.scales)]
        settings = {"bits": 4, "block_size": BLOCK, "gather_axis": 0, "quantize_axis": 1}
        words = d.node("GatherBlockQuantized", inputs, "words", CONTRIB, **settings)
    else:
        words = d.node("Gather", [d.constant("word", kept.dense()), "ids"], "words")
    width = carrier.hidden
    kind = carrier.vectors["emb.type"].reshape(-1, width)[0]
    positions = d.constant("positions", carrier.vectors["emb.pos"].reshape(-1, width)[:MAX_TOKENS] + kind)
    tokens = d.node("Shape", ["ids"], "tokens", start=1, end=2)
    start = d.constant("start", np.array([0], np.int64))
    here = d.node("Slice", [positions, start, tokens, axis(d, 0)], "here")
    return draw_norm(d, carrier, words, here, "emb.ln", "embedded")


def draw_norm(d: Drawing, carrier: Carrier, a: str, b: str, key: str, output: str) -> str:
    """The sum of two, normalised. (The runtime's own fused operator is 2.6 times slower than the two plain ones.)"""
    total = d.node("Add", [a, b], f"{output}.sum")
    weights = [d.constant(f"{key}.{part}", carrier.vectors[f"{key}.{part}"]) for part in "wb"]
    return d.node("LayerNormalization", [total, *weights], output, axis=-1, epsilon=carrier.epsilon)


def draw_layer(
    d: Drawing, carrier: Carrier, layer: int, x: str, scales: dict[str, Scale] | None, tapped: list[str]
) -> str:
    """One transformer layer: attention, then the feed-forward part, each added to its input and normalised."""
    at = f"l{layer}."
    packed = draw_product(d, carrier, x, [at + "q", at + "k", at + "v"], scales, tapped)
    parts = [at + "query", at + "key", at + "value"]
    d.nodes.append(helper.make_node("Split", [packed], parts, axis=-1, num_outputs=3))
    seen = d.node("MultiHeadAttention", [*parts, "", "mask"], at + "seen", CONTRIB, num_heads=carrier.heads)
    seen = draw_product(d, carrier, seen, [at + "ao"], scales, tapped)
    x = draw_norm(d, carrier, seen, x, at + "aln", at + "mid")
    wide = draw_product(d, carrier, x, [at + "fi"], scales, tapped)
    wide = d.node("Gelu", [wide], at + "gelu", CONTRIB)
    narrow = draw_product(d, carrier, wide, [at + "fo"], scales, tapped)
    return draw_norm(d, carrier, narrow, x, at + "oln", at + "out")


def draw_product(
    d: Drawing, carrier: Carrier, x: str, names: list[str], scales: dict[str, Scale] | None, tapped: list[str]
) -> str:
    """Input times matrix plus bias, in plain numbers or in eight bits."""
    key = names[0]
    tapped.append(x)
    weights = np.concatenate([carrier.matrices[f"{name}.w"] for name in names]).T
    bias = d.constant(f"{key}.bias", np.concatenate([carrier.vectors[f"{name}.b"] for name in names]))
    if scales is None:
        product = d.node("MatMul", [x, d.constant(f"{key}.weights", weights)], f"{key}.product")
        return d.node("Add", [product, bias], f"{key}.result")
    scale = scales[key]
    even = d.node("Mul", [x, d.constant(f"{key}.even", 1.0 / scale.columns)], f"{key}.evened")
    step, zero = d.constant(f"{key}.step", scale.step), d.constant(f"{key}.zero", scale.zero)
    codes = d.node("QuantizeLinear", [even, step, zero], f"{key}.codes")
    whole, steps = quantise_weights(weights * scale.columns[:, None])
    inputs = [codes, d.constant(f"{key}.weights", whole), step, d.constant(f"{key}.steps", steps), zero, "", bias]
    return d.node("MatMulIntegerToFloat", inputs, f"{key}.result", CONTRIB)


def draw_mean(d: Drawing, x: str, mask: str) -> str:
    """The mean of the token states of each post, padding left out."""
    total = d.node("ReduceSum", [d.node("Mul", [x, mask], f"{x}.real"), axis(d, 1)], f"{x}.total", keepdims=0)
    return d.node("Unsqueeze", [d.node("Div", [total, "length"], f"{x}.mean"), axis(d, 1)], f"{x}.pooled")
