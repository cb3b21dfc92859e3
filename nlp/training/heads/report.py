"""Write the tables of the corrected heads for the model card, before and after."""

import numpy as np

from nlp.evaluation.metrics import f1
from nlp.inference.model_files import CORRECTED, LABELS, Weights
from nlp.training.data.example import Example, encode_answers
from nlp.training.heads.scores import Answered, agreement, measures
from nlp.training.heads.sets import COUNCIL, PROPOSALS, HeadSets
from nlp.training.model_card.scores import Table

TITLES = {
    "dev": "dev of council_posts_es, masked",
    COUNCIL: "council_posts_es, the kept tenth",
    PROPOSALS: "Decide Madrid, the kept tenth",
}
UNREAD = "platform"
"""Name of the half of the unlabelled platform texts that nothing was fitted on."""


def report(weights: Weights, answered: Answered, sets: HeadSets) -> dict[str, str]:
    """Return all tables, by title."""
    table = Table(("set", "posts", "head", "figure", "before", "after"))
    for name, title in TITLES.items():
        add_rows(table, title, sets.asked()[name], name, answered)
    kept = ", ".join(f"{head} {share:.3f}" for head, share in agreement(answered, UNREAD).items())
    return {
        "model with corrections for short posts": f"`{weights.model}`",
        "authors left out in turn (incidents_es)": left_out(answered, sets),
        "posts that nothing was fitted on": table.text(),
        "intents of the kept tenth of Decide Madrid": intents(answered, sets),
        "unlabelled texts of Decide Madrid": f"Share of {len(sets.platform[1])} held-out texts whose label is as before: {kept}.",
    }


def add_rows(table: Table, title: str, examples: list[Example], name: str, answered: Answered) -> None:
    """Add the figures of one set."""
    right = encode_answers(examples)
    for head in CORRECTED:
        before, after = (measures(head, side[name][head], right[head]) for side in (answered.before, answered.after))
        for figure, value in before.items():
            table.rows.append((title, str(len(examples)), head, figure, f"{value:.3f}", f"{after[figure]:.3f}"))


def left_out(answered: Answered, sets: HeadSets) -> str:
    """Return the mean over the authors, and the worst of them."""
    table = Table(("head", "figure", "before: mean", "after: mean", "before: worst", "after: worst"))
    for head in CORRECTED:
        right = {author: encode_answers(posts)[head] for author, posts in sets.incidents.items()}
        sides = [
            [measures(head, side[author][head], right[author]) for author in sets.incidents]
            for side in (answered.before, answered.after)
        ]
        for figure in sides[0][0]:
            values = [[row[figure] for row in rows] for rows in sides]
            cells = [f"{measure(side):.3f}" for measure in (np.mean, np.min) for side in values]
            table.rows.append((head, figure, *cells))
    return table.text()


def intents(answered: Answered, sets: HeadSets) -> str:
    """Return F1 by intent: two of the labels have one or two posts, and macro-F1 depends on them."""
    right = encode_answers(sets.asked()[PROPOSALS])["intent"]
    said = [side[PROPOSALS]["intent"].argmax(axis=1) for side in (answered.before, answered.after)]
    table = Table(("intent", "posts", "F1 before", "F1 after"))
    for column, label in enumerate(LABELS["intent"]):
        truth = right == column
        table.rows.append((label, str(int(truth.sum())), *(f"{f1(one == column, truth):.3f}" for one in said)))
    return table.text()
