"""Decide which replies are evidence and which are only context.

A reply belongs where its thread belongs. Under a report on a network ("aquí también") it is evidence. Under a proposal it is an opinion
on it, and after the first dozens of posts any thread is chat: there a reply counts only when it reports something itself. None is dropped
without review: one that may report something is reviewed by a person, unless a person sees its thread anyway.
"""

from collections.abc import Sequence

from core.config.city import City
from core.records.annotation import LOW_QUALITY_LANGUAGES, Annotation
from core.records.decision import CONTEXT_ONLY
from triage.eligibility import format_score, thresholds_of
from triage.incident_matching.post_features import PostFeatures
from triage.kinds.routes import route_of

LONG_THREAD = 50
"""Number of posts from which an incident has enough evidence: a reply that reports nothing adds nothing to its case."""
LIKELY_REPORT = 0.5
"""Score of `actionable` from which a reply more likely than not reports something."""


def context_reason(
    city: City, features: PostFeatures, annotation: Annotation, members: Sequence[PostFeatures], size: int, has_case: bool
) -> str | None:
    """Return why a reply is only context of its thread's incident.

    Args:
        city: its thresholds define the score from which a post may report something.
        features: those of the post.
        annotation: its labels; a person's label takes precedence over the score.
        members: the first and the last posts of the incident.
        size: number of posts of the incident.
        has_case: whether the incident has a case.

    Returns:
        The reason; None: the reply is evidence.
    """
    if features.reply_to is None or not (features.comments or size >= LONG_THREAD):
        return None
    is_unread = features.language in LOW_QUALITY_LANGUAGES and size < LONG_THREAD  # its score is not reliable
    if is_unread or annotation.labels["actionable"].model == "person":
        return None
    if not has_case and route_of(city, features, members[0]) == "conversation":
        return f"{CONTEXT_ONLY}a debate, and reports nothing at a place"
    needed = thresholds_of(city, features).review
    if has_case or any(one.actionable >= thresholds_of(city, one).review for one in members):
        needed = max(needed, LIKELY_REPORT)  # a person sees the thread anyway
    if features.actionable >= needed:
        return None
    where = "a debate" if features.comments else "a long thread"
    return f"{CONTEXT_ONLY}{where}, and reports nothing itself: actionable {format_score(features.actionable)} < {format_score(needed)}"
