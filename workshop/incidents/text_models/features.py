"""Compute features of pairs by text models."""

from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt

from workshop.incidents.dataset import Author
from workshop.incidents.linear_map import fit_map
from workshop.incidents.text_models.contrastive import Contrast, ProjectionHead, contrast, fit_head, unit
from workshop.incidents.text_models.cross import Cross, fit_cross
from workshop.incidents.text_models.states import load_states, max_sim
from workshop.incidents.train import Pairs
from triage.incident_matching.vocabulary import Vocabulary

Array = npt.NDArray[Any]
Names = frozenset[str]
HIDDEN = 128
"""Width of the hidden layer of the projection with two layers."""
COMPONENTS, WIDE, SPACE = 96, 256, 64
"""Principal components that the cross scorer and the projection of all layers see, and dimensions of the projection."""
ALL, OF_TOKENS = slice(None), slice(384, 1152)
"""Columns of the pooled states: of all layers, and of those whose tokens the encoder gives."""


@dataclass(frozen=True)
class Pooled:
    """Hold a projection of pooled or token states."""

    mean: Array
    projection: Array

    def __call__(self, states: Array) -> Array:
        """Return unit vectors of these states."""
        return unit((states - self.mean) @ self.projection)


class TextFeatures:
    """Compute features of pairs by models that were trained on some authors."""

    def __init__(
        self, authors: dict[str, Author], tables: dict[str, Pairs], words: Vocabulary, cache: Path, seed: int
    ) -> None:
        self.authors, self.tables, self.seed = authors, tables, seed
        self.x = {name: np.vstack([one.centred for one in author.forms]) for name, author in authors.items()}
        self.states = {name: load_states(author, words, cache) for name, author in authors.items()}
        self.contrasts = {name: contrast(author, self.x[name]) for name, author in authors.items()}
        self._kept: dict[Hashable, Any] = {}

    def _once(self, key: Hashable, make: Callable[[], Any]) -> Any:
        """Return what was made before for this key."""
        if key not in self._kept:
            self._kept[key] = make()
        return self._kept[key]

    def cosine(self, name: str, vectors: Array) -> Array:
        """Return the cosine of each pair of an author."""
        table = self.tables[name]
        return np.asarray((vectors[table.earlier] * vectors[table.later]).sum(axis=1, keepdims=True))

    def map_of(self, names: Names) -> Array:
        """Return the linear discriminants of these authors."""
        return np.asarray(self._once(("map", names), lambda: fit_map([self.authors[n] for n in sorted(names)])))

    def head(self, names: Names, hidden: int) -> ProjectionHead:
        """Return the contrastive projection of these authors."""
        some = [self.contrasts[name] for name in sorted(names)]
        key = ("head", hidden, names)
        return cast(ProjectionHead, self._once(key, lambda: fit_head(some, self.map_of(names), hidden, self.seed)))

    def linear(self, names: Names, name: str) -> Array:
        """Return the cosine under a linear contrastive projection."""
        return self.cosine(name, self.head(names, 0)(self.x[name]))

    def two_layers(self, names: Names, name: str) -> Array:
        """Return the cosine under a contrastive projection of two layers."""
        return self.cosine(name, self.head(names, HIDDEN)(self.x[name]))

    def pooled_head(self, names: Names, columns: slice) -> Pooled:
        """Return the contrastive projection of pooled states of these layers."""
        key = ("pooled", columns.start, names)
        return cast(Pooled, self._once(key, lambda: self._fit_pooled(sorted(names), columns)))

    def _fit_pooled(self, names: Sequence[str], columns: slice) -> Pooled:
        raw = np.vstack([self.states[n].pooled[:, columns] for n in names])
        mean, spread = raw.mean(axis=0), raw.std(axis=0)
        _, vectors = np.linalg.eigh(np.cov(((raw - mean) / spread).T))
        basis = (vectors[:, ::-1][:, :WIDE] / spread[:, None]).astype(np.float32)
        seen = {name: (self.states[name].pooled[:, columns] - mean) @ basis for name in names}
        some = [Contrast(seen[name], self.contrasts[name].same, self.contrasts[name].pushes) for name in names]
        start = np.eye(WIDE, SPACE, dtype=np.float32) / np.std((raw - mean) @ basis, axis=0)[:, None]
        return Pooled(mean, basis @ fit_head(some, start, 0, self.seed).linear)

    def all_layers(self, names: Names, name: str) -> Array:
        """Return the cosine under a contrastive projection of all pooled states."""
        return self.cosine(name, self.pooled_head(names, ALL)(self.states[name].pooled))

    def cross(self, names: Names, name: str) -> Array:
        """Return the log-odds of a scorer of both embeddings."""
        table = self.tables[name]
        model = cast(Cross, self._once(("cross", names), lambda: self._fit_cross(sorted(names))))
        return np.asarray(model(self.x[name][table.earlier], self.x[name][table.later]))[:, None]

    def _fit_cross(self, names: Sequence[str]) -> Cross:
        every, tables = np.vstack([self.x[name] for name in names]), [self.tables[name] for name in names]
        _, vectors = np.linalg.eigh(np.cov(every.T))
        return fit_cross(
            np.vstack([self.x[name][table.earlier] for name, table in zip(names, tables, strict=True)]),
            np.vstack([self.x[name][table.later] for name, table in zip(names, tables, strict=True)]),
            np.concatenate([table.same for table in tables]).astype(np.float32),
            np.concatenate([table.weights for table in tables]).astype(np.float32),
            (vectors[:, ::-1][:, :COMPONENTS] / np.std(every)).astype(np.float32),
            self.seed,
        )

    def tokens(self, _names: Names, name: str) -> Array:
        """Return the late interaction of tokens, as the encoder gives them."""
        mean = self._once("token mean", self._token_mean)
        return np.asarray(self._once(("tokens", name), lambda: self._late(name, lambda one: unit(one - mean))))

    def trained_tokens(self, names: Names, name: str) -> Array:
        """Return the late interaction of tokens under a contrastive projection."""
        head = self.pooled_head(names, OF_TOKENS)
        return np.asarray(self._once(("trained", names, name), lambda: self._late(name, head)))

    def _token_mean(self) -> Array:
        return np.asarray(np.vstack([one for states in self.states.values() for one in states.tokens]).mean(axis=0))

    def _late(self, name: str, head: Callable[[Array], Array]) -> Array:
        states, table = self.states[name], self.tables[name]
        return max_sim([head(one) for one in states.tokens], states.rarity, table.earlier, table.later)
