"""Show what another profile's thresholds would change.

This is a dry run over the newest posts of the ledger.
"""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from core.config.city import City
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


def what_if(ledger: Ledger, city: City) -> dict[str, Any]:
    """Run triage again on the newest posts, under this profile.

    Nothing is written; incidents and decisions by staff stay unchanged.
    """
    posts = {
        post.post_id: post
        for post in read.post_records(ledger, order="newest", limit=NEWEST, state="classified")
        if post.decision in OUTCOMES
    }
    after = {post_id: post.decision for post_id, post in posts.items()}
    opened = 0
    for one in rehearse(city, _known(ledger, list(posts)), _staff_decisions(posts)):
        post = posts[one.post_id]
        opened += one.opens
        if not (post.decision == "in_review" and one.outcome == "no_case" and post.reason.startswith(KEPT)):
            after[one.post_id] = one.outcome
    moves = Counter((posts[post_id].decision, outcome) for post_id, outcome in after.items())
    days = {post.created_at.date() for post in posts.values()}
    return {
        "posts": len(posts),
        "days": len(days),
        "before": _counts(post.decision for post in posts.values()),
        "after": _counts(after.values()),
        "cases_before": len({post.case_key for post in posts.values() if post.case_key is not None}),
        "cases_after": opened,
        "changed": {f"{old} -> {new}": n for (old, new), n in sorted(moves.items()) if old != new},
        "review_per_day": city.triage.review_per_day,
    }


def _known(ledger: Ledger, post_ids: list[str]) -> "Iterator[Any]":
    with decisions.known_posts(ledger) as known:
        for start in range(0, len(post_ids), AT_ONCE):
            yield from known.posts(post_ids[start : start + AT_ONCE]).values()


def _staff_decisions(posts: dict[str, PostRecord]) -> dict[str, bool]:
    """Return staff decisions by post id: accepted, rejected, moved or corrected.

    True keeps the post in its case.
    """
    by_hand = {
        post_id: post
        for post_id, post in posts.items()
        if post.reason.startswith("person: ") or "actionable" in post.corrected
    }
    return {post_id: post.decision == "in_case" for post_id, post in by_hand.items() if post.decision != "in_review"}


def _counts(outcomes: "Iterator[str] | Any") -> dict[str, int]:
    found = Counter(outcomes)
    return {outcome: found[outcome] for outcome in OUTCOMES}


def format_text(found: dict[str, Any]) -> Iterator[str]:
    """Yield the preview as lines of text."""
    posts, days = max(1, found["posts"]), max(1, found["days"])
    yield f"{found['posts']:,} posts of {found['days']} days, triaged again; nothing was written"
    yield f"{'':<12} {'before':>8} {'after':>8}"
    for outcome in OUTCOMES:
        yield f"{outcome:<12} {found['before'][outcome]:>8,} {found['after'][outcome]:>8,}"
    yield f"{'cases':<12} {found['cases_before']:>8,} {found['cases_after']:>8,}"
    for when in ("before", "after"):
        reviews = found[when]["in_review"]
        yield (
            f"reviews {when}: {100 * reviews / posts:.1f} per 100 posts, {reviews / days:.0f} a day "
            f"(review_per_day = {found['review_per_day']})"
        )
    for move, count in found["changed"].items():
        yield f"{move}: {count:,}"
