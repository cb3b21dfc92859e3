"""Print or write one page of proof for a council."""

import argparse
import logging
from argparse import Namespace
from datetime import UTC, datetime
from pathlib import Path

from core.errors import ConfigurationError
from core.i18n.languages import interface_languages
from escucha.commands import command, option
from escucha.commands.common import print_line
from pipeline.context import now, open_context

log = logging.getLogger("escucha")
DAY_S = 86_400


def moment(text: str) -> datetime:
    """Read a time with its offset, or a day in UTC."""
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is no moment such as 2026-11-27 or 2026-11-27T09:00+01:00") from None
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


@command(
    "prove",
    "print one page for a council: the quality on posts that it labelled itself, on the desk or in a file, the reach, hours saved, "
    "money and speed, each from the ledger. The same labels, ledger and --until give the same page.",
    option(
        "--gold",
        type=Path,
        metavar="FILE",
        help="JSON lines with text and labels (docs/how-to/label-and-score.md); default: the posts labelled on the desk",
    ),
    option("--redacted", action="store_true", help="the texts are redacted already, as exported by Escucha"),
    option("--until", type=moment, help="leave out what was received later (default: now)"),
    option("--language", choices=interface_languages(), help="language of the page (default: the first one of the city)"),
    option("--out", type=Path, metavar="FILE", help="write the page to a file: .html, .pdf, .md or .xlsx (default: print it as Markdown)"),
    *(
        option(
            f"--{name}-seconds", type=seconds, default=default, metavar="N", help=f"seconds a person needs for {what} (default: {default})"
        )
        for name, default, what in (
            ("read", 15, "reading one post"),
            ("merge", 60, "finding the open case of a further report"),
            ("draft", 180, "writing an answer"),
            ("review", 20, "looking at one doubtful post"),
        )
    ),
)
def run(a: Namespace) -> int:
    """Print or write one page of proof for a council."""
    from escucha.commands.prove import proof
    from pipeline.proof.measures import Seconds
    from reports.publish import replace

    form = "md" if a.out is None else a.out.suffix.lstrip(".").lower()
    if form not in proof.FORMATS:
        known = ", ".join(f".{one}" for one in proof.FORMATS)
        raise ConfigurationError(f"--out {a.out}: end the name with one of {known}")
    takes = Seconds(read=a.read_seconds, merge=a.merge_seconds, draft=a.draft_seconds, review=a.review_seconds)
    with open_context(a.city, a.settings) as context:
        page = proof.prove(context, a.gold, a.until or now(), takes, a.redacted, a.language)
    content = proof.FORMATS[form](page)
    if a.out is None:
        print_line(content.decode().rstrip())
        return 0
    replace(a.out, content)
    log.info("wrote %s", a.out)
    return 0
