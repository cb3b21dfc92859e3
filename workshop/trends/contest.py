"""Run another method through the back-test, on the past alone.

A method sees the counts of a subject in the last 1, 3 or 6 hours: at each full hour it learns, and at each run of the step (every five
minutes) at which new posts are there it scores. Window and threshold are chosen on the tuning weeks, by city: the most events found with
at most the budget of false alarms.
"""

import time
from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import takewhile
from math import log10

from workshop.trends.city import CLOCK, Months
from workshop.trends.judge import CADENCE, Alert, Result, judge, pooled
from workshop.trends.rivals.detector import Detector, Make
from trends.records import Rules, Sighting, Subject

HOUR = timedelta(hours=1)
COOLDOWN = timedelta(hours=24)
"""A subject is reported once in this time, and posts that were reported are not reported for another subject."""
STEPS = 60
"""Thresholds that are tried, from one alert on."""
HOPELESS = 5.0
"""False alarms over the budget, in multiples of it, from which lower thresholds are not tried."""
LEAST = {"word": Rules().word_people, "emerging": Rules().word_people}
Draw = tuple[str, Months, datetime, datetime, datetime]
"""City, months, and when tuning, test and all end begin."""


@dataclass(frozen=True)
class Scored:
    """Hold a score of one subject at one run of the step."""

    score: float
    subject: Subject
    at: datetime
    members: Sequence[Sighting]
    low: int
    high: int

    @property
    def posts(self) -> frozenset[str]:
        """Return the posts of the window."""
        return frozenset(one.post_id for one in self.members[self.low : self.high])


@dataclass(frozen=True)
class Row:
    """Hold the figures of a method in a city."""

    window: int
    result: Result
    best: Result
    """With the threshold that would have been best in the measured weeks: an upper bound."""
    seconds: float
    """CPU seconds a week of posts."""


def asked(times: Sequence[datetime], start: datetime, window: timedelta, least: int) -> Iterator[tuple[int, int]]:
    """Return the first and last post of each window that is scored."""
    low = 0
    for high in range(bisect_left(times, start), len(times)):
        if high + 1 < len(times) and _step(times[high + 1]) == _step(times[high]):
            continue  # the run of the step sees the later post too
        while times[low] <= times[high] - window:
            low += 1
        if high - low + 1 >= least:
            yield low, high


def _step(at: datetime) -> int:
    return int(at.timestamp() // CADENCE.total_seconds())


def scored(made: Months, start: datetime, window: int, make: Callable[[], Detector]) -> list[Scored]:
    """Score every subject from `start` on, and return the highest first.

    Every post of the drawn cities is of another person, so posts are counted."""
    origin = CLOCK.start_of(CLOCK.day_of(made.sightings[0].at))
    by_subject: dict[Subject, list[Sighting]] = defaultdict(list)
    for one in made.sightings:
        for subject in one.subjects:
            by_subject[subject].append(one)
    found = []
    for subject, members in by_subject.items():
        times = [one.at for one in members]
        detector, hour = make(), 0
        for low, high in asked(times, start, window * HOUR, LEAST.get(subject[0], Rules().people)):
            for past in range(hour, (now := int((times[high] - origin) / HOUR))):
                end = origin + (past + 1) * HOUR
                detector.learn(float(bisect_left(times, end) - bisect_left(times, end - window * HOUR)))
            hour = now
            score = detector.score(float(high - low + 1))
            if score > 0:
                found.append(Scored(score, subject, times[high], members, low, high + 1))
    return sorted(found, key=lambda one: -one.score)


def alerts_above(scores: Sequence[Scored], threshold: float) -> list[Alert]:
    """Return the alerts of a threshold.

    At most one a day and subject, and one for the same posts.

    Args:
        scores: highest first.
        threshold: of the method.
    """
    above = scores[: bisect_right(scores, -threshold, key=lambda one: -one.score)]
    latest: dict[Subject, datetime] = {}
    kept: list[Alert] = []
    for one in sorted(above, key=lambda one: (one.at, -one.score, one.subject)):
        if one.subject in latest and one.at - latest[one.subject] < COOLDOWN:
            continue
        latest[one.subject] = one.at
        posts = one.posts
        known = any(
            2 * len(alert.post_ids & posts) >= min(len(posts), len(alert.post_ids)) for alert in recent(kept, one.at)
        )
        if not known:
            kept.append(Alert(one.at, posts))
    return kept


def recent(alerts: Sequence[Alert], at: datetime) -> Iterator[Alert]:
    """Return the alerts of the last day, newest first."""
    return takewhile(lambda alert: at - alert.at < COOLDOWN, reversed(alerts))


def thresholds(scores: Sequence[Scored]) -> list[float]:
    """Return thresholds to try, highest first."""
    values = sorted({one.score for one in scores}, reverse=True)
    steps = sorted({round(10 ** (n * log10(max(1, len(values))) / STEPS)) for n in range(STEPS + 1)})
    return [values[n - 1] for n in steps if n <= len(values)]


Run = tuple[Sequence[Scored], Months, datetime, datetime]
"""Scores, highest first, months, and their begin and end."""


def best_threshold(runs: Sequence[Run], budget: float) -> tuple[float, Result]:
    """Return the threshold that finds most within the budget, and figures.

    Args:
        runs: of each draw of the city.
        budget: false alarms a week.
    """
    best: tuple[float, Result] | None = None
    for threshold in thresholds([one for scores, *_rest in runs for one in scores]) or [1.0]:
        result = measured(runs, threshold)
        if best is None or (result.false_per_week <= budget and result.found >= best[1].found):
            best = (threshold, result)
        if result.false_per_week > HOPELESS * budget:
            break
    assert best is not None  # noqa: S101  a threshold is always tried
    return best


def measured(runs: Sequence[Run], threshold: float) -> Result:
    """Return the figures of a threshold."""
    return pooled([judge(alerts_above(scores, threshold), made.events, a, b) for scores, made, a, b in runs])


def compete(draws: Sequence[Draw], make: Make, budget: float) -> Row:
    """Choose window and threshold on the tuning weeks; measure the others."""
    chosen: tuple[int, Row] | None = None
    for window in make.windows:
        begun = time.process_time()
        scores = [scored(made, start, window, make.detector) for _n, made, start, _t, _e in draws]
        seconds = time.process_time() - begun
        early, late = [], []
        for some, (_name, made, start, test, end) in zip(scores, draws, strict=True):
            early.append(([one for one in some if one.at < test], made, start, test))
            late.append(([one for one in some if test <= one.at < end], made, test, end))
        threshold, tuned = best_threshold(early, budget)
        if chosen is None or tuned.found > chosen[0]:
            weeks = sum((end - start) / timedelta(weeks=1) for _n, _m, start, _t, end in draws)
            best = best_threshold(late, budget)[1]
            chosen = (tuned.found, Row(window, measured(late, threshold), best, seconds / weeks))
    assert chosen is not None  # noqa: S101  there is at least one window
    return chosen[1]
