"""Simulate decided posts under another profile; nothing is written."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from core.config.city import City
from core.records.annotation import Annotation, Label
from core.records.decision import Decision, KnownIncident, KnownPost
from core.records.kind import KIND_QUESTION
from core.records.post import Post
from triage.decide import decide
from triage.kinds import AS_DECIDED, kind_of


class Memberships:
    """Implement `core.records.decision.KnownPosts` with fixed incidents and without cases."""

    def __init__(self, incidents: Mapping[str, str]) -> None:
        self._incidents = incidents

    def newest(self, keys: Sequence[int], since: float, most: int) -> Mapping[int, Sequence[tuple[float, str]]]:  # noqa: ARG002
        """Return nothing: no post is matched again."""
        return {}

    def posts(self, post_ids: Sequence[str]) -> Mapping[str, KnownPost]:  # noqa: ARG002
        """Return nothing: all posts are in one batch."""
        return {}

    def incidents(self, keys: Sequence[str], ends: int) -> Mapping[str, KnownIncident]:  # noqa: ARG002
        """Return nothing: each incident is built from scratch."""
        return {}

    def prefetch(self, post_ids: Sequence[str]) -> None:
        """Ignore the hint: everything is in memory."""

    def member_of(self, post_id: str) -> str | None:
        """Return the incident the post is in."""
        return self._incidents.get(post_id)

    def assigned_by_person(self, post_id: str) -> bool:  # noqa: ARG002
        """Return False: decisions by people are in the labels."""
        return False

    def excluded_incidents(self, post_id: str) -> Collection[str]:  # noqa: ARG002
        """Return nothing: decisions by people are in the memberships."""
        return ()


def rehearse(city: City, posts: Iterable[KnownPost], decided: Mapping[str, bool]) -> list[Decision]:
    """Decide these posts again, oldest first, within their incidents.

    Args:
        city: the profile to try.
        posts: posts that belong to an incident.
        decided: by post, what a person decided: a case (True) or none.
    """
    batch = sorted(posts, key=lambda one: (one.post.created_at, one.post.post_id))
    known = Memberships({one.post.post_id: one.incident for one in batch})
    return decide(city, [_with_person_label(one.post, one.annotation, decided) for one in batch], known)


def _with_person_label(post: Post, annotation: Annotation, decided: Mapping[str, bool]) -> tuple[Post, Annotation]:
    """Return the post with an `actionable` label that only people set.

    Without a person's label the tried profile decides by the score.
    """
    label, kind = annotation.labels["actionable"], annotation.labels.get(KIND_QUESTION)
    if kind is None or kind.model != "person":
        found = kind_of(post, annotation).value
        kind = Label(question=KIND_QUESTION, value=found, score=1.0, model=AS_DECIDED)
    if post.post_id in decided:
        value = decided[post.post_id]
        label = Label(question="actionable", value=value, score=float(value), model="person")
    elif label.model != "person":
        label = label.model_copy(update={"value": False})
    labels = {**annotation.labels, "actionable": label, KIND_QUESTION: kind}
    return post, annotation.model_copy(update={"labels": labels, "features": None})  # they are of the labels before
