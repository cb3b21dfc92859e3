"""Marked pairs: posts of which a person said whether they are one incident; triage learns from them and is measured on them."""

import gzip
import json
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import NamedTuple

import numpy as np

from collectors.archive import parse
from core.city import City
from core.fact import Json
from core.hide import hide
from core.parts import ROOT
from core.post import Post, Raw
from core.reading import Reading
from nlp.reader import Reader

SAMPLE = ROOT / "samples" / "decide_madrid.jsonl.gz"
PAIRS = ROOT / "tests" / "gold" / "incident_pairs.jsonl"
DAY = datetime(2026, 1, 12, 12, tzinfo=UTC)
"""The day on which all posts of the pairs are taken to be written."""
SALT = b"make score-incidents"
RESAMPLED = 2000
"""Times the pairs are drawn anew for an interval."""
Read = tuple[Post, Reading]


class Verdict(NamedTuple):
    """What triage says of a pair, and what the person said."""

    joined: bool
    same: bool


def rows() -> list[Json]:
    """The marked pairs as they stand in the file."""
    return lines(PAIRS.read_bytes())


def sample() -> list[Json]:
    """The posts of the sample as they stand in the file."""
    return lines(gzip.decompress(SAMPLE.read_bytes()))


def lines(content: bytes) -> list[Json]:
    """The records of a file of JSON lines."""
    return [json.loads(line) for line in content.decode("utf-8").split("\n") if line]


def read_posts(city: City, ids: set[str]) -> dict[str, Read]:
    """The posts of the sample with these ids, hidden and read as any other post."""
    items = [item for item in sample() if item["id"] in ids]
    posts = [_post(city, item) for item in items]
    found: dict[str, Read] = {}
    for item, post, reading in zip(items, posts, Reader(city).read(posts), strict=True):
        if isinstance(reading, Reading):
            found[str(item["id"])] = (post, reading)
    return found


def score(verdicts: Sequence[Verdict]) -> str:
    """Precision, recall and F1, with the counts they come from."""
    right, joined, same = _counts(verdicts)
    if not joined or not same:
        return f"not to be measured: {joined} joined, {same} the same, {len(verdicts)} pairs"
    return (
        f"precision {right / joined:.3f} recall {right / same:.3f} F1 {2 * right / (joined + same):.3f} "
        f"({right} right of {joined} joined and {same} the same, {len(verdicts)} pairs)"
    )


def interval(verdicts: Sequence[Verdict]) -> str:
    """Where precision and recall lie with 95 % certainty: the pairs drawn anew, with replacement, again and again."""
    values = np.array(verdicts, dtype=bool)
    if not values.size or not values[:, 0].any() or not values[:, 1].any():
        return "no interval"
    draws = np.random.default_rng(0).integers(0, len(values), (RESAMPLED, len(values)))
    joined, same = values[draws, 0], values[draws, 1]
    right = (joined & same).sum(axis=1)
    spans = [np.quantile(right / np.maximum(1, whole.sum(axis=1)), (0.025, 0.975)) for whole in (joined, same)]
    (low, high), (least, most) = spans
    return f"95 %: precision {low:.3f} to {high:.3f}, recall {least:.3f} to {most:.3f}"


def _counts(verdicts: Sequence[Verdict]) -> tuple[int, int, int]:
    right = sum(one.joined and one.same for one in verdicts)
    return right, sum(one.joined for one in verdicts), sum(one.same for one in verdicts)


def _post(city: City, item: Json) -> Post:
    text: Json = {name: str(value) for name, value in item.items()}
    place = f"{SAMPLE.name}: {item['id']}"
    raw = parse(
        {
            "item": text,
            "place": place,
            "received_at": DAY.isoformat(),
            "timezone": city.timezone,
            "html": False,
            "link": "",
        }
    )
    if not isinstance(raw, Raw):
        raise ValueError(f"{place} cannot be read: {raw.reason}")
    return hide(raw, city, SALT).model_copy(update={"created_at": DAY, "received_at": DAY})
