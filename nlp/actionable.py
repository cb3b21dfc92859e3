"""Actionable: could a municipal service open a case from this post as it stands?"""

from collections.abc import Sequence

from core.city import City
from core.post import Post
from core.reading import Label
from nlp.answer import probabilities
from nlp.encoded import Encoded
from nlp.other_model import AnotherModel
from nlp.weights import LABELS

HALF = 0.5
"""From here another model's answer counts as true: its own threshold is not known to us."""


class Options(AnotherModel):
    """Table `[questions.actionable]`: empty for our own model, or `model` and `labels` (to "true", "false") of another."""


def classify(city: City, options: Options, posts: Sequence[Post], encoded: Encoded) -> list[Label]:
    """One label a post: true or false, with the probability of true, which `[triage] act` and `review` compare with."""
    probable, model = probabilities("actionable", options, posts, encoded)
    enough = encoded.actionable_from if options.model is None else HALF
    return [
        Label(question="actionable", value=bool(chance >= enough), score=round(float(chance), 4), model=model)
        for chance in probable[:, LABELS["actionable"].index("true")]
    ]
