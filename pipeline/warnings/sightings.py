"""Take the posts of the ledger as early warning counts them."""

import logging
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import numpy as np

from core.config.thresholds import is_debate
from core.records.post import EXAMPLE
from ledger import read
from ledger.read import Ledger, SeenPost
from trends.emerging import Vectors, centred, groups, neighbours, representative
from trends.records import LOCAL, Episode, Rules, Sighting, Subject
from trends.subjects import PRECISIONS, family_of, places_of, subjects_of, text_key, words_of
from trends.warnings import LEAST_HISTORY
from triage.identity.thing import faulty_in
from triage.incident_matching.post_features import own_words
from triage.incident_matching.subjects import text_folded

log = logging.getLogger("escucha")
MOST_POSTS = 60_000
"""Posts that are read at most, newest first: a longer history is cut."""
MOST_VECTORS = 20_000
LOOK_BACK = timedelta(days=8)
ISSUE_SPAN = timedelta(hours=24)
"""Issues without a service are grouped among the posts of this time before each moment looked at."""
WITHOUT_SERVICE = (None, "other")
OFTEN = 1 / 3
"""Share of an event's posts that name a place by which it is known."""
NO_INCIDENT = ("proposal", "request", "praise", "thanks")
"""Kinds of posts that tell of no incident: a wish for a bench, whatever it names."""


@dataclass(frozen=True)
class Seen:
    """Hold the sightings, and what is shown of them."""

    sightings: tuple[Sighting, ...]
    made_up: frozenset[str]
    """Ids of replayed and example posts."""
    typical: dict[str, list[str]]
    """Most typical posts by a post of their issue."""
    places: dict[str, tuple[tuple[str, str], ...]]
    """Precision and name of the places of each post."""

    def representative(self, post_ids: Sequence[str], most: int) -> tuple[str, ...]:
        """Return the posts to show: the most typical, else the first."""
        chosen = next((self.typical[one] for one in post_ids if one in self.typical), [])
        inside = [one for one in chosen if one in set(post_ids)]
        return tuple(dict.fromkeys([*inside, *post_ids]))[:most]

    def place_of(self, one: Episode) -> Subject | None:
        """Return the place by which people know where an event is.

        The street that a third of its posts name, else the neighbourhood or district. None: it has no place, or its posts name none.
        """
        what = next((family_of(subject) for subject in (one.subject, *one.also) if subject[0] in LOCAL), None)
        known = [self.places[post] for post in one.post_ids if self.places.get(post)]
        named = Counter(place for places in known for place in places)
        often = [place for place, count in named.most_common() if count >= OFTEN * len(known)] or list(named)
        best = min(often, key=lambda place: PRECISIONS.index(place[0]), default=None)
        return None if what is None or best is None else ("place", f"{what}|{best[0]}|{best[1]}")


def see(ledger: Ledger, moment: datetime, rules: Rules) -> Seen:
    """Read the posts of the history and of the days looked at."""
    posts = read.seen_posts(ledger, moment - rules.history - LOOK_BACK, MOST_POSTS)
    if len(posts) == MOST_POSTS:
        short = moment - posts[-1].at < LEAST_HISTORY
        log.log(
            logging.WARNING if short else logging.INFO,
            "warn: only the newest %s posts are read, and the history begins at %s%s",
            f"{MOST_POSTS:,}",
            posts[-1].at,
            ": less than seven days, so nothing can be reported" if short else "",
        )
    # a debate of a participation site is no incident, and its two hundred comments are no rise of all posts
    posts = [one for one in posts if not is_debate(one.source.removeprefix(EXAMPLE), one.text, one.style)]
    issues, typical = _issues(ledger, posts, moment, rules)
    sightings = tuple(_sighting(one, issues.get(one.post_id, ())) for one in posts)
    places = {one.post_id: places_of(one.places) for one in posts}
    return Seen(sightings, frozenset(one.post_id for one in posts if one.made_up), typical, places)


def lacks_history(ledger: Ledger, moment: datetime, rules: Rules) -> Literal["young", "many"] | None:
    """Return why nothing can be reported yet; None: there is history enough.

    young: the oldest post is less than a week old, or there is none; many: more posts a week than are read.
    """
    week = moment - LEAST_HISTORY
    if read.count_seen(ledger, week, MOST_POSTS) == MOST_POSTS:
        return "many"
    return None if read.count_seen(ledger, moment - rules.history - LOOK_BACK, 1, until=week) else "young"


def may_warn(one: SeenPost) -> bool:
    """Tell whether a post may tell of an incident."""
    return one.relevant and one.case_kind not in NO_INCIDENT


def _sighting(one: SeenPost, issues: tuple[str, ...]) -> Sighting:
    known: tuple[Subject, ...] = ()
    if may_warn(one):
        text = own_words(one.text, one.service)
        known = subjects_of(one.topic, one.places, words_of(text), faulty_in(text_folded(text)), one.point)
    subjects = (*known, *(("emerging", issue) for issue in issues))
    # neighbours who report "smell of gas" in the same street did not copy each other: a receipt is a person
    written = "" if one.receipt else text_key(one.text)
    return Sighting(one.post_id, one.at, one.author or "", written or one.post_id, one.source, subjects)


def _issues(
    ledger: Ledger, posts: Sequence[SeenPost], moment: datetime, rules: Rules
) -> tuple[dict[str, tuple[str, ...]], dict[str, list[str]]]:
    """Return the issues of each post without a service, and typical posts.

    The vectors of the history are read only where a group of the last days is large enough.
    """
    without = [one for one in posts if one.topic in WITHOUT_SERVICE and one.author and may_warn(one)][:MOST_VECTORS]
    recent = [one for one in without if moment - one.at <= LOOK_BACK]
    if len({one.author for one in recent}) < rules.word_people:
        return {}, {}
    vectors = read.embeddings(ledger, [one.post_id for one in without])
    size = next((len(vectors[one.post_id]) for one in without if one.post_id in vectors), 0)  # of the newest model
    known = [one for one in without if len(vectors.get(one.post_id, b"")) == size]
    if not known:
        return {}, {}
    matrix = centred(np.stack([np.frombuffer(vectors[one.post_id], dtype=np.float16).astype(np.float32) for one in known]))
    issues: dict[str, tuple[str, ...]] = {}
    typical: dict[str, list[str]] = {}
    for begin in _days(moment):
        some = [n for n, one in enumerate(known) if begin <= one.at < begin + ISSUE_SPAN]
        _group(known, matrix, some, rules.word_people, issues, typical)
    return {post: tuple(dict.fromkeys(names)) for post, names in issues.items()}, typical


def _days(moment: datetime) -> list[datetime]:
    """Return the starts of the spans that are grouped, half overlapping."""
    half = ISSUE_SPAN / 2
    origin = datetime(2020, 1, 1, tzinfo=moment.tzinfo)
    last = origin + ((moment - origin) // half) * half
    return [last - n * half for n in range(int(LOOK_BACK / half) + 1)]


def _group(
    known: Sequence[SeenPost],
    matrix: Vectors,
    some: Sequence[int],
    least: int,
    issues: dict[str, tuple[str, ...]],
    typical: dict[str, list[str]],
) -> None:
    rows = matrix[list(some)]
    ids, people = [known[n].post_id for n in some], [known[n].author or "" for n in some]
    for group in groups(ids, people, rows, least):
        centre = known[some[group[0]]].post_id
        for n in neighbours(rows[group[0]], matrix):
            issues[known[n].post_id] = (*issues.get(known[n].post_id, ()), centre)
        shown = representative(rows, group, ids)
        for n in group:
            typical.setdefault(ids[n], shown)
