"""The reader: one reading a post, in order, whatever stands beside it; one that breaks the model is set aside alone."""

import random
from collections.abc import Iterator, Sequence
from typing import Any

import numpy as np
import pytest

from core.config.city import City
from core.errors import ConfigurationError
from core.records.annotation import INTENTS, SENTIMENTS, TOPICS, Annotation, Label, Quarantined
from core.records.post import Post
from nlp import annotator as reader_module
from nlp.annotator import Annotator, UnreadableError
from nlp.inference.encoder import Batch
from nlp.inference.model_output import ModelOutput
from nlp.questions import sentiment
from tests.support.nlp_facts import TEXTS, madrid, post, posts


@pytest.fixture(scope="module")
def city() -> City:
    return madrid()


@pytest.fixture(scope="module")
def annotator(city: City) -> Annotator:
    return Annotator(city, threads=2)


def readings(found: Sequence[Annotation | Quarantined]) -> list[Annotation]:
    assert [each for each in found if isinstance(each, Quarantined)] == []
    return [each for each in found if isinstance(each, Annotation)]


def test_every_post_gets_one_reading_in_order_with_every_question(annotator: Annotator) -> None:
    found = readings(annotator.annotate(posts()))
    assert [each.post_id for each in found] == [each.post_id for each in posts()]
    for each in found:
        asked = {"language", "relevance", "sentiment", "intent", "topic", "actionable", "places", "spam", "sensitive"}
        assert set(each.labels) == asked
        assert each.value("sentiment") in SENTIMENTS
        assert each.value("intent") in INTENTS
        assert each.value("topic") in TOPICS
        assert all(0 <= label.score <= 1 for label in each.labels.values())
        assert all(label.question == name for name, label in each.labels.items())


def test_it_understands_plain_sentences(annotator: Annotator) -> None:
    pothole, thanks, opening, *_ = readings(annotator.annotate(posts()))
    assert (pothole.value("sentiment"), pothole.value("intent"), pothole.value("actionable")) == ("negative", "complaint", True)
    assert pothole.value("topic") == "roads_pavements"
    assert "calle Alcalá 200" in [place.text for place in pothole.places]
    assert (thanks.value("sentiment"), thanks.value("intent")) == ("positive", "praise")
    assert thanks.value("topic") == "waste_cleaning"
    assert opening.value("intent") == "question"


def test_a_topic_names_the_two_next_likeliest_ones_for_the_person_who_is_asked(annotator: Annotator) -> None:
    for found in readings(annotator.annotate(posts())):
        topic = found.labels["topic"]
        ranked = [(str(topic.value), topic.score), *topic.runners_up]
        assert len({name for name, _ in ranked} & set(TOPICS)) == 3
        assert [score for _, score in ranked] == sorted((score for _, score in ranked), reverse=True)
        assert found.labels["intent"].runners_up == ()


def test_places_are_exact_substrings_of_the_text(annotator: Annotator) -> None:
    texts = posts()
    for asked, found in zip(texts, readings(annotator.annotate(texts)), strict=True):
        assert all(place.text in asked.text for place in found.places)


def test_a_batch_never_changes_a_label(city: City) -> None:
    together = readings(Annotator(city, threads=2).annotate(posts()))
    alone = Annotator(city, threads=2)
    single = [readings(alone.annotate([each]))[0] for each in posts()]
    order = list(range(len(TEXTS)))
    random.Random(3).shuffle(order)  # noqa: S311
    mixed = readings(Annotator(city, threads=2).annotate([posts()[at] for at in order]))
    shuffled = [each for _, each in sorted(zip(order, mixed, strict=True), key=lambda pair: pair[0])]
    split = Annotator(city, threads=2)
    halves = readings([*split.annotate(posts()[:5]), *split.annotate(posts()[5:])])
    assert single == together
    assert shuffled == together
    assert halves == together


def test_a_text_alone_in_its_length_is_read_to_the_last_bit_as_beside_others(annotator: Annotator) -> None:
    """The runtime adds up the tokens of a lone text in another order than those of several."""
    encode = annotator.inference.encoder.encode
    texts = [f"Hay {number} baches en la calle Alcalá 200" for number in range(2, 7)]
    [together] = encode(texts)
    for at, row in enumerate(together.rows):
        [alone] = encode([texts[row]])
        assert np.array_equal(alone.pooled[0], together.pooled[at])
        assert np.array_equal(alone.states[0], together.states[at])


def test_the_number_of_threads_never_changes_a_label(city: City) -> None:
    one, two = (readings(Annotator(city, threads=threads).annotate(posts())) for threads in (1, 2))
    assert [each.labels for each in one] == [each.labels for each in two]


def test_the_same_text_again_costs_no_model_call(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    again = Annotator(city, threads=2)
    first = readings(again.annotate(posts()))
    asked: list[str] = []

    def encode(texts: list[str], windows: list[int]) -> Iterator[Batch]:
        asked.extend(texts)
        return iter(())

    monkeypatch.setattr(again.inference.encoder, "encode", encode)
    assert readings(again.annotate(posts())) == first
    assert asked == []


def test_embeddings_are_unit_vectors_of_384_half_floats(annotator: Annotator) -> None:
    for each in readings(annotator.annotate(posts())):
        vector = np.frombuffer(each.embedding, "<f2").astype(np.float32)
        assert vector.shape == (384,)
        assert abs(float(np.linalg.norm(vector)) - 1) < 1e-3


def test_a_long_text_is_cut_and_says_so(annotator: Annotator) -> None:
    found = readings(annotator.annotate(posts()))
    assert [each.truncated for each in found] == [False] * (len(TEXTS) - 1) + [True]


@pytest.mark.parametrize(
    ("text", "reason"),
    [("", "empty_text"), ("a\0b", "nul"), ("a\ud800b", "lone_surrogate"), ("a" * 200_000, "too_large")],
    ids=["empty", "nul", "lone surrogate", "too large"],
)
def test_a_text_that_cannot_be_read_is_set_aside_and_the_others_are_labelled(annotator: Annotator, text: str, reason: str) -> None:
    good = posts()[:2]
    bad = good[0].model_copy(update={"post_id": "b" * 32, "text": text})
    first, broken, second = annotator.annotate([good[0], bad, good[1]])
    assert broken == Quarantined(post_id="b" * 32, reason=reason)
    assert readings([first, second]) == readings(annotator.annotate(good))


@pytest.mark.parametrize(
    "text",
    ["\u0301" * 90_000, "</s>" * 5000, "<s><pad><unk></s>", "a\u202e\u2066‮", "🏳️‍🌈" * 3000, "\n" * 90_000 + "x"],
    ids=["combining marks", "end of text", "special pieces", "bidi", "flags", "lines"],
)
def test_strange_texts_are_read_like_any_other(annotator: Annotator, text: str) -> None:
    good = posts()[:2]
    found = readings(annotator.annotate([good[0], post(9, text), good[1]]))
    assert [found[0], found[2]] == readings(annotator.annotate(good))


def test_a_post_that_breaks_a_question_is_isolated_and_its_text_not_told(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    def breaks(city: City, options: Any, asked: Sequence[Post], encoded: ModelOutput) -> list[Label]:
        if any("POISON" in each.text for each in asked):
            raise ValueError("POISON secret")
        return real(city, options, asked, encoded)

    real = sentiment.classify
    fragile = Annotator(city, threads=2)
    monkeypatch.setattr(sentiment, "classify", breaks)
    many = [post(number, TEXTS[number % 11]) for number in range(40)]
    many[17] = post(17, "POISON secret")
    found = fragile.annotate(many)
    assert found[17] == Quarantined(post_id=f"{17:032}", reason="reader_failed:ValueError")
    assert sum(isinstance(each, Annotation) for each in found) == 39


def test_a_reader_that_fails_on_everything_blames_no_post(city: City, monkeypatch: pytest.MonkeyPatch) -> None:
    broken = Annotator(city, threads=2)
    monkeypatch.setattr(broken.inference, "read", lambda texts: 1 / 0)
    with pytest.raises(UnreadableError, match="none of 20 posts could be annotated"):
        broken.annotate([post(number, TEXTS[number % 11]) for number in range(20)])


def test_an_unknown_question_in_the_profile_is_refused(city: City) -> None:
    with pytest.raises(ConfigurationError, match=r"\[questions.mood\].*there is no nlp plug-in 'mood'"):
        Annotator(madrid(mood={}))


def test_an_unknown_key_of_a_question_is_refused(city: City) -> None:
    with pytest.raises(ConfigurationError, match="unknown key 'modell'"):
        Annotator(madrid(sentiment={"modell": "x"}))


def test_the_window_is_no_seam(city: City, monkeypatch: pytest.MonkeyPatch, annotator: Annotator) -> None:
    whole = readings(annotator.annotate(posts()))
    monkeypatch.setattr(reader_module, "WINDOW", 5)
    assert readings(Annotator(city, threads=2).annotate(posts())) == whole


def test_importing_the_room_loads_no_model() -> None:
    import subprocess
    import sys

    code = "import sys, nlp.annotator, nlp.label; print([m for m in ('onnxruntime', 'transformers', 'torch') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_without_torch_another_model_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    import sys

    monkeypatch.setitem(sys.modules, "torch", None)
    chosen = {"model": "somebody/something", "labels": {"a": "negative"}}
    with pytest.raises(ConfigurationError, match=r"pip install -r requirements-torch\.txt"):
        Annotator(madrid(sentiment=chosen))
