"""Cross-fit two models, each trained without one fifth of the real posts.

Their out-of-fold predictions give an unbiased threshold of `actionable`, and they soften the labels of the shipped model.
"""

from collections.abc import Sequence
from itertools import chain
from pathlib import Path

import numpy as np
import torch

from nlp.inference.model_files import LABELS
from nlp.inference.tokenizer import load_tokenizer
from nlp.questions.places.boundaries import extract_names
from workshop.training.data.dataset import GUIDED, HELD_OUT, NAMED
from workshop.training.data.decide_madrid import ORIGIN
from workshop.training.data.example import Example, stable_hash
from workshop.training.data.soft_labels import one_hot_labels
from workshop.training.train.base_model import BaseModel
from workshop.training.train.batching import pad_batch, tokenize
from workshop.training.train.checkpoints import load_network, train_in_parallel
from workshop.training.train.fine_tune import TrainingConfig
from workshop.training.train.held_out import Predictions, Spans
from workshop.training.train.network import Network

PLACES = "places"
FOLDS, FOLD_MODELS = 5, 2
"""Five folds, two models: the first is trained without the first fold, the second without the second (half an hour each)."""
BATCH_SIZE = 64
"""Batch size of prediction."""


def fold_of(example: Example) -> int:
    """Return the fold of a text; both its forms share it."""
    return stable_hash(example.key) // HELD_OUT % FOLDS


def real_posts(examples: Sequence[Example]) -> list[Example]:
    """Select the real labelled posts, each in one form.

    Of those that name councils every second is masked.
    """
    named = {example.group for example in examples if example.origin.endswith(NAMED)}
    return [example for example in examples if is_real(example) and (not example.group or is_chosen_form(example, named))]


def is_real(example: Example) -> bool:
    """Return whether a text is a real post labelled by a person.

    False for texts written or labelled for this project, and for reports.
    """
    return example.origin.removesuffix(NAMED) in GUIDED or example.origin.startswith("umsab")


def is_project_text(example: Example) -> bool:
    """Return whether a text was written or labelled for this project.

    No fold trains on these; all predict them.
    """
    return example.origin == ORIGIN or (example.origin.startswith("written") and not example.origin.endswith(NAMED))


def is_chosen_form(example: Example, named: set[str]) -> bool:
    """Return whether this form of its text is trained on."""
    wants_names = example.group in named and stable_hash(example.group) // (HELD_OUT * FOLDS) % 2 == 1
    return example.origin.endswith(NAMED) == wants_names


def cross_fit(
    base: BaseModel, rows: list[int], tokenizer_folder: Path, posts: Sequence[Example], config: TrainingConfig, cache: Path, cores: int
) -> list[Network]:
    """Train the cross-fitted models in parallel; arguments as in `train_base_model`."""
    parts = [one_hot_labels([post for post in posts if fold_of(post) != own]) for own in range(FOLD_MODELS)]
    paths = train_in_parallel(base, rows, tokenizer_folder, [(part, config) for part in parts], cache, cores)
    return [load_network(base, rows, path) for path in paths]


def predict_out_of_fold(networks: Sequence[Network], tokenizer_folder: Path, examples: Sequence[Example]) -> Predictions:
    """Predict each real post with the model not trained on it.

    Texts that no model was trained on get the mean of both; posts that both were trained on are left out. Logits are logarithms of
    probabilities; spans are those of the tagger `places`, for texts of neither fold the first model's.
    """
    new = [example for example in examples if is_project_text(example)]
    real = [[post for post in examples if is_real(post) and fold_of(post) == own] for own in range(FOLD_MODELS)]
    predictions = [predict_network(network, tokenizer_folder, [*own, *new]) for network, own in zip(networks, real, strict=True)]
    logits = {}
    for head in LABELS:
        apart = [one.logits[head][: len(own)] for one, own in zip(predictions, real, strict=True)]
        mean = np.mean([one.logits[head][len(own) :] for one, own in zip(predictions, real, strict=True)], axis=0)
        logits[head] = np.log(np.clip(np.concatenate([*apart, mean]), 1e-6, 1)).astype(np.float32)
    places = [one.spans[PLACES] for one in predictions]
    spans = [*chain.from_iterable(found[: len(own)] for found, own in zip(places, real, strict=True))]
    return Predictions([*chain(*real), *new], logits, {PLACES: [*spans, *places[0][len(real[0]) :]]})


def predict_network(network: Network, tokenizer_folder: Path, examples: Sequence[Example]) -> Predictions:
    """Return the probabilities (as `logits`) and place names predicted by one network."""
    texts = tokenize(load_tokenizer(tokenizer_folder), examples)
    probable = {head: np.zeros((len(texts), len(labels)), np.float32) for head, labels in LABELS.items()}
    spans: list[Spans] = [[] for _ in texts]
    order = sorted(range(len(texts)), key=lambda row: len(texts[row].ids))
    for start in range(0, len(order), BATCH_SIZE):
        chosen = order[start : start + BATCH_SIZE]
        with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
            pooled, states = network(*pad_batch([texts[row].ids for row in chosen]))
            for head, layer in network.heads.items():
                probable[head][chosen] = layer(pooled).float().softmax(dim=-1).numpy()
            tags = network.taggers[PLACES](states).float().softmax(dim=-1).numpy()
        for at, row in enumerate(chosen):
            offsets = texts[row].offsets
            spans[row] = extract_names(examples[row].text, offsets, tags[at, : len(offsets)])
    return Predictions(examples, probable, {PLACES: spans})
