"""Detect spam: tests of the platform and advertising.

Spam is counted apart and never becomes a case.
"""

from collections.abc import Sequence

from core.config.city import City
from core.records import Options as Table
from core.records.annotation import Label
from core.records.post import Post
from nlp.inference.model_output import ModelOutput
from nlp.questions.spam.features import spam_kind

RULE = "spam-rule@1"
SCORES = {"test": 0.99, "advertising": 0.9, None: 0.01}
"""Probability by kind. All 157 tests found in the sample were tests; there was too little advertising to measure."""


class Options(Table):
    """Describe table `[questions.spam]`."""

    off: bool = False
    """True: no post is labelled spam."""


def classify(city: City, options: Options, posts: Sequence[Post], encoded: ModelOutput) -> list[Label]:
    """Return one label per post: spam or not, with its probability.

    The city's own posts are never spam.
    """
    kinds = [None if options.off or post.own else spam_kind(post.text, city.handles) for post in posts]
    return [Label(question="spam", value=kind is not None, score=SCORES[kind], model=RULE) for kind in kinds]
