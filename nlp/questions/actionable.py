"""Actionable: could a municipal service open a case from this post as it stands?"""

from collections.abc import Sequence

from core.annotation import Label
from core.config.city import City
from core.post import Post
from nlp.inference.external_model import ExternalModel
from nlp.inference.labels import probabilities
from nlp.inference.model_files import LABELS
from nlp.inference.model_output import ModelOutput

HALF = 0.5
"""From here another model's answer counts as true: its own threshold is not known to us."""


class Options(ExternalModel):
    """Table `[questions.actionable]`: empty for our own model, or `model` and `labels` (to "true", "false") of another."""


def classify(city: City, options: Options, posts: Sequence[Post], encoded: ModelOutput) -> list[Label]:
    """One label a post: true or false, with the probability of true, which triage compares with its thresholds.

    What is true lies between these thresholds: a post below review is never labelled actionable, one that opens a case always is.
    """
    probable, model = probabilities("actionable", options, posts, encoded)
    usual = encoded.actionable_from if options.model is None else HALF
    chances = [round(float(chance), 4) for chance in probable[:, LABELS["actionable"].index("true")]]
    return [
        Label(question="actionable", value=chance >= _enough(city, post, usual), score=chance, model=model)
        for post, chance in zip(posts, chances, strict=True)
    ]


def _enough(city: City, post: Post, usual: float) -> float:
    review, act = city.bars(post.source, "", post.text)
    return max(review, min(act, usual))
