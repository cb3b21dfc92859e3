"""Compute what the law says of a pair as features.

The law forbids and asks for grounds; how much a ground is worth in a stream is learned from these.
"""

from collections.abc import Collection, Sequence
from math import nan
from typing import NamedTuple

from triage.identity.comparing import numbers_apart, same_author
from triage.identity.grounds import DOUBT, Ground
from triage.identity.law import Judgement
from triage.incident_matching.post_features import PostFeatures
from triage.location import metres

DENSE_S = 72 * 3600.0
"""Seconds around a post within which like reports count as its surroundings."""
PROLIFIC_S = 7 * 86_400.0
"""Seconds within which a person's other posts are counted."""
DAY_S = 86_400.0
LAW_FEATURES: tuple[str, ...] = (
    "strength of ground",
    "share of members in doubt",
    "incidents with a ground",
    "like reports around",
    "like incidents around",
    "posts of the author around",
    "same author",
    "share by the author",
    "same chosen service",
    "share of reports",
    "share of complaints",
    "shared objects",
    "agreement of objects",
    "objects named",
    "objects that are new",
    "weight of new words",
    "metres between named places",
    "metres between points",
    "house numbers apart",
    "incident names a street",
    "exact",
    "share exact",
    "shared numbered objects",
    "hours from nearest",
    "days told apart",
    "wide",
    "share wide",
    "personal",
    "lasting",
    "negative",
    "relevance",
    "first actionable",
    "first relevance",
)


class Surroundings(NamedTuple):
    """Count what is reported around a post, here and now."""

    alike: int
    incidents: int
    of_author: int


def surroundings(post: PostFeatures, around: Collection[tuple[str, PostFeatures]]) -> Surroundings:
    """Count like posts, their incidents, and the author's own.

    `around`: the posts that a new one is compared with, each with its incident.
    """
    alike = [key for key, one in around if _is_alike(post, one)]
    own = sum(same_author(post, one) and abs(one.at - post.at) < PROLIFIC_S for _, one in around)
    return Surroundings(len(alike), len(set(alike)), own)


def law_features(
    post: PostFeatures, members: Sequence[PostFeatures], judged: Judgement, around: Surroundings, with_ground: int
) -> list[float]:
    """Return the features in the order of LAW_FEATURES; unknown is NaN.

    Args:
        post: the new post.
        members: the first and the last posts of the incident, oldest first.
        judged: the law's judgement of the post and these members.
        around: what is reported around the post.
        with_ground: number of candidate incidents with a ground and no veto.
    """
    thing, count = post.thing, len(members)
    reports = [one for one in members if not one.thing.overview] or list(members)
    things = [one.thing for one in reports]
    by_author = [same_author(post, one) for one in reports]
    new_words = sum(post.topical.values()) - max(
        sum(weight for stem, weight in post.topical.items() if stem in one.topical) for one in members
    )
    apart = [numbers_apart(thing.addresses, one.addresses) for one in things]
    found = [
        _strength(judged.ground),
        sum(one is DOUBT for one in judged.grounds) / max(1, len(judged.grounds)),
        with_ground,
        *around,
        any(by_author),
        sum(by_author) / len(reports),
        any(thing.service is not None and thing.service == one.service for one in things),
        sum(one.kind.value == "report" for one in members) / count,
        sum(one.intent == "complaint" for one in members) / count,
        max(len(thing.objects & one.objects) for one in things),
        max(len(thing.objects & one.objects) / max(1, len(thing.objects | one.objects)) for one in things),
        len(thing.objects),
        len(thing.objects.difference(*(one.thing.objects for one in members))),
        new_words,
        min((metres(here, there) for here in post.where for one in reports for there in one.where), default=nan),
        min((metres(thing.point, one.point) for one in things if thing.point and one.point), default=nan),
        min((one for one in apart if one is not None), default=nan),
        sum(bool(one.streets) for one in reports) / len(reports),
        thing.exact,
        sum(one.exact for one in things) / len(things),
        any(thing.units & one.units for one in things),
        min(abs(post.at - one.at) for one in reports) / 3600,
        min(abs((thing.day - one.day).days) for one in things),
        thing.wide,
        sum(one.wide for one in things) / len(things),
        thing.personal,
        thing.lasting,
        post.sentiment == "negative",
        post.relevant,
        members[0].actionable,
        members[0].relevant,
    ]
    return list(map(float, found))


def _strength(ground: Ground) -> float:
    return float(ground.strength) if ground.name else -1.0


def _is_alike(post: PostFeatures, other: PostFeatures) -> bool:
    """Return whether a post of these days names a like object."""
    if abs(other.at - post.at) > DENSE_S or other.topic != post.topic:
        return False
    return not post.thing.objects or bool(post.thing.objects & other.thing.objects)
