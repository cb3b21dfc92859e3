"""Measure a partition of posts against the labelled incidents."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from workshop.incidents.dataset import Author, Row

Partition = Mapping[str, str]
"""Post id -> id of the incident it was assigned to."""
RESAMPLES = 1000


@dataclass(frozen=True)
class IncidentPairs:
    """Count the pairs of one labelled incident: found, labelled, and joined.

    Pairs with posts of other incidents count half.
    """

    found: float
    meant: float
    joined: float
    topic: str
    size: int
    fragments: int


def count_pairs(author: Author, where: Partition) -> list[IncidentPairs]:
    """Count the pairs of each labelled incident; posts without one are ignored."""
    gold = {post_id: one.incident for post_id, one in author.gold.items() if one.incident}
    clusters = Counter(where[one] for one in gold)
    both = Counter((incident, where[one]) for one, incident in gold.items())
    found = []
    for incident, size in sorted(Counter(gold.values()).items()):
        parts = {cluster: n for (name, cluster), n in both.items() if name == incident}
        inside = sum(pair_count(n) for n in parts.values())
        outside = sum(n * (clusters[cluster] - n) for cluster, n in parts.items())
        topic = str(author.incidents[incident]["topic"])
        found.append(IncidentPairs(inside, pair_count(size), inside + outside / 2, topic, size, len(parts)))
    return found


def pair_count(n: int) -> int:
    """Return the number of pairs of n items.

    >>> pair_count(4)
    6
    """
    return n * (n - 1) // 2


def precision_recall(some: Iterable[IncidentPairs]) -> tuple[float, float]:
    """Return pair precision and recall; precision is 1 if nothing is joined."""
    some = list(some)
    found, joined, meant = sum(c.found for c in some), sum(c.joined for c in some), sum(c.meant for c in some)
    return found / joined if joined else 1.0, found / meant if meant else 1.0


def b_cubed(author: Author, where: Partition) -> tuple[float, float, float]:
    """Return B-cubed precision, recall and F over posts with an incident."""
    gold = {post_id: one.incident for post_id, one in author.gold.items() if one.incident}
    clusters, sizes = Counter(where[one] for one in gold), Counter(gold.values())
    both = Counter((incident, where[one]) for one, incident in gold.items())
    precision = float(np.mean([both[name, where[one]] / clusters[where[one]] for one, name in gold.items()]))
    recall = float(np.mean([both[name, where[one]] / sizes[name] for one, name in gold.items()]))
    return precision, recall, 2 * precision * recall / (precision + recall)


def count_near_misses(author: Author, where: Partition) -> tuple[int, int]:
    """Count near-miss incidents joined with their look-alike, and all near misses."""
    joined = total = 0
    for name, incident in author.incidents.items():
        other = incident["near_miss_of"]
        if other:
            total += 1
            joined += bool(_places(author, where, name) & _places(author, where, other))
    return joined, total


def _places(author: Author, where: Partition, incident: str) -> set[str]:
    return {where[post_id] for post_id, one in author.gold.items() if one.incident == incident}


def bootstrap_interval(
    some: Sequence[IncidentPairs], value: Callable[[list[IncidentPairs]], float]
) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of a value over incidents."""
    random = np.random.default_rng(0)
    drawn = [value([some[at] for at in random.integers(len(some), size=len(some))]) for _ in range(RESAMPLES)]
    low, high = np.percentile(drawn, [2.5, 97.5])
    return float(low), float(high)


def baselines(author: Author) -> dict[str, dict[str, str]]:
    """Return the partitions of simple baseline rules."""
    answers: dict[str, str] = {}
    place: dict[str, str] = {}
    day: dict[str, str] = {}
    last: dict[tuple[str, str], tuple[float, str]] = {}
    for form in author.forms:
        answers[form.post_id] = answers.get(form.reply_to or "", form.post_id)
        same = [last[key, form.topic] for key in sorted(form.streets) if (key, form.topic) in last]
        near = [where for at, where in same if form.at - at <= 7 * 86_400]
        place[form.post_id] = place.get(form.reply_to or "") or (near[0] if near else form.post_id)
        for key in form.streets:
            last[key, form.topic] = (form.at, place[form.post_id])
        district = min(form.districts, default=form.post_id)
        day[form.post_id] = f"{district} {form.topic} {int(form.at // 86_400)}"
    return {"answers only": answers, "same place and topic in 7 days": place, "same district, topic and day": day}


def format_table(rows: Sequence[Row]) -> str:
    """Format the rows as a Markdown table."""
    names = list(rows[0])
    lines = [names, ["---"] * len(names), *([_cell(row[name]) for name in names] for row in rows)]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def _cell(value: object) -> str:
    return (
        f"{value:.3f}".lstrip("0")
        if isinstance(value, float) and value < 1
        else f"{value:.3f}"
        if isinstance(value, float)
        else str(value)
    )
