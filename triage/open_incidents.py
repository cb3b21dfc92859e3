"""Know the incidents of a run and their cases: which may take one more post, and what each case becomes with it."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from core.case import OPEN, Case
from core.config.city import City
from core.decision import Decision
from triage.case_builder import incident_of, new_case, priority, what_about
from triage.incident_matching.index import IncidentIndex
from triage.incident_matching.matcher import Verdict
from triage.incident_matching.post_features import PostFeatures, speakers


@dataclass
class Open:
    """The case of an incident as it stands."""

    case: Case
    closed_at: datetime | None
    untouched: bool
    """Neither a person nor an outside system has had it: its posts still vote on what it is about."""


class Incidents:
    """The incidents of one run."""

    def __init__(self, city: City, index: IncidentIndex) -> None:
        self.city, self.index = city, index
        self._open: dict[str, Open] = {}

    def has_case(self, key: str) -> bool:
        """Tell whether the incident has a case."""
        return self._find(key) is not None

    def takes(self, key: str, form: PostFeatures) -> bool:
        """Tell whether an incident may take one more post.

        Its last post is not too long ago, and an open case takes new posts, a closed one only inside the reopen window, a merged one
        never. What people say now, what is played again from an archive, and examples never share an incident.
        """
        self.index.fetch_incident(key)
        members, _ = self.index.known(key)
        if not members or members[0].post.world != form.post.world:
            return False
        span = timedelta(days=self.city.triage.same_days).total_seconds()
        is_answer = form.reply_to is not None and self.index.parent(form) == key
        said = speakers(members)
        if not is_answer and not said[0].at - span <= form.at <= said[-1].at + span:
            return False
        return not self.has_ended(key, form)

    def has_ended(self, key: str, form: PostFeatures) -> bool:
        """Tell whether the incident's case takes no post any more: merged, or closed longer ago than the reopen window."""
        known = self._find(key)
        if known is None or known.case.state in OPEN:
            return False
        if known.case.state == "merged" or known.closed_at is None:
            return True
        return form.post.received_at > known.closed_at + timedelta(days=self.city.triage.reopen_days)

    def decision(self, form: PostFeatures, key: str, verdict: Verdict, outcome: str, reason: str) -> Decision:
        """Write down what becomes of a post whose incident has no case."""
        fields: dict[str, object] = {"post_id": form.post_id, "outcome": outcome, "reason": reason, "incident_key": key}
        suggestions = () if verdict.join else verdict.suggestions
        probability = verdict.probability if verdict.join else 1.0
        fields |= {"kind": form.kind.value, "kind_reason": form.kind.reason}
        fields |= {"probability": probability, "suggestions": suggestions, "at": form.at}
        return Decision.model_validate(fields | {"keys": tuple(sorted(self.index.keys_of(form)))})

    def read_with(self, form: PostFeatures, key: str, verdict: Verdict, reason: str) -> Decision:
        """Put an answer beside an incident: it is read with it, no likeness finds it, and it is in no case."""
        self.index.note(form, key)
        return self.decision(form, key, verdict, "no_case", reason).model_copy(update={"keys": ()})

    def into_case(self, form: PostFeatures, key: str, verdict: Verdict, reason: str) -> Decision:
        """Put a post into the case of its incident; a new one when it has none."""
        members, _ = self.index.known(key)
        incident = incident_of(key, members)
        known = self._find(key)
        opens, reopens = known is None, False
        if known is None:
            known = self._open[key] = Open(new_case(self.city, incident, members, reason), None, untouched=True)
        else:
            reopens = known.case.state not in OPEN
            self._grow(known, key)
        base = self.decision(form, key, verdict, "in_case", reason)
        return base.model_copy(update={"incident": incident, "case": known.case, "opens": opens, "reopens": reopens})

    def as_it_stands(self, one: Decision) -> Decision:
        """Return the decision with case and incident as they stand now."""
        key = one.incident_key or ""
        known = self._open[key]
        members, _ = self.index.known(key)
        reason = one.reason if one.outcome == "in_case" else f"{one.reason}; later its incident became a case"
        new = {
            "outcome": "in_case",
            "reason": reason,
            "case": known.case,
            "incident": incident_of(key, members),
            "suggestions": (),
        }
        return one.model_copy(update=new)

    def _grow(self, known: Open, key: str) -> None:
        members, _ = self.index.known(key)
        case = known.case
        new: dict[str, object] = {"post_ids": tuple(one.post_id for one in members)}
        if known.untouched and case.state == "new":
            incident = incident_of(key, members)
            new |= what_about(self.city, incident, members, case.received_at)
        if case.state not in OPEN:
            new["state"] = "assigned"
            known.closed_at = None
        topic = str(new.get("topic", case.topic))
        new["priority"] = max(case.priority, priority(topic, members))
        known.case = case.model_copy(update=new)

    def _find(self, key: str) -> Open | None:
        if key not in self._open:
            self.index.fetch_incident(key)
            stored = self.index.stored.get(key)
            if stored is None or stored.case is None:
                return None
            self._open[key] = Open(stored.case, stored.closed_at, stored.untouched)
        return self._open[key]
