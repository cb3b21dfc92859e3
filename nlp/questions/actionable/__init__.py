"""Decide whether a municipal service could open a case from the post."""

from collections.abc import Sequence

from core.config.city import City
from core.records.annotation import Label
from core.records.post import Post
from nlp.inference.external_model import ExternalModel
from nlp.inference.labels import probabilities
from nlp.inference.model_files import LABELS
from nlp.inference.model_output import ModelOutput

HALF = 0.5
"""Threshold for an external model, whose own is unknown."""


class Options(ExternalModel):
    """Describe table `[questions.actionable]`: empty for the shipped model.

    Or `model` and `labels` (to "true", "false") of an external one.
    """


def classify(city: City, options: Options, posts: Sequence[Post], encoded: ModelOutput) -> list[Label]:
    """Return one label per post: true or false.

    The score is the probability of true, which triage compares with its thresholds. The cut-off lies between these thresholds: a post
    below `review` is never labelled actionable, one that opens a case always is.
    """
    probable, model = probabilities("actionable", options, posts, encoded)
    usual = encoded.actionable_from if options.model is None else HALF
    chances = [round(float(chance), 4) for chance in probable[:, LABELS["actionable"].index("true")]]
    return [
        Label(question="actionable", value=chance >= _enough(city, post, usual), score=chance, model=model)
        for post, chance in zip(posts, chances, strict=True)
    ]


def _enough(city: City, post: Post, usual: float) -> float:
    review, act = city.cutoffs(post.source, "", post.text, post.style)
    return max(review, min(act, usual))
