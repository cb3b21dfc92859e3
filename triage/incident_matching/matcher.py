"""Decide whether a post joins an incident, is suggested, or starts one."""

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from core.records.decision import Suggestion
from core.records.kind import COUNTED_ONLY
from triage.identity import law, threads
from triage.identity.grounds import NO_GROUND, Ground, Strength
from triage.identity.law import Judgement
from triage.incident_matching.debates import of_proposals
from triage.incident_matching.incident_features import INCIDENT_FEATURES, Rows, incident_features, pre_score
from triage.incident_matching.index import WINDOW_S, IncidentIndex
from triage.incident_matching.law_features import Surroundings, law_features, surroundings
from triage.incident_matching.post_features import PostFeatures, defining_posts
from triage.incident_matching.trees import Trees

COMPARED = 40
"""Maximum number of posts a new one is compared with."""
PER_INCIDENT = 12
LAST = 2
INCIDENTS = 8
LEAST_LOGIT = -5.0
"""An incident without a member above this logit is not a candidate."""
SUGGESTIONS = 3
MARGINS = {Strength.WEAK: 0.25, Strength.FAIR: 0.0, Strength.SURE: 0.0}
"""Probability asked for above the bar, by the strength of the ground."""
APART = 0.2
"""Probability from which an incident that the law forbids is suggested: of those below, one in seventy real notices was right."""
LEAST_STEP = 0.01
"""What a probability that is only suggested stays below the bar."""
COPY = 0.5
"""Share of 4-grams from which a text repeats another one."""
_COPY = INCIDENT_FEATURES.index("max 4-gram Jaccard")
_SAME_PLACE, _SAME_HOUSE, _OTHER_HOUSE, _SAME_SUBJECT, _OTHER_SUBJECT = (
    INCIDENT_FEATURES.index(f"max {n}")
    for n in ("same street or building", "same house", "houses in conflict", "shared subjects", "subjects in conflict")
)
WHOLE = 0.8
"""Share of 4-grams from which a copy belongs to its incident even where no place is named, or no exact one."""
LEAST_COPIED = 45
"""4-grams of a text that two people do not write by chance."""
VARIANT = 0.3
"""Share of 4-grams from which texts about one subject at one house number are variants of each other."""
SAME_TEXT = "the same text about the same place"
SOON_S = 600.0
"""Seconds in which praise by the author of a complaint is about something else: nothing is repaired that fast."""

Accepts = Callable[[str], bool]


def _accept_all(_incident: str) -> bool:
    return True


@dataclass(frozen=True, slots=True)
class Verdict:
    """Hold the matcher's result for one post.

    `join` is the incident it belongs to; None: it starts a new one.
    """

    join: str | None
    probability: float
    suggestions: tuple[Suggestion, ...] = ()
    reason: str = ""
    ground: str = ""
    """The positive evidence on which it joined: `street`, `line`, ..."""
    apart: Mapping[str, str] = field(default_factory=dict)
    """Suggested incident -> why it may never join it by itself."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """Hold one incident compared with a post."""

    incident: str
    logits: tuple[float, ...]
    row: list[float]
    members: Sequence[PostFeatures]
    judged: Judgement


@dataclass(frozen=True)
class Matcher:
    """Hold the trained models and thresholds of incident matching.

    From `join` on a post joins, from `suggest` on it is suggested.
    """

    pairs: Trees
    incidents: Trees
    join: float
    suggest: float

    def match(self, features: PostFeatures, index: IncidentIndex, accepts: Accepts = _accept_all) -> Verdict:
        """Compare a post with the incidents of the index.

        `accepts` returns whether an incident accepts this post.
        """
        apart: dict[str, str] = {}
        left: str | None = None
        parent = index.parent(features)
        if parent is not None and accepts(parent):
            leaves = threads.leaves_thread(features, index.known(parent)[0])
            if not leaves:
                return Verdict(parent, 1.0, reason="answers a post of it")
            left, apart[parent] = parent, leaves
        found = [one for one in self.candidates(features, index) if accepts(one.incident)]
        if not found:
            return Verdict(None, 0.0, self._asked((), left), apart=apart)
        probabilities = 1 / (1 + np.exp(-self.incidents.logits(np.array([one.row for one in found], dtype=np.float32))))
        grounds: dict[str, Ground] = {}
        for at, one in enumerate(found):
            members, judged = one.members, one.judged
            if judged.veto or _is_about_another(features, one.row, members):
                apart.setdefault(one.incident, judged.veto or "name")
            if one.incident in apart or _is_other_praise(features, members):
                probabilities[at] = self.suggest if probabilities[at] >= APART else 0.0
            elif not judged.ground.name or probabilities[at] < self.join + MARGINS[judged.ground.strength]:
                probabilities[at] = min(probabilities[at], self.join - LEAST_STEP)
            else:
                grounds[one.incident] = judged.ground
            first = defining_posts(members)[0]
            if features.proposes or first.proposes:
                probabilities[at] = of_proposals(features, first, float(probabilities[at]), self.join)
        order = sorted(range(len(found)), key=lambda at: (-probabilities[at], found[at].incident))
        ranked = [Suggestion(incident=found[at].incident, probability=round(float(probabilities[at]), 4)) for at in order]
        for one in (found[at] for at in order):
            is_sure = grounds.get(one.incident, NO_GROUND).strength is Strength.SURE
            is_copy = one.incident not in apart and one.row[_COPY] >= WHOLE and _may_be_copied(features)
            if (is_sure or is_copy) and _is_repeated(one.row, features.proposes):
                return Verdict(one.incident, 1.0, reason=SAME_TEXT)
        best = ranked[0]
        if best.probability >= self.join:
            reason = f"likeness {best.probability:.2f} >= {self.join:.2f}"
            return Verdict(best.incident, best.probability, reason=reason, ground=grounds.get(best.incident, NO_GROUND).name)
        return Verdict(None, best.probability, self._asked(ranked, left), apart=apart)

    def _asked(self, ranked: Sequence[Suggestion], left: str | None) -> tuple[Suggestion, ...]:
        """Return the incidents to ask a person about, best first.

        Args:
            ranked: the likeliest first.
            left: the incident of the thread that a reply leaves, which comes last; None: it is in none.
        """
        found = [one for one in ranked[:SUGGESTIONS] if one.probability >= self.suggest]
        if left is not None and all(one.incident != left for one in found):
            found[SUGGESTIONS - 1 :] = [Suggestion(incident=left, probability=self.suggest)]
        return tuple(found)

    def candidates(self, features: PostFeatures, index: IncidentIndex) -> list[Candidate]:
        """Return the best incidents among similar posts, with their features."""
        by_incident: dict[str, list[str]] = defaultdict(list)
        near = index.near(features, COMPARED)
        for post_id in near:
            some = by_incident[index.incident_of[post_id]]
            if len(some) < PER_INCIDENT:
                some.append(post_id)
        chosen = {key: self._compared(features, index, key, ids) for key, ids in by_incident.items()}
        posts = [(key, one) for key, all_features in chosen.items() for one in all_features]
        if not posts:
            return []
        rows = index.pairs.compare(features, [one for _, one in posts])
        logits = self.pairs.logits(rows)
        around = surroundings(features, [(index.incident_of[one], index.posts[one]) for one in near])
        return self._with_features(features, index, [key for key, _ in posts], [one for _, one in posts], rows, logits.tolist(), around)

    def _compared(self, features: PostFeatures, index: IncidentIndex, incident: str, ids: list[str]) -> list[PostFeatures]:
        """Return the members to compare: those that share most, and the last."""
        last = [one for one in index.members[incident][-LAST:] if abs(index.posts[one].at - features.at) <= WINDOW_S]
        return [one for one in index.of(dict.fromkeys([*ids, *last])) if not one.comments]

    def _with_features(
        self,
        features: PostFeatures,
        index: IncidentIndex,
        keys: Sequence[str],
        posts: Sequence[PostFeatures],
        rows: Rows,
        logits: Sequence[float],
        around: Surroundings,
    ) -> list[Candidate]:
        at: dict[str, list[int]] = defaultdict(list)
        for position, key in enumerate(keys):
            at[key].append(position)
        scores = {key: pre_score([logits[p] for p in some]) for key, some in at.items() if max(logits[p] for p in some) > LEAST_LOGIT}
        best = sorted(scores, key=lambda key: (-scores[key], key))[:INCIDENTS]
        known = {key: index.known(key) for key in best}
        judged = {key: law.judge(features, *known[key]) for key in best}
        with_ground = sum(bool(one.ground.name) and not one.veto for one in judged.values())
        found = []
        for rank, key in enumerate(best):
            some = at[key]
            others = [scores[other] for other in best if other != key]
            own = [logits[p] for p in some]
            members, size = known[key]
            row = incident_features(
                features,
                defining_posts(members),
                [posts[p] for p in some],
                own,
                rows[some],
                others,
                rank,
                size,
                law_features(features, members, judged[key], around, with_ground),
            )
            found.append(Candidate(key, tuple(own), row, members, judged[key]))
        return found


def _is_about_another(features: PostFeatures, row: Sequence[float], members: Sequence[PostFeatures]) -> bool:
    """Return whether a post in the words of others names another name."""
    if row[_COPY] <= COPY:
        return False
    known = frozenset[str]().union(*(one.names for one in members))
    return bool(features.names - known) and all(one.names - features.names for one in members)


def _may_be_copied(features: PostFeatures) -> bool:
    """Return whether the same text again can be a copy.

    Not a report of the form or of a door, nor one of few words, which two people write of two things: "contenedor roto".
    """
    return len(features.grams) >= LEAST_COPIED and not features.thing.exact and features.thing.service is None


def _is_other_praise(features: PostFeatures, members: Sequence[PostFeatures]) -> bool:
    """Return whether a post praises just after its author complained here."""
    if features.kind.value not in COUNTED_ONLY or features.closing or features.author is None:
        return False
    own = [one for one in members if one.author == features.author and one.kind.value not in COUNTED_ONLY]
    return any(abs(features.at - one.at) <= SOON_S for one in own)


def _is_repeated(row: Sequence[float], proposes: bool) -> bool:
    """Return whether a post copies an incident's text about the same place.

    The models have seen too few copies to be sure of them: without this rule a campaign of one text, slightly changed, made several
    cases of one problem. Two proposals with the same words may ask for different things: only a common house number joins them.
    """
    if row[_OTHER_HOUSE] > 0 or row[_OTHER_SUBJECT] > 0:
        return False
    if row[_COPY] >= (COPY if proposes else VARIANT) and row[_SAME_HOUSE] > 0 and row[_SAME_SUBJECT] > 0:
        return True
    return not proposes and (row[_COPY] >= WHOLE or (row[_COPY] >= COPY and row[_SAME_PLACE] > 0))
