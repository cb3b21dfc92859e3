"""Print how fast other cities close complaints, beside this one."""

from argparse import Namespace
from collections.abc import Iterator

from escucha.commands import JSON, command
from escucha.commands.common import print_line
from pipeline.city import compare as comparing
from pipeline.context import Context, open_context
from reports.build.comparison import NEWEST, OLDEST, CityTimes, Comparison


def compare(context: Context) -> tuple[Comparison, CityTimes]:
    """Fetch the other cities; return their figures and those of this city."""
    return comparing.compare(context), comparing.own_times(context)


def format_text(own: CityTimes, found: Comparison) -> Iterator[str]:
    """Yield the table and what it counts."""
    yield f"{'city':<24} {'requests':>9} {'closed':>7} {'half within':>12} {'9 of 10 within':>15}"
    for one in (own, *found.cities):
        half, most = (f"{hours:,.1f} h" if hours is not None else "-" for hours in (one.median_hours, one.p90_hours))
        mark = "" if one.complete else "  (not all: the server gives no more)"
        left_out = f"  (left out: {one.internal} internal, {one.unreadable} unreadable)" if one.internal + one.unreadable else ""
        yield f"{one.city:<24} {one.requests:>9,} {one.closed:>7,} {half:>12} {most:>15}{mark}{left_out}"
    yield f"Requests made {OLDEST.days} to {NEWEST.days} days ago; elapsed hours until closed. Open ones count as slower than all closed."
    yield "Of other cities the last change of a closed request counts as its closing. -: fewer than that many are closed, or under 5."
    for failure in found.failures:
        yield f"{failure.city}: NOT up to date: {failure.why}"


@command(
    "compare",
    "fetch the complaints that the cities of [[compare]] publish and print how fast each closes them, beside this city. Keeps the "
    "figures for the portal; exit 1 when a city's server failed, whose last figures stay.",
    JSON,
)
def run(a: Namespace) -> int:
    """Fetch the figures of other cities and print them side by side."""
    with open_context(a.city, a.settings) as context:
        found, own = compare(context)
    for line in [found.model_dump_json()] if a.json else format_text(own, found):
        print_line(line)
    return 1 if found.failures else 0
