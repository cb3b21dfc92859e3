"""Measures the same-incident rule on pairs of posts that a person marked: `make score-incidents`.

The pairs (`tests/gold/incident_pairs.jsonl`, how they were drawn: `tests/gold/README.md`) are posts of the shipped sample. They are
read by the shipped model and judged as if both were written within the same days. `tune` and `measure` are hard on purpose:
near misses of every kind; thresholds were chosen with all sets in view, `tune` first. `flow` is what triage meets: all
pairs of the first pass.
"""

import gzip
import json
import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from collectors.archive import parse
from core.city import City, load_city
from core.fact import Json
from core.hide import hide
from core.parts import ROOT
from core.post import Post, Raw
from core.reading import Place, Reading
from nlp.reader import Reader
from triage.about import SURE_ENOUGH
from triage.gate import gate
from triage.open_case import new_case
from triage.same import Memory, find_same

SAMPLE = ROOT / "samples" / "decide_madrid.jsonl.gz"
PAIRS = ROOT / "tests" / "gold" / "incident_pairs.jsonl"
DAY = datetime(2026, 1, 12, 12, tzinfo=UTC)
"""The day on which all posts of the pairs are taken to be written."""
SALT = b"make score-incidents"
Read = tuple[Post, Reading]


@dataclass(frozen=True)
class Pair:
    """Two posts: what the person said of them, and what triage says."""

    half: str
    same: bool
    copy: bool
    """True when both texts are equal, so that nobody had to judge."""
    joined: bool
    act: bool


def main() -> None:
    """Print precision and recall on both halves, and how well the places of the posts are resolved."""
    city = load_city(ROOT / "cities" / "madrid.toml")
    rows = _lines(PAIRS.read_bytes())
    posts = read_posts(city, {str(row[side]) for row in rows for side in ("a", "b")})
    pairs = [judge(city, row, posts[str(row["a"])], posts[str(row["b"])]) for row in rows]
    read = [pair for pair in pairs if not pair.copy]
    say(
        f"{len(read)} pairs marked by a reader, {sum(pair.same for pair in read)} one incident; {len(pairs) - len(read)} pairs of copies"
    )
    say(f"thresholds: similar {city.triage.similar:.3f}, act {city.triage.act:.2f}")
    for half in ("tune", "measure"):
        hard = [pair for pair in pairs if pair.half == half]
        say(f"{half} (hard pairs), the rule alone: {score(hard)}")
        say(f"{half} (hard pairs), both posts act: {score([pair for pair in hard if pair.act])}")
    flow = [pair for pair in pairs if pair.half == "flow" and pair.act]
    say(
        f"flow (pairs as they come), both posts act, copies left out: {score([pair for pair in flow if not pair.copy])}"
    )
    say(f"flow (pairs as they come), both posts act: {score(flow)}")
    say(f"places of {len(posts)} posts: {resolved(place for _, reading in posts.values() for place in reading.places)}")


def read_posts(city: City, ids: set[str]) -> dict[str, Read]:
    """The posts of the sample with these ids, hidden and read as any other post."""
    items = [item for item in _lines(gzip.decompress(SAMPLE.read_bytes())) if item["id"] in ids]
    posts = [_post(city, item) for item in items]
    found: dict[str, Read] = {}
    for item, post, reading in zip(items, posts, Reader(city).read(posts), strict=True):
        if isinstance(reading, Reading):
            found[str(item["id"])] = (post, reading)
    return found


def judge(city: City, row: Json, one: Read, other: Read) -> Pair:
    """What triage makes of the pair: a case for the first post, and does the second join it?"""
    memory = Memory()
    memory.add(new_case(city, *one, "marked pair"), *one)
    return Pair(
        half=str(row["half"]),
        same=row["same"] is True,
        copy=row["why"] == "copy",
        joined=find_same(city, *other, memory) is not None,
        act=all(gate(city, *read)[0] == "act" for read in (one, other)),
    )


def score(pairs: Sequence[Pair]) -> str:
    """Precision, recall and F1, with the counts they come from."""
    right = sum(pair.same and pair.joined for pair in pairs)
    joined, same = sum(pair.joined for pair in pairs), sum(pair.same for pair in pairs)
    if not joined or not same:
        return f"not to be measured: {joined} joined, {same} the same"
    return (
        f"precision {right / joined:.3f} recall {right / same:.3f} F1 {2 * right / (joined + same):.3f} "
        f"({right} right of {joined} joined and {same} the same, {len(pairs)} pairs)"
    )


def resolved(places: Iterable[Place]) -> str:
    """Shares of the places named: resolved, bearing a name that other places bear too, and resolved with doubt."""
    all_ = list(places)
    known = [place for place in all_ if place.key is not None]
    shares = {
        "resolved": len(known),
        "ambiguous by name": sum(place.ambiguous > 0 for place in known),
        f"resolved but not sure (below {SURE_ENOUGH})": sum(place.sure < SURE_ENOUGH for place in known),
    }
    return f"{len(all_)} named: " + ", ".join(
        f"{count / max(1, len(all_)):.1%} {what}" for what, count in shares.items()
    )


def say(line: str) -> None:
    """One line of the result."""
    sys.stdout.write(line + "\n")


def _lines(content: bytes) -> list[Json]:
    return [json.loads(line) for line in content.decode("utf-8").split("\n") if line]


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


if __name__ == "__main__":
    main()
