"""Write the model card's tables of the corrected heads, before and after."""

import numpy as np

from nlp.evaluation.metrics import f1
from nlp.inference.model_files import CORRECTED, LABELS, Weights
from workshop.training.data.example import Example, encode_labels
from workshop.training.heads.scores import HeadLogits, agreement, score_head
from workshop.training.heads.sets import COUNCIL, PROPOSALS, HeadSets
from workshop.training.model_card.scores import Table

TITLES = {"dev": "dev of council_posts_es, masked", COUNCIL: "council_posts_es, the kept tenth", PROPOSALS: "Decide Madrid, the kept tenth"}
UNLABELLED = "platform"
"""Name of the half of the unlabelled platform texts that nothing was fitted on."""


def report(weights: Weights, head_logits: HeadLogits, sets: HeadSets) -> dict[str, str]:
    """Return all tables, by title."""
    table = Table(("set", "posts", "head", "figure", "before", "after"))
    for name, title in TITLES.items():
        add_rows(table, title, sets.evaluation_sets()[name], name, head_logits)
    kept = ", ".join(f"{head} {share:.3f}" for head, share in agreement(head_logits, UNLABELLED).items())
    return {
        "model with corrections for short posts": f"`{weights.model}`",
        "authors left out in turn (incidents_es)": score_left_out(head_logits, sets),
        "posts that nothing was fitted on": table.text(),
        "intents of the kept tenth of Decide Madrid": score_intents(head_logits, sets),
        "unlabelled texts of Decide Madrid": f"Share of {len(sets.platform[1])} held-out texts whose label is as before: {kept}.",
    }


def add_rows(table: Table, title: str, examples: list[Example], name: str, head_logits: HeadLogits) -> None:
    """Add the figures of one set."""
    right = encode_labels(examples)
    for head in CORRECTED:
        before, after = (score_head(head, side[name][head], right[head]) for side in (head_logits.before, head_logits.after))
        for figure, value in before.items():
            table.rows.append((title, str(len(examples)), head, figure, f"{value:.3f}", f"{after[figure]:.3f}"))


def score_left_out(head_logits: HeadLogits, sets: HeadSets) -> str:
    """Return the mean over the authors, and the worst of them."""
    table = Table(("head", "figure", "before: mean", "after: mean", "before: worst", "after: worst"))
    for head in CORRECTED:
        right = {author: encode_labels(posts)[head] for author, posts in sets.incidents.items()}
        sides = [
            [score_head(head, side[author][head], right[author]) for author in sets.incidents]
            for side in (head_logits.before, head_logits.after)
        ]
        for figure in sides[0][0]:
            values = [[row[figure] for row in rows] for rows in sides]
            cells = [f"{measure(side):.3f}" for measure in (np.mean, np.min) for side in values]
            table.rows.append((head, figure, *cells))
    return table.text()


def score_intents(head_logits: HeadLogits, sets: HeadSets) -> str:
    """Return F1 by intent.

    Two of the labels have one or two posts, and macro-F1 depends on them.
    """
    right = encode_labels(sets.evaluation_sets()[PROPOSALS])["intent"]
    predicted = [side[PROPOSALS]["intent"].argmax(axis=1) for side in (head_logits.before, head_logits.after)]
    table = Table(("intent", "posts", "F1 before", "F1 after"))
    for column, label in enumerate(LABELS["intent"]):
        truth = right == column
        table.rows.append((label, str(int(truth.sum())), *(f"{f1(one == column, truth):.3f}" for one in predicted)))
    return table.text()
