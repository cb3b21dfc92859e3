"""Judge whether a reply speaks of another thing than its thread."""

from collections.abc import Sequence

from gazetteer.names import fold
from triage.identity.comparing import REPORTS, TRANSPORT, named_alike, same_author
from triage.identity.vetoes import veto
from triage.incident_matching.post_features import PostFeatures

REPORTING = ("report", "request")


def leaves_thread(features: PostFeatures, members: Sequence[PostFeatures]) -> str:
    """Return why a reply speaks of another thing than its thread.

    Empty: it follows its thread. A comment in a debate always does, unless its language is not read.
    """
    if not members:
        return ""
    if features.thing.unread:
        return "language"
    if features.comments:
        return ""
    if features.thing.another and not same_author(features, members[0]):
        return "object"
    found = [veto(features, one) for one in members if one.thing.exact or one.streets or one.lines]
    if found and all(found):
        return found[0]
    if features.kind.value == "question" and members[0].kind.value == "question" and not same_author(features, members[0]):
        return "question"
    return _own_report(features, members) or _own_place(features, members)


def _own_report(features: PostFeatures, members: Sequence[PostFeatures]) -> str:
    """Return in what a reply that reports differs from its thread."""
    if features.actionable < REPORTS or features.thing.wide:
        return ""
    if features.thing.tells_day and all(one.thing.day != features.thing.day for one in members):
        return "day"
    cores = [one.thing.cores for one in members if one.thing.cores]
    if features.thing.cores and cores and not any(named_alike(features.thing.cores, one) for one in cores):
        return "place"
    objects = features.thing.objects
    named = [one.thing.objects for one in members if one.thing.objects]
    if not objects or not named or any(objects & one for one in named):
        return ""
    return "object" if all(one.topic != features.topic for one in members) else ""


def _own_place(features: PostFeatures, members: Sequence[PostFeatures]) -> str:
    """Return why a reply is about another place than its thread.

    `place`: it names others than its thread; `conversation`: the thread reports nothing, and it does. Not of an outage, nor of a line:
    people tell along them where they are.
    """
    first = members[0]
    if features.kind.value not in REPORTING or same_author(features, first) or first.proposes or any(one.thing.wide for one in members):
        return ""
    cores = [one.thing.cores for one in members if one.thing.cores]
    is_new = bool(features.thing.cores) and not any(named_alike(features.thing.cores, one) for one in cores)
    told = " ".join(fold(one.post.text) for one in members)
    if is_new and cores and not any(word in told for core in features.thing.cores for word in core):
        return "place"
    if features.thing.also_in and not any(name in told for name in features.thing.also_in):
        return "place"
    if any(one.kind.value in REPORTING and one.actionable >= REPORTS for one in members) or features.topic == first.topic == TRANSPORT:
        return ""
    objects = features.thing.objects
    own = features.actionable >= REPORTS and bool(objects) and not any(objects & one.thing.objects for one in members)
    return "conversation" if is_new or own else ""
