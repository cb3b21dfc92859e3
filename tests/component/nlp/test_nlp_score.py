"""`make score GOLD=file.jsonl`: a labelled file gives figures, a wrong one a sentence that names the line."""

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from core.errors import ConfigurationError
from core.records.annotation import Annotation, Label, Place
from nlp.annotator import Annotator
from nlp.evaluation.gold_set import LabelledPost, load_gold
from nlp.evaluation.report import score
from nlp.evaluation.score import format_markdown, main
from tests.support.nlp_facts import madrid, post


def write(path: Path, *rows: dict[str, Any]) -> Path:
    path.write_text("".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows), encoding="utf-8")
    return path


def pair(right: dict[str, Any], **said: tuple[Any, float]) -> tuple[LabelledPost, Annotation]:
    """A labelled post and a reading, both made by hand."""
    labels = {name: Label(question=name, value=value, score=sure, model="hand@1") for name, (value, sure) in said.items()}
    return LabelledPost(1, "1", "x", right, ()), Annotation(post_id="1", embedding=b"", labels=labels, model="hand@1")


def border(question: str, **said: tuple[Any, float]) -> tuple[LabelledPost, Annotation]:
    """A post of which honest readers answer the question differently."""
    row, annotation = pair({}, **said)
    return replace(row, border=frozenset({question})), annotation


def test_figures_of_a_question_with_many_labels() -> None:
    pairs = [
        pair({"topic": "noise"}, topic=("noise", 0.9)),
        pair({"topic": "noise"}, topic=("other", 0.7)),
        pair({"topic": "other"}, topic=("other", 0.7)),
        pair({}, topic=("other", 0.7)),
    ]
    [found] = score(pairs)
    # noise: 1 hit of 1 and 2: 2/3; other: 1 of 2 and 1: 2/3. ECE: bin .9: gap .1 x 1/3; bin .7: gap .2 x 2/3
    assert (found.question, found.posts) == ("topic", 3)
    assert [found.figures[name].value for name in ("macro-F1", "accuracy", "ECE")] == pytest.approx([2 / 3, 2 / 3, 0.1 / 3 + 0.4 / 3])
    assert [(one.label, one.precision, one.recall, one.posts) for one in found.labels] == [("noise", 1.0, 0.5, 2), ("other", 0.5, 1.0, 1)]


def test_figures_of_a_yes_or_no() -> None:
    pairs = [
        pair({"actionable": True}, actionable=(True, 0.8)),
        pair({"actionable": False}, actionable=(True, 0.8)),
        pair({"actionable": True}, actionable=(False, 0.3)),
    ]
    [found] = score(pairs)
    assert [found.figures[f"{name} of true"].value for name in ("F1", "precision", "recall")] == pytest.approx([0.5] * 3)
    # the score is the chance of true: bin .8: |.8 - .5| x 2/3; bin .3: |.3 - 1| x 1/3
    assert found.figures["ECE"].value == pytest.approx(0.3 * 2 / 3 + 0.7 / 3)


def test_how_many_actionable_posts_a_precision_of_nine_tenths_keeps() -> None:
    scores = ((True, 0.9), (True, 0.8), (False, 0.7), (True, 0.6))  # above .8: 2 of 2 right, of 3; above .6: 3 of 4
    [found] = score([pair({"actionable": right}, actionable=(sure > 0.5, sure)) for right, sure in scores])
    assert found.figures["recall at precision 0.90"].value == pytest.approx(2 / 3)
    assert found.figures["average precision"].value == pytest.approx((1 + 1 + 3 / 4) / 3)


def test_the_recall_of_complaints_ranks_posts_of_other_labels_too() -> None:
    said = (("complaint", "complaint"), ("complaint", "news"), ("news", "complaint"), ("news", "news"))
    pairs = [pair({"intent": right}, intent=(value, 0.6)) for right, value in said]
    unlabelled = pair({}, intent=("complaint", 0.99))  # no label: ranked nowhere
    figures = score([unlabelled, *pairs], [0.99, 0.9, 0.8, 0.7, 0.1])[0].figures
    # by probability: two complaints above .8, both right; by label alone one of two would be right
    assert figures["complaint recall at precision 0.78"].value == 1.0
    assert "complaint recall at precision 0.78" not in score(pairs)[0].figures


def test_posts_at_the_border_count_on_neither_side_and_are_shown_both_ways() -> None:
    pairs = [
        pair({"actionable": True}, actionable=(True, 0.8)),
        pair({"actionable": True}, actionable=(False, 0.3)),
        pair({"actionable": False}, actionable=(False, 0.3)),
        border("actionable", actionable=(True, 0.7)),
        border("actionable", actionable=(False, 0.4)),
    ]
    [found] = score(pairs)
    assert (found.posts, found.border) == (3, 2)
    assert found.figures["accuracy"].value == pytest.approx(2 / 3)
    assert found.with_border == {
        "accuracy": (pytest.approx(2 / 5), pytest.approx(4 / 5)),
        "F1 of true": (pytest.approx(2 / 5), pytest.approx(4 / 5)),  # 1 of 2 said and 3 true; 2 of 2 said and 3 true
        "precision of true": (0.5, 1.0),
        "recall of true": (pytest.approx(1 / 3), pytest.approx(2 / 3)),
    }
    assert "| actionable | 5 | accuracy, with 2 at the border wrong–right | 0.400–0.800 |" in format_markdown([found], "")


def test_a_border_of_many_labels_is_shown_in_the_accuracy() -> None:
    pairs = [pair({"topic": "noise"}, topic=("noise", 0.9)), border("topic", topic=("other", 0.7))]
    [found] = score(pairs)
    assert (found.posts, found.border, found.with_border) == (1, 1, {"accuracy": (0.5, 1.0)})


def test_a_file_may_answer_with_border(tmp_path: Path) -> None:
    path = write(
        tmp_path / "gold.jsonl",
        {"text": "uno", "topic": "noise", "actionable": "border"},
        {"text": "dos", "topic": "border", "actionable": True},
        {"text": "tres", "actionable": "border"},
    )
    found = load_gold(path)
    assert [(row.right, set(row.border)) for row in found] == [
        ({"topic": "noise"}, {"actionable"}),
        ({"actionable": True}, {"topic"}),
        ({}, {"actionable"}),
    ]
    assert [row.text for row in load_gold(path, needed="actionable")] == ["dos"]
    only = write(tmp_path / "border.jsonl", {"text": "tres", "actionable": "border"})
    with pytest.raises(ConfigurationError, match="no line has a label"):
        load_gold(only)


def test_places_have_no_border(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="'places' is \"border\"; allowed: a list"):
        load_gold(write(tmp_path / "gold.jsonl", {"text": "uno", "topic": "noise", "places": "border"}))


def test_places_count_exact_words_once_a_post() -> None:
    places = (Place(text="Sol"), Place(text="Gran Vía"))
    pairs = [pair({"places": ["Sol", "calle Mayor", "Sol"]}, places=(places, 0.9)), pair({"places": []}, places=((), 0.9))]
    [found] = score(pairs)
    assert found.figures["F1 of exact words"].value == pytest.approx(2 * 1 / (2 + 2))


def test_a_language_is_compared_without_its_region() -> None:
    [found] = score([pair({"language": "es-ES"}, language=("es", 0.9)), pair({"language": "gl"}, language=("pt", 0.9))])
    assert found.figures["accuracy"].value == 0.5


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{", "gold.jsonl:2: not JSON"),
        (b'{"text": "\xf1"}', "gold.jsonl:2: not JSON in UTF-8"),
        (b"[1]", "gold.jsonl:2: not an object"),
        (b'{"topic": "noise"}', "gold.jsonl:2: 'text' is missing"),
        (b'{"text": " "}', "gold.jsonl:2: 'text' cannot be read"),
        (b'{"text": "a", "topic": "ufos"}', "gold.jsonl:2: 'topic' is \"ufos\"; allowed: waste_cleaning, "),
        (b'{"text": "a", "topic": "' + b"soy Ana y " * 9 + b'"}', "gold.jsonl:2: 'topic' is str of 92 characters; allowed: waste"),
        (b'{"text": "a", "topic": ["noise"]}', "gold.jsonl:2: 'topic' is "),
        (b'{"text": "a", "actionable": "true"}', "gold.jsonl:2: 'actionable' is \"true\"; allowed: true, false"),
        (b'{"text": "a", "places": "Sol"}', "gold.jsonl:2: 'places' is \"Sol\"; allowed: a list"),
        (b'{"text": "en Sol", "places": ["sol"]}', "gold.jsonl:2: places must be exact substrings"),
        (b'{"text": "a", "sentimient": "neutral"}', "gold.jsonl:2: unknown field 'sentimient': is 'sentiment' meant?"),
        (b'{"text": "a", "Topic": "noise"}', "gold.jsonl:2: unknown field 'Topic': is 'topic' meant?"),
    ],
)
def test_a_wrong_line_is_named(tmp_path: Path, line: bytes, said: str, capsys: pytest.CaptureFixture[str]) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_bytes(b'{"text": "hola", "topic": "other"}\n' + line + b"\n")
    with pytest.raises(ConfigurationError) as raised:
        load_gold(path)
    assert said in str(raised.value)


@pytest.mark.parametrize("name", ["null", "true", "[1]", "1.5", "NaN", '""', '"a\\nb"', '"\\ud800"', f'"{"x" * 300}"'])
def test_a_post_without_a_name_that_can_be_printed_is_called_by_its_line(tmp_path: Path, name: str) -> None:
    path = tmp_path / "gold.jsonl"
    path.write_text(f'{{"id": 7, "text": "hola", "topic": "other"}}\n{{"id": {name}, "text": "a", "topic": "other"}}\n')
    assert [row.row_id for row in load_gold(path)] == ["7", "line 2"]


def test_a_file_without_any_label_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="no line has a label for any of sentiment"):
        load_gold(write(tmp_path / "gold.jsonl", {"text": "hola"}))


def test_a_file_that_is_not_there_ends_with_2_and_says_so(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    assert main([str(tmp_path / "none.jsonl")]) == 2
    assert "none.jsonl: cannot be read (No such file" in caplog.text


def test_the_shipped_reader_is_measured_on_a_file_of_ones_own(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], caplog: pytest.LogCaptureFixture
) -> None:
    text = "@vecina: no funciona la farola de Bravo Murillo 33 desde hace dos semanas"
    [reading] = Annotator(madrid(), threads=1).annotate([post(0, text)])
    assert isinstance(reading, Annotation)
    right: dict[str, object] = {name: reading.value(name) for name in ("topic", "actionable", "language")}
    right["places"] = [place.text for place in reading.places]
    wrong = {**right, "actionable": not right["actionable"], "topic": "noise", "language": "eu", "places": ["farola"]}
    path = write(tmp_path / "gold.jsonl", {"text": text, "why": "of our own", **right}, {"text": text, **wrong})
    assert main([str(path)]) == 0
    out = capsys.readouterr().out
    for name, measure in (("topic", "accuracy"), ("actionable", "accuracy"), ("language", "accuracy")):
        assert f"| {name} | 2 | {measure} | 0.500 (0.00–1.00) |" in out
    assert "| actionable | 2 | recall at precision 0.90 | " in out
    found = len(reading.places)  # in both posts: right in the first, wrong in the second, which has one of its own
    assert f"| places | 2 | F1 of exact words | {2 * found / (2 * found + found + 1):.3f} (" in out
    assert "fields not evaluated: why" in caplog.text


def test_the_tables_say_label_by_label() -> None:
    out = format_markdown(score([pair({"intent": "praise"}, intent=("praise", 1.0))]), "title")
    assert out.splitlines()[0] == "title"
    assert "| intent | precision | recall | F1 | posts |" in out
