"""Classify the intent: complaint, question, suggestion, praise, news or other."""

from collections.abc import Sequence

from core.config.city import City
from core.records.annotation import Label
from core.records.post import Post
from nlp.inference.external_model import ExternalModel
from nlp.inference.labels import likeliest_labels
from nlp.inference.model_output import ModelOutput


class Options(ExternalModel):
    """Describe table `[questions.intent]`: empty for the shipped model.

    Or `model` and `labels` of an external one.
    """


def classify(city: City, options: Options, posts: Sequence[Post], encoded: ModelOutput) -> list[Label]:
    """Return one label per post: the likeliest value and its probability."""
    return likeliest_labels("intent", options, posts, encoded)
