"""Find candidate posts by shared keys, with the incidents they belong to.

Earlier decisions are fetched from `KnownPosts` on demand: the result is the same as if every post had been added one after the other,
independent of batches.
"""

from bisect import insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from heapq import nlargest

from core.records.decision import KnownIncident, KnownPost, KnownPosts
from triage.incident_matching.keys import keys_of, search_keys
from triage.incident_matching.pair_table import PairTable
from triage.incident_matching.post_features import PostFeatures

WINDOW_S = 21 * 86_400.0
"""Posts further apart than this, in seconds, are never compared."""
PER_KEY = 30
"""Maximum posts compared per key, newest first: a storm costs no more than a quiet day."""
ENDS = 49
"""Of a larger incident the first post and this many of the last are used."""
Make = Callable[[KnownPost], PostFeatures]


class IncidentIndex:
    """Index recent posts by key, with the incident of each."""

    def __init__(self, known: KnownPosts | None = None, features: Make | None = None, pairs: PairTable | None = None) -> None:
        self.posts: dict[str, PostFeatures] = {}
        self.incident_of: dict[str, str] = {}
        self.members: dict[str, list[str]] = {}
        """Incident -> its posts, oldest first; of a large incident from `known` only the first and the last."""
        self.stored: dict[str, KnownIncident] = {}
        """Incidents as they were before this run."""
        self._by_key: dict[int, list[tuple[float, str]]] = defaultdict(list)
        self._fetched: set[int] = set()
        self._absent: set[str] = set()
        """Posts that were looked up and do not exist."""
        self._keys: dict[str, dict[int, float]] = {}
        self.pairs = pairs or PairTable()
        self._known, self._form = known, features

    def add(self, features: PostFeatures, incident: str) -> None:
        """Add a post to an incident."""
        self.fetch_incident(incident)
        is_new = features.post_id not in self.posts
        self.posts[features.post_id] = features
        self.incident_of[features.post_id] = incident
        members = self.members.setdefault(incident, [])
        if features.post_id not in members:
            insort(members, features.post_id, key=self._order)
        if is_new:
            for key in self.keys_of(features):
                insort(self._by_key[key], (features.at, features.post_id))

    def note(self, features: PostFeatures, incident: str) -> None:
        """Record a reply as context of an incident.

        Replies to it find the incident; similarity does not.
        """
        self.posts[features.post_id] = features
        self.incident_of[features.post_id] = incident

    def near(self, features: PostFeatures, most: int) -> list[str]:
        """Return the posts that share most with this one, best first."""
        self.fetch_keys(list(self.search_keys(features)), features.at)
        best = self._ranked(features, most)
        self._fetch_posts(best)
        return [one for one in best if one in self.posts]

    def prefetch(self, all_features: Sequence[PostFeatures], incidents: Iterable[str], most: int) -> None:
        """Load in advance, with few queries, what comparing these posts needs.

        It changes no result.

        Args:
            all_features: the posts of a batch, oldest first.
            incidents: those the posts are in, or will start if they join none.
            most: number of posts each is compared with.
        """
        if self._known is None:
            return
        batch = {features.post_id for features in all_features}
        self.fetch_keys(
            sorted({key for features in all_features for key in self.search_keys(features)}), min(features.at for features in all_features)
        )
        self._fetch_posts([features.reply_to for features in all_features if features.reply_to and features.reply_to not in batch])
        alone = [features for features in all_features if features.reply_to not in self.posts and features.reply_to not in batch]
        self._fetch_posts([one for features in alone for one in self._ranked(features, most) if one not in batch])
        self.fetch_incidents([*incidents, *(self.incident_of[one] for one in self.posts)])

    def keys_of(self, features: PostFeatures) -> dict[int, float]:
        """Return the keys under which a post is filed; computed once."""
        found = self._keys.get(features.post_id)
        if found is None:
            found = self._keys[features.post_id] = keys_of(features)
        return found

    def search_keys(self, features: PostFeatures) -> dict[int, float]:
        """Return the keys to search."""
        return search_keys(features, self.keys_of(features))

    def _ranked(self, features: PostFeatures, most: int) -> list[str]:
        """Return the ids of the posts that share most keys, best first."""
        shared: dict[str, float] = defaultdict(float)
        for key, weight in self.search_keys(features).items():
            entries = self._by_key.get(key, ())[-PER_KEY:]
            if entries and (features.at - entries[0][0] > WINDOW_S or entries[-1][0] - features.at > WINDOW_S):
                entries = [one for one in entries if abs(features.at - one[0]) <= WINDOW_S]
            for _, post_id in entries:
                shared[post_id] += weight
        shared.pop(features.post_id, None)
        least = nlargest(most, shared.values())[-1] if len(shared) > most else 0.0
        likely = [one for one, weight in shared.items() if weight >= least]
        return sorted(likely, key=lambda one: (-shared[one], one))[:most]

    def parent(self, features: PostFeatures) -> str | None:
        """Return the incident of the post that this one replies to.

        For a comment whose parent is missing, that of the debate.
        """
        for answered in (features.reply_to, features.thread if features.comments else None):
            if answered is None or answered == features.post_id:
                continue
            self._fetch_posts([answered])
            parent = self.posts.get(answered)
            if parent is not None and parent.post.provenance == features.post.provenance:
                return self.incident_of[answered]
        return None

    def known(self, incident: str) -> tuple[list[PostFeatures], int]:
        """Return the first and last posts of an incident, and its size.

        Oldest first.
        """
        ids = self.members[incident]
        stored = self.stored.get(incident)
        more = stored.size - len(stored.post_ids) if stored else 0
        some = ids if len(ids) <= 1 + ENDS else [*ids[:1], *ids[-ENDS:]]
        return self.of(some), len(ids) + more

    def of(self, post_ids: Iterable[str]) -> list[PostFeatures]:
        """Return the features of these posts, in their order."""
        return [self.posts[one] for one in post_ids]

    def fetch_keys(self, keys: Sequence[int], at: float) -> None:
        """Fetch what was filed under these keys before.

        `at` is the time of the oldest post they are searched for.
        """
        missing = [key for key in keys if key not in self._fetched]
        if self._known is None or not missing:
            return
        for key, entries in self._known.newest(missing, at - WINDOW_S, PER_KEY).items():
            self._by_key[key] = sorted({*self._by_key[key], *entries})
        self._fetched.update(missing)

    def fetch_incident(self, key: str) -> None:
        """Fetch the first and last posts of an incident, once."""
        self.fetch_incidents([key])

    def fetch_incidents(self, keys: Iterable[str]) -> None:
        """Fetch the first and last posts of incidents not fetched yet."""
        if self._known is None or not (missing := [key for key in dict.fromkeys(keys) if key not in self.members]):
            return
        found = self._known.incidents(missing, ENDS)
        wanted = [one for incident in found.values() for one in incident.post_ids if one not in self.posts]
        for post_id, one in self._known.posts(wanted).items() if wanted else ():
            self._take(post_id, one)
        for key in missing:
            self.members[key] = []
            if key in found:
                here = tuple(one for one in found[key].post_ids if one in self.posts)
                self.stored[key] = found[key].model_copy(update={"post_ids": here})
                self.members[key] = list(here)

    def _fetch_posts(self, post_ids: Sequence[str]) -> None:
        missing = [one for one in dict.fromkeys(post_ids) if one not in self.posts and one not in self._absent]
        if self._known is None or not missing:
            return
        for post_id, one in self._known.posts(missing).items():
            self._take(post_id, one)
        self._absent.update(one for one in missing if one not in self.posts)
        self.fetch_incidents(self.incident_of[one] for one in missing if one in self.posts)

    def _take(self, post_id: str, one: KnownPost) -> None:
        assert self._form is not None  # noqa: S101  given together with `known`
        self.posts[post_id] = self._form(one)
        self.incident_of[post_id] = one.incident

    def _order(self, post_id: str) -> tuple[float, str]:
        return self.posts[post_id].at, post_id
