"""What triage decides about one post: it belongs to a case, a person must look, or no case, and always why."""

from typing import Literal

from core.case import Case, Incident
from core.fact import Fact, Moment
from core.post import Post
from core.reading import Reading


class Decision(Fact):
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


class KnownIncident(Fact):
    """An incident of the last days, with what triage needs to recognise a further post of it."""

    incident: Incident
    case: Case
    closed_at: Moment | None = None
    members: tuple[tuple[Post, Reading], ...]
    """Its posts; of very many the first and the last."""
    posts: int = 0
    """How many posts it has; 0: as many as `members`."""
