"""Track the incidents of a run and their cases.

Which accept one more post, and how a case changes with it.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.config.city import City
from core.records.case import OPEN, Case
from core.records.decision import Decision
from core.records.priority import total_of
from triage.incident_matching.index import IncidentIndex
from triage.incident_matching.matcher import Verdict
from triage.incident_matching.post_features import PostFeatures, defining_posts
from triage.incidents.case_builder import incident_of, new_case, voted_fields
from triage.urgency.priority import points_of, stronger


@dataclass
class OpenCase:
    """Hold the current case of an incident."""

    case: Case
    closed_at: datetime | None
    untouched: bool
    """Neither a person nor an outside system has handled it: its posts still vote on topic and place."""
    reopened: int = 0


class Incidents:
    """Track the incidents of one run."""

    def __init__(self, city: City, index: IncidentIndex) -> None:
        self.city, self.index = city, index
        self._open: dict[str, OpenCase] = {}

    def has_case(self, key: str) -> bool:
        """Return whether the incident has a case."""
        return self._find(key) is not None

    def case_of(self, key: str) -> Case:
        """Return the case of an incident that has one."""
        known = self._find(key)
        if known is None:
            raise KeyError(key)
        return known.case

    def accepts(self, key: str, features: PostFeatures) -> bool:
        """Return whether an incident accepts one more post.

        Its last post is recent enough, and an open case accepts new posts, a closed one only inside the reopen window, a merged one
        never. Live, replayed and example posts never share an incident.
        """
        self.index.fetch_incident(key)
        members, _ = self.index.known(key)
        if not members or members[0].post.provenance != features.post.provenance:
            return False
        span = timedelta(days=self.city.triage.same_days).total_seconds()
        is_answer = features.reply_to is not None and self.index.parent(features) == key
        voters = defining_posts(members)
        if not is_answer and not voters[0].at - span <= features.at <= voters[-1].at + span:
            return False
        return not self.has_ended(key, features)

    def has_ended(self, key: str, features: PostFeatures) -> bool:
        """Return whether the incident's case accepts no more posts.

        It was merged, or closed longer ago than the reopen window.
        """
        known = self._find(key)
        if known is None or known.case.state in OPEN:
            return False
        if known.closed_at is None:
            return True  # merged: only a closed case has a time of closing
        return features.post.received_at > known.closed_at + timedelta(days=self.city.triage.reopen_days)

    def decision(self, features: PostFeatures, key: str, verdict: Verdict, outcome: str, reason: str) -> Decision:
        """Build the decision about a post whose incident has no case."""
        fields: dict[str, object] = {"post_id": features.post_id, "outcome": outcome, "reason": reason, "incident_key": key}
        suggestions = () if verdict.join else verdict.suggestions
        probability = verdict.probability if verdict.join else 1.0
        fields |= {"kind": features.kind.value, "kind_reason": features.kind.reason}
        fields |= {"probability": probability, "suggestions": suggestions, "at": features.at}
        return Decision.model_validate(fields | {"keys": tuple(sorted(self.index.keys_of(features)))})

    def context_decision(self, features: PostFeatures, key: str, verdict: Verdict, reason: str) -> Decision:
        """Build the decision about a reply that is only context.

        Similarity does not find it, and it is in no case.
        """
        self.index.note(features, key)
        return self.decision(features, key, verdict, "no_case", reason).model_copy(update={"keys": ()})

    def put_in_case(self, features: PostFeatures, key: str, verdict: Verdict, reason: str) -> Decision:
        """Put a post into its incident's case, opening one if needed."""
        members, _ = self.index.known(key)
        incident = incident_of(key, members)
        known = self._find(key)
        opens, reopens = known is None, False
        if known is None:
            known = self._open[key] = OpenCase(new_case(self.city, incident, members, reason), None, untouched=True)
        else:
            reopens = known.case.state not in OPEN
            self._grow(known, key)
        base = self.decision(features, key, verdict, "in_case", reason)
        return base.model_copy(update={"incident": incident, "case": known.case, "opens": opens, "reopens": reopens})

    def with_current_case(self, one: Decision) -> Decision:
        """Return the decision with the current case and incident."""
        key = one.incident_key or ""
        known = self._open[key]
        members, _ = self.index.known(key)
        reason = one.reason if one.outcome == "in_case" else f"{one.reason}; later its incident became a case"
        new = {"outcome": "in_case", "reason": reason, "case": known.case, "incident": incident_of(key, members), "suggestions": ()}
        return one.model_copy(update=new)

    def _grow(self, known: OpenCase, key: str) -> None:
        members, size = self.index.known(key)
        case = known.case
        new: dict[str, object] = {"post_ids": tuple(one.post_id for one in members)}
        if known.untouched and case.state == "new":
            incident = incident_of(key, members)
            new |= voted_fields(self.city, incident, members, case.received_at)
        if case.state not in OPEN:
            new["state"] = "assigned"
            known.closed_at = None
            known.reopened += 1
        guess, topic = (new.get(name, getattr(case, name)) for name in ("topic_guess", "topic"))
        points = points_of(self.city, str(guess or topic), members, known.reopened, whole=size <= len(members))
        new["priority_points"] = stronger(case.priority_points, points)
        new["priority"] = max(case.priority, total_of(points))
        known.case = case.model_copy(update=new)

    def _find(self, key: str) -> OpenCase | None:
        if key not in self._open:
            self.index.fetch_incident(key)
            stored = self.index.stored.get(key)
            if stored is None or stored.case is None:
                return None
            self._open[key] = OpenCase(stored.case, stored.closed_at, stored.untouched, stored.reopened)
        return self._open[key]
