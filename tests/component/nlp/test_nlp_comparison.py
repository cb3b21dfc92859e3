"""`escucha models try`: another model and ours on the same labelled posts, told apart by figures worked out by hand."""

import json
import sys
from pathlib import Path

import pytest

from core.errors import ConfigurationError
from escucha.cli import main
from nlp.evaluation.comparison import ModelPredictions, compare, format_markdown
from nlp.evaluation.gold_set import LabelledPost
from nlp.evaluation.try_model import find_question, model_options, parse_label_map
from tests.support.nlp_facts import madrid

RIGHT = ("negative", "negative", "positive", "neutral")
OURS = ModelPredictions("ours@1", ("negative", "positive", "positive", "negative"), 0.5)
THEIRS = ModelPredictions("theirs@2", ("negative", "negative", "neutral", "positive"), 2.0)
GOLD = [LabelledPost(n, f"id{n}", "x", {"sentiment": value}, ()) for n, value in enumerate(RIGHT)]


def test_figures_of_both_are_told_label_by_label() -> None:
    found = compare("sentiment", GOLD, OURS, THEIRS)
    assert found.posts == {"negative": 2, "neutral": 1, "positive": 1}
    # ours: negative 1 hit of 2 said and 2: 1/2; neutral 0; positive 1 of 2 and 1: 2/3
    assert found.ours.f1 == pytest.approx({"negative": 1 / 2, "neutral": 0, "positive": 2 / 3})
    # theirs: negative 2 of 2 and 2: 1; the others crosswise: 0
    assert found.theirs.f1 == pytest.approx({"negative": 1, "neutral": 0, "positive": 0})
    assert (found.ours.macro_f1.value, found.theirs.macro_f1.value) == pytest.approx((7 / 18, 1 / 3))
    assert (found.ours.accuracy.value, found.theirs.accuracy.value) == (0.5, 0.5)
    assert found.gained.value == pytest.approx(1 / 3 - 7 / 18)
    assert (found.ours.posts_per_second, found.theirs.posts_per_second) == (8.0, 2.0)


def test_posts_on_which_they_differ_are_named_by_id() -> None:
    found = compare("sentiment", GOLD, OURS, THEIRS)
    assert (found.only_ours_right, found.only_theirs_right, found.both_wrong_apart) == (("id2",), ("id1",), ("id3",))
    said = format_markdown(found)
    assert "only ours is right (1): id2" in said
    assert "| negative | 0.50 | 1.00 | 2 |" in said
    assert "Macro-F1 of theirs minus ours: -0.056 (95 %: " in said


def test_yes_and_no_are_compared_like_any_label() -> None:
    gold = [LabelledPost(n, str(n), "x", {"actionable": n == 0}, ()) for n in range(2)]
    found = compare("actionable", gold, ModelPredictions("a", ("true", "false"), 1), ModelPredictions("b", ("false", "false"), 1))
    assert (found.ours.accuracy.value, found.theirs.accuracy.value) == (1.0, 0.5)


def test_labels_come_from_the_command_or_from_the_profile() -> None:
    city = madrid(sentiment={"model": "some/model", "labels": {"a=b": "negative"}})
    assert model_options(city, "sentiment", "some/model", {}).labels == {"a=b": "negative"}
    assert model_options(city, "sentiment", "some/model", parse_label_map(["a=b=neutral"])).labels == {"a=b": "neutral"}
    with pytest.raises(ConfigurationError, match="labels of Escucha: negative, neutral, positive"):
        model_options(city, "sentiment", "other/model", {})


@pytest.mark.parametrize(
    ("pairs", "said"),
    [
        (["bad"], "--label bad: write THEIRS=OURS, such as --label LABEL_0=negative"),
        (["LABEL_0="], "--label LABEL_0=: write THEIRS=OURS"),
        (["L=positiv"], "--label L=positiv: 'positiv' is not a label of Escucha: is 'positive' meant?"),
        (["L=happy"], "'happy' is not a label of Escucha: labels: sentiment: negative, neutral, positive; intent: "),
        (["L=negative", "M=neutral", "L=positive"], "--label L=positive: L is mapped to negative already"),
    ],
)
def test_a_label_that_cannot_be_meant_is_named(pairs: list[str], said: str) -> None:
    with pytest.raises(ConfigurationError) as raised:
        parse_label_map(pairs)
    assert said in str(raised.value)


def test_a_directory_that_is_not_there_is_named_before_anything_is_asked() -> None:
    with pytest.raises(ConfigurationError, match="models try ~/no such model: no such directory"):
        find_question(madrid(), "~/no such model", {})


def test_the_question_is_the_only_one_that_the_labels_fit() -> None:
    city = madrid(intent={"model": "some/model", "labels": {"a": "other"}})
    assert find_question(city, "some/model", {}) == "intent"
    assert find_question(city, "other/model", {"a": "noise", "b": "other"}) == "topic"
    for means in ({}, {"a": "other"}):  # `other` is an intent and a topic
        with pytest.raises(ConfigurationError, match="name its question with --question: sentiment, intent"):
            find_question(city, "other/model", means)


def test_without_torch_the_command_ends_with_2_and_says_what_to_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setitem(sys.modules, "torch", None)
    gold = tmp_path / "gold.jsonl"
    gold.write_text(json.dumps({"text": "hola", "sentiment": "neutral"}))
    asked = ["models", "try", "some/model", "--question", "sentiment", "--on", str(gold), "--label", "a=negative"]
    assert main(asked) == 2
    assert "pip install -r requirements-torch.txt" in caplog.text


def test_a_file_without_the_question_is_refused(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    gold = tmp_path / "gold.jsonl"
    gold.write_text(json.dumps({"text": "hola", "topic": "noise"}))
    asked = ["models", "try", "some/model", "--question", "sentiment", "--on", str(gold), "--label", "a=negative"]
    assert main(asked) == 2
    assert "no line has a label for sentiment" in caplog.text
