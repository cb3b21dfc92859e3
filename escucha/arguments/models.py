"""Define the commands about models and thresholds."""

import argparse
from datetime import UTC, datetime
from pathlib import Path

from core.i18n.languages import interface_languages
from escucha.arguments.common import Add
from escucha.commands import handlers

DAY_S = 86_400


def add_models(add: Add) -> None:
    """Add the command that compares another model with ours."""
    one = add(
        "models",
        "compare another model with ours on posts that you labelled: `models try DIR_OR_ID --on gold.jsonl --label THEIRS=OURS ...`. "
        "Writes nothing, unless a model must be downloaded from the hub first; annotates every post with both. "
        "The other model needs torch (`make torch`).",
        handlers.models,
    )
    one.add_argument("action", choices=["try"])
    one.add_argument("model", metavar="DIR_OR_ID", help="directory or hub id of a text-classification model")
    one.add_argument(
        "--question",
        choices=["sentiment", "intent", "topic", "actionable"],
        help="the question it answers; default: the only one its labels fit",
    )
    one.add_argument(
        "--on", required=True, type=Path, metavar="FILE", help="JSON lines with text and the question's label"
    )
    one.add_argument(
        "--label",
        action="append",
        default=[],
        metavar="THEIRS=OURS",
        help="map one of its labels to ours; repeat for each. Default: the mapping of this model in the profile, or equal names",
    )
    one.add_argument("--json", action="store_true", help="print JSON")


def add_thresholds(add: Add) -> None:
    """Add the command that derives thresholds from labelled posts."""
    one = add(
        "thresholds",
        "derive the thresholds of triage from posts that you labelled and from staff decisions in the review queue: a table of "
        "what each guarantees and how many reviews it costs. Writes only the file of --write.",
        handlers.thresholds,
    )
    one.add_argument(
        "--gold",
        required=True,
        nargs="+",
        type=Path,
        metavar="FILE",
        help="JSON lines with text, actionable, and source unless it is a post of a network; the guarantee holds for each file",
    )
    one.add_argument(
        "--reach",
        type=float,
        help="share of actionable posts that must reach a case or a person (default: the profile's)",
    )
    one.add_argument("--write", type=Path, metavar="FILE", help="write the file that `[triage] thresholds` names")
    one.add_argument("--json", action="store_true", help="print JSON")


def moment(text: str) -> datetime:
    """Read a time with its offset, or a day in UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(
            f"'{text}' is no moment such as 2026-11-27 or 2026-11-27T09:00+01:00"
        ) from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def seconds(text: str) -> float:
    """Read the seconds of a piece of work."""
    try:
        found = float(text)
    except ValueError:
        found = -1.0
    if not 0 <= found <= DAY_S:
        raise argparse.ArgumentTypeError(f"'{text}' is no number of seconds from 0 to {DAY_S:,}")
    return found


def add_prove(add: Add) -> None:
    """Add the command that prints a page of proof for a council."""
    one = add(
        "prove",
        "print one page for a council: the quality on posts that it labelled itself, on the desk or in a file, the reach, hours saved, "
        "money and speed, each from the ledger. The same labels, ledger and --until give the same page.",
        handlers.prove,
    )
    one.add_argument(
        "--gold",
        type=Path,
        metavar="FILE",
        help="JSON lines with text and labels (docs/how-to/label-and-score.md); default: the posts labelled on the desk",
    )
    one.add_argument("--redacted", action="store_true", help="the texts are redacted already, as exported by Escucha")
    one.add_argument("--until", type=moment, help="leave out what was received later (default: now)")
    one.add_argument(
        "--language", choices=interface_languages(), help="language of the page (default: the first one of the city)"
    )
    one.add_argument(
        "--out",
        type=Path,
        metavar="FILE",
        help="write the page to a file: .html, .pdf, .md or .xlsx (default: print it as Markdown)",
    )
    for name, default, what in [
        ("read", 15, "reading one post"),
        ("merge", 60, "finding the open case of a further report"),
        ("draft", 180, "writing an answer"),
        ("review", 20, "looking at one doubtful post"),
    ]:
        help_text = f"seconds a person needs for {what} (default: {default})"
        one.add_argument(f"--{name}-seconds", type=seconds, default=default, metavar="N", help=help_text)
