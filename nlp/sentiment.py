"""Sentiment: is the writer pleased, neutral or displeased?"""

from collections.abc import Sequence

from core.city import City
from core.post import Post
from core.reading import Label
from nlp.answer import answer
from nlp.encoded import Encoded
from nlp.other_model import AnotherModel


class Options(AnotherModel):
    """Table `[questions.sentiment]`: empty for our own model, or `model` and `labels` of another."""


def classify(city: City, options: Options, posts: Sequence[Post], encoded: Encoded) -> list[Label]:
    """One label a post: the likeliest value, and how likely it is."""
    return answer("sentiment", options, posts, encoded)
