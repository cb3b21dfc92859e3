"""Fine-tune the encoder on all questions, with distillation of its embedding.

Word-piece embeddings are frozen. Higher layers learn faster than lower ones. Training uses bfloat16 where that loses nothing, which is
four times faster on processors that support it.
"""

import random
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

import torch
from transformers import PreTrainedTokenizerFast

from workshop.training.data.soft_labels import SoftLabels, sample_epoch
from workshop.training.train.base_model import BaseModel
from workshop.training.train.batching import TokenizedText, make_batches, pad_batch, tokenize
from workshop.training.train.network import Network


@dataclass(frozen=True)
class TrainingConfig:
    """Hold the hyperparameters of a training run.

    Chosen on a fifth of the guided posts held out for this, and on UMSAB's val split.
    """

    seed: int = 0
    epochs: int = 3
    batch_size: int = 48
    learning_rate: float = 1e-4
    """Learning rate of the last layer; each layer below has the rate of the layer above times `layer_decay`."""
    layer_decay: float = 0.92
    head_learning_rate: float = 1e-3
    weight_decay: float = 0.01
    dropout: float = 0.1
    """Dropout in the encoder and before the heads."""
    label_smoothing: float = 0.05
    """Label smoothing: labels of one annotator are not all right."""
    class_weight_power: float = 0.3
    """Class weights are the label's count to the power of minus this."""
    tagger_weight: float = 0.5
    """Weight of the taggers' loss; that of the labels is 1."""
    distillation_weight: float = 2.0
    """Weight of the distillation loss (cosine distance to the original embedding)."""


class Objective:
    """Hold texts, soft labels and class weights, and compute the loss."""

    def __init__(self, targets: SoftLabels, texts: Sequence[TokenizedText], original: torch.Tensor, config: TrainingConfig) -> None:
        self.texts, self.original, self.config = texts, original, config
        self.answers = {name: torch.tensor(shares) for name, shares in targets.answers.items()}
        self.rarity = {name: class_weights(shares.sum(dim=0), config.class_weight_power) for name, shares in self.answers.items()}

    def loss(self, network: Network, chosen: list[int]) -> torch.Tensor:
        """Return the total loss of one batch: labels, place tags, distillation."""
        picked = torch.tensor(chosen)
        pooled, states = network(*pad_batch([self.texts[row].ids for row in chosen]))
        similarity = torch.nn.functional.cosine_similarity(network.vector(pooled).float(), self.original[picked])
        tags = tag_loss(network, states, [self.texts[row] for row in chosen])
        return (
            self.labels(network, pooled, picked)
            + self.config.tagger_weight * tags
            + self.config.distillation_weight * (1 - similarity).mean()
        )

    def labels(self, network: Network, pooled: torch.Tensor, picked: torch.Tensor) -> torch.Tensor:
        """Return the cross-entropy of the labels, over all questions that have one."""
        total = torch.zeros(())
        for name, head in network.heads.items():
            right = self.answers[name][picked]
            known = right.sum(dim=1) > 0
            if known.any():
                logits = head(network.dropout(pooled[known])).float()
                each = torch.nn.functional.cross_entropy(
                    logits, right[known], self.rarity[name], reduction="none", label_smoothing=self.config.label_smoothing
                )
                total = total + each.sum() / len(picked)
        return total


def fine_tune(base: BaseModel, rows: list[int], tokenizer: PreTrainedTokenizerFast, targets: SoftLabels, config: TrainingConfig) -> Network:
    """Train a network and return it after the last epoch."""
    torch.manual_seed(config.seed)
    network = Network(base, rows, config.dropout)
    texts = tokenize(tokenizer, targets.examples)
    objective = Objective(targets, texts, original_embeddings(network, texts), config)
    optimizer = torch.optim.AdamW(parameter_groups(network, config), betas=(0.9, 0.98), weight_decay=config.weight_decay, fused=True)
    rng = random.Random(config.seed)  # noqa: S311 - an order, not a secret
    rounds = [sample_epoch(targets.examples, rng) for _ in range(config.epochs)]
    plan = [chosen for turn in rounds for chosen in make_batches(texts, turn, config.batch_size, rng)]
    schedule = torch.optim.lr_scheduler.LambdaLR(optimizer, WarmupLinearSchedule(len(plan)))
    start = time.monotonic()
    network.train()
    for done, chosen in enumerate(plan, 1):
        with torch.autocast("cpu", dtype=torch.bfloat16):
            loss = objective.loss(network, chosen)
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
    """Scale the learning rate: warm up for a tenth, then decay linearly."""

    def __init__(self, steps: int) -> None:
        self.steps = steps

    def __call__(self, step: int) -> float:
        """Return the factor of the learning rate at this step."""
        warm = self.steps / 10
        return step / warm if step < warm else max(0.0, (self.steps - step) / (self.steps - warm))


def parameter_groups(network: Network, config: TrainingConfig) -> list[dict[str, object]]:
    """Return the parameter groups with their learning rates; word pieces are frozen."""
    encoder = network.encoder
    encoder.embeddings.word_embeddings.weight.requires_grad_(False)
    layers = encoder.encoder.layer
    found: list[dict[str, object]] = [
        {"params": list(layer.parameters()), "lr": config.learning_rate * config.layer_decay ** (len(layers) - 1 - at)}
        for at, layer in enumerate(layers)
    ]
    lowest = [tensor for tensor in encoder.embeddings.parameters() if tensor.requires_grad]
    found.append({"params": lowest, "lr": config.learning_rate * config.layer_decay ** len(layers)})
    heads = [network.heads, network.taggers, network.vector]
    found.append({"params": [tensor for part in heads for tensor in part.parameters()], "lr": config.head_learning_rate})
    return found


def class_weights(counts: torch.Tensor, balance: float) -> torch.Tensor:
    """Return class weights that grow with rarity.

    Their mean over the examples is one.
    """
    counts = counts.clamp(min=1)
    weights = counts.pow(-balance)
    return weights / (weights * counts).sum() * counts.sum()


def tag_loss(network: Network, states: torch.Tensor, texts: Sequence[TokenizedText]) -> torch.Tensor:
    """Return the cross-entropy of the place tags, where places are annotated."""
    total = torch.zeros(())
    for name, tagger in network.taggers.items():
        known = [at for at, text in enumerate(texts) if name in text.tags]
        if not known:
            continue
        right = torch.full(states.shape[:2], -1)
        for at in known:
            right[at, : len(texts[at].ids)] = torch.tensor(texts[at].tags[name])
        logits = tagger(network.dropout(states[known])).float()
        each = torch.nn.functional.cross_entropy(logits.flatten(0, 1), right[known].flatten(), ignore_index=-1)
        total = total + each * len(known) / len(texts)
    return total


def original_embeddings(network: Network, texts: Sequence[TokenizedText]) -> torch.Tensor:
    """Return the embeddings before training [texts, width], of unit length.

    They are the mean of the last layer.
    """
    network.eval()
    width = network.vector.out_features
    found = torch.zeros((len(texts), width))
    order = sorted(range(len(texts)), key=lambda row: len(texts[row].ids))
    with torch.inference_mode(), torch.autocast("cpu", dtype=torch.bfloat16):
        for start in range(0, len(order), 64):
            chosen = order[start : start + 64]
            pooled, _ = network(*pad_batch([texts[row].ids for row in chosen]))
            found[chosen] = pooled[:, :width].float()
    return torch.nn.functional.normalize(found, dim=-1)
