"""Measure joining on whole streams: `make score-streams`.

All posts of a stream count (`labelled_streams.py`). Most have no partner: what is counted over posts that have one says little. Every row
begins with its base rate. The shipped model annotates and the shipped weights decide.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations

from core.records.annotation import Annotation
from core.records.decision import Decision
from core.records.post import Post
from core.runtime.stdio import set_up_stdio
from nlp.annotator import Annotator
from triage import decide
from triage.incident_matching.weights import Weights
from triage.review import ReviewLook, ReviewPost, looks
from workshop.incidents.dataset import Row
from workshop.incidents.labelled_streams import ALONE, LabelledStream, streams
from workshop.incidents.measures import format_table, pair_count

CAUSES = ("likeness", "thread", "pooling")
BUDGET = 20
"""Looks per 100 posts that staff are thought to have."""
Read = Sequence[tuple[Post, Annotation]]


@dataclass(frozen=True)
class Joined:
    """Count what a partition of a stream joins."""

    pairs: int
    right: int
    wrong: tuple[tuple[str, str], ...]
    sure: int
    sure_right: int


def annotated(stream: LabelledStream) -> list[tuple[Post, Annotation]]:
    """Annotate a stream with the shipped model."""
    made = Annotator(stream.city, threads=1).annotate(stream.posts)
    return [(post, one) for post, one in zip(stream.posts, made, strict=True) if isinstance(one, Annotation)]


def count_pairs(stream: LabelledStream, where: Mapping[str, str]) -> Joined:
    """Count the pairs of a partition over all posts of the stream."""
    clusters: dict[str, list[str]] = defaultdict(list)
    for key, cluster in where.items():
        clusters[cluster].append(key)
    pairs = [(a, b) for some in clusters.values() for a, b in combinations(some, 2) if stream.same(a, b) is not None]
    wrong = tuple(pair for pair in pairs if not stream.same(*pair))
    sizes = Counter(stream.thing[key] for key in stream.partners)
    sure = sizes if stream.sure is None else {name: n for name, n in sizes.items() if name in stream.sure}
    right = [stream.thing[a] for a, b in pairs if stream.same(a, b)]
    return Joined(len(pairs), len(right), wrong, sum(map(pair_count, sure.values())), sum(name in sure for name in right))


def decided(stream: LabelledStream, read: Read, weights: Weights | None = None) -> dict[str, Decision]:
    """Decide a stream.

    `weights`: of joining; None: the shipped ones.
    """
    return {one.post_id: one for one in decide(stream.city, read, weights=weights)}


def measure(stream: LabelledStream, read: Read, found: Mapping[str, Decision]) -> Row:
    """Return the row of a stream, its base rate first."""
    where = {key: found[key].belongs_to or key if key in found else key for key in stream.thing}
    cases = {key: one.case.key for key, one in found.items() if one.case is not None}
    counted, in_cases = count_pairs(stream, where), count_pairs(stream, cases)
    misled = _outnumbered(stream, cases)
    strangers = {key for pair in in_cases.wrong for key in pair}
    partners, total = stream.partners, len(stream.thing)
    meant = sum(pair_count(n) for n in Counter(stream.thing[key] for key in partners).values())
    outcomes = Counter(one.outcome for one in found.values())
    in_order = _looks(stream, read, found)
    seen = cases.keys() | {one.post_id for look in in_order[: BUDGET * total // 100] for one in look.posts}
    idle = [key for key in stream.thing if key not in stream.reports and stream.thing[key].startswith(ALONE)]
    return {
        "stream": stream.name,
        "posts": total,
        "with a partner": len(partners) / total,
        "with another's problem": len(strangers) / total,
        "in a wrong case": len(misled) / total,
        **{f"by {cause}": sum(_cause(found[key]) == cause for key in misled) for cause in CAUSES},
        "pair P": counted.right / counted.pairs if counted.pairs else 1.0,
        "pair R": counted.right / meant,
        "R of sure": counted.sure_right / counted.sure,
        "hard or near joined": _look_alikes(stream, where),
        "of incidents in a case": sum(found[key].outcome == "in_case" for key in partners) / len(partners),
        "dropped": sum(found[key].outcome == "no_case" for key in partners) / len(partners),
        "idle in a case": sum(key in cases for key in idle) / len(idle) if idle else 0.0,
        "waiting per 100": 100 * outcomes["in_review"] / total,
        "looks per 100": 100 * len(in_order) / total,
        f"reports seen in {BUDGET} looks": sum(key in seen for key in stream.reports) / len(stream.reports),
        "cases": len(set(cases.values())),
    }


def _looks(stream: LabelledStream, read: Read, found: Mapping[str, Decision]) -> list[ReviewLook]:
    """Group and order the waiting posts as the desk does.

    By incident, thread and the incident that a post is likest; the desk also groups near texts.
    """
    roots: dict[str, str] = {}
    for post in stream.posts:
        answered = post.thread or post.reply_to
        roots[post.post_id] = post.post_id if answered is None else roots.get(answered, answered)
    scores = {post.post_id: annotation.labels["actionable"].score for post, annotation in read}
    authors = {post.post_id: post.author for post in stream.posts}
    waiting = [
        ReviewPost(
            key,
            scores[key],
            authors[key],
            risky=found[key].reason.startswith("risk:"),
            together=tuple(filter(None, (one.belongs_to, f"thread:{roots[key]}", *(like.incident for like in one.suggestions[:1])))),
        )
        for key, one in found.items()
        if one.outcome == "in_review"
    ]
    return looks(waiting, stream.city.thresholds.chance)


def _outnumbered(stream: LabelledStream, cases: Mapping[str, str]) -> list[str]:
    """Return the posts whose case is mostly about another thing."""
    by_case: dict[str, list[str]] = defaultdict(list)
    for key, case in cases.items():
        by_case[case].append(key)
    found = []
    for members in by_case.values():
        things = Counter(stream.thing[key] for key in members)
        meant = max(things, key=lambda thing: (things[thing], thing == stream.thing[members[0]]))
        found += [key for key in members if stream.thing[key] != meant]
    return found


def _cause(decision: Decision) -> str:
    """Return what put a post into its case."""
    if decision.reason.startswith("joined: answers"):
        return "thread"
    return "likeness" if decision.reason.startswith("joined: ") else "pooling"


def _look_alikes(stream: LabelledStream, where: Mapping[str, str]) -> float:
    """Return the share of hard pairs or near-miss incidents that were joined."""
    if stream.hard:
        return sum(len({where[key] for key in pair}) == 1 for pair in stream.hard) / len(stream.hard)
    held: dict[str, set[str]] = defaultdict(set)
    for key in stream.partners:
        held[stream.thing[key].rpartition(":")[2]].add(where[key])
    return sum(bool(held[one] & held[other]) for one, other in stream.near.items()) / len(stream.near)


def main() -> None:
    """Print the table of all streams, and the wrong pairs if asked."""
    parser = argparse.ArgumentParser(prog="python -m workshop.incidents.streams", description=__doc__)
    parser.add_argument("names", nargs="*", help="only these streams")
    parser.add_argument("--wrong", action="store_true", help="print the pairs that share a case and are not one thing")
    options = parser.parse_args()
    set_up_stdio()
    rows = []
    for stream in streams():
        if options.names and stream.name.split()[0] not in options.names:
            continue
        read = annotated(stream)
        found = decided(stream, read)
        rows.append(measure(stream, read, found))
        if options.wrong:
            sys.stdout.writelines(_wrong_pairs(stream, found))
    sys.stdout.write(format_table(rows))


def _wrong_pairs(stream: LabelledStream, found: Mapping[str, Decision]) -> Iterator[str]:
    texts = {post.post_id: post.text.replace("\n", " ")[:160] for post in stream.posts}
    order = {post.post_id: at for at, post in enumerate(stream.posts)}
    cases = {key: one.case.key for key, one in found.items() if one.case is not None}
    for pair in count_pairs(stream, cases).wrong:
        first, second = sorted(pair, key=order.__getitem__)
        yield f"{stream.name}: {texts[first]}\n    {texts[second]}\n    {found[second].reason}\n"


if __name__ == "__main__":
    main()
