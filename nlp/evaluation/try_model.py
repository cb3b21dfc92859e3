"""Reads posts that a council labelled with our model and with one of its own choice, so that it can judge which to use."""

import time
from collections.abc import Mapping, Sequence
from difflib import get_close_matches
from pathlib import Path

from core.annotation import Label
from core.config import plugins
from core.config.city import City
from core.config.settings import load_settings
from core.errors import ConfigurationError
from nlp.annotator import load_question, sanitized
from nlp.evaluation.comparison import Answers, Comparison, compare
from nlp.evaluation.gold_set import read_gold
from nlp.evaluation.score import as_post
from nlp.inference.external_model import ExternalModel, check_directory, load_other, own_names
from nlp.inference.model import InferenceModel
from nlp.inference.model_files import DEFAULT, LABELS, MODELS, load_weights

WARM = "Hola"
"""Read before the clock starts: the first text of a process pays for what is loaded late."""


def meanings(pairs: Sequence[str]) -> dict[str, str]:
    """What each label of the model means, from `THEIRS=OURS` each.

    Raises:
        ConfigurationError: a pair that is none, a label with two meanings, or a meaning that we do not know.
    """
    means: dict[str, str] = {}
    for pair in pairs:
        theirs, sign, ours = pair.rpartition("=")
        if not (sign and theirs and ours):
            raise ConfigurationError(f"--label {pair}: write THEIRS=OURS, such as --label LABEL_0=negative")
        if means.setdefault(theirs, ours) != ours:
            raise ConfigurationError(f"--label {pair}: {theirs} was said to mean {means[theirs]} before")
        if ours not in (known := {name for names in LABELS.values() for name in names}):
            near = get_close_matches(ours.lower(), known, n=1)
            meant = f"is '{near[0]}' meant?" if near else f"ours are {_all_ours()}"
            raise ConfigurationError(f"--label {pair}: '{ours}' is no label of ours: {meant}")
    return means


def _all_ours() -> str:
    return "; ".join(f"{question}: {', '.join(names)}" for question, names in LABELS.items())


def question_of(city: City, model: str, means: Mapping[str, str]) -> str:
    """The one question that this model can answer, by what its labels mean or by the profile.

    Raises:
        ConfigurationError: none, or more than one, or there is no such directory.
    """
    check_directory(f"models try {model}", model)
    meant = set(means.values())
    fits = [
        question
        for question, names in LABELS.items()
        if city.questions.get(question, {}).get("model") == model
        or (meant <= set(names) if meant else own_names(question, model))
    ]
    if len(fits) != 1:
        raise ConfigurationError(
            f"models try {model}: say which question it answers with --question: {', '.join(LABELS)}"
        )
    return fits[0]


def options_of(city: City, question: str, model: str, means: Mapping[str, str]) -> ExternalModel:
    """The model with what its labels mean; where that is not said, as the profile says for this model, or as they are
    called when that is as ours are.

    Raises:
        ConfigurationError: no label map.
    """
    table = city.questions.get(question, {})
    known = table.get("labels", {}) if table.get("model") == model else {}
    labels = dict(means) or known or own_names(question, model)
    if not labels:
        raise ConfigurationError(
            f"models try {model}: say what each of its labels means with --label THEIRS=OURS, once for each; "
            f"ours are {', '.join(LABELS[question])}"
        )
    return ExternalModel(model=model, labels=labels)


def try_model(city: City, question: str, theirs: ExternalModel, path: Path) -> Comparison:
    """Both models on the file's posts, with as many threads each; each answers through the question's own file.

    Raises:
        ConfigurationError: torch is missing, the model or the file cannot be read, or labels do not fit.
    """
    gold = read_gold(path, needed=question)
    other, part = load_other(question, theirs), load_question(question, "models try")
    threads = _set_threads()
    weights = load_weights(MODELS / DEFAULT)
    one_pass = InferenceModel(weights, threads)
    posts = [sanitized(as_post(city, row)) for row in gold]
    warm = [posts[0].model_copy(update={"text": WARM})]
    encoded = one_pass.read([WARM])
    part.classify(city, theirs, warm, encoded)

    started = time.perf_counter()
    own = part.classify(
        city,
        plugins.load_options("nlp", question, {}, "models try"),
        posts,
        one_pass.read([post.text for post in posts]),
    )
    between = time.perf_counter()
    their = part.classify(city, theirs, posts, encoded)
    ended = time.perf_counter()
    our_answers = Answers(weights.model, _values(own), between - started)
    return compare(question, gold, our_answers, Answers(other.model, _values(their), ended - between))


def _set_threads() -> int:
    """As many threads for their model as for ours."""
    import torch

    threads = load_settings().threads or int(torch.get_num_threads())
    torch.set_num_threads(threads)
    return threads


def _values(labels: Sequence[Label]) -> tuple[str, ...]:
    return tuple(str(label.value).lower() for label in labels)
