"""Cache the features of posts.

A post is decided once and compared with later ones many times.
"""

from collections import OrderedDict
from collections.abc import Callable

from core.records.annotation import Annotation
from core.records.post import Post
from triage.incident_matching.pair_table import PairTable
from triage.incident_matching.post_features import PostFeatures

MAX_POSTS = 2_048
"""Four batches; the features of an e-mail take some 35 KB, of a short post less."""


class FeatureCache:
    """Cache the features of recently used posts.

    For one city profile and one set of weights. Cached features are returned only for an equal post with an equal annotation: an edited,
    corrected or re-annotated post gets new ones.
    """

    def __init__(self, most: int = MAX_POSTS) -> None:
        self._most = most
        self.pairs = PairTable()
        """Caches the words of the posts as numbers."""
        self._kept: OrderedDict[str, tuple[Post, Annotation, PostFeatures]] = OrderedDict()

    def features(self, post: Post, annotation: Annotation, build: Callable[[Post, Annotation], PostFeatures]) -> PostFeatures:
        """Return the features of a post; `build` computes missing ones."""
        kept = self._kept.get(post.post_id)
        if kept is not None and kept[0] == post and kept[1] == annotation:
            self._kept.move_to_end(post.post_id)
            return kept[2]
        features = build(post, annotation)
        self._kept[post.post_id] = (post, annotation, features)
        self._kept.move_to_end(post.post_id)
        if len(self._kept) > self._most:
            self._kept.popitem(last=False)
        return features
