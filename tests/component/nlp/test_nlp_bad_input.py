"""`escucha label`, the real command, given the worst that can stand on a line: one line out for each line in, never a crash."""

import json
from pathlib import Path
from typing import Any

import pytest

from core.records.annotation import INTENTS, SENTIMENTS, TOPICS
from tests.support.deployment import environment, escucha, write_profile
from tests.support.nlp_facts import TEXTS

GOOD = json.dumps({"id": "good", "text": TEXTS[0]}).encode()
TEN_MEGABYTES = 10_000_000


def said(text: str) -> bytes:
    """A line that holds this text as it is, not escaped."""
    return json.dumps({"id": "x", "text": text}, ensure_ascii=False).encode("utf-8", "surrogatepass")


REFUSED: dict[str, tuple[bytes, str]] = {
    "empty text": (said(""), "empty_text"),
    "spaces": (said("\u00a0 \u3000"), "empty_text"),
    "nothing that is drawn": (said("\u200b\u200d\ufeff \u2060"), "empty_text"),
    "empty line": (b"", "bad_json"),
    "10 MB of text": (said("a" * TEN_MEGABYTES), "too_large"),
    "10 MB without end of text": (b'{"id": "x", "text": "' + b"a" * TEN_MEGABYTES, "bad_json"),
    "10 MB beside no text": (b'{"id": "x", "more": "' + b"a" * TEN_MEGABYTES + b'"}', "missing_text"),
    "nul, escaped": (b'{"id": "x", "text": "a\\u0000b"}', "nul"),
    "nul, raw": (b'{"id": "x", "text": "a\0b"}', "bad_json"),
    "only nul": (b"\0" * 1000, "bad_json"),
    "lone surrogate, escaped": (b'{"id": "x", "text": "a\\ud800b"}', "lone_surrogate"),
    "lone surrogate, raw": (said("a\udc80b"), "bad_encoding"),
    "surrogates in the wrong order": (b'{"id": "x", "text": "\\ude00\\ud83d"}', "lone_surrogate"),
    "a million combining marks": (said("a" + "\u0301" * 1_000_000), "too_large"),
    "a million combining marks, escaped": (json.dumps({"id": "x", "text": "\u0301" * 1_000_000}).encode(), "too_large"),
    "broken json": (b'{"id": "x", "text": ', "bad_json"),
    "two objects": (GOOD + GOOD, "bad_json"),
    "brackets without end": (b'{"text": ' + b"[" * 200_000, "bad_json"),
    "no utf-8": ('{"id": "x", "text": "Ñandú"}'.encode("utf-16"), "bad_encoding"),
    "a huge number": (b'{"id": "x", "text": ' + b"9" * 10_000 + b"}", "bad_json"),
}
LABELLED: dict[str, bytes] = {
    "one emoji": said("👏"),
    "a flag of four signs": said("🏳️‍🌈"),
    "one mark": said("?"),
    "marks up to the limit": said("a" + "\u0301" * 90_000),
    "right to left": said("الشارع مظلم منذ أسبوع ولا أحد يجيب"),
    "right to left, overridden": said("\u202efarola rota\u202c \u2067calle\u2069"),
    "a language nobody knows": said("nuqDaq 'oH puchpa''e' tlhIngan maH"),
    "a script the model does not read": said("ქუჩა ბნელია 街灯が壊れています"),
    "a surrogate pair, escaped": b'{"id": "x", "text": "\\ud83d\\ude00 gracias"}',
    "line separators inside": b'{"id": "x\\u2028y", "text": "farola\\u2028rota\\u0085aqu\\u00ed"}',
    "special pieces": said("</s><s><pad><unk><mask>"),
    "a windows line": said("hola") + b"\r",
}
ASKED = [*((name, line, error) for name, (line, error) in REFUSED.items()), *((n, line, "") for n, line in LABELLED.items())]


@pytest.fixture(scope="module", params=[(), ("--explain",)], ids=["plain", "explained"])
def answers(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> dict[str, dict[str, Any]]:
    """What the command answered to all of them in one go, each followed by a good line; the last line has no end."""
    folder: Path = tmp_path_factory.mktemp("bad")
    env = environment(folder / "home", write_profile(folder, folder / "none.jsonl"), PYTHONIOENCODING="latin-1")
    lines = [part for _, line, _ in ASKED for part in (line, GOOD)]
    out = escucha("label", *request.param, env=env, stdin=b"\n".join(lines)).stdout
    rows = [json.loads(line) for line in out.decode("utf-8").splitlines()]
    assert len(rows) == len(lines)
    assert {json.dumps(row) for row in rows[1::2]} == {json.dumps(rows[1])}
    assert rows[1]["topic"] == "roads_pavements"
    return {name: row for (name, _, _), row in zip(ASKED, rows[::2], strict=True)}


@pytest.mark.parametrize(("name", "error"), [(name, error) for name, (_, error) in REFUSED.items()], ids=list(REFUSED))
def test_what_cannot_be_labelled_is_an_error_in_its_place(answers: dict[str, dict[str, Any]], name: str, error: str) -> None:
    assert set(answers[name]) == {"id", "error"}
    assert answers[name]["error"] == error


@pytest.mark.parametrize("name", list(LABELLED))
def test_strange_text_is_labelled_like_any_other(answers: dict[str, dict[str, Any]], name: str) -> None:
    row = answers[name]
    assert "error" not in row
    assert (row["sentiment"] in SENTIMENTS, row["intent"] in INTENTS, row["topic"] in TOPICS) == (True, True, True)
    assert row["id"].startswith("x")


@pytest.mark.parametrize("name", ["one emoji", "right to left", "a script the model does not read"])
def test_a_language_that_cannot_be_told_is_called_undetermined(answers: dict[str, dict[str, Any]], name: str) -> None:
    assert answers[name]["language"] == "und"
