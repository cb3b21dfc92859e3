"""Measure what a second window changes on long texts: `python -m workshop.evaluation.long_texts`.

The 135 texts of Decide Madrid are longer than one window and were used for no training; one reader labelled them whole, before the
model had read them. Their texts are those of the sample.
"""

import argparse
import sys
import time
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from core.config.plugins import ROOT
from core.records.annotation import BORDER
from nlp.evaluation.metrics import bootstrap
from nlp.inference.model import InferenceModel
from nlp.inference.model_files import DEFAULT, LABELS, MODELS, load_weights
from nlp.inference.model_output import ModelOutput
from nlp.inference.windows import OF_LETTERS
from nlp.text.sanitize import without_injections
from workshop.training.data.decide_madrid import SAMPLE
from workshop.training.data.example import load_json_lines
from workshop.training.model_card.scores import Table

GOLD = ROOT / "tests" / "gold" / "long_texts.jsonl"
Row = dict[str, Any]


def main() -> int:
    """Print accuracy and cost for each number of windows."""
    argparse.ArgumentParser(prog="python -m workshop.evaluation.long_texts", description=__doc__).parse_args()
    gold = load_json_lines(GOLD)
    whole = {row["id"]: ". ".join(filter(None, (row.get("title"), row["text"]))) for row in load_json_lines(SAMPLE)}
    texts = [without_injections(whole[row["id"]]) for row in gold]
    model = InferenceModel(load_weights(MODELS / DEFAULT), threads=1)
    model.load()
    table = Table(("windows", *LABELS, "ms a text"))
    for windows in range(1, OF_LETTERS + 1):
        start = time.process_time()
        output = model.read(texts, [windows] * len(texts))
        spent = 1000 * (time.process_time() - start) / len(texts)
        shares = (str(bootstrap(np.mean, hits(question, gold, output))) for question in LABELS)
        table.rows.append((str(windows), *shares, f"{spent:.1f}"))
    sys.stdout.write(f"{len(gold)} texts of Decide Madrid longer than one window; right labels (95 %)\n{table.text()}\n")
    return 0


def hits(question: str, gold: Sequence[Row], output: ModelOutput) -> NDArray[np.float64]:
    """Return 1 for each right label, 0 for each wrong one.

    Labels at the border are left out.
    """
    probable = output.probabilities(question)
    said = probable[:, 1] >= output.actionable_from if question == "actionable" else probable.argmax(axis=1)
    kept = [at for at, row in enumerate(gold) if row[question] != BORDER]
    right = [LABELS[question].index(str(gold[at][question]).lower()) for at in kept]
    return np.asarray(said[kept].astype(np.int64) == np.array(right), np.float64)


if __name__ == "__main__":
    sys.exit(main())
