"""Another model for one question: any text-classification model, refused loudly when it is not one or its labels are not ours."""

import json
import shutil
from pathlib import Path
from typing import Any

import pytest

from core.errors import ConfigurationError
from core.records.annotation import Annotation
from escucha.cli import main
from nlp.annotator import Annotator
from nlp.evaluation.try_model import find_question, model_options
from nlp.inference.model_files import DEFAULT, MODELS
from tests.support.nlp_facts import madrid, posts

torch = pytest.importorskip("torch", reason="needs requirements-torch.txt")
MAPPING = {"LABEL_0": "negative", "LABEL_1": "neutral", "LABEL_2": "positive"}


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A tiny model of random numbers, with our tokenizer."""
    return make(tmp_path_factory.mktemp("tiny"))


def make(path: Path, **config: Any) -> Path:
    import transformers

    torch.manual_seed(1)
    special = {"bos_token": "<s>", "eos_token": "</s>", "pad_token": "<pad>", "unk_token": "<unk>"}
    untyped: Any = transformers
    tokenizer = untyped.PreTrainedTokenizerFast(tokenizer_file=str(MODELS / DEFAULT / "tokenizer.json"), **special)
    small = {"hidden_size": 16, "num_hidden_layers": 1, "num_attention_heads": 2, "intermediate_size": 16}
    known = {"vocab_size": len(tokenizer), "num_labels": 3, "pad_token_id": 1}
    untyped.BertForSequenceClassification(untyped.BertConfig(**(small | known | config))).save_pretrained(path)
    tokenizer.save_pretrained(path)
    return path


def test_it_answers_its_question_and_ours_answer_the_rest(folder: Path) -> None:
    other = Annotator(madrid(sentiment={"model": str(folder), "labels": MAPPING}), threads=2)
    ours = Annotator(madrid(), threads=2)
    assert other.model.startswith(f"{ours.model}+sentiment:{folder}@")
    for theirs, own in zip(other.annotate(posts()), ours.annotate(posts()), strict=True):
        assert isinstance(theirs, Annotation) and isinstance(own, Annotation)  # noqa: PT018
        assert theirs.labels["sentiment"].model.startswith(f"{folder}@")
        assert theirs.labels["intent"] == own.labels["intent"]


def test_a_batch_never_changes_its_labels_either(folder: Path) -> None:
    annotator = Annotator(madrid(sentiment={"model": str(folder), "labels": MAPPING}), threads=2)
    together = annotator.annotate(posts())
    assert [annotator.annotate([each])[0] for each in posts()] == together


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
        Annotator(madrid(sentiment={"model": str(folder), "labels": labels}))


def test_a_directory_that_holds_no_model_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="cannot be loaded as a text-classification model"):
        Annotator(madrid(intent={"model": str(tmp_path), "labels": {"a": "complaint"}}))


def test_a_directory_that_is_not_there_is_called_so() -> None:
    with pytest.raises(ConfigurationError, match="model = '/not/there': no such directory"):
        Annotator(madrid(intent={"model": "/not/there", "labels": {"a": "complaint"}}))


def test_weights_that_are_damaged_are_refused_in_words(folder: Path, tmp_path: Path) -> None:
    broken = Path(shutil.copytree(folder, tmp_path / "broken"))
    weights = broken / "model.safetensors"
    weights.write_bytes(b"\xff" * 16 + weights.read_bytes()[16:])
    with pytest.raises(ConfigurationError, match="cannot be loaded as a text-classification model"):
        Annotator(madrid(sentiment={"model": str(broken), "labels": MAPPING}))


def test_weights_that_do_not_fit_their_configuration_are_refused_in_words(folder: Path, tmp_path: Path) -> None:
    broken = Path(shutil.copytree(folder, tmp_path / "broken"))
    config = json.loads((broken / "config.json").read_text())
    (broken / "config.json").write_text(json.dumps({**config, "hidden_size": 32}))
    with pytest.raises(ConfigurationError, match="cannot be loaded as a text-classification model"):
        Annotator(madrid(sentiment={"model": str(broken), "labels": MAPPING}))


def test_a_model_that_gives_one_number_only_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="not a classifier"):
        Annotator(madrid(actionable={"model": str(make(tmp_path, num_labels=1)), "labels": {"LABEL_0": "true"}}))


def test_a_model_that_reads_less_than_ours_gets_shorter_texts(tmp_path: Path) -> None:
    short = make(tmp_path, max_position_embeddings=34)
    read = Annotator(madrid(sentiment={"model": str(short), "labels": MAPPING}), threads=2).annotate(posts())
    assert all(isinstance(each, Annotation) for each in read)


def test_labels_called_as_ours_need_no_map(folder: Path, tmp_path: Path) -> None:
    named = make(tmp_path, id2label={0: "NEGATIVE", 1: "neutral", 2: "Positive"})
    found = model_options(madrid(), "sentiment", str(named), {})
    assert found.labels == {"NEGATIVE": "negative", "neutral": "neutral", "Positive": "positive"}
    assert find_question(madrid(), str(named), {}) == "sentiment"
    for question, other in (("topic", named), ("sentiment", folder)):
        with pytest.raises(ConfigurationError, match="map each of its labels with --label THEIRS=OURS"):
            model_options(madrid(), question, str(other), {})


def test_a_model_without_labels_is_refused(folder: Path) -> None:
    with pytest.raises(ConfigurationError, match="'model' and 'labels' come together"):
        Annotator(madrid(topic={"model": str(folder)}))


def test_the_command_compares_it_with_ours_on_a_labelled_file(folder: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    gold = tmp_path / "gold.jsonl"
    ours = [each.value("sentiment") for each in Annotator(madrid()).annotate(posts()) if isinstance(each, Annotation)]
    rows = [{"id": each.post_id, "text": each.text, "sentiment": value} for each, value in zip(posts(), ours, strict=True)]
    gold.write_text("\n".join(json.dumps(row) for row in rows), encoding="utf-8")
    pairs = [word for theirs, ours in MAPPING.items() for word in ("--label", f"{theirs}={ours}")]
    asked = ["models", "try", str(folder), "--question", "sentiment", "--on", str(gold), *pairs]
    assert main([*asked, "--json"]) == 0
    found = json.loads(capsys.readouterr().out)
    assert found["ours"]["accuracy"][0] == 1.0  # the file says what ours says
    theirs = Annotator(madrid(sentiment={"model": str(folder), "labels": MAPPING}), threads=2).annotate(posts())
    said = [str(reading.value("sentiment")) for reading in theirs if isinstance(reading, Annotation)]
    apart = [row["id"] for row, value in zip(rows, said, strict=True) if value != row["sentiment"]]
    assert found["only_ours_right"] == apart
    assert found["theirs"]["accuracy"][0] == pytest.approx(1 - len(apart) / len(rows))
    assert found["theirs"]["posts_per_second"] > 0
    assert main(asked) == 0
    assert f"only ours is right ({len(apart)}): " in capsys.readouterr().out


def test_labels_that_do_not_fit_end_the_command_with_2(folder: Path, tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    gold = tmp_path / "gold.jsonl"
    gold.write_text(json.dumps({"text": "hola", "sentiment": "neutral"}), encoding="utf-8")
    asked = ["models", "try", str(folder), "--question", "sentiment", "--on", str(gold), "--label", "LABEL_0=noise"]
    assert main(asked) == 2
    assert "wrong: LABEL_0 = noise" in caplog.text
