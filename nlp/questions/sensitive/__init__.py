"""Detect texts about a person's health, a minor, or violence.

They are kept out of titles, exports and the assistant until a person corrects this label: `core.privacy.sensitive.withheld`.
"""

from collections.abc import Sequence

from core.config.city import City
from core.privacy.sensitive import sensitive_kinds
from core.records import Options as Table
from core.records.annotation import Label
from core.records.post import Post
from nlp.inference.model_output import ModelOutput

RULE = "sensitive-rule@1"
SCORES = {True: 0.5, False: 0.01}
"""Of 24 posts that are flagged among the sample's 8,389, about half speak of a person; the rest are heard of, or general."""


class Options(Table):
    """Describe table `[questions.sensitive]`."""

    off: bool = False
    """True: no post is labelled sensitive."""


def classify(city: City, options: Options, posts: Sequence[Post], encoded: ModelOutput) -> list[Label]:
    """Return one label per post: sensitive or not.

    The city's own posts are never sensitive.
    """
    found = [not options.off and not post.own and bool(sensitive_kinds(post.text)) for post in posts]
    return [Label(question="sensitive", value=one, score=SCORES[one], model=RULE) for one in found]
