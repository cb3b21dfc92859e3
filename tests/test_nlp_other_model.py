"""Another model for one question: any text-classification model, refused loudly when it is not one or its labels are not ours."""

import json
from pathlib import Path

import pytest
from nlp_facts import madrid, posts

from core.errors import ConfigurationError
from core.reading import Reading
from escucha.cli import main
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


def test_the_command_compares_it_with_ours_on_a_labelled_file(
    folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    gold = tmp_path / "gold.jsonl"
    ours = [each.value("sentiment") for each in Reader(madrid()).read(posts()) if isinstance(each, Reading)]
    rows = [
        {"id": each.post_id, "text": each.text, "sentiment": value} for each, value in zip(posts(), ours, strict=True)
    ]
    gold.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    pairs = [word for theirs, ours in MAPPING.items() for word in ("--label", f"{theirs}={ours}")]
    asked = ["models", "try", str(folder), "--question", "sentiment", "--on", str(gold), *pairs]
    assert main([*asked, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ours"]["accuracy"][0] == 1.0  # the file says what ours says
    theirs = Reader(madrid(sentiment={"model": str(folder), "labels": MAPPING}), threads=2).read(posts())
    said = [str(reading.value("sentiment")) for reading in theirs if isinstance(reading, Reading)]
    apart = [row["id"] for row, value in zip(rows, said, strict=True) if value != row["sentiment"]]
    assert found["only_ours_right"] == apart
    assert found["theirs"]["accuracy"][0] == pytest.approx(1 - len(apart) / len(rows))
    assert found["theirs"]["posts_per_second"] > 0
    assert main(asked) == 0
    assert f"only ours is right ({len(apart)}): " in capsys.readouterr().out


def test_labels_that_do_not_fit_end_the_command_with_2(
    folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    gold = tmp_path / "gold.jsonl"
    gold.write_text(json.dumps({"text": "hola", "sentiment": "neutral"}), encoding="utf-8")
    asked = ["models", "try", str(folder), "--question", "sentiment", "--on", str(gold), "--label", "LABEL_0=happy"]
    assert main(asked) == 2
    assert "wrong: LABEL_0 = happy" in caplog.text
