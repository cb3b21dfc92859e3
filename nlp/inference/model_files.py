"""The model's files: reads them from their folder and refuses to start when one is missing, damaged or not what was promised."""

import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray
from pydantic import ValidationError
from safetensors import SafetensorError, safe_open

from core.annotation import INTENTS, SENTIMENTS, TOPICS
from core.config.plugins import ROOT
from core.errors import ModelError
from core.records import Record

MODELS = ROOT / "nlp" / "models"
DEFAULT = "escucha-e5-small"
REPAIR = "restore it with `git checkout -- nlp/models`, or train anew with `make train`"
RULES = 6
"""Number of the rules that stand beside the weights: raised when the same weights give other labels than before, so that posts are
read again. `tests/component/nlp/test_nlp_weights.py` says when it may have to be."""
LABELS: dict[str, tuple[str, ...]] = {
    "sentiment": SENTIMENTS,
    "intent": INTENTS,
    "topic": TOPICS,
    "actionable": ("false", "true"),
}
"""The heads and what each column of their answer means: what the rest of Escucha counts on."""
TAGS = ("outside", "begin", "inside")
"""The columns of a place tagger."""
TAGGERS = ("places", "locations")
"""Places inside a city, after our guide; and names of places of any kind, countries too."""
CORRECTED = ("intent", "topic")
"""Heads with a correction for short posts (`nlp/inference/short_posts.py`, `make train-heads`)."""
SHORT, PLATFORM, GRAMS = "short", "platform", "grams"
"""Tensors of the corrections: the linear layers, the classifier of platform texts against short posts, and the weight table of character
n-grams (`nlp/text/ngrams.py`), whose columns are those of the corrected heads, in order."""
VECTOR = "vector"
"""The layer that gives the vector by which posts of one incident are found."""


class File(Record):
    """One file of the model."""

    sha256: str
    bytes: int


class Head(Record):
    """One head: its labels in the order of its columns, and what makes its scores honest (`scale` times logits plus `shift`)."""

    labels: tuple[str, ...]
    scale: float = 1.0
    shift: tuple[float, ...]


class Manifest(Record):
    """What the model's folder promises."""

    name: str
    about: str
    licence: str
    layers: tuple[int, ...]
    """Whose means over the tokens the encoder gives out, the last layer first: what the heads read."""
    heads: dict[str, Head]
    places: Head
    """The place tagger; its `scale` and `shift` turn a stretch's raw score into a probability."""
    actionable_from: float
    """From this probability on `actionable` is true."""
    files: dict[str, File]


@dataclass(frozen=True)
class Weights:
    """A model whose files were all checked."""

    folder: Path
    manifest: Manifest
    revision: str
    tensors: dict[str, NDArray[Any]]
    """Heads and tagger, in float32."""

    @property
    def model(self) -> str:
        """`name@revision`, the revision with the number of the rules."""
        return f"{self.manifest.name}@{self.revision}.{RULES}"


def load_weights(folder: Path) -> Weights:
    """The model of this folder, every file compared with the manifest.

    Raises:
        ModelError: names the file and what to do.
    """
    manifest, revision = read_manifest(folder / "manifest.json")
    for name, promised in manifest.files.items():
        check_file(folder / name, promised)
    for head, labels in LABELS.items():
        if head not in manifest.heads or manifest.heads[head].labels != labels:
            raise ModelError(
                f"{folder / 'manifest.json'}: head '{head}' must have the labels {', '.join(labels)}; {REPAIR}"
            )
    return Weights(folder, manifest, revision, read_tensors(folder / "heads.safetensors", manifest))


def read_manifest(path: Path) -> tuple[Manifest, str]:
    """The manifest and the revision that its content gives."""
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
    """Compare one file with what the manifest says of it."""
    try:
        with path.open("rb") as file:
            found = hashlib.file_digest(file, "sha256").hexdigest()
    except FileNotFoundError:
        raise ModelError(f"{path}: this file of the model is missing; {REPAIR}") from None
    if found != promised.sha256:
        size = path.stat().st_size
        raise ModelError(
            f"{path}: damaged: its SHA-256 is {found[:12]}… ({size} bytes) where the manifest promises "
            f"{promised.sha256[:12]}… ({promised.bytes} bytes); {REPAIR}"
        )


def read_tensors(path: Path, manifest: Manifest) -> dict[str, NDArray[Any]]:
    """Heads and tagger; the order of labels written in the file must be the manifest's."""
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
