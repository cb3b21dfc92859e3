"""Find the posts a new one may belong with by shared keys: thread, place, house, line, rare word, author, topic of the hour."""

from bisect import insort
from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from triage.incident_matching.forms import PostForm

WINDOW_S = 21 * 86_400.0
"""Posts further apart than this never meet."""
PER_KEY = 30
"""Of the posts under one key the newest are looked at: a storm costs no more than a quiet day."""
KNOWN = 50
"""Of a larger incident the first post and the last ones are looked at."""
RARE_WORDS = 6
WEIGHT = {"t": 20.0, "h": 8.0, "p": 6.0, "l": 5.0, "n": 4.0, "w": 1.0, "a": 2.0, "s": 1.0}
"""What a shared key of each kind is worth when candidates are ranked; a word counts by its rarity."""
TOPIC_HOURS = 6


def keys_of(form: PostForm) -> dict[str, float]:
    """Return the keys under which a post is found, with what sharing each is worth."""
    keys = {f"t:{form.post_id}": WEIGHT["t"]}
    keys |= {f"t:{other}": WEIGHT["t"] for other in (form.reply_to, form.thread) if other}
    keys |= {f"p:{key}": WEIGHT["p"] for key in form.candidates}
    keys |= {f"h:{word}:{number}": WEIGHT["h"] for word, number in form.houses}
    keys |= {f"l:{line}": WEIGHT["l"] for line in form.lines}
    keys |= {f"n:{name}": WEIGHT["n"] for name in form.names}
    rarest = sorted(form.stems.items(), key=lambda each: (-each[1], each[0]))[:RARE_WORDS]
    keys |= {f"w:{stem}": weight / 4 for stem, weight in rarest}
    if form.author:
        keys[f"a:{form.author}"] = WEIGHT["a"]
    block = int(form.at // (3600 * TOPIC_HOURS))
    keys |= {f"s:{form.topic}:{block}": WEIGHT["s"]}
    return keys


def sought(form: PostForm) -> dict[str, float]:
    """Return the keys to look under: its own, and its topic in the block of hours before."""
    block = int(form.at // (3600 * TOPIC_HOURS))
    return keys_of(form) | {f"s:{form.topic}:{block - 1}": WEIGHT["s"]}


@dataclass
class IncidentIndex:
    """The posts of the last days by key, and the incident each belongs to."""

    posts: dict[str, PostForm] = field(default_factory=dict)
    incident_of: dict[str, str] = field(default_factory=dict)
    members: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    """Incident -> its posts, oldest first."""
    _by_key: dict[str, list[tuple[float, str]]] = field(default_factory=lambda: defaultdict(list))

    def add(self, form: PostForm, incident: str) -> None:
        """Note that a post belongs to an incident."""
        self.posts[form.post_id] = form
        self.incident_of[form.post_id] = incident
        members = self.members[incident]
        members.append(form.post_id)
        members.sort(key=self._order)
        for key in keys_of(form):
            insort(self._by_key[key], (form.at, form.post_id))

    def near(self, form: PostForm, most: int) -> list[str]:
        """Return the posts that share most with this one, best first."""
        shared: dict[str, float] = defaultdict(float)
        for key, worth in sought(form).items():
            for at, post_id in self._by_key.get(key, ())[-PER_KEY:]:
                if abs(form.at - at) <= WINDOW_S and post_id != form.post_id:
                    shared[post_id] += worth
        return sorted(shared, key=lambda one: (-shared[one], one))[:most]

    def known(self, incident: str) -> tuple[list[PostForm], int]:
        """Return the first and the last posts of an incident, oldest first, and how many it has."""
        ids = self.members[incident]
        some = ids if len(ids) <= KNOWN else [*ids[:1], *ids[1 - KNOWN :]]
        return self.of(some), len(ids)

    def of(self, post_ids: Iterable[str]) -> list[PostForm]:
        """Return the forms of these posts, in their order."""
        return [self.posts[one] for one in post_ids]

    def _order(self, post_id: str) -> tuple[float, str]:
        return self.posts[post_id].at, post_id
