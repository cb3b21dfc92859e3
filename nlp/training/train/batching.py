"""Training texts as the network is fed with them: token ids, tags of places, batches of like length."""

import random
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from transformers import PreTrainedTokenizerFast

from nlp.inference.encoder import STEP
from nlp.inference.tokenizer import MAX_TOKENS
from nlp.training.data.example import Example
from nlp.training.data.place_tags import tag_tokens

STRETCH = 24
"""Batches whose texts are sorted by length together: little padding, and still a new order in each epoch."""


@dataclass(frozen=True)
class Text:
    """A training text ready to be fed: token ids, where each stands, and by tagger the right tag of each token."""

    ids: list[int]
    offsets: list[tuple[int, int]]
    tags: dict[str, NDArray[np.int64]]


def prepare(tokenizer: PreTrainedTokenizerFast, examples: Sequence[Example]) -> list[Text]:
    """Every text as tokens, cut where the product cuts."""
    found = tokenizer(
        [example.text for example in examples], truncation=True, max_length=MAX_TOKENS, return_offsets_mapping=True
    )
    texts = []
    for example, ids, offsets in zip(examples, found["input_ids"], found["offset_mapping"], strict=True):
        marked = {"places": example.places, "locations": example.locations}
        tags = {name: tag_tokens(example.text, names, offsets) for name, names in marked.items() if names is not None}
        texts.append(Text(ids, offsets, tags))
    return texts


def batches(texts: Sequence[Text], order: list[int], size: int, rng: random.Random) -> list[list[int]]:
    """These texts in random order, those of a batch of like length."""
    rng.shuffle(order)
    found: list[list[int]] = []
    for start in range(0, len(order), size * STRETCH):
        near = sorted(order[start : start + size * STRETCH], key=lambda row: len(texts[row].ids))
        found.extend(near[at : at + size] for at in range(0, len(near), size))
    rng.shuffle(found)
    return found


def pad(rows: Sequence[list[int]]) -> tuple[torch.Tensor, torch.Tensor]:
    """Token ids and mask of one batch, padded as the product pads."""
    length = -(-max(map(len, rows)) // STEP) * STEP
    ids, mask = torch.ones((len(rows), length), dtype=torch.long), torch.zeros((len(rows), length), dtype=torch.long)
    for at, row in enumerate(rows):
        ids[at, : len(row)] = torch.tensor(row)
        mask[at, : len(row)] = 1
    return ids, mask
