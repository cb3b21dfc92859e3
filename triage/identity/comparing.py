"""Compare what two posts say of their things."""

from collections.abc import Collection, Sequence

from triage.identity.thing import ALONG, Address, Name, Thing
from triage.incident_matching.post_features import PostFeatures
from triage.location import Coordinates, metres
from triage.topics import NO_TOPIC

TRANSPORT = "public_transport"
"""Of the 605 pairs of posts of `incidents_es` on it that name lines and share none, 604 are two incidents."""
OUTAGE_S = 6 * 3600.0
"""Seconds within which reports of an outage, or of a stopped line, are about the same one."""
REPORTS = 0.5
"""Score of `actionable` from which a reply more probably than not reports something itself."""


def same_author(one: PostFeatures, other: PostFeatures) -> bool:
    """Return whether one known person wrote both."""
    return one.author is not None and one.author == other.author


def numbers_apart(some: Collection[Address], others: Collection[Address]) -> int | None:
    """Return the least difference of house numbers on a common street.

    None: there is no common street with numbers in both.
    """
    return min((abs(n - m) for key, n in some for same, m in others if key == same), default=None)


def named_alike(some: Collection[Name], others: Collection[Name]) -> bool:
    """Return whether a name of one place holds all words of another's.

    The square, the station and the park of one name are often one place to people.
    """
    return any(here <= there or there <= here for here in some for there in others)


def other_service(one: Thing, other: Thing) -> bool:
    """Return whether citizens chose two different services."""
    return len({one.service, other.service} - {None, NO_TOPIC}) > 1


def reach_as_far(one: PostFeatures, other: PostFeatures) -> bool:
    """Return whether two faults of one kind reach beyond a door.

    The lamps of a street, its festive lights, the traffic lights of a crossing: whatever number each writer stands at.
    """
    mine, theirs = one.thing, other.thing
    return mine.wide and theirs.wide and (one.topic == other.topic or bool(mine.objects & theirs.objects & ALONG))


def distance(some: Sequence[Coordinates], others: Sequence[Coordinates], otherwise: float) -> float:
    """Return the metres between the nearest points of two places.

    `otherwise`: where one of them has none.
    """
    return min((metres(here, there) for here in some for there in others), default=otherwise)
