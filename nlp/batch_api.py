"""Annotate tables in batches for Ray Data and Spark.

Both engines call the same function with the columns of a batch and get the same columns and the labels back; every worker loads
one model (docs/how-to/scale.md):

    ray.data.read_json("posts.jsonl").map_batches(LabelBatch, fn_constructor_kwargs={"profile": "cities/yours.toml"}, ...)
    frame.mapInPandas(label_frames("cities/yours.toml"), schema)

A post gets the labels that `escucha label` gives it, whatever batch it is in.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.config.city import load_city
from core.errors import ConfigurationError
from nlp.annotator import Annotator
from nlp.label import label_lines

LABELLED = ("sentiment", "intent", "topic", "actionable", "relevance", "language", "places", "scores", "model", "error")
"""The columns that are added: `scores` as a JSON object; `error` is the error code of a text without labels, else empty."""
Column = Sequence[Any] | NDArray[Any]
"""Lists from Spark, numpy arrays from Ray Data."""


class LabelBatch:
    """Annotate batches as a callable class.

    Ray Data constructs one per worker, so that each worker loads the model once.
    """

    def __init__(self, profile: str, threads: int = 1) -> None:
        self.annotator = load_annotator(profile, threads)

    def __call__(self, batch: Mapping[str, Column]) -> dict[str, Any]:
        """Return the batch with the columns of `LABELLED`.

        Needs a column `text`; uses `id`, `language` and `source` where they exist.
        """
        return label_batch(self.annotator, batch)


@lru_cache(maxsize=1)
def load_annotator(profile: str, threads: int) -> Annotator:
    """Load the annotator once per process."""
    return Annotator(load_city(Path(profile)), threads=threads)


def label_batch(annotator: Annotator, batch: Mapping[str, Column]) -> dict[str, Any]:
    """Return the columns of a batch and of `LABELLED`, row by row.

    Raises:
        ConfigurationError: the batch has no column `text`, or one that the labels would overwrite.
    """
    if "text" not in batch:
        raise ConfigurationError(f"the batch has no column 'text'; its columns: {', '.join(batch)}")
    if taken := sorted(set(batch) & set(LABELLED) - {"language"}):
        raise ConfigurationError(f"rename the columns {', '.join(taken)}: the labels have these names")
    known = [name for name in ("text", "language", "source") if name in batch]
    lines = (json.dumps({name: to_json_value(batch[name][row]) for name in known}).encode() for row in range(len(batch["text"])))
    labelled = [json.loads(line) for line in label_lines(annotator.city, annotator, lines)]
    found = {name: column(name, [answer.get(name) for answer in labelled]) for name in LABELLED}
    return {**batch, **found}


def to_json_value(value: Any) -> str | None:
    """Return a text cell as `str`, a missing value as None.

    numpy and pandas have several missing values (NaN, NaT, NA).

    >>> to_json_value("bache"), to_json_value(float("nan"))
    ('bache', None)
    """
    return str(value) if isinstance(value, str) else None


def column(name: str, values: list[Any]) -> Any:
    """Return the values as a numpy column, one dtype in all batches."""
    if name == "scores":
        values = [json.dumps(value) if value else "" for value in values]
    if name == "error":
        values = [value or "" for value in values]
    filled = np.empty(len(values), object)  # np.array would make a matrix of equally long lists of places
    filled[:] = values
    return filled


def label_frames(profile: str, threads: int = 1) -> Callable[[Iterable[Any]], Iterator[Any]]:
    """Return a function for Spark's `mapInPandas` that adds the columns of `LABELLED`."""
    return partial(_label_frames, profile, threads)


def _label_frames(profile: str, threads: int, frames: Iterable[Any]) -> Iterator[Any]:
    annotator = load_annotator(profile, threads)  # on the worker, once
    for frame in frames:
        labelled = label_batch(annotator, {name: frame[name].tolist() for name in frame.columns})
        yield type(frame)(labelled)
