"""Keep the forms of posts that were made before: a post is decided once and compared with later ones many times."""

from collections import OrderedDict
from collections.abc import Callable

from core.annotation import Annotation
from core.post import Post
from triage.incident_matching.pair_table import PairTable
from triage.incident_matching.post_features import PostFeatures

MOST = 2_048
"""Four batches; a form takes some 35 KB of a letter, less of a short post."""


class FeatureCache:
    """The forms of the posts that were asked for last, for one city profile and one set of weights.

    A form is given back only for an equal post with an equal reading: an edited, corrected or newly read post gets a new one.
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self.pairs = PairTable()
        """Compares them; keeps their words as numbers."""
        self._kept: OrderedDict[str, tuple[Post, Annotation, PostFeatures]] = OrderedDict()

    def form(self, post: Post, reading: Annotation, make: Callable[[Post, Annotation], PostFeatures]) -> PostFeatures:
        """Return the form of a post; `make` builds it when it is not here."""
        kept = self._kept.get(post.post_id)
        if kept is not None and kept[0] == post and kept[1] == reading:
            self._kept.move_to_end(post.post_id)
            return kept[2]
        form = make(post, reading)
        self._kept[post.post_id] = (post, reading, form)
        self._kept.move_to_end(post.post_id)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return form
