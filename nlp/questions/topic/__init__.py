"""Classify the topic: the municipal service that the post is about."""

from collections.abc import Sequence

from core.config.city import City
from core.records.annotation import Label
from core.records.post import Post
from nlp.inference.external_model import ExternalModel
from nlp.inference.labels import likeliest_labels
from nlp.inference.model_output import ModelOutput

OTHERS = 2
"""Topics that a label names beside the likeliest one: where a person is asked for the service, these are offered."""


class Options(ExternalModel):
    """Describe table `[questions.topic]`: empty for the shipped model.

    Or `model` and `labels` of an external one.
    """


def classify(city: City, options: Options, posts: Sequence[Post], encoded: ModelOutput) -> list[Label]:
    """Return one label per post: the likeliest value and its probability."""
    return likeliest_labels("topic", options, posts, encoded, OTHERS)
