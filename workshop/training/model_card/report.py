"""Evaluate the finished model on held-out texts for the model card."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from nlp.inference.model_files import Head, Weights
from workshop.training.data.dataset import GUIDED, NAMED, UMSAB, WRITTEN, load_guided, load_tweets, load_written
from workshop.training.data.example import Example
from workshop.training.data.redacted import redact
from workshop.training.data.sources import load_rows, missing_sets
from workshop.training.export.encoder import build_reference
from workshop.training.export.manifest import calibrate_heads, rows_of_origins
from workshop.training.model_card.complaint_probe import score_complaints
from workshop.training.model_card.errors import surest_errors
from workshop.training.model_card.plots import describe_curve, draw_charts, write_charts
from workshop.training.model_card.scores import Table, by_label, calibrated, score_heads, score_places
from workshop.training.train.base_model import BaseModel
from workshop.training.train.held_out import Predictions, predict

PUBLISHABLE_SET = "decide_madrid_labelled_es"
"""Set whose texts may be shown in the card."""


def report(
    data: Path, weights: Weights, out_of_fold: Predictions, held_out: Predictions, final: BaseModel, threads: int, album: Path
) -> dict[str, str]:
    """Return all tables by title; charts are written into the folder `album`.

    Tables of missing sets are left out.
    """
    heads, threshold = weights.manifest.heads, weights.manifest.actionable_from
    sections = {"model": f"`{weights.model}`, `actionable` is true from {threshold:.2f}"}
    of_others = calibrate_heads(out_of_fold)
    for origin in GUIDED:
        predictions = out_of_fold.only(rows_of_origins(out_of_fold, (origin, origin + NAMED)))
        if not predictions.examples:
            continue
        table = score_heads(predictions, of_others, threshold, intervals=True).text()
        sections[f"{origin}, out-of-fold predictions"] = f"{table}\n\nPlaces: {score_places(predictions)}."
    for origin in GUIDED:
        predictions = held_out.only(rows_of_origins(held_out, (origin,)))
        if not predictions.examples:
            continue
        table = score_heads(predictions, heads, threshold, intervals=True).text()
        sections[f"a tenth of {origin}, held out"] = f"{table}\n\nPlaces, tagger alone: {score_places(predictions)}."
        if origin == PUBLISHABLE_SET:
            sections[f"surest errors in the tenth of {origin}"] = surest_errors(predictions, heads)
    dev = load_guided(data, "council_posts_es/dev.jsonl", "dev", weight=1.0)
    masked = [replace(example, text=redact(example.text)) for example in dev]
    for title, examples in (("councils named", dev), ("councils masked", masked)) if dev else ():
        predictions = predict(weights.folder, weights.tensors, examples, threads)
        table = score_heads(predictions, heads, threshold, intervals=True).text()
        sections[f"dev of council_posts_es, {title}"] = f"{table}\n\nPlaces, tagger alone: {score_places(predictions)}."
        if examples is dev:
            sections["topics on dev"] = by_label(predictions, "topic").text()
            sections["intents on dev"] = by_label(predictions, "intent").text()
        else:
            pictures = draw_charts(predictions, heads, threshold, "dev of council_posts_es, councils masked")
            sections["pictures of dev, councils masked"] = f"{describe_curve(predictions, heads)}\n\n{write_charts(pictures, album)}"
    sections["posts we wrote for the test, by language"] = by_language(weights, threads)
    missing = {one.name for one in missing_sets(data)}
    if "umsab" not in missing:
        sections["sentiment of tweets by language (UMSAB test)"] = umsab(data, weights, threads)
    if "complaints_en" not in missing:
        sections["complaints in English tweets to brands"] = score_complaints(data, weights, threads)
    sections["place names in English tweets (places_en dev)"] = locations(data, weights, threads)
    compared: dict[str, Sequence[Example]] = {
        "dev, masked": masked,
        **{f"UMSAB {language}": load_tweets(data, language, "test") for language in UMSAB},
    }
    present = {title: examples for title, examples in compared.items() if examples}
    if not present:
        present["held out"] = held_out.examples
    sections["agreement with 32 bits"] = agreement(weights, final, present, threads)
    return sections


def by_language(weights: Weights, threads: int) -> str:
    """Score the test posts written for the project, one row per language."""
    table = Table(("language", "sentiment macro-F1", "intent accuracy", "topic accuracy", "actionable F1", "posts"))
    examples = [replace(e, text=redact(e.text)) for e in load_written(WRITTEN, "test")]
    predictions = predict(weights.folder, weights.tensors, examples, threads)
    for origin in sorted({example.origin for example in examples}):
        part = predictions.only(rows_of_origins(predictions, (origin,)))
        rows = score_heads(part, weights.manifest.heads, weights.manifest.actionable_from, intervals=False).rows
        found = {row[0]: row for row in rows}
        cells = (found["sentiment"][1], found["intent"][2], found["topic"][2], found["actionable"][3])
        table.rows.append((origin.removeprefix("written_"), *cells, str(len(part.examples))))
    return table.text()


def umsab(data: Path, weights: Weights, threads: int) -> str:
    """Score sentiment on the test split of each language by macro-F1.

    The test split is used for the card only, never for a choice.
    """
    table = Table(("language", "macro-F1", "accuracy", "tweets"))
    for language in UMSAB:
        examples = load_tweets(data, language, "test")
        predictions = predict(weights.folder, weights.tensors, examples, threads)
        scores = score_heads(predictions, weights.manifest.heads, weights.manifest.actionable_from, intervals=True).rows[0]
        table.rows.append((language, scores[1], scores[2], str(len(examples))))
    mean = np.mean([float(row[1].split()[0]) for row in table.rows])
    return f"{table.text()}\n\nMean macro-F1 of the six: {mean:.3f}."


def locations(data: Path, weights: Weights, threads: int) -> str:
    """Score the tagger of places of any kind on English tweets."""
    rows = load_rows(data, "places_en/dev.jsonl")
    names = [tuple(dict.fromkeys(place["text"] for place in row["locations"])) for row in rows]
    examples = [Example(row["text"], "places_en", 1.0, locations=found) for row, found in zip(rows, names, strict=True)]
    return score_places(predict(weights.folder, weights.tensors, examples, threads), "locations")


def agreement(weights: Weights, final: BaseModel, sets: Mapping[str, Sequence[Example]], threads: int) -> str:
    """Compare labels and macro-F1 with those of the 32-bit encoder, by head."""
    heads, threshold = weights.manifest.heads, weights.manifest.actionable_from
    table = Table(("set", "head", "same label", "macro-F1 in eight bits", "in 32 bits"))
    with tempfile.TemporaryDirectory() as plain:
        build_reference(final, weights.folder, Path(plain))
        for title, examples in sets.items():
            ours, theirs = (predict(folder, weights.tensors, examples, threads) for folder in (weights.folder, Path(plain)))
            sides = [{row[0]: row[1] for row in score_heads(side, heads, threshold, False).rows} for side in (ours, theirs)]
            for head in sides[0]:
                same = predicted_labels(ours, heads, threshold, head) == predicted_labels(theirs, heads, threshold, head)
                table.rows.append((title, head, f"{same.mean():.1%}", sides[0][head], sides[1][head]))
    return table.text()


def predicted_labels(predictions: Predictions, heads: dict[str, Head], threshold: float, head: str) -> NDArray[np.int64]:
    """Return the column of the predicted label of each text."""
    probable = calibrated(predictions, heads)[head]
    return (probable[:, 1] >= threshold).astype(np.int64) if head == "actionable" else probable.argmax(axis=1)
