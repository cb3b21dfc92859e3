"""The encoder for a graphics card, on the processor: the labels of the 32-bit graph, and the same bits whatever stands beside a text."""

import random
from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest

from core.errors import ConfigurationError
from core.records.annotation import Annotation, Quarantined
from nlp.annotator import Annotator
from nlp.inference.encoder import Encoder, load_encoder
from nlp.inference.model import InferenceModel
from nlp.inference.model_files import DEFAULT, MODELS, Weights, load_weights
from nlp.inference.model_output import ModelOutput
from tests.support.nlp_facts import TEXTS, madrid, posts
from workshop.bench_reading.lanes import write_float_model
from workshop.bench_reading.sample import load_rows, sample_texts

torch = pytest.importorskip("torch", reason="needs requirements-torch.txt")
pytest.importorskip("onnx", reason="needs requirements-torch.txt")
pytestmark = pytest.mark.slow  # a batch takes torch on a processor a second

from nlp.inference.torch_encoder import GPU_BATCH_TOKENS  # noqa: E402 - needs torch

DEVICE = "ESCUCHA_READER_DEVICE"
NEAR = 1e-3


@pytest.fixture(scope="module")
def texts() -> list[str]:
    return [*TEXTS, *sample_texts(load_rows(), 24)]


@pytest.fixture(scope="module")
def plain(tmp_path_factory: pytest.TempPathFactory) -> Weights:
    """The model with the encoder's graph in 32 bits."""
    return write_float_model(load_weights(MODELS / DEFAULT), tmp_path_factory.mktemp("plain") / "model")


@pytest.fixture(scope="module")
def ours() -> InferenceModel:
    return InferenceModel(load_weights(MODELS / DEFAULT), threads=2, device="torch:cpu")


@pytest.fixture(scope="module")
def read(ours: InferenceModel, texts: list[str]) -> ModelOutput:
    return ours.read(texts)


def test_every_batch_is_that_of_the_plain_graph(ours: InferenceModel, plain: Weights) -> None:
    for one, other in zip(ours.encoder.encode(TEXTS), Encoder(plain.folder, 2).encode(TEXTS), strict=True):
        assert (one.rows, one.offsets, one.truncated) == (other.rows, other.offsets, other.truncated)
        assert np.array_equal(one.mask, other.mask)
        assert (one.pooled.dtype, one.states.dtype) == (np.dtype(np.float32), np.dtype(np.float32))
        assert one.pooled.shape == other.pooled.shape
        assert np.abs(one.pooled - other.pooled).max() < NEAR
        real = one.mask == 1
        assert np.abs(one.states[real] - other.states[real]).max() < NEAR


def test_the_labels_are_those_of_the_plain_graph(read: ModelOutput, texts: list[str], plain: Weights) -> None:
    other = InferenceModel(plain, 2).read(texts)
    for head in read.logits:
        assert np.array_equal(read.probabilities(head).argmax(axis=1), other.probabilities(head).argmax(axis=1))
        assert np.abs(read.probabilities(head) - other.probabilities(head)).max() < NEAR
    assert stretches(read) == stretches(other)
    assert (read.embedding * other.embedding).sum(axis=1).min() > 1 - NEAR
    assert np.array_equal(read.truncated, other.truncated)


def test_the_reader_asks_the_device_of_the_setting_and_its_name_says_so(monkeypatch: pytest.MonkeyPatch, plain: Weights) -> None:
    yardstick = Annotator(madrid(), threads=2)
    name = yardstick.model
    yardstick.inference = InferenceModel(plain, 2)
    monkeypatch.setenv(DEVICE, "torch:cpu")
    annotator = Annotator(madrid(), threads=2)
    assert annotator.model == name.replace(plain.model, f"{plain.model}+fp32")
    assert "32 bits, on torch:cpu (the processor)" in annotator.inference.encoder.describe()
    for one, other in zip(readings(annotator.annotate(posts())), readings(yardstick.annotate(posts())), strict=True):
        assert one.model == annotator.model
        assert one.labels["topic"].model == f"{plain.model}+fp32"
        assert answers(one) == answers(other)


def test_a_batch_never_changes_a_bit(ours: InferenceModel, read: ModelOutput, texts: list[str]) -> None:
    order = list(range(len(texts)))
    random.Random(3).shuffle(order)  # noqa: S311
    ways = {"shuffled": [order], "split": [order[:9], order[9:]], "alone": [[row] for row in range(5)]}
    for way, parts in ways.items():
        for rows in parts:
            ours.memory.clear()
            found = ours.read([texts[row] for row in rows])
            assert np.array_equal(found.embedding, read.embedding[rows]), way
            assert found.tags == tuple(read.tags[row] for row in rows), way
            assert all(np.array_equal(found.logits[head], read.logits[head][rows]) for head in read.logits), way


def test_the_batches_of_a_card_give_the_same_labels(
    ours: InferenceModel, read: ModelOutput, texts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ours.encoder, "tokens", GPU_BATCH_TOKENS)
    ours.memory.clear()
    rows = [row for row, text in enumerate(texts) if len(text) < 100]
    found = ours.read([texts[row] for row in rows])
    ours.memory.clear()
    for head in read.logits:
        assert np.array_equal(found.logits[head].argmax(axis=1), read.logits[head][rows].argmax(axis=1))
        assert np.abs(found.logits[head] - read.logits[head][rows]).max() < NEAR


def test_a_device_that_fails_blames_no_post(monkeypatch: pytest.MonkeyPatch, ours: InferenceModel) -> None:
    annotator = Annotator(madrid(), threads=2)
    annotator.inference = ours
    ours.memory.clear()
    monkeypatch.setattr(ours.encoder, "network", fails)
    with pytest.raises(ConfigurationError, match=r"torch:cpu: the device failed.*unlabelled posts wait"):
        annotator.annotate(posts()[:2])


def test_a_card_that_is_not_there_is_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    with pytest.raises(ConfigurationError, match=rf"=cuda: torch .* finds no graphics card.*{DEVICE}=cpu"):
        load_encoder(MODELS / DEFAULT, 2, "cuda")
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 2)
    with pytest.raises(ConfigurationError, match="=cuda:2: no such card; this machine has cuda:0, cuda:1"):
        load_encoder(MODELS / DEFAULT, 2, "cuda:2")


def test_on_a_card_the_labels_are_those_of_the_plain_graph_in_every_batch(texts: list[str], plain: Weights) -> None:
    if not torch.cuda.is_available():
        pytest.skip("needs a graphics card that torch can use")
    card = InferenceModel(load_weights(MODELS / DEFAULT), 2, "cuda")
    found, other = card.read(texts), InferenceModel(plain, 2).read(texts)
    for head in found.logits:
        assert np.array_equal(found.probabilities(head).argmax(axis=1), other.probabilities(head).argmax(axis=1))
    assert stretches(found) == stretches(other)
    for row, text in enumerate(texts):
        card.memory.clear()
        assert all(np.array_equal(card.read([text]).logits[h][0], found.logits[h][row]) for h in found.logits)


def fails(**given: Any) -> None:
    """What torch does when a card's memory is full."""
    raise RuntimeError("CUDA error: out of memory")


def stretches(encoded: ModelOutput) -> list[list[tuple[int, int]]]:
    return [[(tag.start, tag.end) for tag in tags] for tags in encoded.tags]


def readings(found: Sequence[Annotation | Quarantined]) -> list[Annotation]:
    assert [each for each in found if isinstance(each, Quarantined)] == []
    return [each for each in found if isinstance(each, Annotation)]


def answers(reading: Annotation) -> dict[str, Any]:
    """Every label without the name of its model and the last digits of its score."""
    said = {name: label.model_dump(mode="json", exclude={"model", "score"}) for name, label in reading.labels.items()}
    for place in said["places"].get("places") or []:
        place.pop("score", None)
    return said
