"""What people run now, with our weights: a `transformers` pipeline text by text or in batches, and torch in batches of equal length."""

import tempfile
from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import onnx
import torch
from transformers import BertConfig, BertForSequenceClassification, pipeline

from nlp.inference.encoder import group_by_length
from nlp.inference.model_files import LABELS
from nlp.inference.tokenizer import MAX_TOKENS, load_tokenizer
from nlp.inference.torch_encoder import make_bert

BATCH = 32
Side = Callable[[Sequence[str]], object]


def torch_lanes(folder: Path) -> dict[str, Side]:
    """Every lane that runs on torch, by name; each sorts texts into the labels of one head only."""
    torch.set_num_threads(1)
    model = make_classifier(folder)
    tokenizer = load_tokenizer(folder)
    tokenizer.model_max_length = MAX_TOKENS
    with tempfile.TemporaryDirectory() as saved:  # saved and loaded, as somebody who uses a published model does
        model.save_pretrained(saved)
        tokenizer.save_pretrained(saved)
        classify = pipeline("text-classification", model=saved, device=-1, truncation=True)
    return {
        "pipeline, text by text": partial(one_by_one, classify),
        "pipeline, batch_size=32": partial(in_batches, classify),
        "torch fp32, sorted": partial(sorted_batches, model, tokenizer),
        "torch bf16, sorted": partial(sorted_batches, make_classifier(folder).to(torch.bfloat16), tokenizer),
    }


def make_classifier(folder: Path) -> Any:
    """The shipped encoder as a `BertForSequenceClassification` with an untaught head: its answers mean nothing, its work is the same."""
    encoder = make_bert(onnx.load(folder / "encoder.onnx"))
    config = BertConfig.from_dict(encoder.config.to_dict())  # with torch's own attention, as people run it
    config.num_labels = len(LABELS["sentiment"])
    whole = BertForSequenceClassification(config)
    whole.bert.load_state_dict(encoder.state_dict(), strict=False)  # all but the untaught pooler
    whole.train(False)
    return whole


def one_by_one(classify: Callable[[str], object], texts: Sequence[str]) -> object:
    """The loop that people write."""
    return [classify(text) for text in texts]


def in_batches(classify: Any, texts: Sequence[str]) -> object:
    """The same in batches, padded to the longest of each."""
    return classify(list(texts), batch_size=BATCH)


def sorted_batches(model: Any, tokenizer: Any, texts: Sequence[str]) -> object:
    """As our reader batches: texts of one length together, so that hardly anything is padded."""
    ids = tokenizer(list(texts), truncation=True, max_length=MAX_TOKENS, return_attention_mask=False)["input_ids"]
    answers: dict[int, list[float]] = {}
    for rows, length in group_by_length([len(row) for row in ids]):
        padded = torch.ones((len(rows), length), dtype=torch.long)
        mask = torch.zeros((len(rows), length), dtype=torch.long)
        for at, row in enumerate(rows):
            padded[at, : len(ids[row])] = torch.tensor(ids[row])
            mask[at, : len(ids[row])] = 1
        with torch.inference_mode():
            logits = model(input_ids=padded, attention_mask=mask).logits
        answers.update(zip(rows, logits.float().softmax(dim=-1).tolist(), strict=True))
    return [answers[row] for row in range(len(texts))]
