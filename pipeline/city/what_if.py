"""Try another profile on the newest posts; nothing is written."""

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

from core.config.city import City
from core.records.decision import KnownPost
from core.records.read_models import PostRecord
from ledger import read
from ledger.database import Ledger
from ledger.processing import decisions
from triage.rehearsal import rehearse

NEWEST = 10_000
"""Posts that are triaged again; their features are held in memory, about 25 kB each."""
AT_ONCE = 500
KEPT = ("ended: ", "suggested: ")
"""Prefixes of reasons that no threshold changes."""
OUTCOMES = ("in_case", "in_review", "no_case")


@dataclass(frozen=True)
class WhatIf:
    """Hold what another profile would decide of the newest posts."""

    posts: Mapping[str, PostRecord]
    """The posts with their present decision, newest first."""
    after: Mapping[str, str]
    """The other decision, by post."""
    cases_after: int

    @property
    def days(self) -> int:
        """Return on how many days the posts were written."""
        return len({post.created_at.date() for post in self.posts.values()})

    @property
    def cases_before(self) -> int:
        """Return in how many cases the posts are."""
        return len({post.case_key for post in self.posts.values() if post.case_key is not None})

    @property
    def before_counts(self) -> dict[str, int]:
        """Count the posts by their present decision."""
        return _counts(post.decision for post in self.posts.values())

    @property
    def after_counts(self) -> dict[str, int]:
        """Count the posts by the other decision."""
        return _counts(self.after.values())

    @property
    def moves(self) -> dict[tuple[str, str], int]:
        """Count the posts whose decision would change, by old and new one."""
        moved = Counter((self.posts[post_id].decision, outcome) for post_id, outcome in self.after.items())
        return {move: n for move, n in sorted(moved.items()) if move[0] != move[1]}

    def moved(self, before: str | None, after: str | None) -> list[PostRecord]:
        """Return the posts of a move; None: any decision."""
        return [post for post_id, post in self.posts.items() if before in (None, post.decision) and after in (None, self.after[post_id])]


def what_if(ledger: Ledger, city: City, since: datetime | None = None, newest: int = NEWEST) -> WhatIf:
    """Run triage again on the newest posts, under this profile.

    Nothing is written; incidents and decisions by staff stay unchanged.

    Args:
        ledger: the open ledger.
        city: the profile to try.
        since: posts written before are left out; None: none are.
        newest: the most posts to try.
    """
    records = read.post_records(ledger, order="newest", limit=newest, state="classified", since=since)
    posts = {post.post_id: post for post in records if post.decision in OUTCOMES}
    after = {post_id: post.decision for post_id, post in posts.items()}
    opened = 0
    for one in rehearse(city, _known(ledger, list(posts)), _staff_decisions(posts)):
        post = posts[one.post_id]
        opened += one.opens
        if not (post.decision == "in_review" and one.outcome == "no_case" and post.reason.startswith(KEPT)):
            after[one.post_id] = one.outcome
    return WhatIf(posts, after, opened)


def _known(ledger: Ledger, post_ids: list[str]) -> Iterator[KnownPost]:
    with decisions.known_posts(ledger) as known:
        for start in range(0, len(post_ids), AT_ONCE):
            yield from known.posts(post_ids[start : start + AT_ONCE]).values()


def _staff_decisions(posts: Mapping[str, PostRecord]) -> dict[str, bool]:
    """Return staff decisions by post id: accepted, rejected, moved or corrected.

    True keeps the post in its case.
    """
    by_hand = {post_id: post for post_id, post in posts.items() if post.reason.startswith("person: ") or "actionable" in post.corrected}
    return {post_id: post.decision == "in_case" for post_id, post in by_hand.items() if post.decision != "in_review"}


def _counts(outcomes: Iterable[str]) -> dict[str, int]:
    found = Counter(outcomes)
    return {outcome: found[outcome] for outcome in OUTCOMES}
