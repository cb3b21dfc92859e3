"""Find the posts a new one may belong with by shared keys, and know the incidents they are in.

What was decided before is fetched from `KnownPosts` when it is first asked for: the index answers as if every post had been added
to it one after the other, whatever batches they came in.
"""

from bisect import insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from heapq import nlargest

from core.decision import KnownIncident, KnownPost, KnownPosts
from triage.incident_matching.keys import keys_of, sought
from triage.incident_matching.pair_table import PairTable
from triage.incident_matching.post_features import PostFeatures

WINDOW_S = 21 * 86_400.0
"""Posts further apart than this never meet."""
PER_KEY = 30
"""Of the posts under one key the newest are looked at: a storm costs no more than a quiet day."""
ENDS = 49
"""Of a larger incident the first post and so many of the last are looked at."""
Make = Callable[[KnownPost], PostFeatures]


class IncidentIndex:
    """The posts of the last days by key, and the incident each belongs to."""

    def __init__(
        self, known: KnownPosts | None = None, form: Make | None = None, pairs: PairTable | None = None
    ) -> None:
        self.posts: dict[str, PostFeatures] = {}
        self.incident_of: dict[str, str] = {}
        self.members: dict[str, list[str]] = {}
        """Incident -> its posts, oldest first; of a larger one fetched from `known` the first and the last."""
        self.stored: dict[str, KnownIncident] = {}
        """Incidents as they stood before this run."""
        self._by_key: dict[int, list[tuple[float, str]]] = defaultdict(list)
        self._fetched: set[int] = set()
        self._absent: set[str] = set()
        """Posts that were asked for and are not known."""
        self._keys: dict[str, dict[int, float]] = {}
        self.pairs = pairs or PairTable()
        """Compares posts."""
        self._known, self._form = known, form

    def add(self, form: PostFeatures, incident: str) -> None:
        """Note that a post belongs to an incident."""
        self.fetch_incident(incident)
        is_new = form.post_id not in self.posts
        self.posts[form.post_id] = form
        self.incident_of[form.post_id] = incident
        members = self.members.setdefault(incident, [])
        if form.post_id not in members:
            insort(members, form.post_id, key=self._order)
        if is_new:
            for key in self.keys_of(form):
                insort(self._by_key[key], (form.at, form.post_id))

    def note(self, form: PostFeatures, incident: str) -> None:
        """Note that an answer is read with an incident: what answers it finds the incident, likeness does not."""
        self.posts[form.post_id] = form
        self.incident_of[form.post_id] = incident

    def near(self, form: PostFeatures, most: int) -> list[str]:
        """Return the posts that share most with this one, best first."""
        self.fetch_keys(list(self.sought(form)), form.at)
        best = self._ranked(form, most)
        self._fetch_posts(best)
        return [one for one in best if one in self.posts]

    def expect(self, forms: Sequence[PostFeatures], incidents: Iterable[str], most: int) -> None:
        """Fetch with a few questions most of what comparing these posts will need; nothing that is found depends on it.

        Args:
            forms: the posts of a batch, oldest first.
            incidents: that they are in, or will be when they join none.
            most: how many posts each is compared with.
        """
        if self._known is None:
            return
        batch = {form.post_id for form in forms}
        self.fetch_keys(sorted({key for form in forms for key in self.sought(form)}), min(form.at for form in forms))
        self._fetch_posts([form.reply_to for form in forms if form.reply_to and form.reply_to not in batch])
        alone = [form for form in forms if form.reply_to not in self.posts and form.reply_to not in batch]
        self._fetch_posts([one for form in alone for one in self._ranked(form, most) if one not in batch])
        self.fetch_incidents([*incidents, *(self.incident_of[one] for one in self.posts)])

    def keys_of(self, form: PostFeatures) -> dict[int, float]:
        """Return the keys under which a post is filed; hashed once."""
        found = self._keys.get(form.post_id)
        if found is None:
            found = self._keys[form.post_id] = keys_of(form)
        return found

    def sought(self, form: PostFeatures) -> dict[int, float]:
        """Return the keys to look under."""
        return sought(form, self.keys_of(form))

    def _ranked(self, form: PostFeatures, most: int) -> list[str]:
        """Return the ids under the keys of a post that share most with it, best first."""
        shared: dict[str, float] = defaultdict(float)
        for key, worth in self.sought(form).items():
            entries = self._by_key.get(key, ())[-PER_KEY:]
            if entries and (form.at - entries[0][0] > WINDOW_S or entries[-1][0] - form.at > WINDOW_S):
                entries = [one for one in entries if abs(form.at - one[0]) <= WINDOW_S]
            for _, post_id in entries:
                shared[post_id] += worth
        shared.pop(form.post_id, None)
        least = nlargest(most, shared.values())[-1] if len(shared) > most else 0.0
        likely = [one for one, worth in shared.items() if worth >= least]
        return sorted(likely, key=lambda one: (-shared[one], one))[:most]

    def parent(self, form: PostFeatures) -> str | None:
        """Return the incident of the post that this one answers; of a comment whose parent is gone, that of the debate."""
        for answered in (form.reply_to, form.thread if form.comments else None):
            if answered is None or answered == form.post_id:
                continue
            self._fetch_posts([answered])
            parent = self.posts.get(answered)
            if parent is not None and parent.post.world == form.post.world:
                return self.incident_of[answered]
        return None

    def known(self, incident: str) -> tuple[list[PostFeatures], int]:
        """Return the first and the last posts of an incident, oldest first, and how many it has."""
        ids = self.members[incident]
        stored = self.stored.get(incident)
        more = stored.size - len(stored.post_ids) if stored else 0
        some = ids if len(ids) <= 1 + ENDS else [*ids[:1], *ids[-ENDS:]]
        return self.of(some), len(ids) + more

    def of(self, post_ids: Iterable[str]) -> list[PostFeatures]:
        """Return the forms of these posts, in their order."""
        return [self.posts[one] for one in post_ids]

    def fetch_keys(self, keys: Sequence[int], at: float) -> None:
        """Fetch what was filed under these keys before; `at`: time of the oldest post they are sought for."""
        missing = [key for key in keys if key not in self._fetched]
        if self._known is None or not missing:
            return
        for key, entries in self._known.newest(missing, at - WINDOW_S, PER_KEY).items():
            self._by_key[key] = sorted({*self._by_key[key], *entries})
        self._fetched.update(missing)

    def fetch_incident(self, key: str) -> None:
        """Fetch the first and the last posts of an incident, unless they are here."""
        self.fetch_incidents([key])

    def fetch_incidents(self, keys: Iterable[str]) -> None:
        """Fetch the first and the last posts of incidents that are not here."""
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
