"""The yardstick of the bench: the same weights in a plain `transformers` pipeline, one text after the other."""

import tempfile
from collections.abc import Callable, Sequence
from functools import partial

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import BertConfig, BertForSequenceClassification, pipeline

from nlp.encoder import MAX_TOKENS, load_tokenizer
from nlp.training.carrier import Carrier, find_carrier, read_carrier
from nlp.training.encoder import known_rows
from nlp.weights import LABELS, Weights

LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def load_pipeline(weights: Weights, threads: int) -> Callable[[Sequence[str]], object]:
    """A function that classifies texts one by one with `pipeline(text)`: encoder as ours, in 32 bits, one head only."""
    torch.set_num_threads(threads)
    carrier = read_carrier(find_carrier())
    tokenizer = load_tokenizer(weights.folder)
    tokenizer.model_max_length = MAX_TOKENS
    model = make_bert(carrier, known_rows(carrier, weights.folder))
    with tempfile.TemporaryDirectory() as folder:  # saved and loaded, as somebody who uses a published model does
        model.save_pretrained(folder)
        tokenizer.save_pretrained(folder)
        classify = pipeline("text-classification", model=folder, device=-1, truncation=True)
    return partial(one_by_one, classify)


def one_by_one(classify: Callable[[str], object], texts: Sequence[str]) -> object:
    """The loop that people write."""
    return [classify(text) for text in texts]


def make_bert(carrier: Carrier, rows: list[int]) -> BertForSequenceClassification:
    """The carrier's encoder as a `BertForSequenceClassification` with an untaught head."""
    config = BertConfig(
        vocab_size=len(rows),
        hidden_size=carrier.hidden,
        num_hidden_layers=carrier.layers,
        num_attention_heads=carrier.heads,
        intermediate_size=carrier.ffn,
        max_position_embeddings=carrier.positions,
        type_vocab_size=2,
        layer_norm_eps=carrier.epsilon,
        pad_token_id=1,
    )
    config.num_labels = len(LABELS["sentiment"])
    model = BertForSequenceClassification(config)
    state = {"embeddings.word_embeddings.weight": carrier.matrices["emb.word"].dense()[rows]}
    for name, ours in (("position", "pos"), ("token_type", "type")):
        state[f"embeddings.{name}_embeddings.weight"] = carrier.vectors[f"emb.{ours}"].reshape(-1, carrier.hidden)
    state |= pair("embeddings.LayerNorm", carrier, "emb.ln")
    for layer in range(carrier.layers):
        for ours, theirs in LAYER_NAMES.items():
            state |= pair(f"encoder.layer.{layer}.{theirs}", carrier, f"l{layer}.{ours}")
    tensors = {name: torch.tensor(values) for name, values in state.items()}
    missing = model.bert.load_state_dict(tensors, strict=False)
    if missing.unexpected_keys or any(not key.startswith("pooler") for key in missing.missing_keys):
        raise ValueError(f"the carrier's tensors do not fit BERT: {missing}")
    model.train(False)
    return model


def pair(theirs: str, carrier: Carrier, ours: str) -> dict[str, NDArray[np.float32]]:
    """Weight and bias of one layer under their names."""
    weight = f"{ours}.w"
    values = carrier.matrices[weight].dense() if weight in carrier.matrices else carrier.vectors[weight]
    return {f"{theirs}.weight": values, f"{theirs}.bias": carrier.vectors[f"{ours}.b"]}
