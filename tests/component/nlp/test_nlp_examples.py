"""Each question answers its plain examples (sentences of our own) as a person would."""

import json
from pathlib import Path

import pytest

from core.config import plugins
from core.records.annotation import Annotation, Place
from nlp.annotator import Annotator
from tests.support.nlp_facts import madrid, post

EXAMPLES = Path(__file__).parents[2] / "examples" / "nlp"
CASES = [
    (name, one) for name in plugins.plugin_names("nlp") for one in json.loads((EXAMPLES / name / "plain.json").read_text(encoding="utf-8"))
]


@pytest.fixture(scope="module")
def annotator() -> Annotator:
    return Annotator(madrid())


@pytest.mark.parametrize(("question", "example"), CASES, ids=[f"{name}: {one['text'][:40]}" for name, one in CASES])
def test_a_plain_sentence_is_understood(question: str, example: dict[str, object], annotator: Annotator) -> None:
    [reading] = annotator.annotate([post(0, str(example["text"]))])
    assert isinstance(reading, Annotation)
    value = reading.value(question)
    if isinstance(value, tuple):
        value = [place.text for place in value if isinstance(place, Place)]  # type: ignore[assignment]
    assert value == example["value"]
