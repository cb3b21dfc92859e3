"""Define the options of `escucha report`."""

import argparse
from datetime import date

from core.config.profile.reports import KINDS, SPANS
from core.i18n.languages import interface_languages
from core.records.annotation import INTENTS, SENTIMENTS, TOPICS


def day(text: str) -> date:
    """Read a day, `2026-11-16`."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a day such as 2026-11-16") from None


def add_arguments(step: argparse.ArgumentParser) -> None:
    """Add what a report can be asked for."""
    step.add_argument("name", nargs="?", help="only this report of the profile")
    step.add_argument(
        "--examples",
        action="store_true",
        help="one report of each kind about the example week, each once; none are written without that week. `make run` does it",
    )
    one = step.add_argument_group("one report that is in no profile; it is written and not mailed")
    one.add_argument(
        "--kind",
        choices=KINDS,
        help="what it is about. daily (one page), weekly, monthly: the last complete day, week, month of the calendar; event: some "
        "days against as many before; department, district; view: any filters",
    )
    one.add_argument("--department", metavar="NAME", help="posts about its services, and its cases")
    one.add_argument("--district", metavar="NAME")
    one.add_argument("--topic", choices=TOPICS, metavar="SERVICE", help="such as noise")
    one.add_argument("--channel", dest="of_channel", metavar="NAME", help="such as mastodon")
    one.add_argument("--posts-in", metavar="LANGUAGE", help="language of the posts, such as ca")
    one.add_argument("--intent", choices=INTENTS, metavar="INTENT", help="such as complaint")
    one.add_argument("--sentiment", choices=SENTIMENTS, metavar="TONE", help="such as negative")
    one.add_argument(
        "--from",
        dest="first",
        type=day,
        metavar="DAY",
        help="first day; of daily, weekly, monthly: any day of the period",
    )
    one.add_argument("--to", dest="last", type=day, metavar="DAY", help="last day, inclusive")
    one.add_argument("--period", choices=SPANS, help="without --from: the last complete one (default: week)")
    one.add_argument(
        "--language",
        dest="languages",
        action="append",
        choices=interface_languages("reports"),
        help="of the report; may be given several times (default: the languages of the profile)",
    )
