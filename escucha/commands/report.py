"""Write the reports of the profile, or one that was asked for."""

import json
from argparse import Namespace

from core.config.profile.reports import CALENDAR, Scope
from core.errors import ConfigurationError
from escucha.commands.handlers import print_line
from pipeline import all_steps as steps
from pipeline.city.example_reports import write_example_reports
from pipeline.context import open_context
from pipeline.steps.report import report_asked
from reports.build.asked import Asked

OF_POSTS = {
    "department": "department", "district": "district", "topic": "topic", "of_channel": "source", "posts_in": "language",
    "intent": "intent", "sentiment": "sentiment",
}  # fmt: skip
"""Options that limit the posts, and their fields in `Scope`."""
OF_ONE = {**{name: f"--{name.removeprefix('of_').replace('_', '-')}" for name in OF_POSTS}, "first": "--from", "last": "--to",
          "period": "--period", "languages": "--language"}  # fmt: skip


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
