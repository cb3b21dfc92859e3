"""What is taught: one person's label, softened by what others thought of the same text."""

import random

import numpy as np
import pytest

from nlp.inference.model_files import LABELS
from tests.support.shared import SHARED, needs_shared
from workshop.training.data.dataset import NAMED, WRITTEN, load_written
from workshop.training.data.decide_madrid import LABELLED, load_platform, shorten
from workshop.training.data.example import READINGS, Example, load_json_lines
from workshop.training.data.soft_labels import (
    ANNOTATION_WEIGHT,
    PREDICTION_WEIGHT,
    by_text,
    load_annotations,
    mix_labels,
    one_hot_labels,
    parse_annotation,
    sample_epoch,
)
from workshop.training.train.held_out import Predictions

POST = Example("Hay un bache en @user", "council_posts_es", 2.0, {"sentiment": "negative"}, group="Hay un bache en @Ayto")
NAMED_POST = Example("Hay un bache en @Ayto", f"council_posts_es{NAMED}", 2.0, {"sentiment": "negative"}, group=POST.group)
NOTICE = Example("Cortes de agua el lunes", "council_announcements_es", 0.5, {"intent": "news"}, group="Cortes")
TWEET = Example("qué rico el arroz", "umsab_spanish", 1.0, {"sentiment": "positive"})


def test_a_label_is_the_whole_answer_and_a_question_without_one_is_not_taught() -> None:
    targets = one_hot_labels([POST, NOTICE])
    assert targets.answers["sentiment"].tolist() == [[1, 0, 0], [0, 0, 0]]
    assert targets.answers["intent"][1].tolist() == [label == "news" for label in LABELS["intent"]]


def test_other_readings_and_readers_soften_the_label_of_both_forms_of_a_text() -> None:
    readings = {POST.group: {"sentiment": np.array([0.5, 0.5, 0], np.float32)}}
    thought = {POST.group: {"sentiment": np.array([0, 0, 1], np.float32)}}
    targets = mix_labels([POST, NAMED_POST], thought, readings)
    people = np.array([1 - ANNOTATION_WEIGHT / 2, ANNOTATION_WEIGHT / 2, 0])
    expected = (1 - PREDICTION_WEIGHT) * people + PREDICTION_WEIGHT * np.array([0, 0, 1])
    assert targets.answers["sentiment"] == pytest.approx(np.stack([expected, expected]), abs=1e-6)


def test_what_nobody_labelled_is_not_taught_whatever_others_think_of_it() -> None:
    thought = {TWEET.key: {"intent": np.full(6, 1 / 6, np.float32)}}
    assert not mix_labels([TWEET], thought, {}).answers["intent"].any()


def test_opinions_are_the_probabilities_given_to_each_text() -> None:
    logits = {name: np.log(np.full((1, len(labels)), 1 / len(labels), np.float32)) for name, labels in LABELS.items()}
    found = by_text(Predictions([TWEET], logits, {}))
    assert found[TWEET.text]["sentiment"] == pytest.approx([1 / 3] * 3)


@pytest.mark.parametrize(
    ("question", "said", "shares"),
    [
        ("sentiment", [8, 1, 1], [0.8, 0.1, 0.1]),
        ("actionable", 6, [1 / 3, 2 / 3]),
        ("intent", ["question", "complaint"], [0.2, 0.8, 0, 0, 0, 0]),
        ("intent", ["other"], [0, 0, 0, 0, 0, 1]),
    ],
)
def test_a_further_reading_is_graded(question: str, said: object, shares: list[float]) -> None:
    assert parse_annotation(question, said) == pytest.approx(shares)


def test_a_round_takes_each_text_as_often_as_it_counts_in_one_of_its_forms() -> None:
    rng = random.Random(0)  # noqa: S311
    rounds = [sample_epoch([POST, NAMED_POST, NOTICE], rng) for _ in range(1000)]
    assert all(each.count(0) + each.count(1) == 2 for each in rounds)
    assert 950 < sum(each.count(0) for each in rounds) < 1050
    assert 450 < sum(each.count(2) for each in rounds) < 550
    assert all(each.count(2) <= 1 for each in rounds)


def test_everyday_tweets_that_we_wrote_have_a_sentiment_and_are_never_held_out() -> None:
    tweets = [example for example in load_written(WRITTEN) if "topic" not in example.answers]
    assert len(tweets) > 3000
    assert {frozenset(tweet.answers) for tweet in tweets} == {frozenset({"sentiment"})}
    assert not any(tweet.guided or tweet.places for tweet in tweets)


def test_every_reading_names_its_text_by_number_and_holds_none_of_it_but_names_of_madrids_open_data() -> None:
    asked = {"id", "sentiment", "intent", "topic", "actionable"}
    for path in READINGS.glob("*.jsonl"):
        for row in load_json_lines(path):
            assert set(row) in ((asked | {"places"},) if path == LABELLED else (asked, {"line", "sentiment"}))
            assert sum(row["sentiment"]) == 10


@needs_shared
def test_the_readings_are_of_all_posts_to_councils_all_spanish_tweets_and_what_was_unlabelled_of_decide_madrid() -> None:
    found = load_annotations(SHARED / "data")
    assert sum("actionable" in said for said in found.values()) == 1100 + len(load_json_lines(LABELLED))
    assert sum("actionable" not in said for said in found.values()) > 1800
    for said in found.values():
        assert all(shares.sum() == pytest.approx(1, abs=1e-5) for shares in said.values())


@needs_shared
def test_texts_of_decide_madrid_that_we_labelled_hold_the_places_that_were_marked_and_are_none_of_those_labelled_before() -> None:
    found = list(load_platform(SHARED / "data"))
    before = {row["text"] for row in load_json_lines(SHARED / "data" / "decide_madrid_labelled_es" / "train.jsonl")}
    assert len({example.text for example in found}) == len(found) > 3000
    assert not before & {example.text for example in found}
    assert all(place in example.text for example in found for place in example.places or ())


def test_a_long_text_of_the_platform_ends_with_a_whole_sentence() -> None:
    assert shorten("  Hay   un\nbache. ") == "Hay un bache."
    assert shorten("Hay un bache. " * 40) == ("Hay un bache. " * 30).strip()
    assert shorten("bache " * 100) == ("bache " * 69 + "bache")
