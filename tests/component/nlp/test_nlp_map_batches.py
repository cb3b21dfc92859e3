"""The reader as a function over batches of columns: the same labels as everywhere, row by row, whatever the batch."""

import json
from typing import Any

import numpy as np
import pytest

from core.errors import ConfigurationError
from core.records.annotation import Annotation
from nlp.annotator import Annotator
from nlp.batch_api import LABELLED, LabelBatch, label_batch, label_frames
from tests.support.nlp_facts import ROOT, TEXTS, madrid, posts


@pytest.fixture(scope="module")
def annotator() -> Annotator:
    return Annotator(madrid(), threads=1)


def rows(labelled: dict[str, Any]) -> list[dict[str, Any]]:
    return [{name: labelled[name][at] for name in LABELLED} for at in range(len(labelled["text"]))]


def test_labels_are_those_of_the_reader(annotator: Annotator) -> None:
    labelled = label_batch(annotator, {"id": list(range(len(TEXTS))), "text": list(TEXTS)})
    assert labelled["id"] == list(range(len(TEXTS)))
    assert labelled["text"] == list(TEXTS)
    for row, reading in zip(rows(labelled), Annotator(madrid(), threads=2).annotate(posts()), strict=True):
        assert isinstance(reading, Annotation)
        for name in ("sentiment", "intent", "topic", "actionable", "relevance", "language"):
            assert row[name] == reading.value(name), name
        assert row["places"] == [place.text for place in reading.places]
        assert json.loads(row["scores"]) == {name: label.score for name, label in reading.labels.items()}
        assert (row["model"], row["error"]) == (reading.model, "")


@pytest.mark.parametrize("size", [1, 5, 7])
def test_the_size_of_the_batches_changes_nothing(annotator: Annotator, size: int) -> None:
    whole = rows(label_batch(annotator, {"text": list(TEXTS)}))
    parts = Annotator(madrid(), threads=1)
    found = [row for start in range(0, len(TEXTS), size) for row in rows(label_batch(parts, {"text": list(TEXTS[start : start + size])}))]
    assert found == whole


def test_ray_calls_one_object_with_columns_of_numpy(annotator: Annotator) -> None:
    labelled = LabelBatch(str(ROOT / "cities" / "madrid.toml"))({"text": np.array(TEXTS, object)})
    assert rows(labelled) == rows(label_batch(annotator, {"text": list(TEXTS)}))
    assert all(labelled[name].dtype == object for name in LABELLED)
    assert labelled["places"].shape == (len(TEXTS),)


class Frame(dict[str, Any]):
    """As much of a data frame as `mapInPandas` needs here: named columns, made from columns."""

    @property
    def columns(self) -> list[str]:
        return list(self)

    def __getitem__(self, name: str) -> Any:
        return np.array(dict.__getitem__(self, name), object)


def test_spark_hands_in_frame_after_frame(annotator: Annotator) -> None:
    frames = [Frame(text=list(TEXTS[:4])), Frame(text=list(TEXTS[4:]))]
    found = list(label_frames(str(ROOT / "cities" / "madrid.toml"))(iter(frames)))
    assert [type(frame) for frame in found] == [Frame, Frame]
    assert [row for frame in found for row in rows(frame)] == rows(label_batch(annotator, {"text": list(TEXTS)}))


def test_a_cell_without_a_text_has_an_error_and_shifts_no_row(annotator: Annotator) -> None:
    labelled = label_batch(annotator, {"text": ["", None, float("nan"), TEXTS[0]], "language": [None, "es", "es", "pt"]})
    assert list(labelled["error"]) == ["empty_text", "missing_text", "missing_text", ""]
    assert list(labelled["topic"]) == [None, None, None, "roads_pavements"]
    assert list(labelled["language"]) == [None, None, None, "pt"]


def test_a_batch_without_texts_or_with_labels_already_is_refused(annotator: Annotator) -> None:
    with pytest.raises(ConfigurationError, match="no column 'text'; its columns: body"):
        label_batch(annotator, {"body": ["a"]})
    with pytest.raises(ConfigurationError, match="rename the columns sentiment"):
        label_batch(annotator, {"text": ["a"], "sentiment": ["b"]})
