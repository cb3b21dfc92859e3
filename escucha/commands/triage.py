"""Decide about waiting posts, or explain a decision."""

import json
from argparse import Namespace
from pathlib import Path

from core.errors import ConfigurationError
from escucha.commands import command, explain as explain_command, option, what_if
from escucha.commands.common import print_line, run_in_context
from pipeline import all_steps as steps
from pipeline.context import read_profile, view_context


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
    other, _ = read_profile(a.what_if, a.settings.home)
    with view_context(a.city, a.settings) as context:
        found = what_if.what_if(context.ledger, other)
    for line in [json.dumps(found)] if a.json else what_if.format_text(found):
        print_line(line)
    return 0
