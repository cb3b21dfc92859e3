"""The one pass on a graphics card: the encoder that ships, in plain 32-bit numbers, run by torch. Needs requirements-torch.txt.

ESCUCHA_READER_DEVICE asks for it (docs/how-to/scale.md). Torch chooses by the shape of a batch how it multiplies, and another way
gives other last bits. So all batches of one padded length have one shape, filled up with rows that nobody reads: what a
text becomes does not depend on how many stand beside it.
"""

from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnx
import torch
from transformers import BertConfig, BertModel

from core.errors import ConfigurationError
from nlp.inference.dequantize import HEADS, LAYERS, bert_tensors, read_constants
from nlp.inference.encoder import TOKENS_A_BATCH, Encoder, Prepared
from nlp.inference.model_output import Floats

TOKENS_ON_A_CARD = 4096
"""Reckoned, not measured: a window of 512 posts has some 45,000 tokens in up to 16 lengths, so more would be filling for the most part,
and with less a card waits for its orders."""


class TorchEncoder(Encoder):
    """Encodes what `Encoder` does, in the same order and padding, one batch after the other on one device."""

    numbers = "+fp32"

    def __init__(self, folder: Path, threads: int, device: str) -> None:
        self.asked = device
        self.folder = folder
        self.device = find_device(device)
        self.tokens = TOKENS_A_BATCH if self.device.type == "cpu" else TOKENS_ON_A_CARD
        self.threads = 1  # the device is shared by the numbers of a batch, not by batches
        torch.set_num_threads(threads)
        # cards would else drop 13 of the 32 bits where somebody set them so
        torch.set_float32_matmul_precision("highest")
        graph = onnx.load(folder / "encoder.onnx")
        self.pooled, self.states = given_layers(graph, "pooled"), given_layers(graph, "states")
        try:
            self.network = make_bert(graph).to(self.device)  # type: ignore[arg-type, unused-ignore]
        except RuntimeError as error:
            raise self._failure(error) from error

    def load(self) -> None:
        """Load the tokenizer; the network is on its device since the start."""
        _ = self.tokenizer

    def describe(self) -> str:
        """What reads, in one line."""
        name = "the processor" if self.device.type == "cpu" else torch.cuda.get_device_name(self.device)
        return f"torch {version('torch')}, 32 bits, on {self.asked} ({name})"

    def _run(self, ready: Prepared) -> tuple[Floats, Floats]:
        count, length = ready.ids.shape
        shape = (max(1, self.tokens // length), length)
        ids, mask = np.ones(shape, np.int64), np.ones(shape, np.int64)
        ids[:count], mask[:count] = ready.ids, ready.mask
        try:
            pooled, states = self._pass(torch.from_numpy(ids).to(self.device), torch.from_numpy(mask).to(self.device))
            return pooled[:count].cpu().numpy(), states[:count].cpu().numpy()
        except RuntimeError as error:  # the shapes are always the same: no text does this, and none must be blamed
            raise self._failure(error) from error

    @torch.inference_mode()  # type: ignore[untyped-decorator, unused-ignore]
    def _pass(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        layers = self.network(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states
        real = mask.unsqueeze(-1).float()
        length = real.sum(dim=1)
        pooled = [(layers[layer] * real).sum(dim=1) / length for layer in self.pooled]
        return torch.stack(pooled, dim=1), torch.cat([layers[layer] for layer in self.states], dim=-1)

    def _failure(self, error: RuntimeError) -> ConfigurationError:
        return ConfigurationError(
            f"ESCUCHA_READER_DEVICE={self.asked}: the device failed ({type(error).__name__}): see with `nvidia-smi` whether its memory is "
            "full or the card is gone; what was not read waits"
        )


def find_device(asked: str) -> torch.device:
    """The device of this name.

    Raises:
        ConfigurationError: this machine has none, or this torch cannot use it.
    """
    device = torch.device(asked.removeprefix("torch:"))
    if device.type == "cpu":
        return device
    cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if not cards:
        raise ConfigurationError(
            f"ESCUCHA_READER_DEVICE={asked}: torch {version('torch')} finds no graphics card: see whether `nvidia-smi` shows one and "
            "whether this torch is built for it (docs/how-to/scale.md), or set ESCUCHA_READER_DEVICE=cpu"
        )
    if (device.index or 0) >= cards:
        known = ", ".join(f"cuda:{number}" for number in range(cards))
        raise ConfigurationError(f"ESCUCHA_READER_DEVICE={asked}: there is no such card here; there are {known}")
    return device


def given_layers(graph: onnx.ModelProto, output: str) -> list[int]:
    """The layers whose numbers this output of the graph holds, in their order there; the first layer is 1."""
    [node] = [node for node in graph.graph.node if list(node.output) == [output]]
    return [int(name.split(".")[0].removeprefix("l")) + 1 for name in node.input]


def make_bert(graph: onnx.ModelProto) -> BertModel:
    """The encoder of this graph as a `BertModel` in 32 bits."""
    [epsilon] = {a.f for node in graph.graph.node for a in node.attribute if a.name == "epsilon"}
    tensors = bert_tensors(read_constants(graph))
    pieces, width = tensors["embeddings.word_embeddings.weight"].shape
    config = BertConfig(
        vocab_size=pieces,
        hidden_size=width,
        num_hidden_layers=LAYERS,
        num_attention_heads=HEADS,
        intermediate_size=len(tensors["encoder.layer.0.intermediate.dense.weight"]),
        max_position_embeddings=len(tensors["embeddings.position_embeddings.weight"]),
        type_vocab_size=len(tensors["embeddings.token_type_embeddings.weight"]),
        layer_norm_eps=epsilon,
        pad_token_id=1,
        attn_implementation="eager",  # type: ignore[call-arg, unused-ignore]  # plain products: the others choose another way by the mask
    )
    bert = BertModel(config, add_pooling_layer=False)
    bert.load_state_dict({name: torch.tensor(np.ascontiguousarray(values)) for name, values in tensors.items()})
    bert.train(False)
    return bert
