"""Compare another model with ours on a labelled file."""

import json
from argparse import Namespace
from pathlib import Path

from escucha.commands import JSON, command, option
from escucha.commands.common import print_line
from pipeline.context import read_profile


@command(
    "models",
    "compare another model with ours on posts that you labelled: `models try DIR_OR_ID --on gold.jsonl --label THEIRS=OURS ...`. "
    "Writes nothing, unless a model must be downloaded from the hub first; annotates every post with both. "
    "The other model needs torch (`make torch`).",
    option("action", choices=["try"]),
    option("model", metavar="DIR_OR_ID", help="directory or hub id of a text-classification model"),
    option(
        "--question",
        choices=["sentiment", "intent", "topic", "actionable"],
        help="the question it answers; default: the only one its labels fit",
    ),
    option("--on", required=True, type=Path, metavar="FILE", help="JSON lines with text and the question's label"),
    option(
        "--label",
        action="append",
        default=[],
        metavar="THEIRS=OURS",
        help="map one of its labels to ours; repeat for each. Default: the mapping of this model in the profile, or equal names",
    ),
    JSON,
)
def run(a: Namespace) -> int:
    """Compare another model with ours on a labelled file."""
    from dataclasses import asdict

    from nlp.evaluation.comparison import format_markdown
    from nlp.evaluation.try_model import find_question, model_options, parse_label_map, try_model

    city, _ = read_profile(a.city, a.settings)
    means = parse_label_map(a.label)
    question = a.question or find_question(city, a.model, means)
    comparison = try_model(city, question, model_options(city, question, a.model, means), a.on)
    print_line(json.dumps(asdict(comparison)) if a.json else format_markdown(comparison))
    return 0
