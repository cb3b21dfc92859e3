"""Judge whether two posts can be one incident, and on what ground.

A veto holds whatever the likeness. Without a ground likeness only suggests: people who write of two things of one kind use the same words.
"""

from collections.abc import Sequence
from typing import NamedTuple

from triage.identity.comparing import OUTAGE_S, distance, other_service
from triage.identity.grounds import DOUBT, NO_GROUND, Ground, Strength, ground
from triage.identity.thing import FESTIVE
from triage.identity.vetoes import WIDE_M, veto, veto_of_time
from triage.incident_matching.post_features import PostFeatures

OUTAGE_VOICES = 3
"""People who report an outage within its hours; from then on a post of the neighbourhood about the same service belongs to it."""
MOST_POSTS = 60
"""Posts from which an incident grows by its address, its line and its thread alone: more of one town's posts are rarely one thing."""
LONGEST_S = 21 * 86_400.0
"""Seconds between the first and the last post, likewise."""


class Judgement(NamedTuple):
    """Hold what the law says of a post and an incident."""

    veto: str
    """Why the post is never of it; empty: nothing forbids it."""
    ground: Ground = NO_GROUND
    grounds: tuple[Ground, ...] = ()
    """With each member that reports."""


def judge(features: PostFeatures, members: Sequence[PostFeatures], size: int) -> Judgement:
    """Judge a post against all members of an incident, not the nearest.

    An overview among the members is no bridge: what it names is neither a ground nor a veto.
    """
    reports = [one for one in members if not one.thing.overview]
    if is_of_outage(features, reports):
        return Judgement("", Ground("outage", Strength.SURE))
    forbidden = next((found for one in reports if (found := veto(features, one))), "") or veto_of_time(features, reports)
    if forbidden:
        return Judgement(forbidden)
    grounds = tuple(ground(features, one) for one in reports)
    if DOUBT in grounds:
        return Judgement("", NO_GROUND, grounds)
    full = is_full(members, size)
    able = [one for one in grounds if not full or one.name in ("address", "line")]
    best = max(able, key=lambda one: (one.strength, bool(one.name)), default=NO_GROUND)
    return Judgement("", best, grounds)


def is_of_outage(features: PostFeatures, members: Sequence[PostFeatures]) -> bool:
    """Return whether a post comes amid an outage that several people report.

    In its neighbourhood, within hours, about the same service: whatever street it names. A single lamp at a door is no outage, nor
    are festive lights, of which each street has its own.
    """
    thing = features.thing
    if thing.unread or thing.overview or FESTIVE in thing.objects or (thing.exact and not thing.wide):
        return False
    wide = [one for one in members if one.thing.wide and FESTIVE not in one.thing.objects and abs(one.at - features.at) <= OUTAGE_S]
    if len({one.author or one.post_id for one in wide}) < OUTAGE_VOICES:
        return False
    if not any(one.topic == features.topic for one in wide) or any(other_service(thing, one.thing) for one in wide):
        return False
    where = [point for one in wide for point in one.where]
    here = any(one.districts & features.districts for one in wide)
    return here and distance(features.where, where, 0.0) <= WIDE_M


def is_full(members: Sequence[PostFeatures], size: int) -> bool:
    """Return whether an incident grows no further by likeness."""
    return size >= MOST_POSTS or members[-1].at - members[0].at > LONGEST_S
