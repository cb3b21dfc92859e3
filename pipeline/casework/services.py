"""Ask staff for the service of a case with uncertain topic."""

from typing import NamedTuple

from ledger import read
from ledger.processing import decisions
from pipeline.context import Context
from triage.incident_matching.matcher import COMPARED
from triage.incident_matching.post_features import defining_posts
from triage.incidents.by_hand import members_of
from triage.topics import NO_TOPIC, offered, vote


class ServiceQuestion(NamedTuple):
    """Hold what is offered to the person who is asked."""

    topics: tuple[str, ...]
    """The likeliest ones, the guess first."""
    certainty: float
    """Of the guess."""
    needed: float
    """Certainty from which the topic would have been decided."""
    citizen_unsure: bool = False
    """A citizen was asked on the portal and does not know either."""


def service_question(context: Context, case_key: str, guess: str) -> ServiceQuestion:
    """Return the question to ask about a case.

    Its posts vote as they did when the topic was left open: otherwise its certainty could be above what is needed.

    Args:
        context: the open context.
        case_key: the case.
        guess: what its posts vote for (`topic_guess`).
    """
    with decisions.known_posts(context.ledger) as known:
        key = read.incident_key_of(context.ledger, case_key)
        incident = None if key is None else known.incident(key, ends=COMPARED)
        posts = [] if incident is None else list(known.posts(incident.post_ids).values())
    if not posts:  # forgotten or moved meanwhile
        return ServiceQuestion((guess,), 0.0, 0.0)
    unsure = read.has_unsure_citizen(context.ledger, case_key, NO_TOPIC)
    voters = defining_posts(members_of(context.city, [(one.post, one.annotation) for one in posts], None))
    first = voters[0].post
    others = tuple(one for one in offered(voters) if one != guess)
    bar = context.city.topic_bar(first.source, first.text)
    return ServiceQuestion((guess, *others), vote(voters).certainty, bar, unsure)


def next_asked(context: Context) -> str | None:
    """Return the open case due first that asks for its service."""
    asked = read.case_records(context.ledger, order="due", limit=1, open_only=True, topic_asked=True)
    return next((one.case_key for one in asked), None)
