"""Print what delays the latest warnings, and ways to shorten that.

Draws months of the rule (not the unseen ones) with events at any hour, also in two waves and over five to ten hours: all of it may be
tuned on. `--bound` prints the least delay that any rule with a minimum of people can have, for all draws: it runs no rule.

    python -m workshop.trends.late_tail                                   # the rule as it is
    python -m workshop.trends.late_tail --margin -0.3 --people 3          # another minimum
    python -m workshop.trends.late_tail --higher word=2 --windows 30,60,180,360,1440
"""

import argparse
import sys
from collections import Counter
from collections.abc import Sequence
from datetime import date, datetime, timedelta

from workshop.trends.city import CLOCK, SHAPES, Event, Months, Plan, Shape, Town, months
from workshop.trends.judge import Alert, Result, judge, pooled
from workshop.trends.pools import avisa
from workshop.trends.score_warnings import BUDGET, draws
from trends import warnings
from trends.records import WHOLE, Rules, Sighting

MINUTE = timedelta(minutes=1)
SLOW = (
    Shape("slow district", (20, 60), (300, 600)),
    Shape("slow barrio", (20, 60), (300, 600)),
    Shape("slow service", (40, 90), (300, 600)),
)
LATE = Plan(date(2025, 12, 1), (*SHAPES, *SLOW), ("step", "ramp", "pulse", "waves"), (0, 24))
WEEKS, HISTORY = 17, 8
DRAWS = ((180.0, 10), (180.0, 11), (300.0, 12))
"""Posts a day, and seed."""


def late_months() -> list[Months]:
    """Draw AVISA with an event a day from week 9 on."""
    rows = avisa()
    return [
        months(Town("AVISA tune", rows, per_day, seed, LATE), WEEKS, range(7 * HISTORY, 7 * WEEKS), 1, [range(94, 96)])
        for per_day, seed in DRAWS
    ]


def measured(made: Months, rules: Rules) -> Result:
    """Return the figures of the rule from week 9 on."""
    start, end = (CLOCK.start_of(LATE.first + timedelta(weeks=weeks)) for weeks in (HISTORY, WEEKS))
    found = warnings.find_episodes(made.sightings, end, start, CLOCK, rules)
    alerts = [Alert(one.detected_at, frozenset(one.post_ids), one.subject[0] in WHOLE) for one in found]
    return judge(alerts, made.events, start, end)


def row(name: str, one: Result) -> str:
    """Return a row of the table."""
    delays = sorted(one.delays)

    def at(share: float) -> float:
        return delays[min(len(delays) - 1, int(share * len(delays)))] / MINUTE

    return f"| {name} | {one.recall:.3f} | {one.false_per_week:.2f} | {at(0.5):.0f} min | {at(0.9):.0f} min | {at(0.95):.0f} min |\n"


def bound(event: Event, posts: dict[str, Sighting], people: int) -> float:
    """Return the minutes until a subject has enough people, or infinity.

    A word needs one more, as in the rule."""
    counts: Counter[tuple[str, str]] = Counter()
    for one in sorted((posts[key] for key in event.post_ids), key=lambda one: one.at):
        for subject in set(one.subjects):
            counts[subject] += 1
            if counts[subject] >= people + (subject[0] == "word"):
                return (one.at - event.start) / MINUTE
    return float("inf")


def bounds() -> str:
    """Return the table of the least delays."""
    lines = ["| city | 3 people: p95 | 4 people: p95 | 5 people: p95 |\n|---|---|---|---|\n"]
    drawn: list[tuple[str, Months, datetime, datetime]] = [
        (name, made, test, end) for unseen in (False, True) for name, made, _s, test, end in draws(2, unseen=unseen)
    ]
    for city in dict.fromkeys(name for name, *_rest in drawn):
        cells = []
        for people in (3, 4, 5):
            found = sorted(
                bound(event, {one.post_id: one for one in made.sightings}, people)
                for name, made, test, end in drawn
                for event in made.events
                if name == city and test <= event.start < end
            )
            cells.append(f"{found[min(len(found) - 1, int(0.95 * len(found)))]:.0f} min")
        lines.append(f"| {city} | {' | '.join(cells)} |\n")
    return "".join(lines)


def main(arguments: Sequence[str] | None = None) -> int:
    """Print one row, or the bounds."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--bound", action="store_true", help="print the least delays instead")
    parser.add_argument("--margin", type=float, default=Rules().margin)
    parser.add_argument("--people", type=int, default=Rules().people, help="least people; words need one more")
    parser.add_argument("--windows", help="minutes, such as 30,60,120,360,1440")
    parser.add_argument("--higher", action="append", default=[], help="a kind's higher threshold, as word=2")
    a = parser.parse_args(arguments)
    if a.bound:
        sys.stdout.write(bounds())
        return 0
    for kind, value in (one.split("=") for one in a.higher):
        warnings.HIGHER[kind] = float(value)
    windows = tuple(int(one) * MINUTE for one in a.windows.split(",")) if a.windows else Rules().windows
    rules = Rules(
        false_alarms_per_week=BUDGET, people=a.people, word_people=a.people + 1, margin=a.margin, windows=windows
    )
    name = f"people {a.people}, margin {a.margin}, windows {a.windows or 'as they are'}, {', '.join(a.higher) or 'no higher threshold'}"
    sys.stdout.write("| rule | recall | false alarms a week | median delay | p90 | p95 |\n|---|---|---|---|---|---|\n")
    sys.stdout.write(row(name, pooled([measured(one, rules) for one in late_months()])))
    return 0


if __name__ == "__main__":
    sys.exit(main())
