"""Somebody else's model for one question: any Hugging Face model that sorts texts into classes, named in the profile."""

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
    """Table of a question that another model may answer; without `model` our own answers."""

    model: str | None = None
    """Hub id or local directory of a text-classification model with safetensors weights; needs requirements-torch.txt."""
    labels: dict[str, str] = Field(default_factory=dict)
    """Every label of that model = ours."""

    @model_validator(mode="after")
    def _both_or_none(self) -> "ExternalModel":
        if (self.model is None) != (not self.labels):
            raise ValueError("'model' and 'labels' come together: labels = { theirs = ours }")
        return self


@dataclass(frozen=True)
class Other:
    """A loaded model: which column of ours each column of theirs adds to."""

    model: str
    network: Any
    tokenizer: Any
    columns: tuple[int, ...]
    tokens: int
    """Longer texts are cut here."""


def load_other(question: str, options: ExternalModel) -> Other:
    """The model that the profile names for this question, loaded once.

    Raises:
        ConfigurationError: torch is not installed, there is no such model, or its labels are not all mapped to ours.
    """
    return _load(question, str(options.model), tuple(sorted(options.labels.items())))


def ask_other(question: str, options: ExternalModel, texts: Sequence[str]) -> Floats:
    """Probability of each of our labels, [texts, labels]; a text's answer does not depend on the texts beside it."""
    import torch

    other = load_other(question, options)
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
def _load(question: str, name: str, mapping: tuple[tuple[str, str], ...]) -> Other:
    where = f"[questions.{question}] model = '{name}'"
    try:
        import torch  # noqa: F401 - only whether it is there
        from transformers import AutoConfig, AutoModelForSequenceClassification, AutoTokenizer
    except ImportError:
        raise ConfigurationError(
            f"{where}: other people's models need torch: run `.venv/bin/pip install -r requirements-torch.txt`"
        ) from None
    check_directory(where, name)
    place = _place(name)
    try:
        config = AutoConfig.from_pretrained(place)
        if config.num_labels < 2:
            raise ValueError("it gives one number and no choice between labels")
        columns = _columns(where, question, config.id2label, dict(mapping))
        network = AutoModelForSequenceClassification.from_pretrained(place, use_safetensors=True).eval()
        tokenizer = AutoTokenizer.from_pretrained(place)
    except (OSError, ValueError, KeyError, ImportError, RuntimeError, SafetensorError) as error:
        raise ConfigurationError(f"{where}: cannot be loaded as a text-classification model: {error}") from None
    if tokenizer.pad_token is None:
        raise ConfigurationError(f"{where}: its tokenizer has no padding token, so texts cannot be read in batches")
    return Other(f"{name}@{_revision(place, config)}", network, tokenizer, columns, _longest(config, tokenizer))


def check_directory(where: str, name: str) -> None:
    """Refuse a path that leads nowhere; a hub's name is no path.

    Raises:
        ConfigurationError: `where`, and that there is no such directory.
    """
    if name.startswith(("/", ".", "~")) and not Path(_place(name)).is_dir():
        raise ConfigurationError(f"{where}: no such directory")


def _place(name: str) -> str:
    """The directory or the hub's name, with `~` as the home it stands for."""
    return str(Path(name).expanduser()) if name.startswith("~") else name


def _longest(config: Any, tokenizer: Any) -> int:
    """Tokens that both this model and ours read; texts are padded to a multiple of `STEP`, and some models keep two places free."""
    stated = getattr(config, "max_position_embeddings", None) or 0  # none and -1: without end
    places = stated - 2 if stated > 0 else MAX_TOKENS
    return max(STEP, min(MAX_TOKENS, int(tokenizer.model_max_length), places) // STEP * STEP)


def own_names(question: str, model: str) -> dict[str, str]:
    """The label map of a model whose labels are all called as ours are; empty when they are not, or it is not on this machine."""
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
    """The hub's commit, or the digest of a local directory's weights."""
    commit = getattr(config, "_commit_hash", None)
    if commit:
        return str(commit)[:12]
    digest = hashlib.sha256()
    for path in sorted(Path(name).glob("*.safetensors")):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]
