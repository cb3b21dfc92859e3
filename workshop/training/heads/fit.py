"""Fit corrections of the heads for short posts on the frozen encoder.

Logits of texts the encoder was trained on are overconfident; so a correction is fitted on posts about incidents, which it was not
trained on, and on posts to councils only, in the principal components of these, with a ridge. The n-gram table is fitted on all texts.
The weight of a correction comes from a classifier fitted on platform texts that neither the encoder nor a head was trained on; that of
sentiment also from one fitted on tweets about anything (UMSAB train, Spanish and English), whose sentiment the encoder learned.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from nlp.inference.encoder import MAX_CHARACTERS
from nlp.inference.model_files import CORRECTED, GRAMS, LABELS, SHORT
from nlp.inference.model_output import Floats, softmax
from nlp.text.ngrams import TABLE, gram_rows
from nlp.text.sanitize import sanitize
from workshop.training.data.example import Example, encode_labels
from workshop.training.heads.pooled import PooledCache
from workshop.training.heads.short_posts import INCIDENTS
from workshop.training.heads.softmax import fit_softmax, smoothed_targets

COMPONENTS = 256
"""Number of principal components of the pooled states that a correction uses."""
SMOOTH = 0.05
STEPS, GRAM_STEPS, CLASS_STEPS = 40, 18, 60
CLASS_RIDGE = 30.0
NGRAM_WEIGHTS = {INCIDENTS: 2.0, "council_posts_es": 2.0, "decide_madrid_es": 0.5, "council_announcements_es": 0.5}
"""Weight of a text of these sets when the n-gram table is fitted; of all others 1."""


@dataclass(frozen=True)
class Hyperparameters:
    """Hold the hyperparameters of a head, chosen by leave-one-author-out on `incidents_es`."""

    ridge: float
    grams: float
    """Factor of the n-gram logits."""


HYPERPARAMETERS = {
    "intent": Hyperparameters(ridge=0.3, grams=0.45),
    "topic": Hyperparameters(ridge=1.0, grams=0.43),
    "sentiment": Hyperparameters(ridge=0.3, grams=0.45),
    "actionable": Hyperparameters(ridge=0.3, grams=0.45),
}
"""Those of sentiment and actionable are intent's: none other was tried for the ridge."""
Tensors = dict[str, Floats]


def fit_corrections(
    start: Tensors,
    short: Sequence[Example],
    anchors: Sequence[str],
    ngram_texts: Sequence[Example],
    classes: Mapping[str, Sequence[str]],
    pooled: PooledCache,
    cache: Path,
) -> Tensors:
    """Return the tensors that correct the heads, in half precision.

    Args:
        start: the heads as they were trained with the encoder.
        short: posts that the corrections are fitted on.
        anchors: proposals whose probabilities are to stay as they are (distillation).
        ngram_texts: texts that the n-gram table is fitted on.
        classes: by name of the classifier, texts whose logits are not corrected (`PLATFORM`, `TWEETS`).
        pooled: pooled states by text.
        cache: folder of fitted n-gram tables, which are used again for the same texts and labels.
    """
    found: Tensors = {}
    tables: list[Floats] = []
    for head in CORRECTED:
        weight, bias = start[f"{head}.weight"], start[f"{head}.bias"]
        more, moved = fit_correction(head, weight, bias, short, anchors, pooled)
        table, table_bias = load_or_fit_ngrams(head, ngram_texts, cache)
        share = HYPERPARAMETERS[head].grams
        tables.append(share * table)
        found |= {f"{SHORT}.{head}.weight": more, f"{SHORT}.{head}.bias": moved + share * table_bias}
    found[GRAMS] = np.concatenate(tables, axis=1)
    for name, texts in classes.items():
        found[f"{name}.weight"], found[f"{name}.bias"] = fit_class(short, texts, pooled)
    return {name: np.ascontiguousarray(values.astype(np.float16)) for name, values in found.items()}


def fit_correction(
    head: str, weight: Floats, bias: Floats, short: Sequence[Example], anchors: Sequence[str], pooled: PooledCache
) -> tuple[Floats, Floats]:
    """Return what is added to weight and bias."""
    x = pooled.of([post.text for post in short])
    mean, spread = x.mean(axis=0), x.std(axis=0)
    basis = principal_components((x - mean) / spread) / spread[:, None]
    counts = np.ones(len(short), np.float32)
    shares = smoothed_targets(encode_labels(short)[head], len(LABELS[head]), counts, SMOOTH, balance=0.3)
    distilled = pooled.of(anchors)
    x, shares = np.concatenate([x, distilled]), np.concatenate([shares, softmax(distilled @ weight + bias)])
    ridge = HYPERPARAMETERS[head].ridge * len(x)
    found, moved = fit_softmax((x - mean) @ basis, x @ weight + bias, shares, ridge, STEPS)
    more = np.asarray(basis @ found, np.float32)
    return more, np.asarray(moved - mean @ more, np.float32)


def principal_components(x: Floats) -> Floats:
    """Return the first principal components of `x`, [features, DIRECTIONS]."""
    _, vectors = np.linalg.eigh((x.T @ x / len(x)).astype(np.float64))
    return np.asarray(vectors[:, ::-1][:, :COMPONENTS], np.float32)


def fit_class(short: Sequence[Example], others: Sequence[str], pooled: PooledCache) -> tuple[Floats, Floats]:
    """Fit a classifier of other texts: weight [features, 1] and bias [1]."""
    x = np.concatenate([pooled.of([post.text for post in short]), pooled.of(others)])
    mean, spread = x.mean(axis=0), x.std(axis=0)
    columns = np.repeat([0, 1], [len(short), len(others)])
    shares = smoothed_targets(columns, 2, np.ones(len(x), np.float32), smooth=0.02, balance=0.5)
    nothing = np.zeros((1, 2), np.float32)
    found, bias = fit_softmax((x - mean) / spread, nothing, shares, CLASS_RIDGE, CLASS_STEPS)
    weight = (found[:, 1:] - found[:, :1]) / spread[:, None]
    return weight, np.asarray(bias[1:] - bias[:1] - mean @ weight, np.float32)


def load_or_fit_ngrams(head: str, examples: Sequence[Example], cache: Path) -> tuple[Floats, Floats]:
    """Return n-gram table and bias of one head, cached on disk."""
    content = "\x1f".join(f"{one.text}\x1e{one.answers.get(head)}\x1e{ngram_weight(one)}" for one in examples)
    path = cache / f"grams-{head}-{hashlib.blake2b(content.encode(), digest_size=8).hexdigest()}.npz"
    if not path.exists():
        table, bias = fit_ngrams(head, examples)
        part = path.with_suffix(".part.npz")
        np.savez(part, table=table, bias=bias)
        part.rename(path)
    with np.load(path, allow_pickle=False) as file:
        return file["table"], file["bias"]


def fit_ngrams(head: str, examples: Sequence[Example]) -> tuple[Floats, Floats]:
    """Fit n-gram table and bias of one head.

    Rows are scaled by their inverse document frequency.
    """
    known = [example for example in examples if head in example.answers]
    rows_by_text = [ngram_rows(example.text) for example in known]
    ends = np.concatenate([[0], np.cumsum([len(rows) for rows in rows_by_text])])
    columns = np.concatenate(rows_by_text)
    rarity = np.log((len(known) + 1) / (np.bincount(columns, minlength=TABLE) + 1)) + 1
    rarity /= np.sqrt((rarity[columns] ** 2).mean())
    each = np.concatenate([np.full(len(rows), 1 / np.sqrt(max(len(rows), 1))) for rows in rows_by_text]) * rarity[columns]
    x = csr_matrix((each.astype(np.float32), columns, ends), shape=(len(known), TABLE))
    counts = np.array([ngram_weight(example) for example in known], np.float32)
    shares = smoothed_targets(encode_labels(known)[head], len(LABELS[head]), counts, SMOOTH, balance=0.2)
    prior = np.log(shares.sum(axis=0) / shares.sum())
    found, bias = fit_softmax(x, prior[None, :], shares, ridge=1.0, steps=GRAM_STEPS)
    return found * rarity[:, None].astype(np.float32), bias + prior


def ngram_weight(example: Example) -> float:
    """Return the weight of a text when the n-gram table is fitted."""
    return NGRAM_WEIGHTS.get(example.origin, 1.0)


@cache
def ngram_rows(text: str) -> NDArray[np.int64]:
    """Return the table rows of a text as the product reads it."""
    return gram_rows(sanitize(text[:MAX_CHARACTERS]))
