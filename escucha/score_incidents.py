"""Measures the same-incident rule on pairs of posts that a person marked: `make score-incidents`.

The pairs (`tests/gold/incident_pairs.jsonl`, how they were drawn: `tests/gold/README.md`) are posts of the shipped sample. They are
read by the shipped model and judged as if both were written within the same days. Only `heldout` says how good the rule is:
from the others its weights were learned (their cross-validated figures are printed by `python -m escucha.teach_same`).
"""

import sys
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from core.city import City, load_city
from core.fact import Json
from core.parts import ROOT
from core.reading import Place
from core.terminal import speak_plainly
from escucha.marked_pairs import Read, Verdict, interval, read_posts, rows, score
from triage.about import SURE_ENOUGH
from triage.gate import gate
from triage.likeness import read
from triage.open_case import new_case
from triage.same import Memory, find_same

HALVES = {
    "tune": "hard pairs, learned from",
    "measure": "hard pairs, learned from",
    "flow": "pairs as they come, learned from",
    "learn": "learned from",
    "heldout": "never learned from",
}


@dataclass(frozen=True)
class Pair:
    """Two posts: what the person said of them, and what triage says."""

    half: str
    verdict: Verdict
    copy: bool
    """True when both texts are equal, so that nobody had to judge."""
    act: bool
    """True when both posts get past the gate."""


def main() -> None:
    """Print precision and recall on all halves, and how well the places of the posts are resolved."""
    speak_plainly()
    city = load_city(ROOT / "cities" / "madrid.toml")
    marked = rows()
    posts = read_posts(city, {str(row[side]) for row in marked for side in ("a", "b")})
    pairs = [judge(city, row, posts[str(row["a"])], posts[str(row["b"])]) for row in marked]
    copies = sum(pair.copy for pair in pairs)
    same = sum(pair.verdict.same for pair in pairs if not pair.copy)
    say(f"{len(pairs) - copies} pairs marked by a reader, {same} one incident; {copies} pairs of copies")
    enough = read().enough if city.triage.similar is None else city.triage.similar
    say(f"one incident from a chance of {enough:.3f}; act {city.triage.act:.2f}")
    for half, what in HALVES.items():
        _say_half(f"{half} ({what})", [pair for pair in pairs if pair.half == half])
    say(f"places of {len(posts)} posts: {resolved(place for _, reading in posts.values() for place in reading.places)}")


def judge(city: City, row: Json, one: Read, other: Read) -> Pair:
    """What triage makes of the pair: a case for the first post, and does the second join it?"""
    memory = Memory()
    memory.add(new_case(city, *one, "marked pair"), *one)
    return Pair(
        half=str(row["half"]),
        verdict=Verdict(find_same(city, *other, memory) is not None, row["same"] is True),
        copy=row["why"] == "copy",
        act=all(gate(city, *post)[0] == "act" for post in (one, other)),
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


def _say_half(name: str, pairs: Sequence[Pair]) -> None:
    differ = [pair.verdict for pair in pairs if not pair.copy]
    say(f"{name}, copies left out: {score(differ)}; {interval(differ)}")
    say(
        f"{name}, copies left out, both posts act: {score([pair.verdict for pair in pairs if pair.act and not pair.copy])}"
    )
    if len(differ) < len(pairs):
        say(f"{name}, with copies, both posts act: {score([pair.verdict for pair in pairs if pair.act])}")


if __name__ == "__main__":
    main()
