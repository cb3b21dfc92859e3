"""Decide whether a post joins an incident, is suggested to a person, or starts an incident of its own."""

from collections import defaultdict
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np

from core.decision import Suggestion
from triage.incident_matching.debates import of_proposals
from triage.incident_matching.incident_features import INCIDENT_FEATURES, Rows, pre_score, weigh
from triage.incident_matching.index import WINDOW_S, IncidentIndex
from triage.incident_matching.post_features import PostFeatures, speakers
from triage.incident_matching.trees import Trees

COMPARED = 60
"""Posts a new one is compared with."""
PER_INCIDENT = 12
LAST = 2
INCIDENTS = 8
LEAST_LOGIT = -5.0
"""An incident without a member above this is no candidate."""
SUGGESTIONS = 3
FAR_M, COPY = 500.0, 0.5
"""The same words (share of 4-grams) about a place further away are a form that people fill in, or a copy: never joined by likeness."""
_DISTRICT, _OTHER_DISTRICT = (INCIDENT_FEATURES.index(f"max {n}") for n in ("same district", "districts in conflict"))
_COPY = INCIDENT_FEATURES.index("max 4-gram Jaccard")
_LEAST_METRES = INCIDENT_FEATURES.index("least metres")


Takes = Callable[[str], bool]


def _any(_incident: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Verdict:
    """What the matcher says of one post: `join` is the incident it belongs to; None: a new one."""

    join: str | None
    probability: float
    suggestions: tuple[Suggestion, ...] = ()
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Candidate:
    """One incident compared with a post."""

    incident: str
    logits: tuple[float, ...]
    row: list[float]


@dataclass(frozen=True)
class Matcher:
    """The learned models and the bars: join from `join` on, suggest from `suggest` on."""

    pairs: Trees
    incidents: Trees
    join: float
    suggest: float

    def match(self, form: PostFeatures, index: IncidentIndex, takes: Takes = _any) -> Verdict:
        """Compare a post with the incidents of the index; `takes` says which may take one more post, or this one."""
        parent = index.parent(form)
        if parent is not None and takes(parent):
            return Verdict(parent, 1.0, reason="answers a post of it")
        found = [one for one in self.candidates(form, index) if takes(one.incident)]
        if not found:
            return Verdict(None, 0.0)
        chances = 1 / (1 + np.exp(-self.incidents.logits(np.array([one.row for one in found], dtype=np.float32))))
        for at, one in enumerate(found):
            if _is_elsewhere(one.row):
                chances[at] = min(chances[at], self.suggest)
            first = speakers(index.known(one.incident)[0])[0]
            if form.proposes or first.proposes:
                chances[at] = of_proposals(form, first, float(chances[at]), self.join)
        order = sorted(range(len(found)), key=lambda at: (-chances[at], found[at].incident))
        ranked = [Suggestion(incident=found[at].incident, probability=round(float(chances[at]), 4)) for at in order]
        best = ranked[0]
        if best.probability >= self.join:
            return Verdict(
                best.incident, best.probability, reason=f"likeness {best.probability:.2f} >= {self.join:.2f}"
            )
        likely = tuple(one for one in ranked[:SUGGESTIONS] if one.probability >= self.suggest)
        return Verdict(None, best.probability, likely)

    def candidates(self, form: PostFeatures, index: IncidentIndex) -> list[Candidate]:
        """Compare with the posts that share most, and return the likeliest incidents with their features."""
        by_incident: dict[str, list[str]] = defaultdict(list)
        for post_id in index.near(form, COMPARED):
            some = by_incident[index.incident_of[post_id]]
            if len(some) < PER_INCIDENT:
                some.append(post_id)
        chosen = {key: self._compared(form, index, key, ids) for key, ids in by_incident.items()}
        posts = [(key, one) for key, forms in chosen.items() for one in forms]
        if not posts:
            return []
        rows = index.pairs.compare(form, [one for _, one in posts])
        logits = self.pairs.logits(rows)
        return self._weigh(form, index, [key for key, _ in posts], [one for _, one in posts], rows, logits.tolist())

    def _compared(self, form: PostFeatures, index: IncidentIndex, incident: str, ids: list[str]) -> list[PostFeatures]:
        """Return the members to compare with: those that share most, and the last ones."""
        last = [one for one in index.members[incident][-LAST:] if abs(index.posts[one].at - form.at) <= WINDOW_S]
        return [one for one in index.of(dict.fromkeys([*ids, *last])) if not one.comments]

    def _weigh(
        self, form: PostFeatures, index: IncidentIndex, keys: Sequence[str], posts: Sequence[PostFeatures], rows: Rows,
        logits: Sequence[float],
    ) -> list[Candidate]:  # fmt: skip
        at: dict[str, list[int]] = defaultdict(list)
        for position, key in enumerate(keys):
            at[key].append(position)
        scores = {key: pre_score([logits[p] for p in some]) for key, some in at.items()
                  if max(logits[p] for p in some) > LEAST_LOGIT}  # fmt: skip
        best = sorted(scores, key=lambda key: (-scores[key], key))[:INCIDENTS]
        found = []
        for rank, key in enumerate(best):
            some = at[key]
            others = [scores[other] for other in best if other != key]
            own = [logits[p] for p in some]
            members, size = index.known(key)
            row = weigh(form, speakers(members), [posts[p] for p in some], own, rows[some], others, rank, size)
            found.append(Candidate(key, tuple(own), row))
        return found


def _is_elsewhere(row: Sequence[float]) -> bool:
    """Tell whether a post says in the same words what an incident says of another place; unknown is not elsewhere."""
    far = row[_LEAST_METRES] > FAR_M or (row[_OTHER_DISTRICT] > 0 and not row[_DISTRICT])
    return row[_COPY] > COPY and far
