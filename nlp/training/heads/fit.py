"""Fit the corrections of the heads for short posts, on the encoder as it is.

Logits of texts the encoder was trained on are overconfident; so a correction is fitted on posts about incidents, which it was not
trained on, and on posts to councils only, in the principal components of these, with a ridge. The n-gram table is fitted on all texts.
The weight of a correction comes from a classifier fitted on platform texts that neither the encoder nor a head was trained on.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from nlp.inference.encoder import MAX_CHARACTERS
from nlp.inference.model_files import CORRECTED, GRAMS, LABELS, PLATFORM, SHORT
from nlp.inference.model_output import Floats, softmax
from nlp.text.ngrams import TABLE, gram_rows
from nlp.text.sanitize import sanitize
from nlp.training.data.example import Example, encode_answers
from nlp.training.heads.pooled import Pooled
from nlp.training.heads.short_posts import INCIDENTS
from nlp.training.heads.softmax import fit_softmax, shares_of

DIRECTIONS = 256
"""Principal components of the pooled states that a correction may use."""
SMOOTH = 0.05
STEPS, GRAM_STEPS, PLATFORM_STEPS = 40, 18, 60
PLATFORM_RIDGE = 30.0
OFTEN = {INCIDENTS: 2.0, "council_posts_es": 2.0, "decide_madrid_es": 0.5, "council_announcements_es": 0.5}
"""Weight of a text of these sets when the n-gram table is fitted; of all others 1."""


@dataclass(frozen=True)
class Fitting:
    """Hyperparameters of one head; chosen with each author of `incidents_es` left out in turn."""

    ridge: float
    grams: float
    """Factor of the n-gram logits."""


FITTINGS = {"intent": Fitting(ridge=0.3, grams=0.45), "topic": Fitting(ridge=1.0, grams=0.43)}
Tensors = dict[str, Floats]


def fit_corrections(
    start: Tensors, short: Sequence[Example], anchors: Sequence[str], lettered: Sequence[Example],
    platform: Sequence[str], pooled: Pooled, kept: Path,
) -> Tensors:  # fmt: skip
    """Return the tensors that correct the heads, in half precision.

    Args:
        start: the heads as they were trained with the encoder.
        short: posts that the corrections are fitted on.
        anchors: proposals whose probabilities are to stay as they are (distillation).
        lettered: texts that the n-gram table is fitted on.
        platform: texts of a participation platform, whose logits are not corrected.
        pooled: pooled states by text.
        kept: folder of fitted n-gram tables, which are used again for the same texts and labels.
    """
    found: Tensors = {}
    tables: list[Floats] = []
    for head in CORRECTED:
        weight, bias = start[f"{head}.weight"], start[f"{head}.bias"]
        more, moved = fit_correction(head, weight, bias, short, anchors, pooled)
        table, table_bias = kept_grams(head, lettered, kept)
        share = FITTINGS[head].grams
        tables.append(share * table)
        found |= {f"{SHORT}.{head}.weight": more, f"{SHORT}.{head}.bias": moved + share * table_bias}
    weight, bias = fit_platform(short, platform, pooled)
    found |= {GRAMS: np.concatenate(tables, axis=1), f"{PLATFORM}.weight": weight, f"{PLATFORM}.bias": bias}
    return {name: np.ascontiguousarray(values.astype(np.float16)) for name, values in found.items()}


def fit_correction(
    head: str, weight: Floats, bias: Floats, short: Sequence[Example], anchors: Sequence[str], pooled: Pooled
) -> tuple[Floats, Floats]:
    """Return what is added to weight and bias."""
    x = pooled.of([post.text for post in short])
    mean, spread = x.mean(axis=0), x.std(axis=0)
    basis = directions((x - mean) / spread) / spread[:, None]
    counts = np.ones(len(short), np.float32)
    shares = shares_of(encode_answers(short)[head], len(LABELS[head]), counts, SMOOTH, balance=0.3)
    kept = pooled.of(anchors)
    x, shares = np.concatenate([x, kept]), np.concatenate([shares, softmax(kept @ weight + bias)])
    ridge = FITTINGS[head].ridge * len(x)
    found, moved = fit_softmax((x - mean) @ basis, x @ weight + bias, shares, ridge, STEPS)
    more = np.asarray(basis @ found, np.float32)
    return more, np.asarray(moved - mean @ more, np.float32)


def directions(x: Floats) -> Floats:
    """Return the first principal components of `x`, [features, DIRECTIONS]."""
    _, vectors = np.linalg.eigh((x.T @ x / len(x)).astype(np.float64))
    return np.asarray(vectors[:, ::-1][:, :DIRECTIONS], np.float32)


def fit_platform(short: Sequence[Example], platform: Sequence[str], pooled: Pooled) -> tuple[Floats, Floats]:
    """Fit the classifier of platform texts: weight [features, 1] and bias [1]."""
    x = np.concatenate([pooled.of([post.text for post in short]), pooled.of(platform)])
    mean, spread = x.mean(axis=0), x.std(axis=0)
    columns = np.repeat([0, 1], [len(short), len(platform)])
    shares = shares_of(columns, 2, np.ones(len(x), np.float32), smooth=0.02, balance=0.5)
    nothing = np.zeros((1, 2), np.float32)
    found, bias = fit_softmax((x - mean) / spread, nothing, shares, PLATFORM_RIDGE, PLATFORM_STEPS)
    weight = (found[:, 1:] - found[:, :1]) / spread[:, None]
    return weight, np.asarray(bias[1:] - bias[:1] - mean @ weight, np.float32)


def kept_grams(head: str, examples: Sequence[Example], kept: Path) -> tuple[Floats, Floats]:
    """Return the n-gram table of one head and its bias, from `kept` where it was fitted before."""
    told = "\x1f".join(f"{one.text}\x1e{one.answers.get(head)}\x1e{often(one)}" for one in examples)
    path = kept / f"grams-{head}-{hashlib.blake2b(told.encode(), digest_size=8).hexdigest()}.npz"
    if not path.exists():
        table, bias = fit_grams(head, examples)
        part = path.with_suffix(".part.npz")
        np.savez(part, table=table, bias=bias)
        part.rename(path)
    with np.load(path, allow_pickle=False) as file:
        return file["table"], file["bias"]


def fit_grams(head: str, examples: Sequence[Example]) -> tuple[Floats, Floats]:
    """Fit the n-gram table of one head and its bias; rows are scaled by their inverse document frequency."""
    known = [example for example in examples if head in example.answers]
    asked = [rows_of(example.text) for example in known]
    ends = np.concatenate([[0], np.cumsum([len(rows) for rows in asked])])
    columns = np.concatenate(asked)
    rarity = np.log((len(known) + 1) / (np.bincount(columns, minlength=TABLE) + 1)) + 1
    rarity /= np.sqrt((rarity[columns] ** 2).mean())
    each = np.concatenate([np.full(len(rows), 1 / np.sqrt(max(len(rows), 1))) for rows in asked]) * rarity[columns]
    x = csr_matrix((each.astype(np.float32), columns, ends), shape=(len(known), TABLE))
    counts = np.array([often(example) for example in known], np.float32)
    shares = shares_of(encode_answers(known)[head], len(LABELS[head]), counts, SMOOTH, balance=0.2)
    prior = np.log(shares.sum(axis=0) / shares.sum())
    found, bias = fit_softmax(x, prior[None, :], shares, ridge=1.0, steps=GRAM_STEPS)
    return found * rarity[:, None].astype(np.float32), bias + prior


def often(example: Example) -> float:
    """Return the weight of a text when the n-gram table is fitted."""
    return OFTEN.get(example.origin, 1.0)


@cache
def rows_of(text: str) -> NDArray[np.int64]:
    """Return the table rows of a text as the product reads it."""
    return gram_rows(sanitize(text[:MAX_CHARACTERS]))
