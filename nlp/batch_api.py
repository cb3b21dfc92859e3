"""The reader for engines that spread a table over many machines: columns of a batch in, the same columns and the labels out.

Ray Data and Spark call the same function, and every worker loads one reader (docs/how-to/scale.md):

    ray.data.read_json("posts.jsonl").map_batches(LabelBatch, fn_constructor_kwargs={"profile": "cities/madrid.toml"}, ...)
    frame.mapInPandas(label_frames("cities/madrid.toml"), schema)

A post gets the labels that `escucha label` gives it, whatever batch it stands in.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import lru_cache, partial
from pathlib import Path
from typing import Any

import numpy as np

from core.config.city import load_city
from core.errors import ConfigurationError
from nlp.annotator import Annotator
from nlp.label import label_lines

LABELLED = ("sentiment", "intent", "topic", "actionable", "relevance", "language", "places", "scores", "model", "error")
"""The columns that are added: scores as a line of JSON; `error` says why a text has no labels, else it is empty."""
Column = Sequence[Any]


class LabelBatch:
    """A reader that is called with a batch: what Ray Data asks for, so that each of its workers loads the model once."""

    def __init__(self, profile: str, threads: int = 1) -> None:
        self.annotator = load_reader(profile, threads)

    def __call__(self, batch: Mapping[str, Column]) -> dict[str, Any]:
        """The batch with the columns of `LABELLED`; needs a column `text`, and uses `id` and `language` if they are there."""
        return label_batch(self.annotator, batch)


@lru_cache(maxsize=1)
def load_reader(profile: str, threads: int) -> Annotator:
    """The reader of this process."""
    return Annotator(load_city(Path(profile)), threads=threads)


def label_batch(annotator: Annotator, batch: Mapping[str, Column]) -> dict[str, Any]:
    """The columns of a batch and those of `LABELLED`, row by row in the same order.

    Raises:
        ConfigurationError: the batch has no column `text`, or one that the labels would overwrite.
    """
    if "text" not in batch:
        raise ConfigurationError(f"the batch has no column 'text'; its columns: {', '.join(batch)}")
    if taken := sorted(set(batch) & set(LABELLED) - {"language"}):
        raise ConfigurationError(f"rename the columns {', '.join(taken)}: the labels are written under these names")
    known = [name for name in ("text", "language") if name in batch]
    lines = (
        json.dumps({name: to_json_value(batch[name][row]) for name in known}).encode()
        for row in range(len(batch["text"]))
    )
    read = [json.loads(line) for line in label_lines(annotator.city, annotator, lines)]
    found = {name: column(name, [answer.get(name) for answer in read]) for name in LABELLED}
    return {**batch, **found}


def to_json_value(value: Any) -> str | None:
    """A cell as JSON knows it: numpy and pandas have kinds of their own for text, and several for nothing."""
    return str(value) if isinstance(value, str) else None


def column(name: str, values: list[Any]) -> Any:
    """The values as a numpy column that has the same kind in every batch."""
    if name == "scores":
        values = [json.dumps(value) if value else "" for value in values]
    if name == "error":
        values = [value or "" for value in values]
    filled = np.empty(len(values), object)  # a list of equally long lists of places would else become a matrix
    filled[:] = values
    return filled


def label_frames(profile: str, threads: int = 1) -> Callable[[Iterable[Any]], Iterator[Any]]:
    """A function for Spark's `mapInPandas`: frames in, frames with the columns of `LABELLED` out."""
    return partial(_label_frames, profile, threads)


def _label_frames(profile: str, threads: int, frames: Iterable[Any]) -> Iterator[Any]:
    annotator = load_reader(profile, threads)  # on the worker, once
    for frame in frames:
        labelled = label_batch(annotator, {name: frame[name].tolist() for name in frame.columns})
        yield type(frame)(labelled)
