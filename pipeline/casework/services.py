"""Ask staff for the service of a case with uncertain topic."""

from collections.abc import Sequence
from typing import NamedTuple

from core.config.city import City
from core.records.decision import KnownPost
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


def service_questions(context: Context, case_keys: Sequence[str]) -> dict[str, ServiceQuestion]:
    """Return the questions of the cases that ask for their service.

    Their posts vote as they did when the topic was left open: otherwise the certainty could be above what is needed.
    """
    guesses = read.topic_guesses(context.ledger, case_keys)
    with decisions.known_posts(context.ledger) as known:
        incidents = known.incidents([one.incident_key for one in guesses.values()], ends=COMPARED)
        posts = known.posts([post_id for one in incidents.values() for post_id in one.post_ids])
    members = {key: [posts[one] for one in incident.post_ids if one in posts] for key, incident in incidents.items()}
    unsure = read.cases_with_unsure_citizen(context.ledger, list(guesses), NO_TOPIC)
    return {
        case_key: _question(context.city, guess.topic, members.get(guess.incident_key, []), case_key in unsure)
        for case_key, guess in guesses.items()
    }


def _question(city: City, guess: str, posts: Sequence[KnownPost], unsure: bool) -> ServiceQuestion:
    if not posts:  # forgotten or moved meanwhile
        return ServiceQuestion((guess,), 0.0, 0.0, unsure)
    voters = defining_posts(members_of(city, [(one.post, one.annotation) for one in posts]))
    first = voters[0].post
    others = tuple(one for one in offered(voters) if one != guess)
    bar = city.topic_bar(first.source, first.text, first.style)
    return ServiceQuestion((guess, *others), vote(voters).certainty, bar, unsure)


def next_asked(context: Context) -> str | None:
    """Return the open case due first that asks for its service."""
    asked = read.case_records(context.ledger, order="due", limit=1, open_only=True, topic_asked=True)
    return next((one.case_key for one in asked), None)
