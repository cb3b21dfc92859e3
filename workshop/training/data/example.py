"""Define labelled texts; load them from JSON lines, encode their labels."""

import gzip
import hashlib
import json
import os
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.config.plugins import ROOT
from nlp.inference.model_files import LABELS

SHARED = Path(os.environ.get("ESCUCHA_DATA", ROOT.parent / "shared" / "data"))
"""Folder of labelled sets that are not in the repository."""
READINGS = ROOT / "workshop" / "training" / "readings"
"""Further annotations of these sets: ids and labels, no text."""


@dataclass(frozen=True)
class Example:
    """Describe one labelled text.

    A question without a label is absent from `answers`; `places` is None where places were not annotated.
    """

    text: str
    origin: str
    weight: float
    """Expected number of occurrences in an epoch."""
    answers: dict[str, str] = field(default_factory=dict)
    places: tuple[str, ...] | None = None
    locations: tuple[str, ...] | None = None
    """Names of places of any kind, countries too; None where they were not annotated."""
    guided: bool = False
    """Labelled after the annotation guide: may be held out for calibration."""
    group: str = ""
    """Texts with the same group are held out together: the text before redaction."""

    @property
    def key(self) -> str:
        """Return the key shared by both forms of a text.

        The forms are: councils named, councils masked.
        """
        return self.group or self.text


def load_json_lines(path: Path) -> list[dict[str, Any]]:
    """Load the records of a JSON-lines file, gzipped or not."""
    with gzip.open(path, "rt", encoding="utf-8") if path.suffix == ".gz" else path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def encode_labels(examples: Sequence[Example]) -> dict[str, NDArray[np.int64]]:
    """Encode labels as columns, by question; -1 where a label is missing."""
    return {
        question: np.array([labels.index(e.answers[question]) if question in e.answers else -1 for e in examples])
        for question, labels in LABELS.items()
    }


def stable_hash(text: str) -> int:
    """Hash a text to 32 bits, the same in every process.

    >>> stable_hash("bache")
    3298291074
    """
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
