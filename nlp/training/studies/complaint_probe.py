"""Is a tweet to a brand a complaint? Asked of what the encoder, which never saw these tweets, makes of them."""

from pathlib import Path

import numpy as np
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import StratifiedKFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from nlp.evaluation.metrics import macro_f1
from nlp.inference.encoder import Encoder
from nlp.inference.model_files import Weights
from nlp.training.data.example import read_lines

STRENGTH = 0.003
"""Of the regression (C): the features are many and alike."""


def score_complaints(data: Path, weights: Weights, threads: int) -> str:
    """Macro-F1 in five folds of a linear head on the encoder's means: the encoder stays as it is."""
    rows = read_lines(data / "complaints_en" / "all.jsonl")
    right = np.array([bool(row["complaint"]) for row in rows])
    pooled = np.zeros((len(rows), len(weights.tensors["vector.weight"])), np.float32)
    for batch in Encoder(weights.folder, threads).encode([row["text"] for row in rows]):
        pooled[batch.rows] = batch.pooled.reshape(len(batch.rows), -1)
    scores = []
    for taught, asked in StratifiedKFold(5, shuffle=True, random_state=0).split(pooled, right):
        model = make_pipeline(StandardScaler(), LogisticRegression(C=STRENGTH, max_iter=2000))
        said = model.fit(pooled[taught], right[taught]).predict(pooled[asked])
        scores.append(macro_f1(said.astype(np.int64), right[asked].astype(np.int64)))
    return (
        f"Macro-F1 {np.mean(scores):.3f} (folds {', '.join(f'{score:.3f}' for score in scores)}; {len(rows)} tweets)."
    )
