"""What triage decides about one post: it belongs to a case, a person must look, or no case, and always why."""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal, Protocol

from core.annotation import Annotation
from core.case import Case, Incident
from core.kind import PostKind
from core.post import Post
from core.records import Record, UtcDatetime

READ_ONLY = "thread: "
"""How the reason of an answer begins that is read with its incident and counts nowhere: it is no member of it, and in no case."""


class Suggestion(Record):
    """An incident a post may belong to, and how likely it does."""

    incident: str
    probability: float


class Decision(Record):
    """What becomes of one post. Deciding is a stored value; acting on it comes later."""

    post_id: str
    outcome: Literal["in_case", "in_review", "no_case"]
    reason: str
    """The rule and the scores, such as `act: actionable 0.93 >= 0.80` or `own: written by the city`."""
    incident: Incident | None = None
    """For in_case: the incident as it stands with this post in it."""
    case: Case | None = None
    """For in_case: the case as it stands with this post in it (new when `opens`)."""
    opens: bool = False
    """True when the case is new."""
    reopens: bool = False
    """True when a closed case is opened again by this post."""
    incident_key: str | None = None
    """The incident it belongs to, with a case or without; None: it belongs to none (the city's own words, a repost)."""
    probability: float = 1.0
    """How likely it belongs there."""
    suggestions: tuple[Suggestion, ...] = ()
    """Incidents it may belong to: a person is asked."""
    relabel: bool = False
    """True: the post opens a case by its own score, and its label must say `actionable`."""
    kind: PostKind | None = None
    """Whether it reports, asks, proposes, praises ...; None: the city's own words, or spam."""
    kind_reason: str = ""
    """The rule that says so."""
    keys: tuple[int, ...] = ()
    """Hashes under which later posts find this one."""
    at: float = 0.0
    """Seconds since 1970 at which the post was written; files the keys."""

    @property
    def belongs_to(self) -> str | None:
        """The incident's key."""
        return self.incident.key if self.incident is not None else self.incident_key


class KnownPost(Record):
    """A post that was decided before, and the incident it belongs to."""

    post: Post
    reading: Annotation
    incident: str
    version: int


class KnownIncident(Record):
    """An incident that triage decided before."""

    key: str
    post_ids: tuple[str, ...]
    """Of very many the first and the last, oldest first."""
    size: int
    case: Case | None = None
    closed_at: UtcDatetime | None = None
    untouched: bool = False
    """True while no person and no outside system has had its case: posts may still change what it is about."""


class KnownPosts(Protocol):
    """What triage asks about posts that were decided before. A post that waits for triage is not among them."""

    def newest(self, keys: Sequence[int], since: float, most: int) -> Mapping[int, Sequence[tuple[float, str]]]:
        """Return for each key the newest posts filed under it, oldest first: when each was written, and its id."""

    def posts(self, post_ids: Sequence[str]) -> Mapping[str, KnownPost]:
        """Return those of these posts that were decided and are still there."""

    def incidents(self, keys: Sequence[str], ends: int) -> Mapping[str, KnownIncident]:
        """Return those of these incidents that have posts or a case, with the ids of their first and their last `ends` posts."""

    def expect(self, post_ids: Sequence[str]) -> None:
        """Prepare to be asked about these waiting posts one by one: a hint that saves questions to the database."""

    def member_of(self, post_id: str) -> str | None:
        """Return the incident a waiting post was put in before (its text changed, or a person said so)."""

    def put_by_a_person(self, post_id: str) -> bool:
        """Tell whether a person put this post into its incident."""

    def never(self, post_id: str) -> Collection[str]:
        """Return the incidents a person said this post does not belong to."""
