"""Say what another profile's thresholds would change: a dry run over the newest posts of the ledger."""

from collections import Counter
from collections.abc import Iterator
from typing import Any

from core.config.city import City
from core.read_models import PostRecord
from ledger import read
from ledger.database import Ledger
from ledger.processing import decisions
from triage.rehearsal import rehearse

NEWEST = 10_000
"""Posts that are decided again: their forms are held in memory, about 25 kB each."""
AT_ONCE = 500
KEPT = ("ended: ", "suggested: ")
"""Beginnings of reasons that no threshold changes."""
OUTCOMES = ("in_case", "in_review", "no_case")


def what_if(ledger: Ledger, city: City) -> dict[str, Any]:
    """Decide the newest posts again as this profile would; nothing is written.

    Incidents stay as they are, and so does what a person decided.
    """
    facts = {
        fact.post_id: fact
        for fact in read.post_records(ledger, order="newest", limit=NEWEST, state="classified")
        if fact.decision in OUTCOMES
    }
    after = {post_id: fact.decision for post_id, fact in facts.items()}
    opened = 0
    for one in rehearse(city, _known(ledger, list(facts)), _said(facts)):
        fact = facts[one.post_id]
        opened += one.opens
        if not (fact.decision == "in_review" and one.outcome == "no_case" and fact.reason.startswith(KEPT)):
            after[one.post_id] = one.outcome
    moves = Counter((facts[post_id].decision, outcome) for post_id, outcome in after.items())
    days = {fact.created_at.date() for fact in facts.values()}
    return {
        "posts": len(facts),
        "days": len(days),
        "before": _counts(fact.decision for fact in facts.values()),
        "after": _counts(after.values()),
        "cases_before": len({fact.case_key for fact in facts.values() if fact.case_key is not None}),
        "cases_after": opened,
        "changed": {f"{old} -> {new}": n for (old, new), n in sorted(moves.items()) if old != new},
        "review_per_day": city.triage.review_per_day,
    }


def _known(ledger: Ledger, post_ids: list[str]) -> "Iterator[Any]":
    with decisions.known_posts(ledger) as known:
        for start in range(0, len(post_ids), AT_ONCE):
            yield from known.posts(post_ids[start : start + AT_ONCE]).values()


def _said(facts: dict[str, PostRecord]) -> dict[str, bool]:
    """Return what people decided: accepted, rejected, put into a case by hand, or corrected; a post in a case stays in it."""
    by_hand = {
        post_id: fact
        for post_id, fact in facts.items()
        if fact.reason.startswith("person: ") or "actionable" in fact.corrected
    }
    return {post_id: fact.decision == "in_case" for post_id, fact in by_hand.items() if fact.decision != "in_review"}


def _counts(outcomes: "Iterator[str] | Any") -> dict[str, int]:
    found = Counter(outcomes)
    return {outcome: found[outcome] for outcome in OUTCOMES}


def format_text(found: dict[str, Any]) -> Iterator[str]:
    """Yield the lines that people read."""
    posts, days = max(1, found["posts"]), max(1, found["days"])
    yield f"{found['posts']:,} posts of {found['days']} days, decided again; nothing was written"
    yield f"{'':<12} {'before':>8} {'after':>8}"
    for outcome in OUTCOMES:
        yield f"{outcome:<12} {found['before'][outcome]:>8,} {found['after'][outcome]:>8,}"
    yield f"{'cases':<12} {found['cases_before']:>8,} {found['cases_after']:>8,}"
    for when in ("before", "after"):
        looks = found[when]["in_review"]
        yield (
            f"looks {when}: {100 * looks / posts:.1f} per 100 posts, {looks / days:.0f} a day "
            f"(review_per_day = {found['review_per_day']})"
        )
    for move, count in found["changed"].items():
        yield f"{move}: {count:,}"
