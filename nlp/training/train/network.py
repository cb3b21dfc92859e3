"""The network while it is taught: the encoder of multilingual-e5-small with every question's head, and the vector to keep."""

import numpy as np
import torch
from transformers import BertConfig, BertModel

from nlp.inference.dequantize import BERT
from nlp.inference.model_files import LABELS, TAGGERS, TAGS
from nlp.inference.model_output import Floats
from nlp.training.train.base_model import Carrier

POOLED, STATES = (12, 10, 8, 6), (10, 8)
"""Layers given out: as means over the tokens (the last layer first), and as states of each token."""
LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    **BERT,
}
KINDS = {"pos": "position", "type": "token_type"}


class Network(torch.nn.Module):  # type: ignore[misc, unused-ignore]
    """Encoder and heads."""

    def __init__(self, carrier: Carrier, rows: list[int], drop: float) -> None:
        super().__init__()
        self.encoder = make_bert(carrier, rows, drop)
        wide, deep = carrier.hidden * len(POOLED), carrier.hidden * len(STATES)
        self.drop = torch.nn.Dropout(drop)
        self.heads = torch.nn.ModuleDict({name: torch.nn.Linear(wide, len(labels)) for name, labels in LABELS.items()})
        self.taggers = torch.nn.ModuleDict({name: torch.nn.Linear(deep, len(TAGS)) for name in TAGGERS})
        self.vector = torch.nn.Linear(wide, carrier.hidden)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """`pooled` [texts, layers * width] and `states` [texts, tokens, layers * width]."""
        layers = self.encoder(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states
        real = mask.unsqueeze(-1).to(layers[0].dtype)
        length = real.sum(dim=1)
        pooled = [(layers[layer] * real).sum(dim=1) / length for layer in POOLED]
        return torch.cat(pooled, dim=-1), torch.cat([layers[layer] for layer in STATES], dim=-1)


def make_bert(carrier: Carrier, rows: list[int], drop: float = 0.0) -> BertModel:
    """The carrier's encoder, its vocabulary trimmed to these rows; `drop`: left out at random while it learns."""
    model = BertModel(make_config(carrier, len(rows), drop), add_pooling_layer=False)
    names = encoder_names(carrier)
    state = {theirs: torch.tensor(tensor_of(carrier, ours, rows)) for ours, theirs in names.items()}
    left = model.load_state_dict(state, strict=False)
    if left.unexpected_keys or left.missing_keys:
        raise ValueError(f"the carrier's tensors do not fit BERT: {left}")
    return model


def make_config(carrier: Carrier, words: int, drop: float = 0.0) -> BertConfig:
    """The shape of the encoder in the words of transformers."""
    return BertConfig(
        vocab_size=words,
        hidden_size=carrier.hidden,
        num_hidden_layers=carrier.layers,
        num_attention_heads=carrier.heads,
        intermediate_size=carrier.ffn,
        max_position_embeddings=carrier.positions,
        type_vocab_size=carrier.vectors["emb.type"].size // carrier.hidden,
        layer_norm_eps=carrier.epsilon,
        pad_token_id=1,
        hidden_dropout_prob=drop,
        attention_probs_dropout_prob=0.0,
        attn_implementation="eager",  # type: ignore[call-arg, unused-ignore]  # twice as fast as torch's own attention on a processor
    )


def encoder_names(carrier: Carrier) -> dict[str, str]:
    """The carrier's name of each tensor -> the name that transformers gives it."""
    names = {"emb.word": "embeddings.word_embeddings.weight"}
    names |= {f"emb.{ours}": f"embeddings.{theirs}_embeddings.weight" for ours, theirs in KINDS.items()}
    names |= {f"emb.ln.{part[0]}": f"embeddings.LayerNorm.{part}" for part in ("weight", "bias")}
    for layer in range(carrier.layers):
        for ours, theirs in LAYER_NAMES.items():
            for part in ("weight", "bias"):
                names[f"l{layer}.{ours}.{part[0]}"] = f"encoder.layer.{layer}.{theirs}.{part}"
    return names


def tensor_of(carrier: Carrier, name: str, rows: list[int]) -> Floats:
    """One tensor of the carrier as plain numbers in the shape that transformers wants."""
    if name == "emb.word":
        return carrier.words.dense()[rows]
    if name in carrier.matrices:
        return carrier.matrices[name]
    values = carrier.vectors[name]
    return values.reshape(-1, carrier.hidden) if name in ("emb.pos", "emb.type") else values


def taught_carrier(carrier: Carrier, network: Network) -> Carrier:
    """The carrier with the encoder's new weights; its words stay as they were, bit for bit."""
    state = network.encoder.state_dict()
    matrices, vectors = {}, {}
    for ours, theirs in encoder_names(carrier).items():
        values = np.asarray(state[theirs].detach().float().numpy())
        if ours in carrier.matrices:
            matrices[ours] = values
        elif ours in carrier.vectors:
            vectors[ours] = values.reshape(carrier.vectors[ours].shape)
    return carrier.with_weights(matrices, vectors)
