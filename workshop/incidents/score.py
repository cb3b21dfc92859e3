"""Measure joining on streams that the weights have not seen: `make score-incidents`.

`make train-incidents` writes weights without each fold of authors and months; each stream is decided by those that have not seen its fold.
Prints whole triage, what suggestions add, and the curve of the bar.
"""

import argparse
import json
import sys
from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from statistics import fmean

import numpy as np

from core.config.plugins import ROOT
from core.config.thresholds import JOINING
from core.runtime.stdio import set_up_stdio
from triage.decide import build_features
from triage.eligibility import exclusion_reason
from triage.incident_matching import IncidentIndex, Weights, load as load_weights
from triage.incident_matching.post_features import PostFeatures
from workshop.incidents.dataset import Row
from workshop.incidents.labelled_streams import LabelledStream, streams
from workshop.incidents.measures import format_table, pair_count
from workshop.incidents.naive import RULES, join
from workshop.incidents.streams import Read, annotated, count_pairs, decided, measure
from workshop.incidents.train import fold_folder, folds_of, majority

STEPS = 5
BARS = (0.3, 0.45, 0.6, 0.75)
CARD = ROOT / "docs" / "models" / "streams.md"
INTRODUCTION = """# Joining on whole streams

Printed by `make score-incidents WRITE=1`: streams in time order, over **all** posts, each decided by weights that have
not seen its author or its month (five folds). Each row begins with its base rate, the share of posts that have a
partner.

- `fiesta form mentions storm strike`, `heat monday network pride snow sunday` and, of cities without a gazetteer,
  `sevilla valencia zaragoza`: days written by strangers to the matcher, committed (`tests/data/streams`). `form` has
  points and chosen services.
- `m1 m2 m3 m4 b7 v6`: authors of `incidents_es`, denser than life; `m4` is a storm.
- The others are windows of real notices: all of some districts in a week or two, labelled by reading. `text` is as a
  file without columns gives them, `known` with the point and the service (mapped to the 17).
- The rules of the law were written with all of them in sight. Only the weights are held out: they are taught anew
  without the stream, and not those that ship ([which](incident-matching.md)).

"""
RELIABILITY = """
## Is a probability what it says?

The likeliest incident of each post that no veto keeps apart, before the bars of the law, by the second model.

"""
TERMS = """
*With another's problem*: posts that share a case with a post about another thing. *In a wrong case*: those of them
that are fewer than the others, and by what (numbers of posts): likeness, a thread, or people pooled. *Pair P, R*: over
all posts, by machine alone. *R of sure*: of incidents that the reader is sure of. *Hard or near joined*: pairs or
incidents that look the same and are not. *Idle*: nothing to act on and no partner. *Reports seen in 20 looks*: share of
the posts to act on that are in a case or in the first 20 looks per 100 posts, in the order of the desk.
"""


def main() -> None:
    """Print the tables, and write them if asked."""
    parser = argparse.ArgumentParser(prog="python -m workshop.incidents.score", description=__doc__)
    parser.add_argument("--folds", type=Path, help="folder of `make train-incidents`; default: beside the ledger")
    parser.add_argument("--write", action="store_true", help=f"write {CARD.relative_to(ROOT)}")
    options = parser.parse_args()
    set_up_stdio()
    found = list(streams())
    folds, folder = folds_of(found), options.folds or fold_folder()
    weights = {stream.name: load_weights(folder / f"fold_{folds[stream.name]}.npz") for stream in found}
    read = {stream.name: annotated(stream) for stream in found}
    whole = [whole_triage(stream, read[stream.name], weights[stream.name]) for stream in found]
    bars = [row for bar in BARS for row in curve(found, read, weights, bar)]
    parts = [
        INTRODUCTION,
        "## Whole triage, by machine alone\n\n",
        format_table([*_means(found, whole), *whole]),
        TERMS,
        "\n## By the bar of joining (joins by likeness and thread, before cases are made)\n\n",
        format_table(bars),
        RELIABILITY,
        format_table(reliability(found, read, weights)),
        "\n## Rules without learning\n\nEach post joins the latest earlier one that the rule accepts.\n\n",
        format_table([row for rule in RULES for row in by_rule(found, read, weights, rule)]),
        "\n## With suggestions that a careful person confirms by one key\n\n"
        "An upper bound: that person sees every suggestion and is never wrong.\n\n",
        format_table(curve(found, read, weights, None, confirm=True)),
    ]
    text = "".join(parts)
    sys.stdout.write(text)
    if options.write:
        CARD.write_text(text, encoding="utf-8")
        JOINING.write_text(json.dumps(_prices(bars), indent=1) + "\n", encoding="utf-8")


def _prices(bars: Sequence[Row]) -> list[Row]:
    """Return what the desk tells of each bar."""
    streams_told = {"mean: written": "network", "mean: notices": "notices"}
    return [
        {
            "stream": streams_told[row["stream"]],
            "bar": row["bar"],
            "right": round(row["pair P"], 3),
            "found": round(row["pair R"], 3),
            "beside": round(row["with another's problem"], 3),
            "suggestions": round(row["shown per 100 posts"], 1),
        }
        for row in bars
        if row["stream"] in streams_told
    ]


def whole_triage(stream: LabelledStream, read: Read, weights: Weights) -> Row:
    """Decide a stream and return its row."""
    return measure(stream, read, decided(stream, read, weights))


def curve(
    found: Sequence[LabelledStream], read: Mapping[str, Read], weights: Mapping[str, Weights], bar: float | None, confirm: bool = False
) -> list[Row]:
    """Return the means by origin at one bar; None: the shipped one."""
    rows = []
    for stream in found:
        where, shown = run_matcher(stream, read[stream.name], weights[stream.name], bar, confirm)
        used = weights[stream.name].join if bar is None else bar
        rows.append({"bar": used} | _pairs(stream, where) | {"shown per 100 posts": 100 * shown / len(stream.thing)})
    return _means(found, rows)


def reliability(found: Sequence[LabelledStream], read: Mapping[str, Read], weights: Mapping[str, Weights]) -> list[Row]:
    """Return by origin and step of probability how many were right."""
    steps: dict[tuple[str, int], list[tuple[float, bool]]] = defaultdict(list)
    for stream in found:
        for probability, is_right in likeliest(stream, read[stream.name], weights[stream.name]):
            steps[_kind(stream), min(int(probability * STEPS), STEPS - 1)].append((probability, is_right))
    return [
        {
            "stream": kind,
            "from": step / STEPS,
            "posts": len(some),
            "mean probability": fmean(chance for chance, _ in some),
            "right": fmean(is_right for _, is_right in some),
        }
        for (kind, step), some in sorted(steps.items())
    ]


def likeliest(stream: LabelledStream, read: Read, weights: Weights) -> Iterator[tuple[float, bool]]:
    """Yield the probability of each post's likeliest incident, and if right."""
    matcher, index = weights.matcher(), IncidentIndex()
    for features in matched(stream, read, weights):
        allowed = [one for one in matcher.candidates(features, index) if not one.judged.veto]
        if allowed:
            chances = 1 / (1 + np.exp(-matcher.incidents.logits(np.array([one.row for one in allowed], dtype=np.float32))))
            best = int(chances.argmax())
            yield float(chances[best]), _is_of(stream, index, allowed[best].incident, stream.thing[features.post_id])
        index.add(features, matcher.match(features, index).join or features.post_id)


def by_rule(found: Sequence[LabelledStream], read: Mapping[str, Read], weights: Mapping[str, Weights], rule: str) -> list[Row]:
    """Return the means by origin of joining by a rule."""
    rows = []
    for stream in found:
        where = {key: key for key in stream.thing} | join(matched(stream, read[stream.name], weights[stream.name]), RULES[rule])
        rows.append({"rule": rule} | _pairs(stream, where))
    return _means(found, rows)


def _pairs(stream: LabelledStream, where: Mapping[str, str]) -> Row:
    counted = count_pairs(stream, where)
    return {
        "pair P": counted.right / counted.pairs if counted.pairs else 1.0,
        "pair R": counted.right / sum(pair_count(n) for n in _sizes(stream)),
        "R of sure": counted.sure_right / counted.sure,
        "with another's problem": len({key for pair in counted.wrong for key in pair}) / len(stream.thing),
    }


def matched(stream: LabelledStream, read: Read, weights: Weights) -> list[PostFeatures]:
    """Return the features of the posts of a stream that are matched."""
    return [
        build_features(stream.city, weights.vocabulary, post, annotation)
        for post, annotation in read
        if exclusion_reason(post, annotation) is None
    ]


def run_matcher(stream: LabelledStream, read: Read, weights: Weights, bar: float | None, confirm: bool) -> tuple[dict[str, str], int]:
    """Match a stream in order; with `confirm`, right suggestions are accepted.

    Returns:
        the incident of each post, and how many posts had suggestions.
    """
    matcher, index, where, shown = weights.matcher(bar), IncidentIndex(), {key: key for key in stream.thing}, 0
    for features in matched(stream, read, weights):
        verdict = matcher.match(features, index)
        key = verdict.join
        if key is None and verdict.suggestions:
            shown += 1
            thing = stream.thing[features.post_id]
            right = (one.incident for one in verdict.suggestions if _is_of(stream, index, one.incident, thing))
            key = next(right, None) if confirm else None
        where[features.post_id] = key or features.post_id
        index.add(features, where[features.post_id])
    return where, shown


def _is_of(stream: LabelledStream, index: IncidentIndex, incident: str, thing: str) -> bool:
    return majority(stream, index.members[incident]) == thing


def _sizes(stream: LabelledStream) -> list[int]:
    things = [stream.thing[key] for key in stream.partners]
    return [things.count(one) for one in set(things)]


def _means(found: Sequence[LabelledStream], rows: Sequence[Row]) -> list[Row]:
    """Return the mean row of each origin; counts are left out."""
    kinds = [_kind(one) for one in found]
    means: list[Row] = []
    for kind in dict.fromkeys(kinds):
        some = [row for row, of in zip(rows, kinds, strict=True) if of == kind]
        means.append({"stream": f"mean: {kind}"} | {name: _mean([row[name] for row in some]) for name in some[0] if name != "stream"})
    return means


def _kind(stream: LabelledStream) -> str:
    return f"{stream.origin}{' known' if stream.name.endswith(' known') else ''}"


def _mean(values: Sequence[object]) -> object:
    numbers = [value for value in values if isinstance(value, (int, float))]
    return round(fmean(numbers), 4) if numbers else values[0]


if __name__ == "__main__":
    main()
