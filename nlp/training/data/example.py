"""One labelled text, and how examples are read and told apart."""

import hashlib
import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.config.plugins import ROOT
from nlp.inference.model_files import LABELS

SHARED = ROOT.parent / "shared" / "data"
"""Where the labelled sets lie."""
READINGS = ROOT / "nlp" / "training" / "readings"
"""What readers said of texts of these sets: numbers of texts and labels, no text."""


@dataclass(frozen=True)
class Example:
    """One labelled text. A question without an answer is absent; `places` is None where nobody looked for places."""

    text: str
    origin: str
    weight: float
    """How often it is taught in a round."""
    answers: dict[str, str] = field(default_factory=dict)
    places: tuple[str, ...] | None = None
    locations: tuple[str, ...] | None = None
    """Names of places of any kind, countries too; None where nobody looked for them."""
    guided: bool = False
    """Labelled after our guide: may be held out, to ask the model about what it was not taught."""
    group: str = ""
    """What is held out together: the text before redaction."""

    @property
    def key(self) -> str:
        """What tells this text from others, whichever of its forms it is."""
        return self.group or self.text


def read_lines(path: Path) -> list[dict[str, Any]]:
    """The records of a JSON-lines file."""
    with path.open(encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def encode_answers(examples: Sequence[Example]) -> dict[str, NDArray[np.int64]]:
    """By question, the column of each example's answer; -1 where it has none."""
    return {
        question: np.array([labels.index(e.answers[question]) if question in e.answers else -1 for e in examples])
        for question, labels in LABELS.items()
    }


def number_of(text: str) -> int:
    """A number that only the text decides."""
    return int.from_bytes(hashlib.sha256(text.encode()).digest()[:4], "big")
