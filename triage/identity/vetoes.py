"""Find what forbids that two posts are one incident."""

from collections.abc import Collection, Sequence

from triage.identity.comparing import TRANSPORT, distance, named_alike, numbers_apart, other_service, reach_as_far
from triage.identity.thing import Unit
from triage.incident_matching.pair_features import house_features
from triage.incident_matching.post_features import PostFeatures
from triage.location import metres

SAME_POINT_M = 40.0
"""Two points of one thing: people tap beside it, and a fault has a length."""
NEAR_M = 200.0
"""Two different streets without house numbers whose nearest points are this close may cross where the fault is."""
WIDE_M = 1_500.0
"""The same for a fault that reaches over many streets."""
HOUSES_IN_CONFLICT = 2
"""Of `house_features`: numbers after one word, far apart. For streets that no gazetteer has."""
FAR_NUMBERS = 8
"""House numbers of one street farther apart are two places; between both, likeness may only suggest."""
FLEETING_S = 86_400.0
"""Seconds after which a heap on the same corner is another heap."""


def veto(one: PostFeatures, other: PostFeatures) -> str:
    """Return why two posts are never one incident by machine.

    Empty: nothing forbids it.
    """
    mine, theirs = one.thing, other.thing
    if mine.unread or theirs.unread:
        return "language"
    if other_service(mine, theirs):
        return "service"
    if _numbered_apart(mine.units, theirs.units):
        return "number"
    if TRANSPORT in (one.topic, other.topic) and one.lines and other.lines:
        return "" if one.lines & other.lines else "line"
    if reach_as_far(one, other):
        return "place" if distance(one.where, other.where, 0.0) > WIDE_M else ""
    return veto_of_places(one, other)


def veto_of_places(one: PostFeatures, other: PostFeatures) -> str:
    """Return in what the places of two posts differ.

    Empty: they may be one.
    """
    mine, theirs = one.thing, other.thing
    if mine.point is not None and theirs.point is not None:
        return "point" if metres(mine.point, theirs.point) > SAME_POINT_M else ""
    apart = numbers_apart(mine.around, theirs.around)
    if apart is not None:
        return "house number" if apart > FAR_NUMBERS else ""
    if one.streets & other.streets:
        return ""
    if house_features(one, other)[HOUSES_IN_CONFLICT]:
        return "house number"
    if not (one.streets and other.streets):
        return "district" if _other_district(one, other) else ""
    if mine.exact and theirs.exact:
        return "street"
    if one.candidates & other.candidates or named_alike(mine.cores, theirs.cores):
        return ""
    return "street" if distance(one.where, other.where, NEAR_M + 1) > NEAR_M else ""


def veto_of_time(features: PostFeatures, members: Sequence[PostFeatures]) -> str:
    """Return `time` where what was carried away has come back."""
    if features.ongoing or features.thing.lasting or not features.thing.fleeting or not any(one.thing.fleeting for one in members):
        return ""
    return "" if any(abs(features.at - one.at) <= FLEETING_S for one in members) else "time"


def _numbered_apart(some: Collection[Unit], others: Collection[Unit]) -> bool:
    words = {word for word, _ in some} & {word for word, _ in others}
    return bool(words) and not set(some) & set(others)


def _other_district(one: PostFeatures, other: PostFeatures) -> bool:
    return bool(one.districts and other.districts) and one.districts.isdisjoint(other.districts)
