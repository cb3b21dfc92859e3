"""Learns how likely words that look like a place's name are meant as one, from posts in which people marked the places."""

import json
import sys
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.gazetteer import Gazetteer
from core.gazetteer.chance import signs

_RIDGE = 1.0
_FOLDS = 5


def learn(posts: Path, folder: Path) -> None:
    """Print the weights for `core/gazetteer/chance.py`, and the F1 of each threshold on posts not learnt from."""
    gazetteer = Gazetteer.load(folder)
    words, spoken, right, gold = [], [], [], 0
    for number, line in enumerate(posts.read_text(encoding="utf-8").strip().split("\n")):
        row = json.loads(line)
        gold += len(set(row["places"]))
        for mention in gazetteer.mentions(row["text"]):
            words.append((number, row["text"][mention.start : mention.end]))
            spoken.append(signs(mention))
            right.append(words[-1][1] in row["places"])
    names = sorted({sign for each in spoken for sign in each})
    column = {name: i for i, name in enumerate(names)}
    table = np.zeros((len(spoken), len(names) + 1))
    table[:, -1] = 1
    for i, each in enumerate(spoken):
        table[i, [column[sign] for sign in each]] = 1
    truth, fold = np.array(right, float), np.array([number for number, _ in words]) % _FOLDS
    shares = np.zeros(len(truth))
    for out in range(_FOLDS):
        shares[fold == out] = _share(table[fold == out], _fit(table[fold != out], truth[fold != out]))
    for enough in np.arange(0.25, 0.65, 0.05):
        taken = {key: good for key, share, good in zip(words, shares, right, strict=True) if share >= enough}
        hit = sum(taken.values())
        precision, recall, f1 = hit / len(taken), hit / gold, 2 * hit / (len(taken) + gold)
        print(f"# chance >= {enough:.2f}: precision {precision:.3f} recall {recall:.3f} F1 {f1:.3f}")
    weights = _fit(table, truth)
    print(f"_ALWAYS = {weights[-1]:.2f}\nWEIGHTS = {{")
    print("".join(f'    "{name}": {weight:.2f},\n' for name, weight in zip(names, weights, strict=False)) + "}")


def _fit(table: NDArray[np.float64], truth: NDArray[np.float64]) -> NDArray[np.float64]:
    """Logistic regression with a ridge, by Newton's method."""
    weights = np.zeros(table.shape[1])
    ridge = np.full(table.shape[1], _RIDGE)
    ridge[-1] = 1e-6
    for _ in range(30):
        share = _share(table, weights)
        slope = table.T @ (truth - share) - ridge * weights
        curve = (table * (share * (1 - share))[:, None]).T @ table + np.diag(ridge)
        weights += np.linalg.solve(curve, slope)
    return weights


def _share(table: NDArray[np.float64], weights: NDArray[np.float64]) -> NDArray[np.float64]:
    share: NDArray[np.float64] = 1 / (1 + np.exp(-table @ weights))
    return share


if __name__ == "__main__":
    learn(Path(sys.argv[1]), Path(sys.argv[2]))
