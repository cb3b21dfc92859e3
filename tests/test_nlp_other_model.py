"""Another model for one question: any text-classification model, refused loudly when it is not one or its labels are not ours."""

from pathlib import Path

import pytest
from nlp_facts import madrid, posts

from core.errors import ConfigurationError
from core.reading import Reading
from nlp.reader import Reader
from nlp.weights import DEFAULT, MODELS

torch = pytest.importorskip("torch", reason="needs requirements-torch.txt")
MAPPING = {"LABEL_0": "negative", "LABEL_1": "neutral", "LABEL_2": "positive"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model of random numbers, with our tokenizer."""
    from transformers import BertConfig, BertForSequenceClassification, PreTrainedTokenizerFast

    torch.manual_seed(1)
    path = tmp_path_factory.mktemp("tiny")
    special = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
    tokenizer = PreTrainedTokenizerFast(tokenizer_file=str(MODELS / DEFAULT / "tokenizer.json"), **special)
    config = BertConfig(
        vocab_size=len(tokenizer),
        hidden_size=16,
        num_hidden_layers=1,
        num_attention_heads=2,
        intermediate_size=16,
        num_labels=3,
        pad_token_id=1,
    )
    BertForSequenceClassification(config).save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


def test_it_answers_its_question_and_ours_answer_the_rest(folder: Path) -> None:
    other = Reader(madrid(sentiment={"model": str(folder), "labels": MAPPING}), threads=2)
    ours = Reader(madrid(), threads=2)
    assert other.model.startswith(f"{ours.model}+sentiment:{folder}@")
    for theirs, own in zip(other.read(posts()), ours.read(posts()), strict=True):
        assert isinstance(theirs, Reading) and isinstance(own, Reading)  # noqa: PT018
        assert theirs.labels["sentiment"].model.startswith(f"{folder}@")
        assert theirs.labels["intent"] == own.labels["intent"]


def test_a_batch_never_changes_its_labels_either(folder: Path) -> None:
    reader = Reader(madrid(sentiment={"model": str(folder), "labels": MAPPING}), threads=2)
    together = reader.read(posts())
    assert [reader.read([each])[0] for each in posts()] == together


@pytest.mark.parametrize(
    ("labels", "said"),
    [
        ({"LABEL_0": "negative", "LABEL_1": "neutral"}, "not mapped: LABEL_2"),
        ({**MAPPING, "LABEL_2": "happy"}, "wrong: LABEL_2 = happy"),
        ({**MAPPING, "LABEL_3": "positive"}, "wrong: LABEL_3 = positive"),
    ],
    ids=["one missing", "not ours", "not theirs"],
)
def test_labels_that_do_not_fit_are_refused(folder: Path, labels: dict[str, str], said: str) -> None:
    with pytest.raises(ConfigurationError, match=said):
        Reader(madrid(sentiment={"model": str(folder), "labels": labels}))


def test_a_directory_that_holds_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be loaded as a text-classification model"):
        Reader(madrid(intent={"model": str(tmp_path), "labels": {"a": "complaint"}}))


def test_a_model_without_labels_is_refused(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="'model' and 'labels' come together"):
        Reader(madrid(topic={"model": str(folder)}))
