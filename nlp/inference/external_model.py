"""Answer a question with an external Hugging Face text classifier.

The city profile names the model and maps its labels to ours.
"""

import hashlib
from collections.abc import Sequence
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np
from pydantic import Field, model_validator
from safetensors import SafetensorError

from core import records
from core.errors import ConfigurationError
from nlp.inference.encoder import STEP, group_by_length
from nlp.inference.model_files import LABELS
from nlp.inference.model_output import Floats, softmax
from nlp.inference.tokenizer import MAX_TOKENS


class ExternalModel(records.Options):
    """Describe the table of a question that an external model may answer.

    Without `model`, the shipped model answers.
    """

    model: str | None = None
    """Hub id or local directory of a text-classification model with safetensors weights; needs requirements-torch.txt."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Each label of that model, mapped to ours."""

    @model_validator(mode="after")
    def _both_or_none(self) -> "ExternalModel":
        if (self.model is None) != (not self.labels):
            raise ValueError("'model' and 'labels' come together: labels = { theirs = ours }")
        return self


@dataclass(frozen=True)
class LoadedModel:
    """Hold a loaded external model and its mapping to our labels."""

    model: str
    network: Any
    tokenizer: Any
    columns: tuple[int, ...]
    tokens: int
    """Longer texts are truncated."""


def load_external_model(question: str, options: ExternalModel) -> LoadedModel:
    """Load the model that the profile names for this question, once.

    Raises:
        ConfigurationError: torch is not installed, there is no such model, or its labels are not all mapped to ours.
    """
    return _load(question, str(options.model), tuple(sorted(options.labels.items())))


def external_probabilities(question: str, options: ExternalModel, texts: Sequence[str]) -> Floats:
    """Return the probability of each of our labels, [texts, labels].

    A text's result does not depend on the texts beside it.
    """
    import torch

    other = load_external_model(question, options)
    found = np.zeros((len(texts), len(LABELS[question])), np.float32)
    tokens = other.tokenizer(list(texts), truncation=True, max_length=other.tokens)
    for rows, length in group_by_length([len(ids) for ids in tokens["input_ids"]]):
        chosen = {name: [values[row] for row in rows] for name, values in tokens.items()}
        feed = other.tokenizer.pad(chosen, padding="max_length", max_length=length, return_tensors="pt")
        with torch.inference_mode():
            probable = softmax(other.network(**feed).logits.float().numpy())
        for theirs, ours in enumerate(other.columns):
            found[rows, ours] += probable[:, theirs]
    return found


@lru_cache(maxsize=8)
def _load(question: str, name: str, mapping: tuple[tuple[str, str], ...]) -> LoadedModel:
    where = f"[questions.{question}] model = '{name}'"
    try:
        import torch  # noqa: F401 - only checks that it is installed
        from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer
    except ImportError:
        raise ConfigurationError(f"{where}: external models need torch: run `.venv/bin/pip install -r requirements-torch.txt`") from None
    check_directory(where, name)
    place = _place(name)
    try:
        config = AutoConfig.from_pretrained(place)
        if config.num_labels < 2:
            raise ValueError("it is a regression model (one output), not a classifier")
        columns = _columns(where, question, config.id2label, dict(mapping))
        network = AutoModelForSequenceClassification.from_pretrained(place, use_safetensors=True).eval()
        tokenizer = AutoTokenizer.from_pretrained(place)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
        raise ConfigurationError(f"{where}: cannot be loaded as a text-classification model: {error}") from None
    if tokenizer.pad_token is None:
        raise ConfigurationError(f"{where}: its tokenizer has no padding token, which batches need")
    return LoadedModel(f"{name}@{_revision(place, config)}", network, tokenizer, columns, _longest(config, tokenizer))


def check_directory(where: str, name: str) -> None:
    """Refuse a path that does not exist; skip a Hub id.

    Raises:
        ConfigurationError: there is no such directory; begins with `where`.
    """
    if name.startswith(("/", ".", "~")) and not Path(_place(name)).is_dir():
        raise ConfigurationError(f"{where}: no such directory")


def _place(name: str) -> str:
    """Return the directory or Hub id, with `~` expanded."""
    return str(Path(name).expanduser()) if name.startswith("~") else name


def _longest(config: Any, tokenizer: Any) -> int:
    """Return the tokens that both this model and ours read.

    Texts are padded to a multiple of `STEP`, and some models reserve two positions.
    """
    stated = getattr(config, "max_position_embeddings", None) or 0  # None and -1: unlimited
    places = stated - 2 if stated > 0 else MAX_TOKENS
    return max(STEP, min(MAX_TOKENS, int(tokenizer.model_max_length), places) // STEP * STEP)


def matching_labels(question: str, model: str) -> dict[str, str]:
    """Return the label map of a model whose labels have our names.

    Empty when a name differs, or the model is not on this machine.
    """
    try:
        from transformers import AutoConfig

        names = list(AutoConfig.from_pretrained(_place(model), local_files_only=True).id2label.values())
    except (ImportError, OSError, ValueError, KeyError):
        return {}
    same = {name: name.lower() for name in names if name.lower() in LABELS[question]}
    return same if len(same) == len(names) else {}


def _columns(where: str, question: str, theirs: dict[int, str], mapping: dict[str, str]) -> tuple[int, ...]:
    ours = LABELS[question]
    names = [theirs[number] for number in sorted(theirs)]
    wrong = [f"{name} = {mapping[name]}" for name in mapping if name not in names or mapping[name] not in ours]
    unmapped = [name for name in names if name not in mapping]
    if wrong or unmapped:
        raise ConfigurationError(
            f"{where}: labels must map each of its labels ({', '.join(names)}) to one of ours ({', '.join(ours)}); "
            f"not mapped: {', '.join(unmapped) or 'none'}; wrong: {', '.join(wrong) or 'none'}"
        )
    return tuple(ours.index(mapping[name]) for name in names)


def _revision(name: str, config: Any) -> str:
    """Return the Hub's commit, or the digest of a local directory's weights."""
    commit = getattr(config, "_commit_hash", None)
    if commit:
        return str(commit)[:12]
    digest = hashlib.sha256()
    for path in sorted(Path(name).glob("*.safetensors")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
