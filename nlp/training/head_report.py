"""The tables of the heads in the model card: before and after, authors left out, dev, tweets, slices."""

import re

import numpy as np

from nlp.measures import calibration_error, f1, precision, recall
from nlp.training.dataset import UMSAB
from nlp.training.example import Example, encode_answers
from nlp.training.head_scores import Answered, measures
from nlp.training.head_sets import CITIZENS, HeadSets
from nlp.training.honest import apply
from nlp.training.scores import Table
from nlp.weights import LABELS, Head, Weights

ASKS = re.compile(r"\b(podr[ií]a\w*|pued\w+|pod[eé]is|podem)\b.*\?", re.IGNORECASE | re.DOTALL)
"""A polite question: could you, can you ...?"""


def report(weights: Weights, answered: dict[str, Answered], heads: dict[str, Head], sets: HeadSets) -> dict[str, str]:
    """All tables, by title."""
    limit = weights.manifest.actionable_from
    table = Table(("set", "head", "figure", "before", "after"))
    for name, examples in {f"{origin}, the kept tenth": sets.examined("topic")[origin] for origin in CITIZENS}.items():
        rows_of_set(table, name, name.split(",")[0], examples, answered)
    rows_of_set(table, "dev of council_posts_es, masked", "dev", sets.dev, answered)
    return {
        "model with these heads": f"`{weights.model}`, `actionable` is true from {limit:.2f}",
        "authors left out in turn (incidents_es)": left_out(answered, sets),
        "heads before and after, posts that did not teach": table.text(),
        "UMSAB with these heads": umsab(answered["sentiment"], sets),
        "languages of incidents_es, author left out": by_language(answered, sets),
        "slices of incidents_es, author left out": slices(answered, heads, limit, sets),
        "calibration error of these heads": calibration(answered, heads, sets),
    }


def rows_of_set(table: Table, title: str, name: str, examples: list[Example], answered: dict[str, Answered]) -> None:
    """Add the figures of one set."""
    right = encode_answers(examples)
    for head, said in answered.items():
        before, after = (measures(head, side[name], right[head]) for side in (said.before, said.after))
        for figure, value in before.items():
            table.rows.append((title, head, figure, f"{value:.3f}", f"{after[figure]:.3f}"))


def left_out(answered: dict[str, Answered], sets: HeadSets) -> str:
    """Return the mean over the authors, and the worst of them."""
    table = Table(("head", "figure", "before: mean", "after: mean", "before: worst", "after: worst"))
    for head, said in answered.items():
        rows = {}
        for side, logits in (("before", said.before), ("after", said.after)):
            rows[side] = [measures(head, logits[a], encode_answers(sets.incidents[a])[head]) for a in sets.incidents]
        for figure in rows["before"][0]:
            values = {side: [row[figure] for row in found] for side, found in rows.items()}
            cells = [f"{measure(values[side]):.3f}" for measure in (np.mean, np.min) for side in ("before", "after")]
            table.rows.append((head, figure, *cells))
    return table.text()


def umsab(said: Answered, sets: HeadSets) -> str:
    """Return macro-F1 of sentiment on the test split of each language."""
    table = Table(("language", "before", "after"))
    found = []
    for language in UMSAB:
        right = encode_answers(sets.tweets[f"test {language}"])["sentiment"]
        found.append(
            [measures("sentiment", s[f"test {language}"], right)["macro-F1"] for s in (said.before, said.after)]
        )
        table.rows.append((language, *(f"{value:.3f}" for value in found[-1])))
    table.rows.append(("mean", *(f"{value:.3f}" for value in np.mean(found, axis=0))))
    return table.text()


def by_language(answered: dict[str, Answered], sets: HeadSets) -> str:
    """Return the figures by the language that the labels of the two authors outside Madrid say."""
    table = Table(("language (author)", "posts", *(f"{head}: macro-F1" for head in ("sentiment", "intent", "topic"))))
    for author, posts in sets.incidents.items():
        right = encode_answers(posts)
        cells = [
            f"{measures(h, answered[h].after[author], right[h])['macro-F1']:.3f}"
            for h in ("sentiment", "intent", "topic")
        ]
        table.rows.append((author, str(len(posts)), *cells))
    return table.text()


def slices(answered: dict[str, Answered], heads: dict[str, Head], limit: float, sets: HeadSets) -> str:
    """Return how polite questions are read: are those that a service can act on found?"""
    posts = [post for each in sets.incidents.values() for post in each]
    chosen = np.array([bool(ASKS.search(post.text)) for post in posts])
    right = encode_answers(posts)["actionable"] == 1
    logits = np.concatenate([answered["actionable"].after[author] for author in sets.incidents])
    fitted = heads["actionable"]
    said = apply(logits, fitted.scale, fitted.shift)[:, 1] >= limit
    table = Table(("slice", "posts", "actionable", "precision", "recall", "F1"))
    for title, rows in (("polite questions (podría…, puede…?)", chosen), ("all others", ~chosen)):
        figures = (f"{measure(said[rows], right[rows]):.3f}" for measure in (precision, recall, f1))
        table.rows.append((title, str(rows.sum()), str(right[rows].sum()), *figures))
    return table.text()


def calibration(answered: dict[str, Answered], heads: dict[str, Head], sets: HeadSets) -> str:
    """Return the calibration error on dev and on authors left out."""
    table = Table(("head", "dev", "authors left out"))
    for head in LABELS:
        fitted, said = heads[head], answered[head]
        cells = []
        for examples, logits in (
            (sets.dev, said.after["dev"]),
            (
                [p for a in sets.incidents for p in sets.incidents[a]],
                np.concatenate([said.after[a] for a in sets.incidents]),
            ),
        ):
            right, probable = encode_answers(examples)[head], apply(logits, fitted.scale, fitted.shift)
            if head == "actionable":
                cells.append(f"{calibration_error(probable[:, 1], right == 1):.3f}")
            else:
                cells.append(f"{calibration_error(probable.max(axis=1), probable.argmax(axis=1) == right):.3f}")
        table.rows.append((head, *cells))
    return table.text()
