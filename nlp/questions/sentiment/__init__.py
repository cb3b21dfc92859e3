"""Classify the sentiment: negative, neutral or positive."""

from collections.abc import Sequence

from core.config.city import City
from core.records.annotation import Label
from core.records.post import Post
from nlp.inference.external_model import ExternalModel
from nlp.inference.labels import likeliest_labels
from nlp.inference.model_output import ModelOutput


class Options(ExternalModel):
    """Describe table `[questions.sentiment]`: empty for the shipped model.

    Or `model` and `labels` of an external one.
    """


def classify(city: City, options: Options, posts: Sequence[Post], encoded: ModelOutput) -> list[Label]:
    """Return one label per post: the likeliest value and its probability."""
    return likeliest_labels("sentiment", options, posts, encoded)
