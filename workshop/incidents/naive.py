"""Join streams by rules without learning, which learned joining must beat."""

from collections.abc import Callable, Mapping, Sequence

from triage.identity.grounds import Strength, ground
from triage.identity.vetoes import veto
from triage.incident_matching.post_features import PostFeatures

DAY_S = 86_400.0
MOST_S = 7 * DAY_S
Rule = Callable[[PostFeatures, PostFeatures], bool]


def _soon(one: PostFeatures, other: PostFeatures) -> bool:
    return abs(one.at - other.at) < 3 * DAY_S


def _same_street(one: PostFeatures, other: PostFeatures) -> bool:
    return _soon(one, other) and bool(one.streets & other.streets)


def _same_words(one: PostFeatures, other: PostFeatures) -> bool:
    shared = sum(weight * weight for stem, weight in one.stems.items() if stem in other.stems)
    return _soon(one, other) and shared > 0.6 * one.norm * other.norm


RULES: Mapping[str, Rule] = {
    "same street and service, 3 days": lambda one, other: _same_street(one, other) and one.topic == other.topic,
    "same street and object, 3 days": lambda one, other: _same_street(one, other) and bool(one.thing.objects & other.thing.objects),
    "cosine of words above .6, 3 days": _same_words,
    "cosine of embeddings above .93, 3 days": lambda one, other: _soon(one, other) and float(one.vector @ other.vector) > 0.93,
    "the law alone: a sure ground, 7 days": lambda one, other: not veto(one, other) and ground(one, other).strength is Strength.SURE,
}


def join(posts: Sequence[PostFeatures], rule: Rule) -> dict[str, str]:
    """Put each post with the latest earlier one that the rule accepts.

    Args:
        posts: oldest first.
        rule: whether two posts are one incident.

    Returns:
        the first post of the incident of each post.
    """
    where: dict[str, str] = {}
    for at, post in enumerate(posts):
        earlier = (one for one in reversed(posts[:at]) if post.at - one.at <= MOST_S)
        found = next((one for one in earlier if rule(post, one)), None)
        where[post.post_id] = post.post_id if found is None else where[found.post_id]
    return where
