"""Two readers taught apart, each without its own fifth of the real posts: what they say of texts they never saw.

Their answers tell honestly from where a post should count as actionable, and they soften the labels of the reader that ships:
it learns what others thought beside what one person wrote down.
"""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import torch

from nlp.inference.model_files import LABELS
from nlp.inference.tokenizer import load_tokenizer
from nlp.questions.places.boundaries import read_names
from nlp.training.data.dataset import GUIDED, HELD_OUT, NAMED
from nlp.training.data.decide_madrid import ORIGIN
from nlp.training.data.example import Example, number_of
from nlp.training.data.soft_labels import plain_lesson
from nlp.training.train.base_model import Carrier
from nlp.training.train.batching import pad, prepare
from nlp.training.train.checkpoints import read_network, taught_side_by_side
from nlp.training.train.fine_tune import TrainingConfig
from nlp.training.train.held_out import Answers, Stretches
from nlp.training.train.network import Network

PLACES = "places"
PARTS, READERS = 5, 2
"""Real posts fall into five parts; the first reader was not taught the first, the second not the second. (Each costs half an hour.)"""
AT_ONCE = 64
"""Texts that are asked about together."""


def part_of(example: Example) -> int:
    """The part this text falls into; both its forms, councils named and masked, fall into the same."""
    return number_of(example.key) // HELD_OUT % PARTS


def real_posts(examples: Sequence[Example]) -> list[Example]:
    """What they learn from: real posts that a person labelled, each once; of those that name councils every second is masked."""
    named = {example.group for example in examples if example.origin.endswith(NAMED)}
    return [example for example in examples if is_real(example) and (not example.group or is_chosen(example, named))]


def is_real(example: Example) -> bool:
    """True for posts of people and councils with labels; false for what we wrote or labelled ourselves and for reports."""
    return example.origin.removesuffix(NAMED) in GUIDED or example.origin.startswith("umsab")


def is_new(example: Example) -> bool:
    """True for what we wrote or labelled ourselves: none of them was taught it, and all are asked what they think of it."""
    return example.origin == ORIGIN or (example.origin.startswith("written") and not example.origin.endswith(NAMED))


def is_chosen(example: Example, named: set[str]) -> bool:
    """True for the one form of a text that is taught."""
    wants_names = example.group in named and number_of(example.group) // (HELD_OUT * PARTS) % 2 == 1
    return example.origin.endswith(NAMED) == wants_names


def teach_apart(
    carrier: Carrier,
    rows: list[int],
    words: Path,
    posts: Sequence[Example],
    tuning: TrainingConfig,
    kept: Path,
    cores: int,
) -> list[Network]:
    """The readers, taught side by side, one core each; see `learn` for the arguments."""
    parts = [plain_lesson([post for post in posts if part_of(post) != own]) for own in range(READERS)]
    paths = taught_side_by_side(carrier, rows, words, [(part, tuning) for part in parts], kept, cores)
    return [read_network(carrier, rows, path) for path in paths]


def ask_apart(networks: Sequence[Network], words: Path, examples: Sequence[Example]) -> Answers:
    """What they say: of a real post the one that was not taught it, of what both were not taught the mean.

    Posts that both were taught are left out. Logits are logarithms of probabilities; stretches are those of the tagger
    `places`, of what both were not taught the first one's.
    """
    new = [example for example in examples if is_new(example)]
    real = [[post for post in examples if is_real(post) and part_of(post) == own] for own in range(READERS)]
    said = [ask_network(network, words, [*own, *new]) for network, own in zip(networks, real, strict=True)]
    logits = {}
    for head in LABELS:
        apart = [one.logits[head][: len(own)] for one, own in zip(said, real, strict=True)]
        mean = np.mean([one.logits[head][len(own) :] for one, own in zip(said, real, strict=True)], axis=0)
        logits[head] = np.log(np.clip(np.concatenate([*apart, mean]), 1e-6, 1)).astype(np.float32)
    places = [one.stretches[PLACES] for one in said]
    stretches = [*chain.from_iterable(found[: len(own)] for found, own in zip(places, real, strict=True))]
    return Answers([*chain(*real), *new], logits, {PLACES: [*stretches, *places[0][len(real[0]) :]]})


def ask_network(network: Network, words: Path, examples: Sequence[Example]) -> Answers:
    """The probabilities (as `logits`) and the place names that one network finds."""
    texts = prepare(load_tokenizer(words), examples)
    probable = {head: np.zeros((len(texts), len(labels)), np.float32) for head, labels in LABELS.items()}
    stretches: list[Stretches] = [[] for _ in texts]
    order = sorted(range(len(texts)), key=lambda row: len(texts[row].ids))
    for start in range(0, len(order), AT_ONCE):
        chosen = order[start : start + AT_ONCE]
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
            pooled, states = network(*pad([texts[row].ids for row in chosen]))
            for head, layer in network.heads.items():
                probable[head][chosen] = layer(pooled).float().softmax(dim=-1).numpy()
            tags = network.taggers[PLACES](states).float().softmax(dim=-1).numpy()
        for at, row in enumerate(chosen):
            offsets = texts[row].offsets
            stretches[row] = read_names(examples[row].text, offsets, tags[at, : len(offsets)])
    return Answers(examples, probable, {PLACES: stretches})
