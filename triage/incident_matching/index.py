"""Find the posts a new one may belong with by shared keys, and know the incidents they are in.

What was decided before is fetched from `KnownPosts` when it is first asked for: the index answers as if every post had been added
to it one after the other, whatever batches they came in.
"""

from bisect import insort
from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence

from core.decision import KnownIncident, KnownPost, KnownPosts
from triage.incident_matching.forms import PostForm
from triage.incident_matching.keys import keys_of, sought

WINDOW_S = 21 * 86_400.0
"""Posts further apart than this never meet."""
PER_KEY = 30
"""Of the posts under one key the newest are looked at: a storm costs no more than a quiet day."""
ENDS = 49
"""Of a larger incident the first post and so many of the last are looked at."""
Make = Callable[[KnownPost], PostForm]


class IncidentIndex:
    """The posts of the last days by key, and the incident each belongs to."""

    def __init__(self, known: KnownPosts | None = None, form: Make | None = None) -> None:
        self.posts: dict[str, PostForm] = {}
        self.incident_of: dict[str, str] = {}
        self.members: dict[str, list[str]] = {}
        """Incident -> its posts, oldest first; of a larger one fetched from `known` the first and the last."""
        self.stored: dict[str, KnownIncident] = {}
        """Incidents as they stood before this run."""
        self._by_key: dict[int, list[tuple[float, str]]] = defaultdict(list)
        self._fetched: set[int] = set()
        self._known, self._form = known, form

    def add(self, form: PostForm, incident: str) -> None:
        """Note that a post belongs to an incident."""
        self.fetch_incident(incident)
        is_new = form.post_id not in self.posts
        self.posts[form.post_id] = form
        self.incident_of[form.post_id] = incident
        members = self.members.setdefault(incident, [])
        if form.post_id not in members:
            insort(members, form.post_id, key=self._order)
        if is_new:
            for key in keys_of(form):
                insort(self._by_key[key], (form.at, form.post_id))

    def note(self, form: PostForm, incident: str) -> None:
        """Note that an answer is read with an incident: what answers it finds the incident, likeness does not."""
        self.posts[form.post_id] = form
        self.incident_of[form.post_id] = incident

    def near(self, form: PostForm, most: int) -> list[str]:
        """Return the posts that share most with this one, best first."""
        keys = sought(form)
        self.fetch_keys(list(keys), form.at)
        shared: dict[str, float] = defaultdict(float)
        for key, worth in keys.items():
            for at, post_id in self._by_key[key][-PER_KEY:]:
                if abs(form.at - at) <= WINDOW_S and post_id != form.post_id:
                    shared[post_id] += worth
        best = sorted(shared, key=lambda one: (-shared[one], one))[:most]
        self._fetch_posts(best)
        return [one for one in best if one in self.posts]

    def parent(self, form: PostForm) -> str | None:
        """Return the incident of the post that this one answers; of a comment whose parent is gone, that of the debate."""
        for answered in (form.reply_to, form.thread if form.comments else None):
            if answered is None or answered == form.post_id:
                continue
            self._fetch_posts([answered])
            parent = self.posts.get(answered)
            if parent is not None and parent.post.world == form.post.world:
                return self.incident_of[answered]
        return None

    def known(self, incident: str) -> tuple[list[PostForm], int]:
        """Return the first and the last posts of an incident, oldest first, and how many it has."""
        ids = self.members[incident]
        stored = self.stored.get(incident)
        more = stored.size - len(stored.post_ids) if stored else 0
        some = ids if len(ids) <= 1 + ENDS else [*ids[:1], *ids[-ENDS:]]
        return self.of(some), len(ids) + more

    def of(self, post_ids: Iterable[str]) -> list[PostForm]:
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
        if self._known is None or key in self.members:
            return
        found = self._known.incident(key, ENDS)
        self.members[key] = []
        if found is None:
            return
        posts = self._known.posts([one for one in found.post_ids if one not in self.posts])
        for post_id, one in posts.items():
            self._take(post_id, one)
        here = tuple(one for one in found.post_ids if one in self.posts)
        self.stored[key] = found.model_copy(update={"post_ids": here})
        self.members[key] = list(here)

    def _fetch_posts(self, post_ids: Sequence[str]) -> None:
        missing = [one for one in post_ids if one not in self.posts]
        if self._known is None or not missing:
            return
        for post_id, one in self._known.posts(missing).items():
            self._take(post_id, one)
        for post_id in missing:
            if post_id in self.posts:
                self.fetch_incident(self.incident_of[post_id])

    def _take(self, post_id: str, one: KnownPost) -> None:
        assert self._form is not None  # noqa: S101  given together with `known`
        self.posts[post_id] = self._form(one)
        self.incident_of[post_id] = one.incident

    def _order(self, post_id: str) -> tuple[float, str]:
        return self.posts[post_id].at, post_id
