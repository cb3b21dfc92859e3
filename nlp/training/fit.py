"""Teaches the heads and the place tagger: small networks on top of the frozen encoder."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray

from nlp.encoded import Floats
from nlp.training.dataset import Example
from nlp.weights import LABELS, TAGS

Tensors = dict[str, NDArray[np.float32]]


@dataclass(frozen=True)
class Recipe:
    """How the heads are taught. Chosen by cross-validation on the training split of `council_posts_es`."""

    hidden: int = 256
    epochs: int = 10
    batch: int = 128
    rate: float = 2e-3
    decay: float = 0.05
    drop_inputs: float = 0.2
    drop_hidden: float = 0.3
    balance: float = 0.3
    """Rare labels count more: by their number to the power of minus this."""
    votes: int = 3
    """Networks that start from different random numbers and vote."""


def encode_answers(examples: Sequence[Example]) -> dict[str, NDArray[np.int64]]:
    """By question, the column of each example's answer; -1 where it has none."""
    return {
        question: np.array([labels.index(e.answers[question]) if question in e.answers else -1 for e in examples])
        for question, labels in LABELS.items()
    }


def fit_heads(pooled: Floats, examples: Sequence[Example], recipe: Recipe) -> Tensors:
    """The heads' tensors, one slice a vote; the inputs' mean and spread are folded into the first matrix."""
    mean, spread = pooled.mean(axis=0), pooled.std(axis=0) + 1e-6
    inputs = torch.tensor((pooled - mean) / spread)
    votes = [fit_vote(inputs, examples, recipe, seed) for seed in range(recipe.votes)]
    tensors = {name: np.stack([vote[name] for vote in votes]) for name in votes[0]}
    tensors["trunk.weight"] = tensors["trunk.weight"] / spread[None, :, None]
    tensors["trunk.bias"] = tensors["trunk.bias"] - mean @ tensors["trunk.weight"]
    return tensors


def fit_vote(inputs: torch.Tensor, examples: Sequence[Example], recipe: Recipe, seed: int) -> Tensors:
    """One network for all questions: a shared hidden layer, and one output a question."""
    torch.manual_seed(seed)
    trunk = torch.nn.Linear(inputs.shape[1], recipe.hidden)
    outputs = torch.nn.ModuleDict({q: torch.nn.Linear(recipe.hidden, len(labels)) for q, labels in LABELS.items()})
    answers = {q: torch.tensor(column) for q, column in encode_answers(examples).items()}
    weights = torch.tensor([example.weight for example in examples], dtype=torch.float32)
    rarity = {q: rare_weights(column, len(LABELS[q]), recipe.balance) for q, column in answers.items()}
    optimizer = torch.optim.AdamW(
        [*trunk.parameters(), *outputs.parameters()], lr=recipe.rate, weight_decay=recipe.decay, fused=True
    )
    batches = -(-len(inputs) // recipe.batch)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimizer, recipe.rate, total_steps=recipe.epochs * batches, pct_start=0.1
    )
    for _ in range(recipe.epochs):
        for rows in torch.randperm(len(inputs)).split(recipe.batch):
            dropped = torch.nn.functional.dropout(inputs[rows], recipe.drop_inputs)
            hidden = torch.nn.functional.dropout(torch.relu(trunk(dropped)), recipe.drop_hidden)
            loss = torch.zeros(())
            for question, column in answers.items():
                right = column[rows]
                each = torch.nn.functional.cross_entropy(
                    outputs[question](hidden), right, weight=rarity[question], reduction="none", ignore_index=-1
                )
                loss = loss + (each * weights[rows]).sum() / len(rows)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    layers = {"trunk": trunk, **dict(outputs.items())}
    return {f"{name}.{part}": as_numbers(layer, part) for name, layer in layers.items() for part in ("weight", "bias")}


def rare_weights(column: torch.Tensor, labels: int, balance: float) -> torch.Tensor:
    """A weight per label that grows as the label gets rarer; their mean over the examples is one."""
    counts = torch.bincount(column[column >= 0], minlength=labels).float().clamp(min=1)
    weights = counts.pow(-balance)
    return weights / (weights * counts).sum() * counts.sum()


def as_numbers(layer: torch.nn.Module, part: str) -> NDArray[np.float32]:
    """A layer's weights as [inputs, outputs], or its bias."""
    values = getattr(layer, part).detach().numpy().astype(np.float32)
    return np.ascontiguousarray(values.T) if part == "weight" else values


def fit_tagger(states: NDArray[np.float16], tags: NDArray[np.int64], hidden: int = 128, epochs: int = 5) -> Tensors:
    """The place tagger: token states -> outside, begin, inside."""
    torch.manual_seed(0)
    first = torch.nn.Linear(states.shape[1], hidden)
    second = torch.nn.Linear(hidden, len(TAGS))
    sample = states[:20000].astype(np.float32)
    mean, spread = sample.mean(axis=0), sample.std(axis=0) + 1e-6
    inputs, right = torch.tensor(states), torch.tensor(tags)
    middle, scale = torch.tensor(mean), torch.tensor(spread)
    optimizer = torch.optim.AdamW([*first.parameters(), *second.parameters()], lr=1e-3, weight_decay=0.05, fused=True)
    batches = -(-len(inputs) // 512)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, 1e-3, total_steps=epochs * batches, pct_start=0.1)
    for _ in range(epochs):
        for rows in torch.randperm(len(inputs)).split(512):
            real = torch.nn.functional.dropout((inputs[rows].float() - middle) / scale, 0.2)
            outputs = second(torch.nn.functional.dropout(torch.relu(first(real)), 0.3))
            loss = torch.nn.functional.cross_entropy(outputs, right[rows], ignore_index=-1)
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
            schedule.step()
    weight = as_numbers(first, "weight") / spread[:, None]
    return {
        "places.hidden.weight": weight,
        "places.hidden.bias": as_numbers(first, "bias") - mean @ weight,
        "places.weight": as_numbers(second, "weight"),
        "places.bias": as_numbers(second, "bias"),
    }
