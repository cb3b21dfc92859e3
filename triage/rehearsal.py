"""Rehearse the decisions about posts that were decided before, with another profile; nothing is written."""

from collections.abc import Collection, Iterable, Mapping, Sequence

from core.annotation import Annotation, Label
from core.config.city import City
from core.decision import Decision, KnownIncident, KnownPost
from core.post import Post
from triage.decide import decide


class Memberships:
    """`core.decision.KnownPosts` that keeps every post in the incident it is in, and knows of no case."""

    def __init__(self, incidents: Mapping[str, str]) -> None:
        self._incidents = incidents

    def newest(self, keys: Sequence[int], since: float, most: int) -> Mapping[int, Sequence[tuple[float, str]]]:  # noqa: ARG002
        """Return nothing: no post is matched anew."""
        return {}

    def posts(self, post_ids: Sequence[str]) -> Mapping[str, KnownPost]:  # noqa: ARG002
        """Return nothing: all posts come in one batch."""
        return {}

    def incidents(self, keys: Sequence[str], ends: int) -> Mapping[str, KnownIncident]:  # noqa: ARG002
        """Return nothing: each incident begins anew."""
        return {}

    def expect(self, post_ids: Sequence[str]) -> None:
        """Do nothing: everything is in memory."""

    def member_of(self, post_id: str) -> str | None:
        """Return the incident the post is in."""
        return self._incidents.get(post_id)

    def put_by_a_person(self, post_id: str) -> bool:  # noqa: ARG002
        """Return False: what a person decided is in the labels."""
        return False

    def never(self, post_id: str) -> Collection[str]:  # noqa: ARG002
        """Return nothing: what a person said is in the memberships."""
        return ()


def rehearse(city: City, posts: Iterable[KnownPost], said: Mapping[str, bool]) -> list[Decision]:
    """Decide these posts again, oldest first, with their incidents as they are.

    Args:
        city: the profile that is tried.
        posts: posts that belong to an incident.
        said: by post, what a person decided: a case (true) or none.
    """
    batch = sorted(posts, key=lambda one: (one.post.created_at, one.post.post_id))
    known = Memberships({one.post.post_id: one.incident for one in batch})
    return decide(city, [_as_said(one.post, one.reading, said) for one in batch], known)


def _as_said(post: Post, reading: Annotation, said: Mapping[str, bool]) -> tuple[Post, Annotation]:
    """Return the post with a label that only a person's word makes certain: the tried profile labels by the score."""
    label = reading.labels["actionable"]
    if post.post_id in said:
        value = said[post.post_id]
        label = Label(question="actionable", value=value, score=float(value), model="person")
    elif label.model != "person":
        label = label.model_copy(update={"value": False})
    return post, reading.model_copy(update={"labels": {**reading.labels, "actionable": label}})
