"""Teaches the encoder itself, all questions together, and keeps what it knew: its old vector must still be read from it.

The vectors of the word pieces are never taught. Higher layers learn faster than lower ones. Numbers are halved where
that loses nothing (bfloat16), which makes it four times faster on processors that know the form.
"""

import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from transformers import PreTrainedTokenizerFast

from nlp.training.data.soft_labels import SoftLabels, one_round
from nlp.training.train.base_model import Carrier
from nlp.training.train.batching import Text, batches, pad, prepare
from nlp.training.train.network import Network


@dataclass(frozen=True)
class TrainingConfig:
    """How the encoder is taught. Chosen on a fifth of the guided posts that taught nothing, and on UMSAB's val split."""

    seed: int = 0
    epochs: int = 3
    batch: int = 48
    rate: float = 1e-4
    """Of the last layer; each layer below learns `fade` times as fast."""
    fade: float = 0.92
    head_rate: float = 1e-3
    decay: float = 0.01
    drop: float = 0.1
    """Of what flows in the encoder and into the heads, the part left out at random while learning."""
    smooth: float = 0.05
    """How much of each answer is spread over the other labels: labels of one reader are not all right."""
    balance: float = 0.3
    """Rare labels count more: by their number to the power of minus this."""
    tag: float = 0.5
    """How much the place taggers count beside the labels."""
    keep: float = 2.0
    """How much the old vector counts."""


class Objective:
    """What one teaching needs beside the network: the texts, the right answers, and how much rare ones count."""

    def __init__(self, lesson: SoftLabels, texts: Sequence[Text], kept: torch.Tensor, tuning: TrainingConfig) -> None:
        self.texts, self.kept, self.tuning = texts, kept, tuning
        self.answers = {name: torch.tensor(shares) for name, shares in lesson.answers.items()}
        self.rarity = {name: rare_weights(shares.sum(dim=0), tuning.balance) for name, shares in self.answers.items()}

    def loss(self, network: Network, chosen: list[int]) -> torch.Tensor:
        """How far the network is from right on one batch."""
        picked = torch.tensor(chosen)
        pooled, states = network(*pad([self.texts[row].ids for row in chosen]))
        imitated = torch.nn.functional.cosine_similarity(network.vector(pooled).float(), self.kept[picked])
        tags = tag_loss(network, states, [self.texts[row] for row in chosen])
        return self.labels(network, pooled, picked) + self.tuning.tag * tags + self.tuning.keep * (1 - imitated).mean()

    def labels(self, network: Network, pooled: torch.Tensor, picked: torch.Tensor) -> torch.Tensor:
        """How far the answers are from right, over all questions that somebody answered."""
        total = torch.zeros(())
        for name, head in network.heads.items():
            right = self.answers[name][picked]
            known = right.sum(dim=1) > 0
            if known.any():
                given = head(network.drop(pooled[known])).float()
                each = torch.nn.functional.cross_entropy(
                    given, right[known], self.rarity[name], reduction="none", label_smoothing=self.tuning.smooth
                )
                total = total + each.sum() / len(picked)
        return total


def tune(
    carrier: Carrier, rows: list[int], tokenizer: PreTrainedTokenizerFast, lesson: SoftLabels, tuning: TrainingConfig
) -> Network:
    """The network after the last epoch."""
    torch.manual_seed(tuning.seed)
    network = Network(carrier, rows, tuning.drop)
    texts = prepare(tokenizer, lesson.examples)
    course = Objective(lesson, texts, old_vectors(network, texts), tuning)
    optimizer = torch.optim.AdamW(groups(network, tuning), betas=(0.9, 0.98), weight_decay=tuning.decay, fused=True)
    rng = random.Random(tuning.seed)  # noqa: S311 - an order, not a secret
    rounds = [one_round(lesson.examples, rng) for _ in range(tuning.epochs)]
    plan = [chosen for turn in rounds for chosen in batches(texts, turn, tuning.batch, rng)]
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, WarmupLinearSchedule(len(plan)))
    start = time.monotonic()
    network.train()
    for done, chosen in enumerate(plan, 1):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = course.loss(network, chosen)
        optimizer.zero_grad()
        loss.backward()  # type: ignore[no-untyped-call, unused-ignore]
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        schedule.step()
        if done % 50 == 0:
            left = (time.monotonic() - start) * (len(plan) - done) / done / 60
            sys.stderr.write(f"training: step {done} of {len(plan)}, loss {loss.item():.3f}, {left:.0f} min left\n")
    network.eval()
    return network


class WarmupLinearSchedule:
    """The rate's course: a tenth of the steps up, then down to nothing in a straight line."""

    def __init__(self, steps: int) -> None:
        self.steps = steps

    def __call__(self, step: int) -> float:
        """The share of the full rate at this step."""
        warm = self.steps / 10
        return step / warm if step < warm else max(0.0, (self.steps - step) / (self.steps - warm))


def groups(network: Network, tuning: TrainingConfig) -> list[dict[str, object]]:
    """Which tensors learn, and how fast; the words do not."""
    encoder = network.encoder
    encoder.embeddings.word_embeddings.weight.requires_grad_(False)
    layers = encoder.encoder.layer
    found: list[dict[str, object]] = [
        {"params": list(layer.parameters()), "lr": tuning.rate * tuning.fade ** (len(layers) - 1 - at)}
        for at, layer in enumerate(layers)
    ]
    lowest = [tensor for tensor in encoder.embeddings.parameters() if tensor.requires_grad]
    found.append({"params": lowest, "lr": tuning.rate * tuning.fade ** len(layers)})
    heads = [network.heads, network.taggers, network.vector]
    found.append({"params": [tensor for part in heads for tensor in part.parameters()], "lr": tuning.head_rate})
    return found


def rare_weights(counts: torch.Tensor, balance: float) -> torch.Tensor:
    """A weight per label that grows as the label gets rarer; their mean over the examples is one."""
    counts = counts.clamp(min=1)
    weights = counts.pow(-balance)
    return weights / (weights * counts).sum() * counts.sum()


def tag_loss(network: Network, states: torch.Tensor, texts: Sequence[Text]) -> torch.Tensor:
    """How far the tags are from right, where somebody marked the places."""
    total = torch.zeros(())
    for name, tagger in network.taggers.items():
        known = [at for at, text in enumerate(texts) if name in text.tags]
        if not known:
            continue
        right = torch.full(states.shape[:2], -1)
        for at in known:
            right[at, : len(texts[at].ids)] = torch.tensor(texts[at].tags[name])
        given = tagger(network.drop(states[known])).float()
        each = torch.nn.functional.cross_entropy(given.flatten(0, 1), right[known].flatten(), ignore_index=-1)
        total = total + each * len(known) / len(texts)
    return total


def old_vectors(network: Network, texts: Sequence[Text]) -> torch.Tensor:
    """[texts, width]: the vector of each text before anything is taught: mean of the last layer, unit length."""
    network.eval()
    width = network.vector.out_features
    found = torch.zeros((len(texts), width))
    order = sorted(range(len(texts)), key=lambda row: len(texts[row].ids))
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        for start in range(0, len(order), 64):
            chosen = order[start : start + 64]
            pooled, _ = network(*pad([texts[row].ids for row in chosen]))
            found[chosen] = pooled[:, :width].float()
    return torch.nn.functional.normalize(found, dim=-1)
