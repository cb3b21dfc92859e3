"""Topic: which of the city's services is the post about?"""

from collections.abc import Sequence

from core.annotation import Label
from core.config.city import City
from core.post import Post
from nlp.inference.external_model import AnotherModel
from nlp.inference.labels import answer
from nlp.inference.model_output import Encoded


class Options(AnotherModel):
    """Table `[questions.topic]`: empty for our own model, or `model` and `labels` of another."""


def classify(city: City, options: Options, posts: Sequence[Post], encoded: Encoded) -> list[Label]:
    """One label a post: the likeliest value, and how likely it is."""
    return answer("topic", options, posts, encoded)
