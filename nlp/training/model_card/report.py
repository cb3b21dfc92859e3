"""The figures of the model card: what the finished model says of texts that taught nothing."""

import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from core.privacy.redaction.text import redact
from nlp.inference.model_files import Head, Weights
from nlp.training.data.dataset import GUIDED, NAMED, UMSAB, WRITTEN, read_guided, read_tweets, read_written
from nlp.training.data.example import Example, read_lines
from nlp.training.export.encoder import build_reference
from nlp.training.export.manifest import calibrate_heads, rows_of
from nlp.training.model_card.errors import surest_errors
from nlp.training.model_card.plots import draw_album, hang, in_words
from nlp.training.model_card.scores import Table, by_label, calibrated, score_heads, score_places
from nlp.training.studies.complaint_probe import score_complaints
from nlp.training.train.base_model import Carrier
from nlp.training.train.held_out import Answers, ask

PUBLISHABLE = "decide_madrid_labelled_es"
"""Of its texts examples may be shown."""


def report(
    data: Path, weights: Weights, thought: Answers, unseen: Answers, final: Carrier, threads: int, album: Path
) -> dict[str, str]:
    """All tables, by title; the pictures go into the folder `album`."""
    heads, limit = weights.manifest.heads, weights.manifest.actionable_from
    sections = {"model": f"`{weights.model}`, `actionable` is true from {limit:.2f}"}
    of_others = calibrate_heads(thought)
    for origin in GUIDED:
        answers = thought.only(rows_of(thought, (origin, origin + NAMED)))
        table = score_heads(answers, of_others, limit, intervals=True).text()
        sections[f"{origin}, readers that were not taught the post"] = f"{table}\n\nPlaces: {score_places(answers)}."
    for origin in GUIDED:
        answers = unseen.only(rows_of(unseen, (origin,)))
        table = score_heads(answers, heads, limit, intervals=True).text()
        sections[f"a tenth of {origin}, held out"] = f"{table}\n\nPlaces, tagger alone: {score_places(answers)}."
        if origin == PUBLISHABLE:
            sections[f"surest errors in the tenth of {origin}"] = surest_errors(answers, heads)
    dev = read_guided(data / "council_posts_es" / "dev.jsonl", "dev", weight=1.0)
    masked = [replace(example, text=redact(example.text)) for example in dev]
    for title, examples in (("councils named", dev), ("councils masked", masked)):
        answers = ask(weights.folder, weights.tensors, examples, threads)
        table = score_heads(answers, heads, limit, intervals=True).text()
        sections[f"dev of council_posts_es, {title}"] = f"{table}\n\nPlaces, tagger alone: {score_places(answers)}."
        if examples is dev:
            sections["topics on dev"] = by_label(answers, "topic").text()
            sections["intents on dev"] = by_label(answers, "intent").text()
        else:
            pictures = draw_album(answers, heads, limit, "dev of council_posts_es, councils masked")
            sections["pictures of dev, councils masked"] = f"{in_words(answers, heads)}\n\n{hang(pictures, album)}"
    sections["posts we wrote for the test, by language"] = by_language(weights, threads)
    sections["sentiment of tweets by language (UMSAB test)"] = umsab(data, weights, threads)
    sections["complaints in English tweets to brands"] = score_complaints(data, weights, threads)
    sections["place names in English tweets (places_en dev)"] = locations(data, weights, threads)
    compared = {
        "dev, masked": masked,
        **{f"UMSAB {language}": read_tweets(data, language, "test") for language in UMSAB},
    }
    sections["agreement with 32 bits"] = agreement(weights, final, compared, threads)
    return sections


def by_language(weights: Weights, threads: int) -> str:
    """Scores on the posts that were written as a test, one row a language."""
    table = Table(("language", "sentiment macro-F1", "intent accuracy", "topic accuracy", "actionable F1", "posts"))
    examples = [replace(e, text=redact(e.text)) for e in read_written(WRITTEN, "test")]
    answers = ask(weights.folder, weights.tensors, examples, threads)
    for origin in sorted({example.origin for example in examples}):
        part = answers.only(rows_of(answers, (origin,)))
        rows = score_heads(part, weights.manifest.heads, weights.manifest.actionable_from, intervals=False).rows
        found = {row[0]: row for row in rows}
        cells = (found["sentiment"][1], found["intent"][2], found["topic"][2], found["actionable"][3])
        table.rows.append((origin.removeprefix("written_"), *cells, str(len(part.examples))))
    return table.text()


def umsab(data: Path, weights: Weights, threads: int) -> str:
    """Macro-F1 of sentiment on the test split of each language: read for the card, never chosen on."""
    table = Table(("language", "macro-F1", "accuracy", "tweets"))
    for language in UMSAB:
        examples = read_tweets(data, language, "test")
        answers = ask(weights.folder, weights.tensors, examples, threads)
        scores = score_heads(answers, weights.manifest.heads, weights.manifest.actionable_from, intervals=True).rows[0]
        table.rows.append((language, scores[1], scores[2], str(len(examples))))
    mean = np.mean([float(row[1].split()[0]) for row in table.rows])
    return f"{table.text()}\n\nMean macro-F1 of the six: {mean:.3f}."


def locations(data: Path, weights: Weights, threads: int) -> str:
    """How well names of places of any kind are marked in English tweets."""
    rows = read_lines(data / "places_en" / "dev.jsonl")
    names = [tuple(dict.fromkeys(place["text"] for place in row["locations"])) for row in rows]
    examples = [Example(row["text"], "places_en", 1.0, locations=found) for row, found in zip(rows, names, strict=True)]
    return score_places(ask(weights.folder, weights.tensors, examples, threads), "locations")


def agreement(weights: Weights, final: Carrier, sets: Mapping[str, Sequence[Example]], threads: int) -> str:
    """How often the label is the same as with the encoder in 32 bits, and the macro-F1 of both, head by head."""
    heads, limit = weights.manifest.heads, weights.manifest.actionable_from
    table = Table(("set", "head", "same label", "macro-F1 in eight bits", "in 32 bits"))
    with tempfile.TemporaryDirectory() as plain:
        build_reference(final, weights.folder, Path(plain))
        for title, examples in sets.items():
            ours, theirs = (ask(folder, weights.tensors, examples, threads) for folder in (weights.folder, Path(plain)))
            sides = [{row[0]: row[1] for row in score_heads(side, heads, limit, False).rows} for side in (ours, theirs)]
            for head in sides[0]:
                same = said(ours, heads, limit, head) == said(theirs, heads, limit, head)
                table.rows.append((title, head, f"{same.mean():.1%}", sides[0][head], sides[1][head]))
    return table.text()


def said(answers: Answers, heads: dict[str, Head], limit: float, head: str) -> NDArray[np.int64]:
    """The column of the label that each text gets."""
    probable = calibrated(answers, heads)[head]
    return (probable[:, 1] >= limit).astype(np.int64) if head == "actionable" else probable.argmax(axis=1)
