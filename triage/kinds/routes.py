"""Decide where a post goes by its kind, before its score.

A notice or a request can open a case, and so can a question that needs an answer. A proposal is listed, a debate is a conversation, praise
and thanks go to the service. A report whose citizen chose a service and said where it is always goes to a case.
"""

from core.config.city import City
from core.records.kind import COUNTED_ONLY, KindRoute
from triage.incident_matching.post_features import PostFeatures

NOTICES = frozenset({"report", "request"})


def route_of(city: City, features: PostFeatures, first: PostFeatures | None = None) -> KindRoute:
    """Return where a post goes by its kind.

    What a person said of its kind holds for a comment too.

    Args:
        city: its profile says what becomes of proposals.
        features: those of the post.
        first: the first post of its incident: a comment under a notice is a witness. None: it has none.
    """
    kind, by_person = features.kind.value, features.kind.by_person
    if features.post.service is not None and not by_person:
        return "case"
    if kind in COUNTED_ONLY:
        return "service"
    if city.triage.proposals == "case":
        return "case"
    if by_person or not features.comments:
        return "list" if kind == "proposal" else "case"
    if reports_in_debate(features) or (first is not None and first is not features and route_of(city, first) == "case"):
        return "case"
    return "conversation"


def reports_in_debate(features: PostFeatures) -> bool:
    """Return whether a comment reports something at a place.

    A remark such as "the bench in Calle Mayor 3 is broken" is a notice, in whatever debate it stands.
    """
    is_placed = bool(features.streets or features.thing.cores or features.thing.point)
    return features.kind.value in NOTICES and bool(features.thing.objects) and is_placed
