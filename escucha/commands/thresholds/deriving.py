"""Derive the thresholds of triage from labelled posts and staff decisions."""

import json
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import NamedTuple

from core.config.city import City
from core.config.thresholds import Promise, ThresholdGroup, Thresholds, source_kind_of
from core.errors import ConfigurationError
from core.records.annotation import Annotation
from core.records.post import Post
from ledger import read
from ledger.database import Ledger
from nlp.annotator import Annotator
from nlp.evaluation.gold_set import LabelledPost, load_gold
from triage.thresholds import Matter, Scored, derive, derive_topics
from triage.thresholds.conformal import CONFIDENCE, lower_bound
from triage.thresholds.derive import TARGETS, WRONG
from triage.topics import NO_TOPIC, Opinion, vote

PEOPLE = "verdicts of people"
"""Population of posts that staff accepted, rejected or corrected."""
USUAL_SOURCE = "x"
"""A labelled line that names no `source` (or `channel`) counts as a post of a network."""
LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)


def with_reach(city: City, reach: float | None) -> City:
    """Return the profile with another reach; None keeps its own.

    Raises:
        ConfigurationError: it is no share between 0 and 1.
    """
    if reach is None:
        return city
    if not 0 < reach < 1:
        raise ConfigurationError(f"--reach {reach}: give a share between 0 and 1, such as 0.95")
    return city.model_copy(update={"triage": city.triage.model_copy(update={"reach": reach})})


class Labelled(NamedTuple):
    """Hold a labelled post of a file, and its annotation."""

    population: str
    source: str
    gold: LabelledPost
    incident: str | None
    """Posts of a file with the same one are about the same matter."""
    annotation: Annotation
    stream: str | None = None
    """None: as its source and its text say."""

    @property
    def kind(self) -> str:
        """Return the kind of its source."""
        return source_kind_of(self.source, self.gold.text)


def from_files(city: City, paths: Sequence[Path], annotator: Annotator | None = None) -> list[Labelled]:
    """Annotate the labelled posts of these files.

    Args:
        city: the profile.
        paths: JSON lines with `text`, `actionable`, and `source` or `channel` where it is no post of a network; `topic` and `incident` are
            used where they are given. Posts at the border are left out: people act on some of them and not on others, so that neither
            a case nor none is wrong, and the promise is about those that people agree to act on.
        annotator: the annotator; None: that of the profile.

    Raises:
        ConfigurationError: names file, line and what is allowed.
    """
    annotator = annotator or Annotator(city)
    return [one for path in paths for one in _from_file(city, annotator, path, str(path))]


def _from_file(city: City, annotator: Annotator, path: Path, population: str) -> Iterator[Labelled]:
    gold = load_gold(path, needed="actionable")
    lines = path.read_bytes().split(b"\n")
    rows = [json.loads(lines[one.line - 1].decode("utf-8-sig")) for one in gold]
    sources = [one.source or USUAL_SOURCE for one in gold]
    posts = [
        Post(post_id=f"{at:032x}", source=source, text=one.text, created_at=LONG_AGO, received_at=LONG_AGO)
        for at, (one, source) in enumerate(zip(gold, sources, strict=True))
    ]
    for one, row, source, annotation in zip(gold, rows, sources, annotator.annotate(posts), strict=True):
        if isinstance(annotation, Annotation):
            stream = city.stream_of(source, one.text)
            yield Labelled(population, source, one, row.get("incident"), annotation, stream)


def scored(posts: Iterable[Labelled]) -> Iterator[Scored]:
    """Yield population, score and label of these posts."""
    for one in posts:
        labels = one.annotation.labels
        score, language = labels["actionable"].score, str(labels["language"].value)
        yield Scored(one.population, one.stream or one.kind, language, score, bool(one.gold.right["actionable"]))


def matters(posts: Iterable[Labelled]) -> Iterator[Matter]:
    """Yield what these posts are about, with the vote on its topic.

    A matter is an incident, or an actionable post of none. Its topic is what most of its actionable posts are labelled with; those
    without one are left out.
    """
    together: dict[tuple[str, str], list[Labelled]] = defaultdict(list)
    for at, one in enumerate(posts):
        together[one.population, one.incident or f"alone {at}"].append(one)
    for some in together.values():
        right = [one.gold.right["topic"] for one in some if one.gold.right["actionable"] and "topic" in one.gold.right]
        if right:
            voted = vote([Opinion.of(one.annotation, one.gold.text) for one in some])
            meant = Counter(topic for topic in right if topic != NO_TOPIC) or Counter(right)
            is_right = voted.topic == meant.most_common(1)[0][0]
            yield Matter(some[0].population, some[0].kind, voted.certainty, is_right)


def from_ledger(city: City, ledger: Ledger) -> Iterator[Scored]:
    """Yield the posts that staff marked as actionable or not.

    Posts at the border are left out. Staff saw only posts above the threshold of that day: as a separate population these posts
    can lower a threshold derived from labelled posts, and never raise it.
    """
    at_border = read.posts_at_border(ledger, "actionable")
    for post in read.post_records(ledger, order="oldest"):
        if post.post_id in at_border:
            continue
        by_a_person = post.reason.startswith("person: ")
        if "actionable" in post.corrected:
            accepted = bool(post.actionable)
        elif by_a_person and ("accepted it" in post.reason or "rejected it" in post.reason):
            accepted = "accepted it" in post.reason
        else:
            continue
        annotation = read.annotation_of(ledger, post.post_id, corrected=False)
        if annotation is not None:
            score = annotation.labels["actionable"].score
            stream = city.stream_of(post.source, post.text, post.style)
            yield Scored(PEOPLE, stream, post.language or "", score, accepted)


def make(city: City, posts: Sequence[Scored], model: str, about: Sequence[Matter] = ()) -> Thresholds:
    """Derive thresholds for the usual reaches and for that of the profile.

    `about`: matters, for the bar of topics.

    Raises:
        ConfigurationError: too few actionable posts for the reach in the profile.
    """
    found = derive(posts, model, sorted({*TARGETS, city.triage.reach}), derive_topics(about))
    found.cutoffs("", "", city.triage.reach)
    return found


def write_thresholds(thresholds: Thresholds, path: Path) -> None:
    """Write the file that `[triage] thresholds` names."""
    try:
        path.write_text(thresholds.model_dump_json(indent=1) + "\n", encoding="utf-8")
    except OSError as error:
        raise ConfigurationError(f"--write {path}: {error.strerror}") from None


def format_table(thresholds: Thresholds, reach: float) -> Iterator[str]:
    """Yield a table, one line per group, then a legend."""
    yield f"requested reach {reach}; scores of {thresholds.model}"
    yield (
        f"{'kind':<9} {'lang':<4} {'posts':>6} {'action.':>7} {'review':>7} {'act':>6} {'reach':>6} {'bound':>6} "
        f"{'90 % >=':>7} {'looks/100':>9} {'wrong at act':>12}"
    )
    for group in thresholds.groups:
        promise = group.promise(reach)
        yield _line(group, promise)
    yield (
        "-: too few labelled posts, the wider group decides. review: staff review posts from this score of `actionable` on; act: the post "
        "opens a case without review. reach: share of the "
        "actionable posts at or above review; bound: expected share of new posts, at least, in each file (conformal risk control); "
        f"90 %: exact lower bound of reach ({CONFIDENCE:.0%} sure, all files together); wrong at act: at most {WRONG:.0%} is allowed."
    )
    yield from _topic_lines(thresholds)


def _topic_lines(thresholds: Thresholds) -> Iterator[str]:
    """Yield a line per bar of topics."""
    if not thresholds.topics:
        yield "topics: too few labelled incidents and actionable posts with a `topic`: every topic is decided by the model"
    for one in thresholds.topics:
        yield (
            f"topics, {one.kind:<8} decided from {one.bar:.3f} on: right {one.right:.3f} "
            f"(all {one.matters}: {one.right_before:.3f}); staff are asked for the service of {one.asked:.1%}"
        )


def _line(group: ThresholdGroup, promise: Promise | None) -> str:
    head = f"{group.kind:<9} {group.language:<4} {group.posts:>6} {group.actionable:>7}"
    act = "     -" if group.act is None else f"{group.act:>6.3f}"
    wrong = f"{'-':>12}" if group.act_wrong is None else f"{group.act_wrong:>12.3f}"
    if promise is None:
        return f"{head} {'-':>7} {act} {'-':>6} {'-':>6} {'-':>7} {'-':>9} {wrong}"
    sure = lower_bound(round(promise.reach * group.actionable), group.actionable)
    return f"{head} {promise.review:>7.4f} {act} {promise.reach:>6.3f} {promise.bound:>6.3f} {sure:>7.3f} {promise.looks:>9.1f} {wrong}"
