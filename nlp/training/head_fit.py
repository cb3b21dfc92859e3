"""Train the heads anew on the encoder as it stands: a correction of each, and a table for rows of letters.

A text that the encoder was taught shows it surer than it is; so the correction is learned from texts that it was not taught and from
posts to councils only, in the few directions in which these differ, and held back by a ridge. Rows of letters are learned from all texts.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_matrix

from nlp.as_read import as_read
from nlp.encoded import Floats, softmax
from nlp.encoder import MAX_CHARACTERS
from nlp.grams import TABLE, gram_rows
from nlp.training.example import Example, encode_answers
from nlp.training.pooled import Pooled
from nlp.training.short_posts import INCIDENTS, TASS
from nlp.training.softmax_fit import fit_softmax, shares_of
from nlp.weights import LABELS

DIRECTIONS = 256
"""In which the means over the tokens may move an answer."""
SMOOTH = 0.05
STEPS, LETTER_STEPS = 40, 18
TWEETS = 0.5
"""What a tweet of TASS counts beside a post about an incident."""
OFTEN = {
    INCIDENTS: 2.0,
    "council_posts_es": 2.0,
    "decide_madrid_es": 0.5,
    "council_announcements_es": 0.5,
    "umsab": 0.5,
}
"""What a text of these sets counts when rows of letters are learned; of all others 1."""


@dataclass(frozen=True)
class Fitting:
    """How one head is trained; chosen with each author of `incidents_es` left out in turn."""

    ridge: float
    letters: float
    """How much the rows of letters count beside the encoder."""


FITTINGS = {
    "sentiment": Fitting(ridge=0.1, letters=0.3),
    "intent": Fitting(ridge=0.3, letters=0.5),
    "topic": Fitting(ridge=1.0, letters=0.5),
    "actionable": Fitting(ridge=0.3, letters=0.5),
}


@dataclass(frozen=True)
class Trained:
    """One head: logits are `pooled @ weight + bias` and what `grams` gives."""

    weight: Floats
    bias: Floats
    grams: Floats


def fit_head(
    head: str, start: tuple[Floats, Floats, float], posts: Sequence[Example], anchors: Sequence[Example],
    lettered: Sequence[Example], pooled: Pooled,
) -> Trained:  # fmt: skip
    """Train one head.

    Args:
        head: its name.
        start: weight and bias as they were taught with the encoder, and the scale that made their scores honest.
        posts: short posts that teach the correction.
        anchors: texts whose answers must stay what they were.
        lettered: texts that teach the rows of letters.
        pooled: gives what the encoder makes of a text.
    """
    weight, bias, scale = start
    fitting = FITTINGS[head]
    more, moved = fit_correction(head, weight, bias, posts, anchors, pooled)
    grams, gram_bias = fit_grams(head, lettered)
    share = fitting.letters
    return Trained((weight + more) * scale, (bias + moved) * scale + share * gram_bias, share * grams)


def fit_correction(
    head: str, weight: Floats, bias: Floats, posts: Sequence[Example], anchors: Sequence[Example], pooled: Pooled
) -> tuple[Floats, Floats]:
    """Return what is added to weight and bias."""
    known = [post for post in posts if head in post.answers]
    x = pooled.of([post.text for post in known])
    short = x[[at for at, post in enumerate(known) if post.origin != TASS]]
    mean, spread = short.mean(axis=0), short.std(axis=0)
    basis = directions((short - mean) / spread) / spread[:, None]
    counts = np.array([TWEETS if post.origin == TASS else 1.0 for post in known], np.float32)
    shares = shares_of(encode_answers(known)[head], len(LABELS[head]), counts, SMOOTH, balance=0.3)
    if anchors:
        kept = pooled.of([anchor.text for anchor in anchors])
        x, shares = np.concatenate([x, kept]), np.concatenate([shares, softmax(kept @ weight + bias)])
    ridge = FITTINGS[head].ridge * (float(counts.sum()) + len(anchors))
    found, moved = fit_softmax((x - mean) @ basis, x @ weight + bias, shares, ridge, STEPS)
    more = basis @ found
    return more, moved - mean @ more


def directions(x: Floats) -> Floats:
    """Return the directions in which the rows differ most, [features, DIRECTIONS]."""
    _, vectors = np.linalg.eigh((x.T @ x / len(x)).astype(np.float64))
    return np.asarray(vectors[:, ::-1][:, :DIRECTIONS], np.float32)


def fit_grams(head: str, examples: Sequence[Example]) -> tuple[Floats, Floats]:
    """Return the table of one head and its bias; a rarer row counts more before the ridge holds it back."""
    known = [example for example in examples if head in example.answers]
    asked = [rows_of(example.text) for example in known]
    ends = np.concatenate([[0], np.cumsum([len(rows) for rows in asked])])
    columns = np.concatenate(asked)
    rarity = np.log((len(known) + 1) / (np.bincount(columns, minlength=TABLE) + 1)) + 1
    rarity /= np.sqrt((rarity[columns] ** 2).mean())
    each = np.concatenate([np.full(len(rows), 1 / np.sqrt(max(len(rows), 1))) for rows in asked]) * rarity[columns]
    x = csr_matrix((each.astype(np.float32), columns, ends), shape=(len(known), TABLE))
    counts = np.array([OFTEN.get(e.origin.split("_")[0], OFTEN.get(e.origin, 1.0)) for e in known], np.float32)
    shares = shares_of(encode_answers(known)[head], len(LABELS[head]), counts, SMOOTH, balance=0.2)
    prior = np.log(shares.sum(axis=0) / shares.sum())
    found, bias = fit_softmax(x, prior[None, :], shares, ridge=1.0, steps=LETTER_STEPS)
    return found * rarity[:, None].astype(np.float32), bias + prior


@cache
def rows_of(text: str) -> NDArray[np.int64]:
    """Return the rows that a text asks, as the product reads it."""
    return gram_rows(as_read(text[:MAX_CHARACTERS]))
