"""Print the back-test of early warning: recall, false alarms, delay.

Weeks 1 to 11 are history, with events from week 9; weeks 12 to 17 are measured, with the rule as it ships.
"""

import argparse
import sys
import time
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from trends.records import WHOLE, Episode, Rules
from trends.warnings import find_episodes
from workshop.trends.city import CLOCK, UNSEEN, USED, Event, Months, Plan, Town, months
from workshop.trends.judge import Alert, Result, is_about, judge, pooled
from workshop.trends.pools import Row, avisa, decide_madrid

QUIET, HISTORY, TEST = 8, 11, 6
"""Weeks without events, weeks that are not measured, and weeks that are."""
BUDGET = 1.0
HEAD = "| city | recall | false alarms a week | median delay | p95 delay | CPU s a week |\n|---|---|---|---|---|---|\n"
Draw = tuple[str, Months, datetime, datetime]
"""City, months, begin and end of what is measured."""


def draws(seeds: int, *, unseen: bool = False) -> list[Draw]:
    """Draw the cities: AVISA at 300 a day, Decide Madrid at 93.

    Args:
        seeds: draws of each city.
        unseen: take months, kinds of event, volumes and notices on which the rule was not made."""
    if unseen:
        return [
            *_drawn("AVISA, unseen", avisa("2016-01"), 180.0, range(100, 100 + seeds), UNSEEN),
            *_drawn("Decide Madrid, unseen", decide_madrid(), 150.0, range(100, 100 + seeds), UNSEEN),
        ]
    return [*_drawn("AVISA", avisa(), 300.0, range(seeds), USED), *_drawn("Decide Madrid", decide_madrid(), 93.0, range(seeds), USED)]


def _drawn(name: str, rows: Sequence[Row], per_day: float, seeds: range, plan: Plan) -> list[Draw]:
    first, last = 7 * HISTORY, 7 * (HISTORY + TEST)
    begin, end = (CLOCK.start_of(plan.first + timedelta(days=day)) for day in (first, last))
    grown = [range(first + 17, first + 19)]
    return [
        (name, months(Town(name, rows, per_day, seed, plan), HISTORY + TEST, range(7 * QUIET, last), 1, grown), begin, end)
        for seed in seeds
    ]


def ours(margin: float) -> Callable[[Months, datetime, datetime], list[Alert]]:
    """Return our method with a margin."""

    def alerts(made: Months, start: datetime, end: datetime) -> list[Alert]:
        rules = Rules(false_alarms_per_week=BUDGET, margin=margin)
        return [_alert(one) for one in find_episodes(made.sightings, end, start, CLOCK, rules)]

    return alerts


def _alert(one: Episode) -> Alert:
    return Alert(one.detected_at, frozenset(one.post_ids), one.subject[0] in WHOLE)


def score_ours(cities: Sequence[Draw], margin: float) -> tuple[Result, float, list[tuple[Event, bool]]]:
    """Measure our method on the draws of one city.

    Returns the figures, the CPU seconds a week, and which events were found."""
    results, events, seconds, weeks = [], [], 0.0, 0.0
    for _name, made, test, end in cities:
        begun = time.process_time()
        alerts = ours(margin)(made, test, end)
        seconds += time.process_time() - begun
        weeks += (end - test) / timedelta(weeks=1)
        results.append(judge(alerts, made.events, test, end))
        events += [(e, any(not a.whole and is_about(a, e) for a in alerts)) for e in made.events if test <= e.start < end]
    return pooled(results), seconds / weeks, events


def row(city: str, one: Result, seconds: float) -> str:
    """Return a row of the table."""

    def minutes(delay: timedelta | None) -> str:
        return "–" if delay is None else f"{delay / timedelta(minutes=1):.0f} min"

    return (
        f"| {city} | {one.recall:.2f} ({one.found} of {one.events}) | {one.false_per_week:.2f} | "
        f"{minutes(one.median_delay)} | {minutes(one.p95_delay)} | {seconds:.1f} |\n"
    )


def found_by_size(events: Sequence[tuple[Event, bool]]) -> str:
    """Return the table of events found by kind and number of people."""
    lines = ["\n| event | people | found |\n|---|---|---|\n"]
    for shape in sorted({event.shape for event, _found in events}):
        for low, high in ((0, 10), (10, 20), (20, 40), (40, 999)):
            some = [found for event, found in events if event.shape == shape and low <= event.people < high]
            if some:
                lines.append(f"| {shape} | {max(5, low)} to {high - 1 if high < 999 else 90} | {sum(some)} of {len(some)} |\n")
    return "".join(lines)


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2, help="draws of each city")
    parser.add_argument("--margin", type=float, default=Rules().margin, help="added to the threshold, in powers of ten")
    parser.add_argument("--unseen", action="store_true", help="months, events and notices on which the rule was not made")
    parser.add_argument("--city", help="measure this city alone, as AVISA")
    a = parser.parse_args()
    out = sys.stdout.write
    cities = draws(a.seeds, unseen=a.unseen)
    names = [name for name in dict.fromkeys(one[0] for one in cities) if a.city is None or name.startswith(a.city)]
    out(HEAD)
    events = []
    for name in names:
        result, seconds, some = score_ours([one for one in cities if one[0] == name], a.margin)
        out(row(name, result, seconds))
        events += some
    out(found_by_size(events))
    return 0


if __name__ == "__main__":
    sys.exit(main())
