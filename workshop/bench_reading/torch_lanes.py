"""Define the lanes of a `transformers` pipeline, singly and in batches."""

import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import onnx
import torch
from transformers import BertConfig, BertForSequenceClassification, pipeline

from nlp.inference.model_files import LABELS
from nlp.inference.tokenizer import MAX_TOKENS, load_tokenizer
from nlp.inference.torch_encoder import make_bert

BATCH = 32
Classifier = Callable[[Sequence[str]], object]


def torch_lanes(folder: Path) -> dict[str, Classifier]:
    """Return every torch lane by name; each classifies by one head only."""
    torch.set_num_threads(1)
    model = make_classifier(folder)
    tokenizer = load_tokenizer(folder)
    tokenizer.model_max_length = MAX_TOKENS
    with tempfile.TemporaryDirectory() as saved:  # save and load, like users of a published model
        model.save_pretrained(saved)
        tokenizer.save_pretrained(saved)
        classify = pipeline("text-classification", model=saved, device=-1, truncation=True)
    return {"pipeline, text by text": partial(classify_singly, classify), "pipeline, batch_size=32": partial(classify_batched, classify)}


def make_classifier(folder: Path) -> Any:
    """Build a `BertForSequenceClassification` from the shipped encoder, with an untrained head.

    Its predictions are meaningless, its computation is the same.
    """
    encoder = make_bert(onnx.load(folder / "encoder.onnx"))
    config = BertConfig.from_dict(encoder.config.to_dict())  # with torch's attention, the default
    config.num_labels = len(LABELS["sentiment"])
    whole = BertForSequenceClassification(config)
    whole.bert.load_state_dict(encoder.state_dict(), strict=False)  # all but the untrained pooler
    whole.train(False)
    return whole


def classify_singly(classify: Callable[[str], object], texts: Sequence[str]) -> object:
    """Classify in a loop, as people usually write it."""
    return [classify(text) for text in texts]


def classify_batched(classify: Any, texts: Sequence[str]) -> object:
    """Classify in batches, padded to the longest text of each."""
    return classify(list(texts), batch_size=BATCH)
