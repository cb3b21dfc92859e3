"""Run other methods on hourly counts, to compare them with ours.

Each scores the last hour of a subject; the harness turns scores into alerts. River, ruptures and statsforecast are no dependencies of
Escucha: a method whose library is absent is left out.
"""

from bisect import bisect_left, bisect_right
from collections import defaultdict
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from importlib.util import find_spec
from math import log10, sqrt
from statistics import fmean, pstdev
from typing import Any

from tools.trends.judge import Alert
from trends.history import person_of
from trends.records import WHOLE, Sighting, Subject
from trends.rhythm import Clock

HOUR, WEEK = timedelta(hours=1), 7 * 24
RECENT = 3
"""Hours whose posts an alert shows."""
COOLDOWN = timedelta(hours=24)
LEAST = 4
Series = list[int]
Scorer = Callable[[Series, int], float]
"""Hourly counts of people, and the hour to score: higher is less usual."""


def obsei_z(counts: Series, hour: int) -> float:
    """Score as obsei 1.1.1: the last week against seven before.

    Fewer than 5 people score 0."""
    weeks = [
        sum(counts[max(0, hour + 1 - (n + 1) * WEEK) : hour + 1 - n * WEEK]) for n in range(8) if hour + 1 > n * WEEK
    ]
    if len(weeks) < 3 or weeks[0] < 5:
        return 0.0
    return (weeks[0] - fmean(weeks[1:])) / max(1.0, pstdev(weeks[1:]))


def make_river() -> Scorer:
    """Score by river's running Gaussian of the last week."""
    from river import anomaly

    def score(counts: Series, hour: int) -> float:
        scorer = anomaly.GaussianScorer(window_size=WEEK, grace_period=24)
        for one in counts[max(0, hour - WEEK) : hour]:
            scorer.learn_one(None, one)
        mean, spread = scorer.gaussian.mu, scorer.gaussian.sigma or 0.3
        return float((counts[hour] - mean) / max(0.3, spread))

    return score


def make_ruptures() -> Scorer:
    """Score by the jump after the change point of three days.

    Uses ruptures: Binseg with the l2 cost."""
    import numpy as np
    import ruptures

    def score(counts: Series, hour: int) -> float:
        last = np.array(counts[max(0, hour - 71) : hour + 1], dtype=float)
        points = ruptures.Binseg(model="l2", min_size=2, jump=1).fit(last).predict(n_bkps=1)
        cut = points[0]
        if len(last) - cut > 12 or cut >= len(last):
            return 0.0
        return float((last[cut:].mean() - last[:cut].mean()) / max(0.3, last[:cut].std()))

    return score


def make_statsforecast() -> Scorer:
    """Score by the distance from statsforecast's seasonal exponential smoothing of the week."""
    import numpy as np
    from statsforecast.models import SeasonalExponentialSmoothing

    known: dict[tuple[int, int], Any] = {}

    def score(counts: Series, hour: int) -> float:
        day = hour - hour % 24
        key = (id(counts), day)
        if key not in known:
            model = SeasonalExponentialSmoothing(season_length=WEEK, alpha=0.3)
            known[key] = model.forecast(np.array(counts[:day], dtype=float), h=24)["mean"] if day >= 2 * WEEK else None
        if known[key] is None:
            return 0.0
        mean = max(0.0, float(known[key][hour - day]))
        return (counts[hour] - mean) / sqrt(mean + 0.1)

    return score


def rivals() -> dict[str, Scorer]:
    """Return the methods whose library is installed."""
    found: dict[str, Scorer] = {"weekly z (obsei)": obsei_z}
    for library, make in (("river", make_river), ("ruptures", make_ruptures), ("statsforecast", make_statsforecast)):
        if find_spec(library) is not None:
            found[library] = make()
    return found


def scored(
    sightings: Sequence[Sighting], clock: Clock, start: datetime, end: datetime, scorer: Scorer
) -> list[tuple[float, Subject, datetime, frozenset[str]]]:
    """Score every hour with enough people of every subject."""
    origin = clock.start_of(clock.day_of(sightings[0].at))
    hours = int((end - origin) / HOUR)
    by_subject: dict[Subject, list[Sighting]] = defaultdict(list)
    for one in sightings:
        for subject in one.subjects:
            by_subject[subject].append(one)
    found = []
    for subject, members in by_subject.items():
        if len(members) < LEAST:
            continue
        people: list[set[str]] = [set() for _ in range(hours + 1)]
        for one in members:
            position = int((one.at - origin) / HOUR)
            if position <= hours:
                people[position].add(person_of(one))
        counts = [len(one) for one in people]
        times = [one.at for one in members]
        for hour in range(int((start - origin) / HOUR), hours):
            if counts[hour] and sum(counts[max(0, hour - 5) : hour + 1]) >= LEAST:
                score, at = scorer(counts, hour), origin + (hour + 1) * HOUR
                low, high = bisect_left(times, at - RECENT * HOUR), bisect_right(times, at)
                found.append((score, subject, at, frozenset(one.post_id for one in members[low:high])))
    return found


def alerts_above(scores: list[tuple[float, Subject, datetime, frozenset[str]]], threshold: float) -> list[Alert]:
    """Return the alerts of a threshold.

    At most one a day and subject, and one for the same posts."""
    latest: dict[Subject, datetime] = {}
    kept: list[Alert] = []
    for score, subject, at, posts in sorted(scores, key=lambda one: (one[2], -one[0], one[1])):
        if score < threshold or at - latest.get(subject, at - 2 * COOLDOWN) < COOLDOWN:
            continue
        latest[subject] = at
        if not any(
            at - one.at < COOLDOWN and 2 * len(one.post_ids & posts) >= min(len(posts), len(one.post_ids))
            for one in kept
        ):
            kept.append(Alert(at, posts, subject[0] in WHOLE))
    return kept


def thresholds(scores: list[tuple[float, Subject, datetime, frozenset[str]]]) -> list[float]:
    """Return thresholds to try, lowest first."""
    values = sorted({round(one[0], 3) for one in scores if one[0] > 0})
    steps = sorted({len(values) - 1 - int(10 ** (n * log10(max(1, len(values))) / 40)) for n in range(41)})
    return [values[max(0, n)] for n in steps] if values else [1.0]
