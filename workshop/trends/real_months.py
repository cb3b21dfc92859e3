"""Raise the warnings of real months, for a reader's verdict.

The posts are the notices of Madrid's citizens, in time order.

Services, objects and points as the product takes them; a verdict is what a reader of the posts says of a warning: real, false, twice (of an
event already warned of) or unclear.
"""

import argparse
import csv
import sys
import time
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from pathlib import Path

from core.config.city import load_city
from pipeline.steps.warn import clock_of, rules_of
from trends.records import Episode, Sighting, Subject
from trends.subjects import subjects_of, words_of
from trends.warnings import find_episodes
from triage.identity.thing import faulty_in
from triage.incident_matching.subjects import text_folded
from workshop.incidents.dataset import PROFILE
from workshop.trends.notices import NOTICES, CitizenNotice, notices

VERDICTS = Path(__file__).with_name("verdicts.csv")
MONTHS = {"2021": (date(2021, 8, 9), date(2022, 2, 28)), "2023": (date(2023, 6, 26), date(2023, 12, 31))}
"""First and last day measured of each file; what is before is history."""
HEAD = (
    "\n| real months | warnings a week | read | real | false a week | twice | unclear |"
    " delay after the third person: median, p95 | CPU s a week |"
    "\n|---|---|---|---|---|---|---|---|---|\n"
)
SHOWN, TEXT = 6, 110
"""Posts of a warning, and characters of each, that a reader gets."""
THIRD = 3
NAMED = 2
"""Posts of a verdict that a warning has if it is the one that was read."""


def sighting(one: CitizenNotice) -> Sighting:
    """Return a notice as early warning counts it."""
    subjects: tuple[Subject, ...] = ()
    if not one.is_request:
        places = [("street", one.street)] if one.street else []
        subjects = subjects_of(one.topic, places, words_of(one.text), faulty_in(text_folded(one.text)), (one.lat, one.lon))
    return Sighting(one.id, one.at, one.author, one.id, "notices", subjects)  # each has a receipt: no copies


def warnings_of(period: str) -> tuple[list[Episode], list[CitizenNotice], float]:
    """Return warnings, notices, and CPU seconds a week of a period."""
    city = load_city(PROFILE)
    clock = clock_of(city)
    read = list(notices(period))
    start, end = (clock.start_of(day) for day in MONTHS[period])
    begun = time.process_time()
    found = find_episodes(map(sighting, read), end, start, clock, rules_of(city))
    return found, read, (time.process_time() - begun) / weeks_of(period)


def weeks_of(period: str) -> float:
    """Return how many weeks of a period are measured."""
    first, last = MONTHS[period]
    return (last - first) / timedelta(weeks=1)


def verdicts() -> dict[str, list[tuple[frozenset[str], str]]]:
    """Return ids of first posts and verdict of each warning, by period."""
    found: dict[str, list[tuple[frozenset[str], str]]] = {period: [] for period in MONTHS}
    with VERDICTS.open(encoding="utf-8", newline="") as lines:
        for row in csv.DictReader(lines):
            found[row["period"]].append((frozenset(row["posts"].split()), row["verdict"]))
    return found


def verdict_of(one: Episode, known: Sequence[tuple[frozenset[str], str]]) -> str | None:
    """Return the verdict of a warning; None: it was not read."""
    posts = set(one.post_ids)
    best = max(known, key=lambda read: len(read[0] & posts), default=(frozenset[str](), ""))
    return best[1] if len(best[0] & posts) >= NAMED else None


def print_agreement() -> None:
    """Print how often two readers agree."""
    with VERDICTS.open(encoding="utf-8", newline="") as lines:
        twice = [row for row in csv.DictReader(lines) if row["other_reader"]]
    agreed = sum(row["verdict"] == row["other_reader"] for row in twice)
    sys.stdout.write(f"\nVerdicts of two readers: {len(twice)}, equal: {agreed}\n")


def delay_of(one: Episode, texts: Mapping[str, CitizenNotice]) -> timedelta:
    """Return the time from an event's third person to its warning."""
    seen: set[str] = set()
    for post in one.post_ids:
        seen.add(texts[post].author)
        if len(seen) == THIRD:
            return max(timedelta(0), one.detected_at - texts[post].at)
    return timedelta(0)


def print_row(period: str) -> None:
    """Print the figures of a period."""
    found, read, seconds = warnings_of(period)
    known, texts = verdicts()[period], {one.id: one for one in read}
    said = Counter(verdict_of(one, known) for one in found)
    delays = sorted(delay_of(one, texts) for one in found if verdict_of(one, known) == "real") or [timedelta(0)]
    median, late = (delays[int(part * (len(delays) - 1))] / timedelta(minutes=1) for part in (0.5, 0.95))
    weeks, judged = weeks_of(period), sum(said.values()) - said[None]
    sys.stdout.write(
        f"| {period} | {len(found) / weeks:.1f} | {judged} of {len(found)} | {said['real']} | {said['false'] / weeks:.2f} | "
        f"{said['twice']} | {said['unclear']} | {median:.0f} and {late:.0f} min | {seconds:.1f} |\n"
    )


def print_texts(period: str) -> None:
    """Print each warning with its first posts, for a reader's verdict."""
    found, read, _seconds = warnings_of(period)
    texts = {one.id: one for one in read}
    known = verdicts()[period]
    for n, one in enumerate(found):
        posts = [texts[post] for post in one.post_ids]
        sys.stdout.write(
            f"\n{period}-{n} {one.detected_at:%a %Y-%m-%d %H:%M} {' '.join(one.subject)}: {one.counted} people within {one.window}, "
            f"usually {one.expected:.2f}; in all {one.people} [{verdict_of(one, known) or 'not read'}] {' '.join(one.post_ids[:SHOWN])}\n"
        )
        for post in posts[:SHOWN]:
            sys.stdout.write(f"   {post.at:%d %H:%M} {post.address}: {' '.join(post.text.split())[:TEXT]}\n")


def main() -> int:
    """Print the table, or what is to be read."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--read", choices=MONTHS, help="print the warnings of this period with texts")
    a = parser.parse_args()
    if not NOTICES.is_dir():
        sys.stdout.write(f"\nReal months: not measured, {NOTICES} is missing.\n")
    elif a.read:
        print_texts(a.read)
    else:
        sys.stdout.write(HEAD)
        for period in MONTHS:
            print_row(period)
        print_agreement()
    return 0


if __name__ == "__main__":
    sys.exit(main())
