"""Choose the service by the broken thing, not the institution nearby."""

from collections.abc import Sequence
from functools import lru_cache

from core.config.word_lists import locale_words
from triage.incident_matching.post_features import PostFeatures
from triage.kinds.routes import NOTICES
from triage.topics import TopicVote
from triage.urgency.risks import risk_in

DOUBTFUL = 0.54
"""Certainty of a vote below which staff would be asked (`core/config/thresholds.json`)."""
UNSURE = 0.7
"""Certainty of a vote below which a thing of one service decides (measured on real notices: docs/models/casework.md)."""
ASKED = 0.5
"""Certainty where thing and vote differ: staff are asked."""
BY_THE_THING = 0.9
"""Certainty of a service that follows from the thing that is broken."""


def service_of(voted: TopicVote, members: Sequence[PostFeatures]) -> TopicVote:
    """Return the vote on the topic, corrected by the broken thing.

    A person's word and a citizen's choice stay. What may hurt people decides first. Then the things that a notice names decide, if one
    service mends them all: against a vote in doubt, and against the topic of an institution, which is often named to say where.
    """
    if any(one.topic_by_person or one.post.service is not None for one in members):
        return voted
    is_doubtful = voted.certainty < DOUBTFUL or voted.topic in _institutions()
    notices = [one for one in members if one.kind.value in NOTICES]
    for one in notices:
        risk = risk_in(one.post.text)
        if risk is not None and (is_doubtful or risk.certain):
            return TopicVote(risk.service, BY_THE_THING)
    objects = [one.thing.objects for one in notices]
    if voted.certainty < UNSURE or is_doubtful:
        for table, may_decide in (("services", True), ("likely", is_doubtful)):
            things = {_mended_by(table)[thing] for some in objects for thing in some if thing in _mended_by(table)}
            if may_decide and len(things) == 1:
                return _agreed(voted, things.pop())
    return voted


def _agreed(voted: TopicVote, service: str) -> TopicVote:
    """Return the service of the things, sure where the vote agrees.

    An institution is no second opinion. Elsewhere staff are asked, with the service of the things first.
    """
    if service == voted.topic or voted.topic in _institutions():
        return TopicVote(service, BY_THE_THING)
    return TopicVote(service, min(voted.certainty, ASKED))


@lru_cache(maxsize=1)
def _institutions() -> frozenset[str]:
    return frozenset(locale_words("broken_things")["institutions"])


@lru_cache(maxsize=2)
def _mended_by(table: str) -> dict[str, str]:
    services = locale_words("broken_things")[table]
    return {thing: service for service, things in services.items() for thing in things}
