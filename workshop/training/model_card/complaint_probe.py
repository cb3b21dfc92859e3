"""Probe the frozen encoder for complaints in tweets to brands.

It was not trained on these tweets.
"""

from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from nlp.evaluation.metrics import macro_f1
from nlp.inference.encoder import Encoder
from nlp.inference.model_files import Weights
from workshop.training.data.sources import load_rows

INVERSE_REGULARISATION = 0.003
"""Inverse regularisation (C): small, as the features are many and correlated."""


def score_complaints(data: Path, weights: Weights, threads: int) -> str:
    """Return macro-F1 of a linear head in five folds."""
    rows = load_rows(data, "complaints_en/all.jsonl")
    right = np.array([bool(row["complaint"]) for row in rows])
    pooled = np.zeros((len(rows), len(weights.tensors["vector.weight"])), np.float32)
    for batch in Encoder(weights.folder, threads).encode([row["text"] for row in rows]):
        pooled[batch.rows] = batch.pooled.reshape(len(batch.rows), -1)
    scores = []
    for train, test in StratifiedKFold(5, shuffle=True, random_state=0).split(pooled, right):
        model = make_pipeline(StandardScaler(), LogisticRegression(C=INVERSE_REGULARISATION, max_iter=2000))
        predicted = model.fit(pooled[train], right[train]).predict(pooled[test])
        scores.append(macro_f1(predicted.astype(np.int64), right[test].astype(np.int64)))
    return f"Macro-F1 {np.mean(scores):.3f} (folds {', '.join(f'{score:.3f}' for score in scores)}; {len(rows)} tweets)."
