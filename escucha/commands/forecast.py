"""Print the forecast of complaints, cases and work."""

from argparse import Namespace

from core.i18n.languages import SOURCE
from escucha.commands import JSON, command, option
from escucha.commands.common import print_line
from pipeline.context import Context, now, view_context
from reports.build.forecast import Outlook, SeriesForecast, build_outlook
from reports.document.forecast import file_notes


def outlook(context: Context, weeks: int) -> Outlook:
    """Return the forecast of the next weeks."""
    return build_outlook(context.city, context.ledger, now(), weeks)


def format_text(found: Outlook) -> list[str]:
    """Format the forecast as lines."""
    lines = ["(with replayed and example posts: there are fewer than 12 weeks of others)"] if found.made_up else []
    lines += file_notes(found, SOURCE)
    lines += [_line(one) for one in found.series] or ["no complaints and no cases yet"]
    for one in found.due:
        come = "not enough data for those to come"
        if one.expected is not None:
            come = f"{one.expected:.1f} to come (80 %: {one.low} to {one.high} in all)"
        lines.append(f"due {one.day}  {one.department}: {one.known} waiting, {come}")
    return lines


def _line(one: SeriesForecast) -> str:
    name = " · ".join(part for part in (one.what, one.service or "all services", one.district) if part)
    if not one.ahead:
        return f"{name}: not enough data"
    weeks = ", ".join(f"{week.monday} {week.median:.0f} ({week.low} to {week.high})" for week in one.ahead)
    return f"{name}: {weeks}" + (f", with {' and '.join(one.uses)}" if one.uses else "")


@command(
    "forecast",
    "forecast complaints and cases by service, district and week, and the cases due a day by department, with 80 % intervals. "
    "Writes nothing.",
    option("--weeks", type=int, default=4, choices=range(1, 14), metavar="N", help="weeks ahead, 1 to 13 (4)"),
    JSON,
)
def run(a: Namespace) -> int:
    """Print the forecast of complaints, cases and work."""

    with view_context(a.city, a.settings) as context:
        found = outlook(context, a.weeks)
    for line in [found.model_dump_json()] if a.json else format_text(found):
        print_line(line)
    return 0
