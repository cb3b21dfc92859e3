"""Decide about waiting posts, or explain a decision."""

import json
from argparse import Namespace
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from core.config.city import City
from core.errors import ConfigurationError
from escucha.commands import command, explain as explain_command, option
from escucha.commands.common import print_line, run_in_context
from ledger.database import Ledger
from pipeline import all_steps as steps
from pipeline.city import what_if as trying
from pipeline.city.what_if import OUTCOMES
from pipeline.context import read_profile, view_context


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


@command(
    "triage",
    "decide which posts become a case, which need review by staff, and which need nothing. Reads and writes the ledger.",
    option(
        "--what-if",
        type=Path,
        metavar="PROFILE",
        help="show what this profile's thresholds would change: decisions, reviews, cases. Writes nothing",
    ),
    option(
        "--explain",
        metavar="POST",
        help="show why this post is in its case or in none, and what the priority of its case is made of. Writes nothing",
    ),
    option("--json", action="store_true", help="with --what-if or --explain: print JSON"),
)
def run(a: Namespace) -> int:
    """Run triage, explain one decision, or show what another profile would decide."""
    if a.explain is not None:
        if a.what_if is not None:
            raise ConfigurationError("give either --explain POST or --what-if PROFILE")
        with view_context(a.city, a.settings) as context:
            why = explain_command.explain(context.ledger, a.explain)
        for line in [json.dumps(why, ensure_ascii=False)] if a.json else explain_command.format_text(why):
            print_line(line)
        return 0
    if a.what_if is None:
        if a.json:
            raise ConfigurationError("--json is only for `triage --what-if PROFILE` and `triage --explain POST`")
        return run_in_context(a, steps.triage)
    other, _ = read_profile(a.what_if, a.settings)
    with view_context(a.city, a.settings) as context:
        found = what_if(context.ledger, other)
    for line in [json.dumps(found)] if a.json else format_text(found):
        print_line(line)
    return 0
