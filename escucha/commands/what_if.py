"""Show what another profile's thresholds would change.

This is a dry run over the newest posts of the ledger.
"""

from collections.abc import Iterator
from typing import Any

from core.config.city import City
from ledger.database import Ledger
from pipeline.city import what_if as trying
from pipeline.city.what_if import OUTCOMES


def what_if(ledger: Ledger, city: City) -> dict[str, Any]:
    """Return what this profile would decide of the newest posts, as JSON."""
    found = trying.what_if(ledger, city)
    return {
        "posts": len(found.posts),
        "days": found.days,
        "before": found.before_counts,
        "after": found.after_counts,
        "cases_before": found.cases_before,
        "cases_after": found.cases_after,
        "changed": {f"{old} -> {new}": n for (old, new), n in found.moves.items()},
        "review_per_day": city.triage.review_per_day,
    }


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
