"""Tokenise training texts and batch them by length."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerFast

from nlp.inference.encoder import STEP
from nlp.inference.tokenizer import MAX_TOKENS
from workshop.training.data.example import Example
from workshop.training.data.place_tags import tag_tokens

SORTED_BATCHES = 24
"""Batches sorted by length together: little padding, and still a random order in each epoch."""


@dataclass(frozen=True)
class TokenizedText:
    """Hold a tokenised text: token ids, offsets, and tags by tagger."""

    ids: list[int]
    offsets: list[tuple[int, int]]
    tags: dict[str, NDArray[np.int64]]


def tokenize(tokenizer: PreTrainedTokenizerFast, examples: Sequence[Example]) -> list[TokenizedText]:
    """Tokenise every text, truncated as in the product."""
    found = tokenizer([example.text for example in examples], truncation=True, max_length=MAX_TOKENS, return_offsets_mapping=True)
    texts = []
    for example, ids, offsets in zip(examples, found["input_ids"], found["offset_mapping"], strict=True):
        marked = {"places": example.places, "locations": example.locations}
        tags = {name: tag_tokens(example.text, names, offsets) for name, names in marked.items() if names is not None}
        texts.append(TokenizedText(ids, offsets, tags))
    return texts


def make_batches(texts: Sequence[TokenizedText], order: list[int], size: int, rng: random.Random) -> list[list[int]]:
    """Batch these texts in random order, each batch of similar length."""
    rng.shuffle(order)
    found: list[list[int]] = []
    for start in range(0, len(order), size * SORTED_BATCHES):
        near = sorted(order[start : start + size * SORTED_BATCHES], key=lambda row: len(texts[row].ids))
        found.extend(near[at : at + size] for at in range(0, len(near), size))
    rng.shuffle(found)
    return found


def pad_batch(rows: Sequence[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Return token ids and mask of a batch, padded as shipped."""
    length = -(-max(map(len, rows)) // STEP) * STEP
    ids, mask = torch.ones((len(rows), length), dtype=torch.long), torch.zeros((len(rows), length), dtype=torch.long)
    for at, row in enumerate(rows):
        ids[at, : len(row)] = torch.tensor(row)
        mask[at, : len(row)] = 1
    return ids, mask
