"""Print the back-test of early warning: recall, false alarms, delay.

Weeks 1 to 8 are history, weeks 9 to 11 choose each method's threshold (at most one false alarm a week), weeks 12 to 17 are measured.
"""

import argparse
import sys
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta

from tools.trends.city import CLOCK, FIRST, Event, Months, Town, months
from tools.trends.contest import Draw, compete
from tools.trends.judge import Alert, Result, is_about, judge, pooled
from tools.trends.pools import avisa, decide_madrid
from tools.trends.rivals import missing, rivals
from trends.records import WHOLE, Episode, Rules
from trends.warnings import find_episodes

HISTORY, TUNING, TEST = 8, 3, 6
MARGINS = (-0.9, -0.6, -0.3, 0.0, 0.3)
BUDGET = 1.0


def draws(seeds: int) -> list[Draw]:
    """Draw the cities: AVISA at 300 a day, Decide Madrid at 93."""
    found = []
    for name, rows, per_day in (("AVISA", avisa(), 300.0), ("Decide Madrid", decide_madrid(), 93.0)):
        for seed in range(seeds):
            weeks = HISTORY + TUNING + TEST
            begin, test = 7 * HISTORY, 7 * (HISTORY + TUNING)
            made = months(
                Town(name, rows, per_day, seed), weeks, range(begin, 7 * weeks), 1, [range(test + 17, test + 19)]
            )
            start, middle, end = (CLOCK.start_of(FIRST + timedelta(days=day)) for day in (begin, test, 7 * weeks))
            found.append((name, made, start, middle, end))
    return found


def ours(margin: float) -> Callable[[Months, datetime, datetime], list[Alert]]:
    """Return our method with a margin."""

    def alerts(made: Months, start: datetime, end: datetime) -> list[Alert]:
        rules = Rules(false_alarms_per_week=BUDGET, margin=margin)
        return [_alert(one) for one in find_episodes(made.sightings, end, start, CLOCK, rules)]

    return alerts


def _alert(one: Episode) -> Alert:
    return Alert(one.detected_at, frozenset(one.post_ids), one.subject[0] in WHOLE)


def score_ours(
    cities: Sequence[Draw], margins: Sequence[float]
) -> tuple[float, dict[str, Result], list[tuple[Event, bool]]]:
    """Choose the margin on the tuning weeks and measure the others.

    Returns the margin, the results by city, and which events were found."""
    chosen = margins[-1]
    for margin in margins:
        if len(margins) == 1:
            break
        tuned = pooled(
            [judge(ours(margin)(made, start, test), made.events, start, test) for _n, made, start, test, _e in cities]
        )
        sys.stderr.write(
            f"tuning: margin {margin}: {tuned.false_per_week:.2f} false alarms a week, recall {tuned.recall:.2f}\n"
        )
        if tuned.false_per_week <= BUDGET:
            chosen = margin
            break
    results: dict[str, list[Result]] = {}
    events = []
    for name, made, _start, test, end in cities:
        alerts = ours(chosen)(made, test, end)
        results.setdefault(name, []).append(judge(alerts, made.events, test, end))
        events += [
            (e, any(not a.whole and is_about(a, e) for a in alerts)) for e in made.events if test <= e.start < end
        ]
    return chosen, {name: pooled(some) for name, some in results.items()}, events


def row(method: str, city: str, one: Result) -> str:
    """Return a row of the table."""

    def minutes(delay: timedelta | None) -> str:
        return "–" if delay is None else f"{delay / timedelta(minutes=1):.0f} min"

    return (
        f"| {method} | {city} | {one.recall:.2f} ({one.found} of {one.events}) | {one.false_per_week:.2f} | "
        f"{minutes(one.median_delay)} | {minutes(one.p95_delay)} |"
    )


def main() -> int:
    """Print the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seeds", type=int, default=2, help="draws of each city")
    parser.add_argument("--margin", type=float, help="use this margin instead of choosing one")
    parser.add_argument("--ours-only", action="store_true", help="leave the other methods out")
    parser.add_argument("--rivals-only", metavar="CITY", help="measure the other methods alone, on one city")
    a = parser.parse_args()
    cities = [one for one in draws(a.seeds) if a.rivals_only in (None, one[0])]
    out = sys.stdout.write
    out("| method | city | recall | false alarms a week | median delay | p95 delay |\n|---|---|---|---|---|---|\n")
    margins = MARGINS if a.margin is None else (a.margin,)
    margin, results, events = score_ours(cities, margins) if a.rivals_only is None else (0.0, {}, [])
    for name, one in results.items():
        out(row("**Escucha**", name, one) + "\n")
    sys.stdout.flush()
    for method, scorer in ({} if a.ours_only else rivals()).items():
        for name, one in score_rival(cities[:: a.seeds], scorer).items():
            out(row(method, name, one) + "\n")
        sys.stdout.flush()
    out(f"\nMargin chosen on the tuning weeks: {margin}\n\n| event | people | found |\n|---|---|---|\n")
    for shape in dict.fromkeys(event.shape for event, _found in events):
        for low, high in ((0, 10), (10, 20), (20, 40), (40, 999)):
            some = [found for event, found in events if event.shape == shape and low <= event.people < high]
            if some:
                out(f"| {shape} | {max(5, low)} to {high - 1 if high < 999 else 90} | {sum(some)} of {len(some)} |\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
