"""Measure two remedies for posts that miss their case.

`python -m tools.incidents.remedies --folds DIR`: a post joins from a lower bar on where its place (and its thing) is the incident's; or
posts alone in their incident are compared again with the incidents that have a case when the stream has ended.
"""

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from math import expm1
from statistics import fmean

import numpy as np

from core.records.decision import Decision
from tools.incidents.dataset import Author, Row, profile_of
from tools.incidents.left_out import left_out
from tools.incidents.measures import format_table
from tools.incidents.score import outcome_rates, partition_metrics
from triage.decide import Triage
from triage.incident_matching.incident_features import INCIDENT_FEATURES
from triage.incident_matching.index import IncidentIndex
from triage.incident_matching.matcher import Accepts, Matcher, Verdict, is_elsewhere
from triage.incident_matching.post_features import PostFeatures
from triage.incident_matching.weights import Weights
from triage.made_forms import FeatureCache

NEAR_M = 150.0
"""Metres within which two places agree."""
RECENT_H = 48.0
"""Hours since the last post of an incident."""
BARS = (0.3, 0.15, 0.06)
_AT = {name: at for at, name in enumerate(INCIDENT_FEATURES)}
_PLACES = [_AT[f"max {n}"] for n in ("same street or building", "same candidate place", "same house", "same line")]


@dataclass(frozen=True)
class RequiredAgreement:
    """Hold what a post and an incident must share."""

    least: float
    thing: bool
    recent: bool = False
    """The last post of the incident is at most RECENT_H hours away."""

    def __str__(self) -> str:
        """Describe the condition in a few words."""
        shared = "place and thing" if self.thing else "place"
        return f"same {shared}{f', {RECENT_H:.0f} h' if self.recent else ''}, from {self.least:.2f}"

    def holds(self, row: Sequence[float]) -> bool:
        """Return whether the features of a post against an incident meet it."""
        if is_elsewhere(row) or (self.recent and expm1(row[_AT["log hours since last"]]) > RECENT_H):
            return False
        other_street = row[_AT["max streets in conflict"]] > 0 and not row[_AT["max same street or building"]]
        if other_street or row[_AT["max houses in conflict"]] > 0:
            return False
        place = any(row[at] > 0 for at in _PLACES) or row[_AT["least metres"]] <= NEAR_M
        return place and (not self.thing or row[_AT["max shared subjects"]] > 0)


@dataclass(frozen=True)
class Lenient(Matcher):
    """Join from a lower bar on where post and incident agree."""

    agreement: RequiredAgreement | None = None

    def match(self, features: PostFeatures, index: IncidentIndex, accepts: Accepts = lambda _: True) -> Verdict:
        """Return the verdict that ships, or the first suggestion if it agrees."""
        verdict = super().match(features, index, accepts)
        if verdict.join is not None or not verdict.suggestions or self.agreement is None:
            return verdict
        best = verdict.suggestions[0]
        row = next(one.row for one in self.candidates(features, index) if one.incident == best.incident)
        if best.probability < self.agreement.least or not self.agreement.holds(row):
            return verdict
        return Verdict(best.incident, best.probability, reason=str(self.agreement))


def run(
    author: Author, weights: Weights, agreement: RequiredAgreement | None, cache: FeatureCache
) -> tuple[Triage, list[Decision]]:
    """Decide an author's posts, joining from a lower bar where they agree."""
    triage = Triage(profile_of(author.name), None, weights, cache)
    shipped = triage.matcher
    triage.matcher = Lenient(shipped.pairs, shipped.incidents, shipped.join, shipped.suggest, agreement)
    return triage, triage.decide([(post, author.own[post.post_id]) for post in author.posts])


def look_back(triage: Triage, found: Sequence[Decision], agreement: RequiredAgreement) -> list[Decision]:
    """Move posts that are alone into the likeliest case that agrees."""
    return [_moved(triage, one, agreement) or one for one in found]


def _moved(triage: Triage, one: Decision, agreement: RequiredAgreement) -> Decision | None:
    index, key = triage.index, one.incident_key
    if one.case is not None or key is None or index.members.get(key) != [one.post_id]:
        return None
    best: tuple[float, str] = (agreement.least, "")
    for other in triage.matcher.candidates(index.posts[one.post_id], index):
        if other.incident != key and triage.incidents.has_case(other.incident) and agreement.holds(other.row):
            [logit] = triage.matcher.incidents.logits(np.array([other.row], dtype=np.float32))
            best = max(best, (float(1 / (1 + np.exp(-logit))), other.incident))
    if not best[1]:
        return None
    case = triage.incidents.case_of(best[1])
    return one.model_copy(update={"outcome": "in_case", "case": case, "incident_key": best[1]})


def rates(author: Author, found: Sequence[Decision]) -> Row:
    """Return what the floors ask of these decisions."""
    outcomes = outcome_rates(profile_of(author.name), author, {one.post_id: one for one in found})
    parts = partition_metrics(author, {one.post_id: one.belongs_to or one.post_id for one in found})
    names = ("in their case", "noise in a case", "cases an incident", "looks per 100 posts")
    return {name: outcomes[name] for name in names} | {
        name: parts[name] for name in ("P", "R", "B-cubed F", "near misses joined")
    }


def measure(author: Author, weights: Weights) -> dict[str, Row]:
    """Return the rates of an author by remedy."""
    cache = FeatureCache()
    triage, found = run(author, weights, None, cache)
    rows = {"ships": rates(author, found)}
    for thing in (True, False):
        for bar in BARS:
            back = RequiredAgreement(bar, thing, recent=True)
            rows[f"look back, {back}"] = rates(author, look_back(triage, found, back))
    for ahead in (
        *(RequiredAgreement(bar, thing=True) for bar in BARS),
        RequiredAgreement(BARS[0], thing=False, recent=True),
    ):
        rows[f"join, {ahead}"] = rates(author, run(author, weights, ahead, cache)[1])
    return rows


def main() -> None:
    """Print the means, and each author's share in their case and noise."""
    found: dict[str, dict[str, Row]] = {}
    for author, weights in left_out("python -m tools.incidents.remedies", __doc__):
        found[author.name] = measure(author, weights)
        rows = [{"author": author.name, "remedy": title, **row} for title, row in found[author.name].items()]
        sys.stderr.write(format_table(rows))
    sys.stdout.write(format_table([_row(title, found) for title in next(iter(found.values()))]))


def _row(title: str, found: dict[str, dict[str, Row]]) -> Row:
    def each(what: str) -> str:
        return " ".join(f"{name} {rows[title][what]:.3f}" for name, rows in found.items())

    some = [rows[title] for rows in found.values()]
    means = {what: fmean(one[what] for one in some) for what in some[0]}
    return {
        "remedy": title,
        **means,
        "in their case, each": each("in their case"),
        "noise, each": each("noise in a case"),
    }


if __name__ == "__main__":
    main()
