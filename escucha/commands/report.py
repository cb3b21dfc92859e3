"""Write the reports of the profile, or one that was asked for."""

import argparse
import json
from argparse import Namespace
from datetime import date

from core.config.profile.reports import CALENDAR, KINDS, SPANS, Scope
from core.errors import ConfigurationError
from core.i18n.languages import interface_languages
from core.records.annotation import INTENTS, SENTIMENTS, TOPICS
from escucha.commands import command, group, option
from escucha.commands.common import print_line
from pipeline import all_steps as steps
from pipeline.city.example_reports import write_example_reports
from pipeline.context import open_context
from pipeline.steps.report import report_asked
from reports.build.asked import Asked

OF_POSTS = {
    "department": "department",
    "district": "district",
    "topic": "topic",
    "of_channel": "source",
    "posts_in": "language",
    "intent": "intent",
    "sentiment": "sentiment",
}
"""Options that limit the posts, and their fields in `Scope`."""
OF_ONE = {
    **{name: f"--{name.removeprefix('of_').replace('_', '-')}" for name in OF_POSTS},
    "first": "--from",
    "last": "--to",
    "period": "--period",
    "languages": "--language",
}


def day(text: str) -> date:
    """Read a day, `2026-11-16`."""
    try:
        return date.fromisoformat(text)
    except ValueError:
        raise argparse.ArgumentTypeError(f"'{text}' is not a day such as 2026-11-16") from None


@command(
    "report",
    "write the reports of the profile (page, PDF, workbook, slides, open data) about the last complete period and send each by "
    "e-mail once; with --kind, write one report of any kind, which is not mailed.",
    option("name", nargs="?", help="only this report of the profile"),
    option(
        "--examples",
        action="store_true",
        help="one report of each kind about the example month, each once; none are written without that week. `make run` does it",
    ),
    group(
        "one report that is in no profile; it is written and not mailed",
        option(
            "--kind",
            choices=KINDS,
            help="what it is about. daily (one page), weekly, monthly: the last complete day, week, month of the calendar; event: some "
            "days against as many before; department, district; view: any filters",
        ),
        option("--department", metavar="NAME", help="posts about its services, and its cases"),
        option("--district", metavar="NAME"),
        option("--topic", choices=TOPICS, metavar="SERVICE", help="such as noise"),
        option("--channel", dest="of_channel", metavar="NAME", help="such as mastodon"),
        option("--posts-in", metavar="LANGUAGE", help="language of the posts, such as ca"),
        option("--intent", choices=INTENTS, metavar="INTENT", help="such as complaint"),
        option("--sentiment", choices=SENTIMENTS, metavar="TONE", help="such as negative"),
        option("--from", dest="first", type=day, metavar="DAY", help="first day; of daily, weekly, monthly: any day of the period"),
        option("--to", dest="last", type=day, metavar="DAY", help="last day, inclusive"),
        option("--period", choices=SPANS, help="without --from: the last complete one (default: week)"),
        option(
            "--language",
            dest="languages",
            action="append",
            choices=interface_languages("reports"),
            help="of the report; may be given several times (default: the languages of the profile)",
        ),
    ),
)
def report(a: Namespace) -> int:
    """Write reports and print how many."""
    if a.examples:
        return _examples(a)
    if a.kind is None:
        _refuse_options(a)
    elif a.name is not None:
        raise ConfigurationError("give either the NAME of a report of the profile or --kind")
    asked = None if a.kind is None else _asked(a)
    with open_context(a.city, a.settings) as context:
        if asked is None:
            result = steps.report(context, a.name)
        else:
            result = report_asked(context, asked, tuple(dict.fromkeys(a.languages or context.city.languages)))
    print_line(json.dumps(result))
    return 0


def _examples(a: Namespace) -> int:
    if a.name is not None or a.kind is not None:
        raise ConfigurationError("--examples writes reports of all kinds: give no NAME and no --kind with it")
    _refuse_options(a)
    with open_context(a.city, a.settings) as context:
        print_line(json.dumps({"written": write_example_reports(context)}))
    return 0


def _refuse_options(a: Namespace) -> None:
    given = [option for name, option in OF_ONE.items() if getattr(a, name) is not None]
    if given:
        raise ConfigurationError(f"{', '.join(given)}: only with --kind, which says what the report is about")


def _asked(a: Namespace) -> Asked:
    if a.period is not None and (a.kind in CALENDAR or a.kind == "event" or a.first is not None):
        raise ConfigurationError("--period is for the kinds department, district and view, without --from")
    posts = Scope(**{field: getattr(a, name) for name, field in OF_POSTS.items()})
    return Asked(kind=a.kind, posts=posts, period=a.period or "week", first=a.first, last=a.last)
