"""Find the leaf of every tree for many rows, with bit masks.

Each tree numbers its leaves from left to right. A node whose test fails rules out the leaves of its left branch; what remains after
all nodes is a mask whose lowest bit is the leaf reached. The masks of one feature depend only on the position of its value among the
thresholds of that feature, so they are computed once (Lucchese et al., QuickScorer, SIGIR 2015).
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from math import prod
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from triage.incident_matching.trees import Trees

MAX_LEAVES = 16
MAX_TABLE_ROWS = 512
"""Maximum rows of a table shared by features with few thresholds."""
_ALL = (1 << MAX_LEAVES) - 1
_LOWEST = np.array([0, *((n & -n).bit_length() - 1 for n in range(1, 1 << MAX_LEAVES))], dtype=np.uint8)
Masks = npt.NDArray[np.uint16]


@dataclass(frozen=True)
class Table:
    """Hold the masks of one or several features.

    Attributes:
        features: which.
        thresholds: of each, sorted and distinct.
        masks: [product over features of thresholds + 2, trees]: after each count of failed thresholds, and for a missing value.
    """

    features: tuple[int, ...]
    thresholds: tuple[npt.NDArray[np.float64], ...]
    masks: Masks


class LeafMasks:
    """Hold all tables of a set of trees, laid out as arrays."""

    def __init__(self, tables: Sequence[Table], values: npt.NDArray[np.float64]) -> None:
        """Lay out the tables.

        `values`: of the leaves, [trees * MAX_LEAVES].
        """
        self._values, self._masks = values, [table.masks for table in tables]
        parts = [part for table in tables for part in table.thresholds]
        sizes = np.array([len(part) for part in parts])
        self._features = np.array([feature for table in tables for feature in table.features])
        self._thresholds = np.concatenate(parts)[:, None]
        self._of = np.repeat(np.arange(len(parts)), sizes)
        self._first = np.append(0, np.cumsum(sizes)[:-1])
        self._missing = sizes[:, None] + 1
        self._strides = np.array([stride for table in tables for stride in _strides(table)])[:, None]
        counts = np.array([len(table.features) for table in tables])
        self._tables = np.append(0, np.cumsum(counts)[:-1])
        self._firsts = np.arange(len(values) // MAX_LEAVES) * MAX_LEAVES

    def leaf_values(self, rows: npt.NDArray[np.float32]) -> npt.NDArray[np.float64]:
        """Return the value of each tree's leaf: [rows, features] -> [rows, trees]."""
        columns = rows.T[self._features].astype(np.float64)
        failed = np.add.reduceat(columns[self._of] > self._thresholds, self._first, axis=0, dtype=np.int64)
        missing = np.isnan(columns)
        if missing.any():
            failed = np.where(missing, self._missing, failed)
        at = np.add.reduceat(failed * self._strides, self._tables, axis=0)
        left = self._masks[0].take(at[0], axis=0)
        for masks, its in zip(self._masks[1:], at[1:], strict=True):
            left &= masks.take(its, axis=0)
        found: npt.NDArray[np.float64] = self._values.take(_LOWEST.take(left) + self._firsts)
        return found


def _strides(table: Table) -> list[int]:
    """Return the stride of each feature in the joint table."""
    sizes = [len(part) + 2 for part in table.thresholds]
    return [prod(sizes[at + 1 :]) for at in range(len(sizes))]


def leaf_masks(trees: "Trees") -> LeafMasks | None:
    """Compute the masks of a set of trees.

    None when a tree has more than MAX_LEAVES leaves, or when no tree has a split.
    """
    ruled_out = np.zeros(len(trees.feature), dtype=np.uint16)
    tree_of = np.zeros(len(trees.feature), dtype=np.int64)
    values = np.zeros(len(trees.roots) * MAX_LEAVES)
    inner: list[int] = []
    for tree, root in enumerate(trees.roots.tolist()):
        leaves = list(_leaves(trees, root))
        if len(leaves) > MAX_LEAVES:
            return None
        values[tree * MAX_LEAVES : tree * MAX_LEAVES + len(leaves)] = trees.value[leaves]
        bit = {leaf: 1 << n for n, leaf in enumerate(leaves)}
        nodes = list(_inner(trees, root))
        for node in nodes:
            ruled_out[node] = sum(bit[leaf] for leaf in _leaves(trees, int(trees.left[node])))
            tree_of[node] = tree
        inner += nodes
    if not inner:
        return None
    own = np.array(inner, dtype=np.int64)
    tables = [
        _table(trees, feature, own[trees.feature[own] == feature], ruled_out, tree_of)
        for feature in sorted({int(trees.feature[node]) for node in inner})
    ]
    return LeafMasks(list(_shared(tables)), values)


def _table(trees: "Trees", feature: int, nodes: npt.NDArray[np.int64], ruled_out: Masks, tree_of: npt.NDArray[np.int64]) -> Table:
    thresholds = np.unique(trees.threshold[nodes])
    masks = np.full((len(thresholds) + 2, len(trees.roots)), _ALL, dtype=np.uint16)
    for node in nodes.tolist():
        first = int(thresholds.searchsorted(trees.threshold[node])) + 1
        masks[first:-1, tree_of[node]] &= ~ruled_out[node]
        if not trees.missing_left[node]:
            masks[-1, tree_of[node]] &= ~ruled_out[node]
    return Table((feature,), (thresholds,), masks)


def _shared(tables: list[Table]) -> Iterator[Table]:
    """Join tables, smallest first, while the joint one stays small."""
    whole: Table | None = None
    for one in sorted(tables, key=lambda table: len(table.masks)):
        if whole is not None and len(whole.masks) * len(one.masks) <= MAX_TABLE_ROWS:
            masks = (whole.masks[:, None, :] & one.masks[None, :, :]).reshape(-1, one.masks.shape[1])
            whole = Table(whole.features + one.features, whole.thresholds + one.thresholds, masks)
            continue
        if whole is not None:
            yield whole
        whole = one
    if whole is not None:
        yield whole


def _leaves(trees: "Trees", node: int) -> Iterator[int]:
    if trees.left[node] == node:
        yield node
        return
    yield from _leaves(trees, int(trees.left[node]))
    yield from _leaves(trees, int(trees.right[node]))


def _inner(trees: "Trees", node: int) -> Iterator[int]:
    if trees.left[node] != node:
        yield node
        yield from _inner(trees, int(trees.left[node]))
        yield from _inner(trees, int(trees.right[node]))
