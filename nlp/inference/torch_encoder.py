"""Run the shipped encoder in float32 with torch on a graphics card.

Needs requirements-torch.txt; ESCUCHA_READER_DEVICE selects it (docs/how-to/scale.md). Torch chooses its kernels by the shape of a
batch, and another kernel gives other last bits. So all batches of one padded length have one shape, filled up with unused rows: a
text's output does not depend on the number of texts beside it.
"""

from importlib.metadata import version
from pathlib import Path

import numpy as np
import onnx
import torch
from transformers import BertConfig, BertModel

from core.errors import ConfigurationError
from nlp.inference.dequantize import HEADS, LAYERS, bert_tensors, read_constants
from nlp.inference.encoder import BATCH_TOKENS, Encoder, Prepared
from nlp.inference.model_output import Floats

GPU_BATCH_TOKENS = 4096
"""Estimated, not measured: a window of 512 posts has some 45,000 tokens in up to 16 lengths, so a larger batch would be mostly padding,
and a smaller one leaves a graphics card idle."""


class TorchEncoder(Encoder):
    """Encode as `Encoder` does, one batch after the other on one device."""

    numbers = "+fp32"

    def __init__(self, folder: Path, threads: int, device: str) -> None:
        self.device_name = device
        self.folder = folder
        self.device = find_device(device)
        self.tokens = BATCH_TOKENS if self.device.type == "cpu" else GPU_BATCH_TOKENS
        self.threads = 1  # batches run one after the other on the device
        torch.set_num_threads(threads)
        # TF32, where it is switched on, drops 13 of the 32 bits
        torch.set_float32_matmul_precision("highest")
        graph = onnx.load(folder / "encoder.onnx")
        self.pooled, self.states = output_layers(graph, "pooled"), output_layers(graph, "states")
        try:
            self.network = make_bert(graph).to(self.device)  # type: ignore[arg-type, unused-ignore]
        except RuntimeError as error:
            raise self._failure(error) from error

    def load(self) -> None:
        """Load the tokenizer; the network is on its device since construction."""
        _ = self.tokenizer

    def describe(self) -> str:
        """Describe the inference engine in one line."""
        name = "the processor" if self.device.type == "cpu" else torch.cuda.get_device_name(self.device)
        return f"torch {version('torch')}, 32 bits, on {self.device_name} ({name})"

    def _run(self, ready: Prepared) -> tuple[Floats, Floats]:
        count, length = ready.ids.shape
        shape = (max(1, self.tokens // length), length)
        ids, mask = np.ones(shape, np.int64), np.ones(shape, np.int64)
        ids[:count], mask[:count] = ready.ids, ready.mask
        try:
            pooled, states = self._pass(torch.from_numpy(ids).to(self.device), torch.from_numpy(mask).to(self.device))
            return pooled[:count].cpu().numpy(), states[:count].cpu().numpy()
        except RuntimeError as error:  # shapes are constant, so no text can cause this and none is quarantined
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
            f"ESCUCHA_READER_DEVICE={self.device_name}: the device failed ({type(error).__name__}): check with `nvidia-smi` whether its "
            "memory is full or the card is missing; unlabelled posts wait in the ledger"
        )


def find_device(name: str) -> torch.device:
    """Return the torch device of this name.

    Raises:
        ConfigurationError: this machine has no such device, or this torch cannot use it.
    """
    device = torch.device(name.removeprefix("torch:"))
    if device.type == "cpu":
        return device
    cards = torch.cuda.device_count() if torch.cuda.is_available() else 0
    if not cards:
        raise ConfigurationError(
            f"ESCUCHA_READER_DEVICE={name}: torch {version('torch')} finds no graphics card: check that `nvidia-smi` shows one and "
            "that this torch is built for it (docs/how-to/scale.md), or set ESCUCHA_READER_DEVICE=cpu"
        )
    if (device.index or 0) >= cards:
        known = ", ".join(f"cuda:{number}" for number in range(cards))
        raise ConfigurationError(f"ESCUCHA_READER_DEVICE={name}: no such card; this machine has {known}")
    return device


def output_layers(graph: onnx.ModelProto, output: str) -> list[int]:
    """Return the layers in this output of the graph, counted from 1."""
    [node] = [node for node in graph.graph.node if list(node.output) == [output]]
    return [int(name.split(".")[0].removeprefix("l")) + 1 for name in node.input]


def make_bert(graph: onnx.ModelProto) -> BertModel:
    """Build the encoder of this graph as a float32 `BertModel`."""
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
        attn_implementation="eager",  # type: ignore[call-arg, unused-ignore]  # the other implementations choose their kernel by the mask
    )
    bert = BertModel(config, add_pooling_layer=False)
    bert.load_state_dict({name: torch.tensor(np.ascontiguousarray(values)) for name, values in tensors.items()})
    bert.train(False)
    return bert
