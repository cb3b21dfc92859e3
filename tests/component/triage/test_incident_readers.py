"""Incident matching reads each author of the labelled posts with heads that were not trained on that author."""

import json
import shutil
from pathlib import Path

import pytest

from nlp.annotator import Annotator
from nlp.inference.model_files import DEFAULT, MODELS
from tests.support.nlp_facts import madrid
from workshop.incidents import dataset


@pytest.fixture
def kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(dataset, "model_without", lambda author: tmp_path / f"without_{author}")
    return tmp_path


def test_an_author_is_read_by_the_model_without_that_author(kept: Path) -> None:
    folder = Path(shutil.copytree(MODELS / DEFAULT, kept / "without_m1"))
    found = dataset.annotator_for(madrid(), Annotator(madrid()), "m1")
    assert found.inference.weights.folder == folder


def test_a_missing_model_is_not_replaced_by_the_shipped_one(kept: Path) -> None:
    with pytest.raises(FileNotFoundError, match="trained on m1, and the model without m1 is missing; run `make train-heads`"):
        dataset.annotator_for(madrid(), Annotator(madrid()), "m1")


def test_a_model_of_an_earlier_training_is_refused(kept: Path) -> None:
    folder = Path(shutil.copytree(MODELS / DEFAULT, kept / "without_m1"))
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["heads"]["intent"]["scale"] += 0.01
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(FileNotFoundError, match="make train-heads"):
        dataset.annotator_for(madrid(), Annotator(madrid()), "m1")
