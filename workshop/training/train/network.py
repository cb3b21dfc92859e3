"""Define the network in training: encoder, heads, taggers, distilled embedding."""

import numpy as np
import torch
from transformers import BertConfig, BertModel

from nlp.inference.dequantize import BERT
from nlp.inference.model_files import LABELS, TAGGERS, TAGS
from nlp.inference.model_output import Floats
from workshop.training.train.base_model import BaseModel

POOLED, STATES = (12, 10, 8, 6), (10, 8)
"""Layers given out: as means over the tokens (the last layer first), and as states of each token."""
LAYER_NAMES = {"q": "attention.self.query", "k": "attention.self.key", "v": "attention.self.value", **BERT}
KINDS = {"pos": "position", "type": "token_type"}


class Network(torch.nn.Module):  # type: ignore[misc, unused-ignore]
    """Combine encoder, heads and taggers."""

    def __init__(self, base: BaseModel, rows: list[int], dropout: float) -> None:
        super().__init__()
        self.encoder = make_bert(base, rows, dropout)
        wide, deep = base.hidden * len(POOLED), base.hidden * len(STATES)
        self.dropout = torch.nn.Dropout(dropout)
        self.heads = torch.nn.ModuleDict({name: torch.nn.Linear(wide, len(labels)) for name, labels in LABELS.items()})
        self.taggers = torch.nn.ModuleDict({name: torch.nn.Linear(deep, len(TAGS)) for name in TAGGERS})
        self.vector = torch.nn.Linear(wide, base.hidden)

    def forward(self, ids: torch.Tensor, mask: torch.Tensor) -> tuple[torch.Tensor, torch.Tensor]:
        """Return pooled states and token states.

        `pooled` [texts, layers * width], `states` [texts, tokens, layers * width].
        """
        layers = self.encoder(input_ids=ids, attention_mask=mask, output_hidden_states=True).hidden_states
        real = mask.unsqueeze(-1).to(layers[0].dtype)
        length = real.sum(dim=1)
        pooled = [(layers[layer] * real).sum(dim=1) / length for layer in POOLED]
        return torch.cat(pooled, dim=-1), torch.cat([layers[layer] for layer in STATES], dim=-1)


def make_bert(base: BaseModel, rows: list[int], dropout: float = 0.0) -> BertModel:
    """Build the encoder from these vocabulary rows of the base model."""
    model = BertModel(make_config(base, len(rows), dropout), add_pooling_layer=False)
    names = encoder_names(base)
    state = {theirs: torch.tensor(tensor_of(base, ours, rows)) for ours, theirs in names.items()}
    left = model.load_state_dict(state, strict=False)
    if left.unexpected_keys or left.missing_keys:
        raise ValueError(f"the tensors of the base model do not fit BERT: {left}")
    return model


def make_config(base: BaseModel, pieces: int, dropout: float = 0.0) -> BertConfig:
    """Return the encoder's dimensions as a configuration of transformers."""
    return BertConfig(
        vocab_size=pieces,
        hidden_size=base.hidden,
        num_hidden_layers=base.layers,
        num_attention_heads=base.heads,
        intermediate_size=base.ffn,
        max_position_embeddings=base.positions,
        type_vocab_size=base.vectors["emb.type"].size // base.hidden,
        layer_norm_eps=base.epsilon,
        pad_token_id=1,
        hidden_dropout_prob=dropout,
        attention_probs_dropout_prob=0.0,
        attn_implementation="eager",  # type: ignore[call-arg, unused-ignore]  # twice as fast as torch's own attention on a processor
    )


def encoder_names(base: BaseModel) -> dict[str, str]:
    """Map the base model's tensor names to those of transformers."""
    names = {"emb.word": "embeddings.word_embeddings.weight"}
    names |= {f"emb.{ours}": f"embeddings.{theirs}_embeddings.weight" for ours, theirs in KINDS.items()}
    names |= {f"emb.ln.{part[0]}": f"embeddings.LayerNorm.{part}" for part in ("weight", "bias")}
    for layer in range(base.layers):
        for ours, theirs in LAYER_NAMES.items():
            for part in ("weight", "bias"):
                names[f"l{layer}.{ours}.{part[0]}"] = f"encoder.layer.{layer}.{theirs}.{part}"
    return names


def tensor_of(base: BaseModel, name: str, rows: list[int]) -> Floats:
    """Return one base tensor as floats, in the shape of transformers."""
    if name == "emb.word":
        return base.embeddings.dense()[rows]
    if name in base.matrices:
        return base.matrices[name]
    values = base.vectors[name]
    return values.reshape(-1, base.hidden) if name in ("emb.pos", "emb.type") else values


def with_trained_encoder(base: BaseModel, network: Network) -> BaseModel:
    """Return the base model with the trained encoder weights.

    The word-piece embeddings stay the same, bit for bit.
    """
    state = network.encoder.state_dict()
    matrices, vectors = {}, {}
    for ours, theirs in encoder_names(base).items():
        values = np.asarray(state[theirs].detach().float().numpy())
        if ours in base.matrices:
            matrices[ours] = values
        elif ours in base.vectors:
            vectors[ours] = values.reshape(base.vectors[ours].shape)
    return base.with_weights(matrices, vectors)
