"""Sentiment: is the writer pleased, neutral or displeased?"""

from collections.abc import Sequence

from core.annotation import Label
from core.config.city import City
from core.post import Post
from nlp.inference.external_model import ExternalModel
from nlp.inference.labels import answer_labels
from nlp.inference.model_output import ModelOutput


class Options(ExternalModel):
    """Table `[questions.sentiment]`: empty for our own model, or `model` and `labels` of another."""


def classify(city: City, options: Options, posts: Sequence[Post], encoded: ModelOutput) -> list[Label]:
    """One label a post: the likeliest value, and how likely it is."""
    return answer_labels("sentiment", options, posts, encoded)
