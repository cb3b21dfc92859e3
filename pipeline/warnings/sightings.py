"""Take the posts of the ledger as early warning counts them."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal

import numpy as np

from ledger import read
from ledger.read import Ledger, SeenPost
from trends.emerging import Vectors, centred, groups, neighbours, representative
from trends.records import Rules, Sighting
from trends.subjects import subjects_of, text_key, words_of
from trends.warnings import LEAST_HISTORY

log = logging.getLogger("escucha")
MOST_POSTS = 60_000
"""Posts that are read at most, newest first: a longer history is cut."""
MOST_VECTORS = 20_000
LOOK_BACK = timedelta(days=8)
ISSUE_SPAN = timedelta(hours=24)
"""Issues without a service are grouped among the posts of this time before each moment looked at."""
WITHOUT_SERVICE = (None, "other")


@dataclass(frozen=True)
class Seen:
    """Hold the sightings, and what is shown of them."""

    sightings: tuple[Sighting, ...]
    made_up: frozenset[str]
    """Ids of replayed and example posts."""
    typical: dict[str, list[str]]
    """Most typical posts by a post of their issue."""

    def representative(self, post_ids: Sequence[str], most: int) -> tuple[str, ...]:
        """Return the posts to show: the most typical, else the first."""
        chosen = next((self.typical[one] for one in post_ids if one in self.typical), [])
        inside = [one for one in chosen if one in set(post_ids)]
        return tuple(dict.fromkeys([*inside, *post_ids]))[:most]


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
    issues, typical = _issues(ledger, posts, moment, rules)
    sightings = tuple(_sighting(one, issues.get(one.post_id, ())) for one in posts)
    return Seen(sightings, frozenset(one.post_id for one in posts if one.made_up), typical)


def lacks_history(ledger: Ledger, moment: datetime, rules: Rules) -> Literal["young", "many"] | None:
    """Return why nothing can be reported yet; None: there is history enough.

    young: the oldest post is less than a week old, or there is none; many: more posts a week than are read.
    """
    week = moment - LEAST_HISTORY
    if read.count_seen(ledger, week, MOST_POSTS) == MOST_POSTS:
        return "many"
    return None if read.count_seen(ledger, moment - rules.history - LOOK_BACK, 1, until=week) else "young"


def _sighting(one: SeenPost, issues: tuple[str, ...]) -> Sighting:
    known = subjects_of(one.topic, one.places, one.case_kind, words_of(one.text)) if one.relevant else ()
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
    without = [one for one in posts if one.relevant and one.topic in WITHOUT_SERVICE and one.author][:MOST_VECTORS]
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
