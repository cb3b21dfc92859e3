"""`escucha label`: one line out for one in, in order, whatever the line holds."""

import io
import json
from typing import Any

import pytest

from core.config.city import City
from nlp import label as label_module
from nlp.annotator import Annotator
from nlp.label import bounded_lines, label_lines
from tests.support.nlp_facts import TEXTS, madrid


@pytest.fixture(scope="module")
def city() -> City:
    return madrid()


@pytest.fixture(scope="module")
def annotator(city: City) -> Annotator:
    return Annotator(city, threads=2)


def run(city: City, annotator: Annotator, lines: list[bytes]) -> list[dict[str, Any]]:
    out = list(label_lines(city, annotator, lines))
    assert all(len(line.splitlines()) == 1 for line in out)
    return [json.loads(line) for line in out]


def line(number: int, text: str, **more: Any) -> bytes:
    return json.dumps({"id": str(number), "text": text, **more}).encode() + b"\n"


def test_a_line_is_answered_as_the_design_says(city: City, annotator: Annotator) -> None:
    [found] = run(city, annotator, [line(1, TEXTS[0])])
    assert list(found) == [
        *("id", "sentiment", "intent", "topic", "actionable", "relevance", "spam", "sensitive", "language", "places", "scores", "model")
    ]
    assert found["id"] == "1"
    assert (found["sentiment"], found["intent"], found["topic"]) == ("negative", "complaint", "roads_pavements")
    assert (found["actionable"], found["language"]) == (True, "es")
    assert found["places"] == ["calle Alcalá 200"]
    assert set(found["scores"]) == {*("sentiment", "intent", "topic", "actionable", "relevance", "spam", "sensitive", "language", "places")}
    assert found["model"] == annotator.model


def test_the_text_is_redacted_before_it_is_read(city: City, annotator: Annotator) -> None:
    text = "@vecino77 llame al 612345678 o escriba a ana@example.org: farola rota en la calle de Toledo 5, 3º B"
    [plain] = run(city, annotator, [line(1, "@user llame al [number] o escriba a [email]: farola rota en la calle de Toledo 5")])
    [found] = run(city, annotator, [line(1, text)])
    assert found["places"] == ["calle de Toledo 5"]
    assert found == plain


BAD: list[tuple[str, bytes, Any, str]] = [
    ("broken json", b'{"id": "1", "text": "a"', None, "bad_json"),
    ("blank", b"\n", None, "bad_json"),
    ("list", b"[1]\n", None, "not_an_object"),
    ("number", b"3\n", None, "not_an_object"),
    ("deep", b"[" * 100_000 + b"\n", None, "bad_json"),
    ("no text", b'{"id": "7"}\n', "7", "missing_text"),
    ("text is null", b'{"id": 7, "text": null}\n', 7, "missing_text"),
    ("text is a list", b'{"id": 7, "text": ["a"]}\n', 7, "missing_text"),
    ("empty", line(7, ""), "7", "empty_text"),
    ("spaces", line(7, " \n\t"), "7", "empty_text"),
    ("nul", line(7, "a\0b"), "7", "nul"),
    ("lone surrogate", b'{"id": "7", "text": "a\\ud800b"}\n', "7", "lone_surrogate"),
    ("latin-1", '{"id": "7", "text": "Ñandú"}'.encode("latin-1"), None, "bad_encoding"),
    ("ten megabytes", line(7, "a" * 10_000_000), "7", "too_large"),
    ("a million combining marks", line(7, "a" + "\u0301" * 1_000_000), "7", "too_large"),
    ("id is an object", b'{"id": {}, "text": "a"}\n', None, "bad_id"),
    ("id is no number", b'{"id": NaN, "text": "a"}\n', None, "bad_id"),
    ("id is a text", b'{"id": "%s", "text": "a"}\n' % (b"a" * 1001), None, "bad_id"),
    ("id is endless", b'{"id": -1e999, "text": "a"}\n', None, "bad_id"),
    ("language is a number", line(7, "hola", language=3), "7", "bad_language"),
    ("language is a sentence", line(7, "hola", language="es, creo"), "7", "bad_language"),
]


@pytest.mark.parametrize(("bad", "line_id", "error"), [row[1:] for row in BAD], ids=[row[0] for row in BAD])
def test_a_bad_line_is_answered_in_its_place(city: City, annotator: Annotator, bad: bytes, line_id: Any, error: str) -> None:
    first, broken, last = run(city, annotator, [line(1, TEXTS[0]), bad, line(3, TEXTS[1])])
    assert broken == {"id": line_id, "error": error}
    assert [first["id"], last["id"]] == ["1", "3"]
    assert [first, last] == run(city, annotator, [line(1, TEXTS[0]), line(3, TEXTS[1])])


def test_order_holds_over_many_batches_with_bad_lines_between(city: City, annotator: Annotator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(label_module, "BATCH", 7)
    lines = [b"{\n" if number % 5 == 0 else line(number, TEXTS[number % len(TEXTS)]) for number in range(40)]
    found = run(city, annotator, lines)
    assert [row["id"] for row in found] == [None if number % 5 == 0 else str(number) for number in range(40)]
    whole = run(city, annotator, [line(number, text) for number, text in enumerate(TEXTS)])
    for number, row in enumerate(found):
        if number % 5:
            assert {**row, "id": ""} == {**whole[number % len(TEXTS)], "id": ""}


def test_a_language_that_is_given_wins(city: City, annotator: Annotator) -> None:
    [found] = run(city, annotator, [line(1, "La calle está sucia", language="gl")])
    assert (found["language"], found["scores"]["language"]) == ("gl", 1.0)


def test_ids_come_back_as_they_were_given(city: City, annotator: Annotator) -> None:
    lines = [b'{"id": 12, "text": "hola"}', b'{"text": "hola"}', b'{"id": "a\\u2028b\\ud800", "text": "hola"}']
    assert [row["id"] for row in run(city, annotator, lines)] == [12, None, "a\u2028b\ud800"]


def test_a_byte_order_mark_and_windows_line_ends_are_no_obstacle(city: City, annotator: Annotator) -> None:
    [found] = run(city, annotator, [b"\xef\xbb\xbf" + line(1, "hola").strip() + b"\r\n"])
    assert found["id"] == "1"


def test_nothing_in_gives_nothing_out(city: City, annotator: Annotator) -> None:
    assert run(city, annotator, []) == []


def test_a_line_without_end_fills_no_memory_and_shifts_no_line(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(label_module, "MAX_BYTES", 10)
    stream = io.BytesIO(b"a\n" + b"b" * 95 + b"\n" + b"c" * 10 + b"\n" + b"\n" + b"d" * 200)
    found = list(bounded_lines(stream))
    assert [line[:1] for line in found] == [b"a", b"b", b"c", b"\n", b"d"]
    assert [len(line) > 10 for line in found] == [False, True, True, False, True]  # enough to say so
