"""Measures how well posts about the city are told from others: `python -m nlp.evaluation.relevance [--fit]`.

Reads tests/gold/relevance_hard.jsonl (six cities; five with the small profiles of tests/gold/relevance_profiles.toml) and
prints precision and recall by city and by `why`, on the half that rules and weights were made on (`tune`) and on the other.
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
from core.post import Post
from core.privacy.redaction.text import redact
from core.stdio import set_up_stdio
from nlp.evaluation.places import read_rows
from nlp.inference.model import InferenceModel
from nlp.inference.model_files import DEFAULT, MODELS, load_weights
from nlp.inference.model_output import ModelOutput
from nlp.questions import relevance
from nlp.questions.relevance import Options, features

GOLD = ROOT / "tests" / "gold"
NOW = datetime(2026, 5, 4, 9, tzinfo=UTC)
STRENGTH = 2.0
"""Of the pull of the weights towards zero; chosen by five-fold cross-validation on what is taught."""
Rows = list[dict[str, Any]]


def main(arguments: Sequence[str] | None = None) -> None:
    """Print the tables; with `--fit` also the weights that the half `tune` teaches."""
    set_up_stdio()
    parser = argparse.ArgumentParser(
        prog="python -m nlp.evaluation.relevance", description="Measures the question relevance."
    )
    parser.add_argument("--fit", action="store_true", help="learn the weights anew and print them (needs scikit-learn)")
    parser.add_argument("--errors", action="store_true", help="print the errors of the half `tune`")
    asked = parser.parse_args(arguments)
    rows = read_gold()
    annotate_rows(rows)
    if asked.fit:
        print_weights(fit([row for row in rows if row["half"] != "measure"]))
    for half in ("sentences", "taught", "tune", "measure"):
        print_half(half, [row for row in rows if row["half"] == half])
    if asked.errors:
        print_errors([row for row in rows if row["half"] in ("tune", "taught")])


def read_gold() -> Rows:
    """All marked posts; the hundred sentences of relevance.jsonl, on which the first rule was made, as a third half."""
    sentences = [
        {**row, "id": f"sentence_{number}", "city": "madrid", "why": "sentences", "half": "sentences"}
        for number, row in enumerate(read_rows(GOLD / "relevance.jsonl"))
    ]
    return [*sentences, *read_rows(GOLD / "relevance_taught.jsonl"), *read_rows(GOLD / "relevance_hard.jsonl")]


def read_cities() -> dict[str, City]:
    """Madrid as it ships, and the others with what their council would write."""
    madrid = load_city(ROOT / "cities" / "madrid.toml")
    tables = tomllib.loads((GOLD / "relevance_profiles.toml").read_text(encoding="utf-8"))
    return {"madrid": madrid} | {key: another_city(madrid, table) for key, table in tables.items()}


def another_city(madrid: City, table: dict[str, Any]) -> City:
    """A city of these words, without a gazetteer."""
    questions = {"relevance": {key: table[key] for key in ("names", "near", "not") if key in table}}
    changed = {
        "name": table["name"],
        "handles": tuple(table["handles"]),
        "questions": questions,
        "gazetteer_folder": None,
    }
    return City.model_validate({**madrid.model_dump(), **changed})


def annotate_rows(rows: Rows) -> None:
    """Give every row its signs and its answer, from one pass of the model and the same code for all cities."""
    one_pass = InferenceModel(load_weights(MODELS / DEFAULT), threads=1)
    for key, city in read_cities().items():
        options = Options.model_validate(city.questions["relevance"])
        own = [row for row in rows if row["city"] == key]
        posts = [post(city, row) for row in own]
        encoded: ModelOutput = one_pass.read([each.text for each in posts])
        labels = relevance.classify(city, options, posts, encoded)
        for at, (row, label) in enumerate(zip(own, labels, strict=True)):
            row["signs"] = features(city, options, posts[at], encoded, at)
            row["found"], row["score"] = label.value is True, label.score


def post(city: City, row: dict[str, Any]) -> Post:
    """The post of a row, redacted as every post is; its source says nothing."""
    text = redact(row["text"], keep=city.handles)
    return Post(post_id=row["id"], source="x", text=text, created_at=NOW, received_at=NOW)


def fit(rows: Rows) -> dict[str, float]:
    """Weights of a logistic regression on the signs."""
    from sklearn.linear_model import LogisticRegression
    from sklearn.model_selection import cross_val_predict

    names = sorted({name for row in rows for name in row["signs"]} - {"start"})
    values = np.array([[row["signs"].get(name, 0.0) for name in names] for row in rows])
    right = np.array([row["relevant"] if "relevant" in row else row["relevance"] for row in rows])
    for strength in (0.1, 0.2, 0.5, 1.0, 2.0, 5.0):
        found = cross_val_predict(LogisticRegression(C=strength, max_iter=2000), values, right, cv=10)
        print_line(f"C={strength}: right {np.mean(found == right):.3f} of {len(rows)} in ten-fold cross-validation")
    model = LogisticRegression(C=STRENGTH, max_iter=2000).fit(values, right)
    return {"start": float(model.intercept_[0])} | dict(zip(names, map(float, model.coef_[0]), strict=True))


def print_weights(weights: dict[str, float]) -> None:
    """The weights as they stand in nlp/questions/relevance/__init__.py."""
    for name, weight in weights.items():
        print_line(f'    "{name}": {weight:.2f},')


def print_half(half: str, rows: Rows) -> None:
    """Precision and recall of one half: all, by city, by why."""
    print_line(f"{half}: {scores(rows)}")
    for by in ("city", "why"):
        for value in sorted({row[by] for row in rows}) if half != "sentences" else ():
            print_line(f"  {half} {by} {value}: {scores(row for row in rows if row[by] == value)}")


def scores(rows: Iterable[dict[str, Any]]) -> str:
    """Precision, recall and share of right answers; `-` where nothing was found or marked."""
    pairs = [(row["found"], row.get("relevant", row.get("relevance")) is True) for row in rows]
    both, found, marked = sum(a and b for a, b in pairs), sum(a for a, _ in pairs), sum(b for _, b in pairs)
    right = sum(a == b for a, b in pairs)
    return f"precision {share(both, found)} recall {share(both, marked)}, {right} of {len(pairs)} right"


def share(part: int, whole: int) -> str:
    """A share of something, `-` of nothing."""
    return f"{part / whole:.3f}" if whole else "-"


def print_errors(rows: Rows) -> None:
    """What is wrong in the half that may be looked at."""
    for row in rows:
        if row["found"] != row["relevant"]:
            strong = ", ".join(f"{name} {weight:+.1f}" for name, weight in relevance.weigh(row["signs"])[:6])
            print_line(f"{row['id']} {row['score']:.2f} should be {row['relevant']}: {row['text']} [{strong}]")


def print_line(line: str) -> None:
    """One line of the result."""
    sys.stdout.write(f"{line}\n")


if __name__ == "__main__":
    main()
