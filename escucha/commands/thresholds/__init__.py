"""Derive the thresholds of triage."""

import logging
from argparse import Namespace
from pathlib import Path

from escucha.commands import JSON, command, option
from escucha.commands.common import print_line
from pipeline.context import open_context

log = logging.getLogger("escucha")


@command(
    "thresholds",
    "derive the thresholds of triage from posts that you labelled and from staff decisions in the review queue: a table of "
    "what each guarantees and how many reviews it costs. Writes only the file of --write.",
    option(
        "--gold",
        required=True,
        nargs="+",
        type=Path,
        metavar="FILE",
        help="JSON lines with text, actionable, and source unless it is a post of a network; the guarantee holds for each file",
    ),
    option("--reach", type=float, help="share of actionable posts that must reach a case or a person (default: the profile's)"),
    option("--write", type=Path, metavar="FILE", help="write the file that `[triage] thresholds` names"),
    JSON,
)
def run(a: Namespace) -> int:
    """Derive the thresholds of triage."""
    from escucha.commands.thresholds import deriving

    with open_context(a.city, a.settings) as context:
        city = deriving.with_reach(context.city, a.reach)
        labelled = deriving.from_files(city, a.gold, context.annotator)
        posts = [*deriving.scored(labelled), *deriving.from_ledger(context.city, context.ledger)]
        found = deriving.make(city, posts, context.annotator.model, list(deriving.matters(labelled)))
    for line in [found.model_dump_json()] if a.json else deriving.format_table(found, city.triage.reach):
        print_line(line)
    if a.write is not None:
        deriving.write_thresholds(found, a.write)
        log.info("wrote %s: set [triage] thresholds in the profile to its path, relative to the profile", a.write)
    return 0
