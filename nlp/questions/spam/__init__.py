"""Spam: is the post a test of the platform, or advertising? Spam is counted apart and never becomes a case."""

from collections.abc import Sequence

from core.annotation import Label
from core.config.city import City
from core.post import Post
from core.records import Options as Table
from nlp.inference.model_output import ModelOutput
from nlp.questions.spam.features import spam_sign

RULE = "spam-rule@1"
SCORES = {"test": 0.99, "advertising": 0.9, None: 0.01}
"""How sure each sign is. All 157 tests that are found in the sample were; of advertising there was too little to count."""


class Options(Table):
    """Table `[questions.spam]`."""

    off: bool = False
    """True: nothing is taken for spam."""


def classify(city: City, options: Options, posts: Sequence[Post], encoded: ModelOutput) -> list[Label]:
    """One label a post: spam or not, with the probability that it is. What the city writes itself is none."""
    signs = [None if options.off or post.own else spam_sign(post.text) for post in posts]
    return [Label(question="spam", value=sign is not None, score=SCORES[sign], model=RULE) for sign in signs]
