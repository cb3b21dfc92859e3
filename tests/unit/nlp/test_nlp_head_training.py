"""Training of the heads: exact fits, deterministic; no author among what judges them."""

from pathlib import Path

import numpy as np
import pytest

pytest.importorskip("scipy")

from nlp.evaluation.metrics import average_precision, recall_at
from nlp.inference.model_files import DEFAULT, LABELS, MODELS, load_weights
from workshop.training.data.example import Example
from workshop.training.export.calibration import apply_calibration, fit_calibration
from workshop.training.heads.fit import fit_ngrams, load_or_fit_ngrams, ngram_rows
from workshop.training.heads.sets import HeadSets
from workshop.training.heads.softmax import fit_softmax, smoothed_targets
from workshop.training.heads.train import write_model
from workshop.training.model_card import write_card

RNG = np.random.default_rng(0)


def post(text: str, origin: str, **answers: str) -> Example:
    return Example(text, origin, 1.0, answers, guided="topic" in answers)


def test_a_ridge_of_great_weight_leaves_the_answers_as_they_were() -> None:
    x = RNG.normal(size=(50, 4)).astype(np.float32)
    start = RNG.normal(size=(50, 3)).astype(np.float32)
    shares = smoothed_targets(start.argmax(axis=1), 3, np.ones(50, np.float32), smooth=0.0, balance=0.0)
    weight, _ = fit_softmax(x, start, shares, ridge=1e9, steps=30)
    assert np.abs(weight).max() < 1e-5


def test_what_the_features_say_is_learned_and_twice_the_same() -> None:
    x = RNG.normal(size=(400, 4)).astype(np.float32)
    right = x[:, :3].argmax(axis=1)
    shares = smoothed_targets(right, 3, np.ones(400, np.float32), smooth=0.05, balance=0.3)
    first = fit_softmax(x, np.zeros((1, 3), np.float32), shares, ridge=1.0, steps=40)
    again = fit_softmax(x, np.zeros((1, 3), np.float32), shares, ridge=1.0, steps=40)
    assert float(((x @ first[0] + first[1]).argmax(axis=1) == right).mean()) > 0.95
    assert [part.tobytes() for part in first] == [part.tobytes() for part in again]


def test_rare_labels_count_more_and_all_together_as_much_as_before() -> None:
    columns = np.array([0] * 90 + [1] * 10)
    shares = smoothed_targets(columns, 2, np.ones(100, np.float32), smooth=0.0, balance=0.5)
    assert shares.sum() == pytest.approx(100)
    assert shares[90:].sum(axis=1)[0] / shares[0].sum() == pytest.approx(3)  # the root of nine times as rare


@pytest.mark.slow
def test_a_word_of_letters_teaches_its_label() -> None:
    examples = [
        post(text, "written_es", topic=topic)
        for text, topic in (("farola apagada", "street_lighting"), ("bache hondo", "roads_pavements")) * 5
    ]
    table, _ = fit_ngrams("topic", examples)
    rows = {word: table[np.unique(gram)].sum(axis=0) for word, gram in (("farola", ngram_rows("farola")), ("bache", ngram_rows("bache")))}
    assert LABELS["topic"][int(rows["farola"].argmax())] == "street_lighting"
    assert LABELS["topic"][int(rows["bache"].argmax())] == "roads_pavements"


def test_scores_that_are_too_sure_are_made_honest() -> None:
    right = (RNG.random(4000) < 0.8).astype(np.int64)
    logits = np.stack([np.zeros(4000), np.full(4000, 5.0)], axis=1).astype(np.float32)
    scale, shift = fit_calibration(logits, right, shift=False)
    assert float(apply_calibration(logits, scale, shift)[0, 1]) == pytest.approx(float(right.mean()), abs=0.001)


def test_what_counts_more_moves_a_score_more() -> None:
    right = np.array([1, 0])
    logits = np.zeros((2, 2), np.float32)
    scale, shift = fit_calibration(logits, right, shift=True, counts=np.array([3, 1], np.float32))
    assert float(apply_calibration(logits, scale, shift)[0, 1]) == pytest.approx(0.75, abs=0.01)


def test_an_author_left_out_teaches_nothing_and_dev_and_the_kept_tenth_never_do() -> None:
    named = {
        name: post(name, origin, intent="other", topic="noise")
        for name, origin in (
            ("one", "incidents_es"),
            ("two", "incidents_es"),
            ("council", "council_posts_es"),
            ("kept", "council_posts_es"),
            ("dev", "dev"),
        )
    }
    sets = HeadSets(
        incidents={"a": [named["one"]], "b": [named["two"]]},
        training=[named["council"]],
        held_out_set=[named["kept"]],
        dev=[named["dev"]],
        platform=(["taught"], ["asked"]),
        tweets=[],
    )
    for taught in (sets.short_posts, sets.ngram_texts):
        assert {example.text for example in taught(without="a")} == {"two", "council"}
        assert {example.text for example in taught()} == {"one", "two", "council"}


@pytest.mark.slow
def test_a_table_of_letters_is_learned_once_from_the_same_texts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    lit, hole = (post(text, "written_es", topic=topic) for text, topic in (("farola", "street_lighting"), ("bache", "noise")))
    first = load_or_fit_ngrams("topic", [lit, hole], tmp_path)
    assert not np.array_equal(load_or_fit_ngrams("topic", [lit], tmp_path)[0], first[0])
    monkeypatch.setattr("workshop.training.heads.fit.fit_ngrams", None)
    again = load_or_fit_ngrams("topic", [lit, hole], tmp_path)
    assert [part.tobytes() for part in again] == [part.tobytes() for part in first]


@pytest.mark.parametrize(("precision", "recall"), [(1.0, 0.5), (0.66, 1.0), (0.5, 1.0)])
def test_recall_at_a_precision_is_that_of_the_best_threshold(precision: float, recall: float) -> None:
    score, truth = np.array([0.9, 0.8, 0.7, 0.1], np.float32), np.array([True, False, True, False])
    assert recall_at(score, truth, precision) == recall


def test_the_average_precision_is_the_mean_of_the_precisions_at_each_true_post() -> None:
    truth = np.array([False, True, True, False])
    assert average_precision(np.array([0.9, 0.8, 0.1, 0.5], np.float32), truth) == pytest.approx((1 / 2 + 2 / 4) / 2)
    assert average_precision(np.array([0.1, 0.9, 0.8, 0.2], np.float32), truth) == 1.0
    assert average_precision(np.array([0.5, 0.5, 0.5, 0.5], np.float32), np.zeros(4, bool)) == 0.0


def test_each_command_writes_between_its_own_marks(tmp_path: Path) -> None:
    card = tmp_path / "card.md"
    card.write_text("a\n<!-- x -->old<!-- y -->\nb\n", encoding="utf-8")
    write_card(card, {"title": "new"}, ("<!-- x -->", "<!-- y -->"))
    assert card.read_text(encoding="utf-8") == "a\n<!-- x -->\n\n### Title\n\nnew\n\n<!-- y -->\nb\n"
    with pytest.raises(ValueError, match="marks '<!-- scores"):
        write_card(card, {})


def test_the_same_heads_written_again_are_the_same_files(tmp_path: Path) -> None:
    weights = load_weights(MODELS / DEFAULT)
    write_model(tmp_path, weights, weights.tensors, weights.manifest.heads)
    first = [(tmp_path / name).read_bytes() for name in ("heads.safetensors", "manifest.json")]
    for _ in range(4):
        write_model(tmp_path, load_weights(tmp_path), weights.tensors, {})
    assert [(tmp_path / name).read_bytes() for name in ("heads.safetensors", "manifest.json")] == first
    changed = weights.tensors | {"grams": weights.tensors["grams"] + 1}
    write_model(tmp_path, weights, changed, {})
    assert (tmp_path / "heads.safetensors").read_bytes() != first[0]
