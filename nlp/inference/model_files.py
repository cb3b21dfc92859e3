"""Load the model's files; refuse missing, damaged or unexpected ones."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open

from core.config.plugins import ROOT
from core.errors import ModelError
from core.records import Record
from core.records.annotation import INTENTS, SENTIMENTS, TOPICS

MODELS = ROOT / "nlp" / "models"
DEFAULT = "escucha-e5-small"
REPAIR = "restore it with `git checkout -- nlp/models`, or train it again with `make train`"
RULES = 13
"""Version of the rules in code: raised when the same weights give other labels than before, so that posts are annotated again.
`tests/component/nlp/test_nlp_weights.py` says when it may have to be raised."""
LABELS: dict[str, tuple[str, ...]] = {"sentiment": SENTIMENTS, "intent": INTENTS, "topic": TOPICS, "actionable": ("false", "true")}
"""By head, the label of each column; the rest of Escucha relies on these names."""
TAGS = ("outside", "begin", "inside")
"""The columns of the place tagger."""
TAGGERS = ("places", "locations")
"""Places inside a city, as our annotation guide defines them; and place names of any kind, including countries."""
CORRECTED = ("intent", "topic", "sentiment", "actionable")
"""Heads with a correction for short posts (`nlp/inference/short_posts.py`, `make train-heads`)."""
SHORT, PLATFORM, TWEETS, GRAMS = "short", "platform", "tweets", "grams"
"""Tensors of the corrections: the linear layers, the classifiers of platform texts and of tweets about anything against short posts to a
city, and the weight table of character n-grams (`nlp/text/ngrams.py`), whose columns are those of the corrected heads, in order."""
TWEETS_UNCORRECTED = ("sentiment",)
"""Corrected heads that a tweet about anything keeps: the encoder learned its sentiment from such tweets."""
VECTOR = "vector"
"""The layer whose output finds posts of the same incident."""


class File(Record):
    """Describe one file of the model."""

    sha256: str
    bytes: int


class Head(Record):
    """Describe one head: its labels in column order and its calibration.

    Calibrated logits are `scale` times the logits plus `shift`.
    """

    labels: tuple[str, ...]
    scale: float = 1.0
    shift: tuple[float, ...]


class Manifest(Record):
    """Describe the contents of a model folder."""

    name: str
    about: str
    licence: str
    layers: tuple[int, ...]
    """Layers whose token means are the input of the heads, the last layer first."""
    heads: dict[str, Head]
    places: Head
    """The place tagger; its `scale` and `shift` turn a span's raw score into a probability."""
    actionable_from: float
    """Threshold of probability from which `actionable` is true."""
    files: dict[str, File]


@dataclass(frozen=True)
class Weights:
    """Hold a model whose files were all verified."""

    folder: Path
    manifest: Manifest
    revision: str
    tensors: dict[str, NDArray[Any]]
    """Heads and tagger, in float32."""

    @property
    def model(self) -> str:
        """Return `name@revision`, the revision followed by the number of the rules."""
        return f"{self.manifest.name}@{self.revision}.{RULES}"


def load_weights(folder: Path) -> Weights:
    """Load the model of this folder; compare every file with the manifest.

    Raises:
        ModelError: names the file and the cure.
    """
    manifest, revision = read_manifest(folder / "manifest.json")
    for name, promised in manifest.files.items():
        check_file(folder / name, promised)
    for head, labels in LABELS.items():
        if head not in manifest.heads or manifest.heads[head].labels != labels:
            raise ModelError(f"{folder / 'manifest.json'}: head '{head}' must have the labels {', '.join(labels)}; {REPAIR}")
    return Weights(folder, manifest, revision, read_tensors(folder / "heads.safetensors", manifest))


def read_manifest(path: Path) -> tuple[Manifest, str]:
    """Load the manifest and derive the revision from its content."""
    try:
        raw = path.read_bytes()
        manifest = Manifest.model_validate(json.loads(raw))
    except FileNotFoundError:
        raise ModelError(f"{path}: no such file; {REPAIR}") from None
    except (ValidationError, ValueError) as error:
        reason = str(error).splitlines()[0]
        raise ModelError(f"{path}: not a manifest of a model ({reason}); {REPAIR}") from None
    return manifest, hashlib.sha256(raw).hexdigest()[:12]


def check_file(path: Path, promised: File) -> None:
    """Compare one file's SHA-256 with the manifest."""
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise ModelError(f"{path}: this file of the model is missing; {REPAIR}") from None
    if found != promised.sha256:
        size = path.stat().st_size
        raise ModelError(
            f"{path}: damaged: its SHA-256 is {found[:12]}… ({size} bytes), the manifest has "
            f"{promised.sha256[:12]}… ({promised.bytes} bytes); {REPAIR}"
        )


def read_tensors(path: Path, manifest: Manifest) -> dict[str, NDArray[Any]]:
    """Load heads and tagger; refuse labels in another order than the manifest's."""
    try:
        with safe_open(path, framework="numpy") as file:
            written = file.metadata() or {}
            tensors = {name: file.get_tensor(name).astype(np.float32) for name in file.keys()}  # noqa: SIM118
    except SafetensorError as error:
        raise ModelError(f"{path}: not a safetensors file ({error}); {REPAIR}") from None
    for head, promised in {**manifest.heads, "places": manifest.places}.items():
        if written.get(head, "") != ",".join(promised.labels):
            raise ModelError(f"{path}: head '{head}' has its labels in another order than manifest.json; {REPAIR}")
    return tensors
