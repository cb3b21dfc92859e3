"""Explain the decision about one post, and the priority of its case."""

from collections.abc import Iterator
from typing import Any

from core.errors import ConfigurationError
from core.i18n.display_names import display_point
from core.records.priority import PriorityPoint
from ledger import read
from ledger.database import Ledger


def explain(ledger: Ledger, post_id: str) -> dict[str, Any]:
    """Return the stored decision about a post, with its reasons.

    Its case, and what the priority of that case is made of, are included.

    Raises:
        ConfigurationError: there is no such post.
    """
    post = read.post_record(ledger, post_id)
    if post is None:
        raise ConfigurationError(f"there is no post {post_id}: it was erased, or is older than the retention")
    membership = read.memberships(ledger, [post_id]).get(post_id)
    found: dict[str, Any] = {
        "post_id": post_id,
        "decision": post.decision,
        "reason": post.reason,
        "kind": post.case_kind,
        "kind_reason": post.case_kind_reason,
        "incident": None if membership is None else membership.incident_key,
        "incident_by": None if membership is None else membership.who,
        "incident_probability": None if membership is None else membership.probability,
        "case": post.case_key,
    }
    case = None if post.case_key is None else read.case_record(ledger, post.case_key)
    if case is None:
        return found | {"topic": None, "topic_guess": None, "priority": None, "priority_points": [], "priority_by_person": False}
    made_of = read.priorities(ledger, [case.case_key])[case.case_key]
    points = [one.model_dump() for one in made_of.points]
    return found | {
        "topic": case.topic,
        "topic_guess": case.topic_guess,
        "priority": case.priority,
        "priority_points": points,
        "priority_by_person": made_of.by_person,
    }


def format_text(found: dict[str, Any]) -> Iterator[str]:
    """Yield the explanation as lines of text."""
    yield f"{found['post_id']}: {found['decision']} ({found['reason'] or 'not decided yet'})"
    if found["kind"] is not None:
        yield f"kind: {found['kind']} ({found['kind_reason']})"
    if found["incident"] is not None:
        yield f"incident: {found['incident']} (by {found['incident_by']}, probability {found['incident_probability']:.2f})"
    if found["case"] is None:
        return
    yield f"case: {found['case']}"
    guess = found["topic_guess"]
    yield f"topic: {found['topic']}{f' (uncertain, perhaps {guess}: staff are asked which service)' if guess else ''}"
    yield f"priority: {found['priority']} of 5{', set by a person' if found['priority_by_person'] else ''}"
    if found["priority_points"]:
        yield "  by the rules of the profile: 1, and"
    for one in found["priority_points"]:
        yield f"  {display_point(PriorityPoint.model_validate(one), 'en')}"
