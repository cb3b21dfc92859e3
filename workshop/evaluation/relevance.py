"""Measure relevance to the city: `python -m workshop.evaluation.relevance [--fit]`.

Loads tests/gold/relevance_hard.jsonl (six cities; five with the small profiles of tests/gold/relevance_profiles.toml) and prints
precision and recall by city and by `why`, on the half that rules and weights were fitted on (`tune`) and on the other (`measure`).
"""

import argparse
import sys
import tomllib
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np

from core.config.city import City, load_city
from core.config.plugins import ROOT
from core.privacy.in_city import redact_in_city
from core.records.post import Post
from core.runtime.stdio import set_up_stdio
from nlp.inference.model import InferenceModel
from nlp.inference.model_files import DEFAULT, MODELS, load_weights
from nlp.inference.model_output import ModelOutput
from nlp.questions import relevance
from nlp.questions.relevance import Options, features
from workshop.evaluation.places import load_rows

GOLD = ROOT / "tests" / "gold"
NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
INVERSE_REGULARISATION = 2.0
"""Inverse regularisation (C), chosen by five-fold cross-validation on the training half."""
Rows = list[dict[str, Any]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables; with `--fit` also weights fitted on the half `tune`."""
    set_up_stdio()
    parser = argparse.ArgumentParser(prog="python -m workshop.evaluation.relevance", description="Measures the question relevance.")
    parser.add_argument("--fit", action="store_true", help="fit the weights again and print them (needs scikit-learn)")
    parser.add_argument("--errors", action="store_true", help="print the errors of the half `tune`")
    options = parser.parse_args(arguments)
    rows = load_labelled_rows()
    annotate_rows(rows)
    if options.fit:
        print_weights(fit([row for row in rows if row["half"] != "measure"]))
    for half in ("sentences", "train", "tune", "measure"):
        print_half(half, [row for row in rows if row["half"] == half])
    if options.errors:
        print_errors([row for row in rows if row["half"] in ("tune", "train")])


def load_labelled_rows() -> Rows:
    """Load all labelled posts.

    The hundred sentences of relevance.jsonl, on which the first rule was developed, are a third half.
    """
    sentences = [
        {**row, "id": f"sentence_{number}", "city": "madrid", "why": "sentences", "half": "sentences"}
        for number, row in enumerate(load_rows(GOLD / "relevance.jsonl"))
    ]
    return [*sentences, *load_rows(GOLD / "relevance_train.jsonl"), *load_rows(GOLD / "relevance_hard.jsonl")]


def load_cities() -> dict[str, City]:
    """Load Madrid's profile as shipped, and derive those of the other cities."""
    madrid = load_city(ROOT / "cities" / "madrid.toml")
    tables = tomllib.loads((GOLD / "relevance_profiles.toml").read_text(encoding="utf-8"))
    return {"madrid": madrid} | {key: derive_city(madrid, table) for key, table in tables.items()}


def derive_city(madrid: City, table: dict[str, Any]) -> City:
    """Derive a city profile with these terms, without a gazetteer."""
    questions = {"relevance": {key: table[key] for key in ("names", "near", "not") if key in table}}
    changed = {"name": table["name"], "handles": tuple(table["handles"]), "questions": questions, "gazetteer_folder": None}
    return City.model_validate({**madrid.model_dump(), **changed})


def annotate_rows(rows: Rows) -> None:
    """Add features, label and score to every row, with the product's code."""
    model = InferenceModel(load_weights(MODELS / DEFAULT), threads=1)
    for key, city in load_cities().items():
        options = Options.model_validate(city.questions["relevance"])
        own = [row for row in rows if row["city"] == key]
        posts = [build_post(city, row) for row in own]
        output: ModelOutput = model.read([each.text for each in posts])
        labels = relevance.classify(city, options, posts, output)
        for at, (row, label) in enumerate(zip(own, labels, strict=True)):
            row["signs"] = features(city, options, posts[at], output, at)
            row["found"], row["score"] = label.value is True, label.score


def build_post(city: City, row: dict[str, Any]) -> Post:
    """Build the redacted post of a row; its source gives no hint."""
    text = redact_in_city(row["text"], city)
    return Post(post_id=row["id"], source="x", text=text, created_at=NOW, received_at=NOW)


def fit(rows: Rows) -> dict[str, float]:
    """Fit a logistic regression on the features; return its weights."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict

    names = sorted({name for row in rows for name in row["signs"]} - {"start"})
    values = np.array([[row["signs"].get(name, 0.0) for name in names] for row in rows])
    right = np.array([row["relevant"] if "relevant" in row else row["relevance"] for row in rows])
    for strength in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0):
        found = cross_val_predict(LogisticRegression(C=strength, max_iter=2000), values, right, cv=10)
        print_line(f"C={strength}: right {np.mean(found == right):.3f} of {len(rows)} in ten-fold cross-validation")
    model = LogisticRegression(C=INVERSE_REGULARISATION, max_iter=2000).fit(values, right)
    return {"start": float(model.intercept_[0])} | dict(zip(names, map(float, model.coef_[0]), strict=True))


def print_weights(weights: dict[str, float]) -> None:
    """Print the weights in the format of nlp/questions/relevance/__init__.py."""
    for name, weight in weights.items():
        print_line(f'    "{name}": {weight:.2f},')


def print_half(half: str, rows: Rows) -> None:
    """Print precision and recall of one half: all, by city, by why."""
    print_line(f"{half}: {format_scores(rows)}")
    for by in ("city", "why"):
        for value in sorted({row[by] for row in rows}) if half != "sentences" else ():
            print_line(f"  {half} {by} {value}: {format_scores(row for row in rows if row[by] == value)}")


def format_scores(rows: Iterable[dict[str, Any]]) -> str:
    """Format precision, recall and accuracy; `-` where undefined."""
    pairs = [(row["found"], row.get("relevant", row.get("relevance")) is True) for row in rows]
    both, found, marked = sum(a and b for a, b in pairs), sum(a for a, _ in pairs), sum(b for _, b in pairs)
    right = sum(a == b for a, b in pairs)
    return f"precision {format_share(both, found)} recall {format_share(both, marked)}, {right} of {len(pairs)} right"


def format_share(part: int, whole: int) -> str:
    """Format a share; `-` if the whole is zero.

    >>> format_share(1, 3), format_share(0, 0)
    ('0.333', '-')
    """
    return f"{part / whole:.3f}" if whole else "-"


def print_errors(rows: Rows) -> None:
    """Print the errors of the half that may be inspected."""
    for row in rows:
        if row["found"] != row["relevant"]:
            strong = ", ".join(f"{name} {weight:+.1f}" for name, weight in relevance.contributions(row["signs"])[:6])
            print_line(f"{row['id']} {row['score']:.2f} should be {row['relevant']}: {row['text']} [{strong}]")


def print_line(line: str) -> None:
    """Print one line of the result."""
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
