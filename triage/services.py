"""Choose the service by the broken thing, not by the institution beside it."""

from collections.abc import Sequence
from functools import lru_cache

from core.config.word_lists import locale_words
from triage.incident_matching.post_features import PostFeatures
from triage.kinds.routes import NOTICES
from triage.topics import TopicVote
from triage.urgency.risks import risk_in

DOUBTFUL = 0.54
"""Certainty of a vote below which staff would be asked (`core/config/thresholds.json`)."""
BY_THE_THING = 0.9
"""Certainty of a service that follows from the thing that is broken."""


def service_of(voted: TopicVote, members: Sequence[PostFeatures]) -> TopicVote:
    """Return the vote on the topic, corrected by the broken thing.

    A person's word and a citizen's choice stay. What may hurt somebody decides first. Then the only thing that a notice names decides
    against the topic of an institution, which is often named to say where.
    """
    if any(one.topic_by_person or one.post.service is not None for one in members):
        return voted
    is_doubtful = voted.certainty < DOUBTFUL or voted.topic in _institutions()
    notices = [one for one in members if one.kind.value in NOTICES]
    for one in notices:
        risk = risk_in(one.post.text)
        if risk is not None and (is_doubtful or risk.certain):
            return TopicVote(risk.service, BY_THE_THING)
    if voted.topic not in _institutions():
        return voted
    things = {_mended_by()[thing] for one in notices for thing in one.thing.objects if thing in _mended_by()}
    return TopicVote(things.pop(), BY_THE_THING) if len(things) == 1 else voted


@lru_cache(maxsize=1)
def _institutions() -> frozenset[str]:
    return frozenset(locale_words("broken_things")["institutions"])


@lru_cache(maxsize=1)
def _mended_by() -> dict[str, str]:
    services = locale_words("broken_things")["services"]
    return {thing: service for service, things in services.items() for thing in things}
