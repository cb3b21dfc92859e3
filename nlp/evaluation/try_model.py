"""Compare the shipped model with another on a council's labelled posts."""

import time
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from core.config import plugins
from core.config.city import City
from core.config.settings import load_settings
from core.errors import ConfigurationError
from core.records.annotation import Label
from nlp.annotator import load_question, sanitized
from nlp.evaluation.comparison import Comparison, ModelPredictions, compare
from nlp.evaluation.gold_set import load_gold
from nlp.evaluation.score import build_post
from nlp.inference.external_model import ExternalModel, check_directory, load_external_model, matching_labels
from nlp.inference.model import InferenceModel
from nlp.inference.model_files import DEFAULT, LABELS, MODELS, load_weights

WARM_UP_TEXT = "Hola"
"""Annotated before timing starts: the first text of a process includes lazy loading."""


def parse_label_map(pairs: Sequence[str]) -> dict[str, str]:
    """Parse the label map from `THEIRS=OURS` pairs.

    >>> parse_label_map(["LABEL_0=negative", "LABEL_1=neutral"])
    {'LABEL_0': 'negative', 'LABEL_1': 'neutral'}

    Raises:
        ConfigurationError: an invalid pair, a label mapped twice, or an unknown label of Escucha.
    """
    label_map: dict[str, str] = {}
    for pair in pairs:
        theirs, sign, ours = pair.rpartition("=")
        if not (sign and theirs and ours):
            raise ConfigurationError(f"--label {pair}: write THEIRS=OURS, such as --label LABEL_0=negative")
        if label_map.setdefault(theirs, ours) != ours:
            raise ConfigurationError(f"--label {pair}: {theirs} is mapped to {label_map[theirs]} already")
        if ours not in (known := {name for names in LABELS.values() for name in names}):
            near = get_close_matches(ours.lower(), known, n=1)
            meant = f"is '{near[0]}' meant?" if near else f"labels: {_all_labels()}"
            raise ConfigurationError(f"--label {pair}: '{ours}' is not a label of Escucha: {meant}")
    return label_map


def _all_labels() -> str:
    return "; ".join(f"{question}: {', '.join(names)}" for question, names in LABELS.items())


def find_question(city: City, model: str, label_map: Mapping[str, str]) -> str:
    """Return the one question that the model's labels, or the profile, fit.

    Raises:
        ConfigurationError: none or several questions fit, or the directory does not exist.
    """
    check_directory(f"models try {model}", model)
    meant = set(label_map.values())
    fits = [
        question
        for question, names in LABELS.items()
        if city.questions.get(question, {}).get("model") == model or (meant <= set(names) if meant else matching_labels(question, model))
    ]
    if len(fits) != 1:
        raise ConfigurationError(f"models try {model}: name its question with --question: {', '.join(LABELS)}")
    return fits[0]


def model_options(city: City, question: str, model: str, label_map: Mapping[str, str]) -> ExternalModel:
    """Return the model with its label map.

    The map is taken from `means`, else from the profile's entry for this model, else from the model's label names if they equal Escucha's.

    Raises:
        ConfigurationError: no label map.
    """
    table = city.questions.get(question, {})
    known = table.get("labels", {}) if table.get("model") == model else {}
    labels = dict(label_map) or known or matching_labels(question, model)
    if not labels:
        raise ConfigurationError(
            f"models try {model}: map each of its labels with --label THEIRS=OURS; labels of Escucha: {', '.join(LABELS[question])}"
        )
    return ExternalModel(model=model, labels=labels)


def try_model(city: City, question: str, theirs: ExternalModel, path: Path) -> Comparison:
    """Run both models on the file's posts with equal threads.

    Both go through the code of the question.

    Raises:
        ConfigurationError: torch is missing, the model or the file cannot be loaded, or labels do not fit.
    """
    gold = load_gold(path, needed=question)
    other, part = load_external_model(question, theirs), load_question(question, "models try")
    threads = _set_threads()
    weights = load_weights(MODELS / DEFAULT)
    model = InferenceModel(weights, threads)
    posts = [sanitized(build_post(city, row)) for row in gold]
    warm = [posts[0].model_copy(update={"text": WARM_UP_TEXT})]
    output = model.read([WARM_UP_TEXT])
    part.classify(city, theirs, warm, output)

    started = time.perf_counter()
    own = part.classify(city, plugins.load_options("nlp", question, {}, "models try"), posts, model.read([post.text for post in posts]))
    between = time.perf_counter()
    their = part.classify(city, theirs, posts, output)
    ended = time.perf_counter()
    our_answers = ModelPredictions(weights.model, _values(own), between - started)
    return compare(question, gold, our_answers, ModelPredictions(other.model, _values(their), ended - between))


def _set_threads() -> int:
    """Give torch as many threads as the shipped model has."""
    import torch

    threads = load_settings().threads or int(torch.get_num_threads())
    torch.set_num_threads(threads)
    return threads


def _values(labels: Sequence[Label]) -> tuple[str, ...]:
    return tuple(str(label.value).lower() for label in labels)
