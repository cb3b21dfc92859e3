"""Evaluate gradient boosted trees with numpy.

Production needs no training library.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import numpy.typing as npt

from triage.incident_matching.leaf_masks import LeafMasks, leaf_masks

BLOCK_ROWS = 128
"""Number of rows whose masks fit into a CPU cache."""
Rows = npt.NDArray[np.float32]


@dataclass(frozen=True)
class Trees:
    """Hold trees as arrays over all nodes; a leaf points to itself.

    Attributes:
        roots: [trees] index of each root.
        feature, threshold, left, right, missing_left, value: [nodes].
        depth: length of the longest path from a root to a leaf.
        bias: added to the sum of the leaves.
    """

    roots: npt.NDArray[np.int32]
    feature: npt.NDArray[np.int32]
    threshold: npt.NDArray[np.float64]
    left: npt.NDArray[np.int32]
    right: npt.NDArray[np.int32]
    missing_left: npt.NDArray[np.bool_]
    value: npt.NDArray[np.float64]
    depth: int
    bias: float

    def logits(self, rows: Rows) -> npt.NDArray[np.float64]:
        """Return the log-odds of each row: [rows, features] -> [rows].

        A row's value does not depend on the other rows.
        """
        leaf_values = self._walk if self._masks is None else self._masks.leaf_values
        parts = [leaf_values(rows[start : start + BLOCK_ROWS]).sum(axis=1) for start in range(0, len(rows), BLOCK_ROWS)]
        return np.concatenate([np.empty(0), *parts]) + self.bias

    @cached_property
    def _masks(self) -> LeafMasks | None:
        return leaf_masks(self)

    def _walk(self, rows: Rows) -> npt.NDArray[np.float64]:
        """Return the value of each tree's leaf, node by node.

        For trees with more leaves than a mask has bits.
        """
        flat, start = rows.ravel(), (np.arange(len(rows)) * rows.shape[1])[:, None]
        some_missing = bool(np.isnan(flat).any())
        node = np.repeat(self.roots[None, :], len(rows), axis=0)
        for _ in range(self.depth):
            value = flat.take(self.feature.take(node) + start)
            go_left = value <= self.threshold.take(node)
            if some_missing:
                go_left |= np.isnan(value) & self.missing_left.take(node)
            node = np.where(go_left, self.left.take(node), self.right.take(node))
        found: npt.NDArray[np.float64] = self.value.take(node)
        return found

    def arrays(self, prefix: str) -> dict[str, npt.NDArray[np.generic]]:
        """Return the arrays that `load` restores."""
        parts = {name: getattr(self, name) for name in _ARRAYS}
        parts["scalars"] = np.array([self.depth, self.bias])
        return {f"{prefix}.{name}": array for name, array in parts.items()}

    @classmethod
    def load(cls, arrays: "dict[str, npt.NDArray[np.generic]]", prefix: str) -> "Trees":
        """Restore the trees from the arrays of one file."""
        depth, bias = arrays[f"{prefix}.scalars"].tolist()
        return cls(**{name: arrays[f"{prefix}.{name}"] for name in _ARRAYS}, depth=int(depth), bias=float(bias))  # type: ignore[arg-type]


_ARRAYS = ("roots", "feature", "threshold", "left", "right", "missing_left", "value")


def average(some: Sequence[Trees]) -> Trees:
    """Return one set of trees whose log-odds are the mean."""
    starts = np.cumsum([0, *(len(one.feature) for one in some[:-1])]).astype(np.int32)
    parts = {name: np.concatenate([getattr(one, name) for one in some]) for name in ("feature", "threshold", "missing_left")}
    for name in ("roots", "left", "right"):
        parts[name] = np.concatenate([getattr(one, name) + start for one, start in zip(some, starts, strict=True)])
    parts["value"] = np.concatenate([one.value for one in some]) / len(some)
    return Trees(**parts, depth=max(one.depth for one in some), bias=sum(one.bias for one in some) / len(some))


def from_boosting(model: object) -> Trees:
    """Convert scikit-learn's HistGradientBoostingClassifier (two classes)."""
    parts: dict[str, list[npt.NDArray[np.generic]]] = {name: [] for name in _ARRAYS}
    roots, start, depth = [], 0, 0
    for (predictor,) in model._predictors:  # type: ignore[attr-defined]
        nodes = predictor.nodes
        own = np.arange(len(nodes), dtype=np.int32) + start
        leaf = nodes["is_leaf"].astype(bool)
        parts["feature"].append(np.where(leaf, 0, nodes["feature_idx"]).astype(np.int32))
        parts["threshold"].append(nodes["num_threshold"].astype(np.float64))
        parts["left"].append(np.where(leaf, own, nodes["left"].astype(np.int32) + start).astype(np.int32))
        parts["right"].append(np.where(leaf, own, nodes["right"].astype(np.int32) + start).astype(np.int32))
        parts["missing_left"].append(nodes["missing_go_to_left"].astype(bool))
        parts["value"].append(np.where(leaf, nodes["value"], 0.0))
        roots.append(start)
        start += len(nodes)
        depth = max(depth, int(nodes["depth"].max()))
    joined = {name: np.concatenate(arrays) for name, arrays in parts.items() if name != "roots"}
    bias = float(np.ravel(model._baseline_prediction)[0])  # type: ignore[attr-defined]
    return Trees(roots=np.array(roots, dtype=np.int32), **joined, depth=depth, bias=bias)
