"""Define what triage decides about a post, and what it looks up."""

from collections.abc import Collection, Mapping, Sequence
from typing import Literal, Protocol

from core.records import Record, UtcDatetime
from core.records.annotation import Annotation
from core.records.case import Case, Incident
from core.records.kind import PostKind
from core.records.post import Post

CONTEXT_ONLY = "thread: "
"""Prefix of the reason of a reply that is shown with its incident but counts nowhere: it joins neither incident nor case."""

CHOSEN_SERVICE = "the citizen chose this service"
"""Reason of the correction that holds the service a citizen chose: it overrules the model, but is no verdict of staff on it."""

COPY = "copy: nearly the same text as an earlier post"
"""Last part of the reason of a post that copies another one of its incident: its author is not counted as one more person."""


class Suggestion(Record):
    """Name an incident a post may belong to, with the probability."""

    incident: str
    probability: float


class Decision(Record):
    """Hold the outcome of triage for one post, with the reason.

    Triage only computes decisions; the pipeline stores them and acts on them later.
    """

    post_id: str
    outcome: Literal["in_case", "in_review", "no_case"]
    reason: str
    """The rule and the scores, such as `act: actionable 0.93 >= 0.80` or `own: written by the city`."""
    incident: Incident | None = None
    """For in_case: the incident including this post."""
    case: Case | None = None
    """For in_case: the case including this post (new when `opens`)."""
    opens: bool = False
    """True when the case is new."""
    reopens: bool = False
    """True when a closed case is opened again by this post."""
    incident_key: str | None = None
    """The incident it belongs to, with or without a case; None: none (a post by the city, a repost)."""
    probability: float = 1.0
    """Probability that it belongs there."""
    suggestions: tuple[Suggestion, ...] = ()
    """Incidents it may belong to, for a person to confirm."""
    relabel: tuple[str, ...] = ()
    """Questions whose label must become true, because the post alone opens a case: `actionable`, `relevance`."""
    kind: PostKind | None = None
    """None: a post by the city, or spam."""
    kind_reason: str = ""
    """The rule that assigned the kind."""
    keys: tuple[int, ...] = ()
    """Hashes under which later posts find this one."""
    at: float = 0.0
    """When the post was written, in seconds since 1970; stored with the keys."""

    @property
    def belongs_to(self) -> str | None:
        """Return the incident's key; None: the post belongs to none."""
        return self.incident.key if self.incident is not None else self.incident_key


class KnownPost(Record):
    """Hold a post that was decided before, with its incident."""

    post: Post
    annotation: Annotation
    incident: str
    version: int


class KnownIncident(Record):
    """Hold an incident of earlier decisions."""

    key: str
    post_ids: tuple[str, ...]
    """Oldest first; of a large incident only the first and the last."""
    size: int
    case: Case | None = None
    closed_at: UtcDatetime | None = None
    reopened: int = 0
    """How often its case was opened again."""
    untouched: bool = False
    """True while neither a person nor an outside system has handled its case: posts may still change its topic and place."""


class KnownPosts(Protocol):
    """Look up posts and incidents of earlier decisions.

    A post that waits for triage is not among them.
    """

    def newest(self, keys: Sequence[int], since: float, most: int) -> Mapping[int, Sequence[tuple[float, str]]]:
        """Return the newest posts filed under each key, oldest first.

        Each entry is when the post was written (seconds since 1970), and its id. At most `most` per key, none before `since`.
        """

    def posts(self, post_ids: Sequence[str]) -> Mapping[str, KnownPost]:
        """Return those of these posts that were decided and still exist."""

    def incidents(self, keys: Sequence[str], ends: int) -> Mapping[str, KnownIncident]:
        """Return those of these incidents that have posts or a case.

        Each holds the ids of its first and its last `ends` posts.
        """

    def prefetch(self, post_ids: Sequence[str]) -> None:
        """Load in advance what look-ups about these waiting posts need.

        Only a hint that saves database queries.
        """

    def member_of(self, post_id: str) -> str | None:
        """Return the incident a waiting post was assigned to before.

        It waits again because its text changed or a person assigned it. None: it had none.
        """

    def assigned_by_person(self, post_id: str) -> bool:
        """Return whether a person assigned this post to its incident."""

    def excluded_incidents(self, post_id: str) -> Collection[str]:
        """Return the incidents a person excluded for this post."""
