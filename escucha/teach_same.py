"""Teaches triage when two posts are one incident: learns the weights of its signs from marked pairs; `python -m escucha.teach_same`.

Needed whenever the reader's embedding changes or pairs are added. Learns from every half of `tests/gold/incident_pairs.jsonl`
but `heldout`, which is only measured, and writes `triage/same.json`.
"""

import hashlib
import sys
from collections import Counter
from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

from core.city import load_city
from core.fact import Json
from core.parts import ROOT
from escucha.marked_pairs import PAIRS, Read, Verdict, interval, read_posts, rows, sample, score
from triage.likeness import TAUGHT, Taught, chance, signs
from triage.said import Said, stems, text_folded

PRECISION = 0.93
"""To be reached on the pairs that triage meets (`flow`), by weights that never saw the service a pair is about: parking alone
makes half of all pairs that are one. The other halves are near misses on purpose: a share of them says nothing."""
STRICTNESS = 10.0
"""How much the weights are held small (ridge); 1 and 30 are no better."""
LOST = 0.01
"""Part of the pairs of one incident that may lie below the floor."""
COMMON = 3
"""Words of fewer posts than this are rare, whatever they are."""
Numbers = npt.NDArray[np.float64]


class Marked(NamedTuple):
    """A marked pair, ready to be learned from."""

    half: str
    same: bool
    service: str
    one: Said
    other: Said
    cosine: float


def main() -> None:
    """Learn, print what cross-validation and the held-out pairs say, write the weights."""
    city = load_city(ROOT / "cities" / "madrid.toml")
    once = {frozenset((str(row["a"]), str(row["b"]))): row for row in rows() if row["why"] != "copy"}
    posts = read_posts(city, {post for pair in once for post in pair})
    marked = [_marked(row, posts) for row in once.values()]
    learned = [pair for pair in marked if pair.half != "heldout"]
    taught = teach(learned, *_words())
    sys.stdout.write(_said(taught, learned, marked))
    TAUGHT.write_text(taught.model_dump_json(indent=1) + "\n", encoding="utf-8")


def teach(learned: Sequence[Marked], posts: int, words: dict[str, int]) -> Taught:
    """The weights, the chance that is enough, and the floor."""
    blank = Taught(
        about="What triage takes for one incident: python -m escucha.teach_same writes this file; nobody else should.",
        model=learned[0].one.reading.model,
        pairs=hashlib.sha256(PAIRS.read_bytes()).hexdigest(),
        enough=1.0,
        floor=_floor([pair.cosine for pair in learned if pair.same]),
        always=0.0,
        weights={},
        posts=posts,
        words=words,
    )
    always, weights = fit(*_matrix(blank, learned), _weighs(learned))
    taught = blank.model_copy(update={"always": always, "weights": weights})
    return taught.model_copy(update={"enough": _enough(cross_validated(taught, learned), learned)})


def cross_validated(taught: Taught, learned: Sequence[Marked]) -> Numbers:
    """The chance of each pair by weights that had seen no pair of its service."""
    found, weighs = np.zeros(len(learned)), _weighs(learned)
    names, values, same = _matrix(taught, learned)
    services = np.array([pair.service for pair in learned])
    for service in sorted(set(services)):
        seen = services != service
        always, weights = fit(names, values[seen], same[seen], weighs[seen])
        without = taught.model_copy(update={"always": always, "weights": weights})
        for at in map(int, np.flatnonzero(~seen)):
            found[at] = chance(without, learned[at].one, learned[at].other, learned[at].cosine)
    return found


def fit(names: Sequence[str], values: Numbers, same: Numbers, weighs: Numbers) -> tuple[float, dict[str, float]]:
    """Logistic regression with ridge, by Newton's method: what always applies, and a weight a sign."""
    mean, spread = values.mean(axis=0), values.std(axis=0)
    spread[spread == 0] = 1.0
    rows = np.column_stack([np.ones(len(values)), (values - mean) / spread])
    held = np.diag([0.0, *[STRICTNESS] * len(names)])
    found = np.zeros(len(names) + 1)
    for _ in range(50):
        likely = 1 / (1 + np.exp(-rows @ found))
        slope = rows.T @ (weighs * (likely - same)) + held @ found
        step = np.linalg.solve((rows.T * (weighs * likely * (1 - likely))) @ rows + held, slope)
        found -= step
        if np.abs(step).max() < 1e-9:
            break
    weights = found[1:] / spread
    return float(round(found[0] - weights @ mean, 4)), {
        name: float(round(weight, 4)) for name, weight in zip(names, weights, strict=True)
    }


def _matrix(taught: Taught, pairs: Sequence[Marked]) -> tuple[list[str], Numbers, Numbers]:
    found = [signs(taught, pair.one, pair.other, pair.cosine) for pair in pairs]
    return (
        list(found[0]),
        np.array([list(one.values()) for one in found]),
        np.array([float(pair.same) for pair in pairs]),
    )


def _weighs(pairs: Sequence[Marked]) -> Numbers:
    """How much each pair counts: ten posts of one campaign make 45 pairs, and shall not count as 45 incidents."""
    often = Counter((said.post.post_id, pair.same) for pair in pairs for said in (pair.one, pair.other))
    found = np.array(
        [
            1 / np.sqrt(often[pair.one.post.post_id, pair.same] * often[pair.other.post.post_id, pair.same])
            for pair in pairs
        ]
    )
    same = np.array([pair.same for pair in pairs])
    for side in (same, ~same):
        found[side] *= side.sum() / found[side].sum()
    return found


def _enough(chances: Numbers, learned: Sequence[Marked]) -> float:
    """The smallest chance from which on the precision asked for is reached on the pairs that triage meets."""
    met = [at for at, pair in enumerate(learned) if pair.half == "flow"]
    chances, same = chances[met], np.array([learned[at].same for at in met])
    order = np.argsort(-chances)
    right = np.cumsum(same[order])
    good = np.flatnonzero(right / np.arange(1, len(order) + 1) >= PRECISION)
    return float(round(chances[order[good[-1]]], 4)) if len(good) else 1.0


def _floor(cosines: Sequence[float]) -> float:
    return float(np.floor(100 * np.quantile(cosines, LOST)) / 100)


def _marked(row: Json, posts: dict[str, Read]) -> Marked:
    one, other = (posts[str(row[side])] for side in ("a", "b"))
    mine, theirs = Said(*one), Said(*other)
    return Marked(str(row["half"]), row["same"] is True, mine.topic, mine, theirs, float(mine.vector @ theirs.vector))


def _words() -> tuple[int, dict[str, int]]:
    """How many posts the sample has, each text once, and in how many each stem occurs."""
    texts = {f"{item.get('title', '')} {item['text']}" for item in sample()}
    found = Counter(stem for text in texts for stem in stems(text_folded(text)))
    return len(texts), {stem: posts for stem, posts in sorted(found.items()) if posts >= COMMON}


def _said(taught: Taught, learned: Sequence[Marked], marked: Sequence[Marked]) -> str:
    chances = cross_validated(taught, learned)
    same = sum(pair.same for pair in learned)
    out = [f"{len(learned)} pairs learned from, {same} one incident; enough {taught.enough}, floor {taught.floor}"]
    out += [f"{weight:+9.3f}  {name}" for name, weight in taught.weights.items()]
    seen = [
        (pair.half, Verdict(likely >= taught.enough, pair.same)) for pair, likely in zip(learned, chances, strict=True)
    ]
    for half in ("tune", "measure", "flow", "learn"):
        out.append(f"{half}, cross-validated: {score([verdict for name, verdict in seen if name == half])}")
    out.append(f"all of these: {score([verdict for _, verdict in seen])}; {interval([verdict for _, verdict in seen])}")
    held = [
        Verdict(chance(taught, pair.one, pair.other, pair.cosine) >= taught.enough, pair.same)
        for pair in marked
        if pair.half == "heldout"
    ]
    out.append(f"heldout: {score(held)}; {interval(held)}")
    return "\n".join(out) + "\n"


if __name__ == "__main__":
    main()
