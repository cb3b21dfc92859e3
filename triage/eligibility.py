"""Decide whether an incident is actionable, needs review, or neither.

A report whose citizen chose a service and said where it is acts at once; the model may only flag it. Of all others the model decides: the
evidence of all posts of the incident counts together: one post with a high score, or several people with lower ones. Copies of one text
count once, all posts without an author count as one. That a post says its problem is mended decides nothing: of the rules tried none was
right in nine of ten. Relevance is a question about the incident too: one post that places it in the city does so
for all ("and the water is still rising"), and a post sure enough to open a case needs less. Praise and thanks are counted and shown and
open no case; possible irony (from the review threshold on, or praise of something broken) is reviewed by a person.
"""

from collections.abc import Sequence
from math import prod
from typing import Literal, NamedTuple

from core.config.city import City
from core.config.thresholds import Cutoffs
from core.records.annotation import LOW_QUALITY_LANGUAGES, Annotation, Label
from core.records.kind import COUNTED_ONLY, KindRoute
from core.records.post import Post
from triage.incident_matching.post_features import PostFeatures
from triage.incidents.copies import is_near_copy
from triage.kinds.routes import route_of
from triage.urgency.priority import is_at_risk
from triage.urgency.risks import risk_in

EligibilityOutcome = Literal["act", "in_review", "no_case"]
DOUBTFUL = 0.5
"""Joint probability from which several people's posts are reviewed, where the profile sets no threshold; the score below which the model
doubts a report that a citizen's word makes a case."""
PERHAPS = 0.2
"""Relevance from which a post sure enough to open a case does so, though it is labelled as not about the city.

The lowest bar at which no more posts that report nothing get into a case (authors left out: docs/models/incident-matching.md).
"""
LIKE = 0.1
"""Likeness with an incident from which a post that reports nothing itself is looked at; below, all was chatter on streams of a day."""
SMALL = 0.095
"""Scores below are formatted with three decimals."""
_ROUTED: dict[KindRoute, str] = {
    "list": "kind: {kind}, in the list of proposals",
    "conversation": "kind: {kind} in a debate, a conversation",
    "service": "kind: {kind}, counted and shown",
}
"""Reasons of posts that open no case by their kind."""
COMPARED = 8
"""Maximum number of voices compared for near copies, highest scores first."""

VARIANTS = 6
"""Maximum number of variants of a text that a post is compared with."""


class Ruling(NamedTuple):
    """Hold the outcome of the eligibility rules and its reason, one line."""

    outcome: EligibilityOutcome
    reason: str


def exclusion_reason(post: Post, annotation: Annotation) -> str | None:
    """Return why a post belongs to no incident; None: it may.

    A person's label takes precedence over the model's. A report with a chosen service is flagged, not dropped, when the model alone takes
    it for spam.
    """
    if post.own:
        return "own: written by the city itself"
    if post.kind == "repost":
        return "repost: counted, never a case of its own"
    actionable = annotation.labels["actionable"]
    if not _is_spam(annotation) or (actionable.model == "person" and actionable.value is True):
        return None
    by_person = annotation.labels["spam"].model == "person"
    return "spam: a test of the platform or advertising" if by_person or not is_stated(post) else None


def is_stated(post: Post) -> bool:
    """Return whether its citizen chose the service and said where it is.

    Forms that take a service ask for the place, too, and the inbox refuses a service without one (`collectors.inbox`).
    """
    return post.service is not None


def _is_spam(annotation: Annotation) -> bool:
    spam = annotation.labels.get("spam")
    return spam is not None and spam.value is True


def gate(city: City, features: PostFeatures, annotation: Annotation, members: Sequence[PostFeatures]) -> Ruling:
    """Decide on an incident without a case that `features` has just joined.

    `members` includes it.
    """
    label = annotation.labels["actionable"]
    if label.model == "person":
        if label.value is True:
            return Ruling("act", "person: marked actionable")
        return Ruling("no_case", "person: marked not actionable")
    route = route_of(city, features, members[0])
    if route != "case" and (features.kind.by_person or not (route == "service" or features.thing.unread)):
        return Ruling("no_case", _ROUTED[route].format(kind=features.kind.value))
    if city.triage.archives == "list" and features.post.provenance == "replay":
        return Ruling("no_case", "archive: counted and shown, opens no case")
    if features.thing.unread:
        return Ruling("in_review", "language: a text in a language that is not read")
    is_relevant = any(one.is_relevant for one in members)
    if is_stated(features.post) and (found := _stated(city, features, annotation)) is not None:
        return found
    evidence = [one for one in members if is_evidence(city, one, members[0])]
    if features in evidence and (risky := _at_risk(city, features, is_relevant)) is not None:
        return risky
    sure = [one for one in evidence if (is_relevant or one.relevant >= PERHAPS) and is_sure(city, one)]
    if sure:
        surest = max(sure, key=lambda one: (one.actionable, one.post_id))
        whose, act = ("" if surest.post_id == features.post_id else " in an earlier post", thresholds_of(city, surest).act)
        doubt = "" if is_relevant else f"; perhaps about {city.name} (score {surest.relevant:.2f} >= {PERHAPS:.2f})"
        return Ruling("act", f"act: actionable {surest.actionable:.2f}{whose} >= {act:.2f}{doubt}")
    scores = voice_scores(evidence) if is_relevant else []
    together = probability_of_any(scores)
    if len(scores) > 1 and together >= city.triage.pooled:
        return Ruling("act", f"pooled: {len(scores)} people, {together:.2f} >= {city.triage.pooled:.2f}")
    if features.language in LOW_QUALITY_LANGUAGES and (is_relevant or features.actionable >= thresholds_of(city, features).review):
        return Ruling("in_review", f"language: posts in {features.language} are not read well enough to decide by")
    return _by_score(city, features, label, is_relevant, together if len(scores) > 1 else 0.0, len(scores))


def _at_risk(city: City, features: PostFeatures, is_relevant: bool) -> Ruling | None:
    """Rule on a post that reports what may hurt people.

    Before any score: a person sees it at once. None: it reports none.
    """
    risk = risk_in(features.post.text) if is_at_risk(features) else None
    if risk is None:
        return None
    reason = f"risk: {risk.name.replace('_', ' ')} ({risk.evidence})"
    is_here = is_relevant or features.relevant >= PERHAPS or bool(features.streets)
    if is_here and features.actionable >= thresholds_of(city, features).review:
        return Ruling("act", reason)
    return Ruling("in_review", reason)


def _stated(city: City, features: PostFeatures, annotation: Annotation) -> Ruling | None:
    """Rule on a report with service and place, by its citizen's word.

    None: a person said that it is not about the city, or the model is sure and gives its own reason.
    """
    relevance = annotation.labels["relevance"]
    if relevance.model == "person" and relevance.value is False:
        return None
    doubts = _doubts(city, features)
    if _is_spam(annotation):
        doubts.insert(0, "doubt: perhaps a test or advertising")
    if is_sure(city, features) and not doubts:
        return None
    return Ruling("act", "; ".join(("service: chosen by the citizen, who says where it is", *doubts)))


def _doubts(city: City, features: PostFeatures) -> list[str]:
    """Return what the model holds against a report, for staff to see."""
    found = []
    if features.actionable < DOUBTFUL:
        found.append(f"doubt: actionable {format_score(features.actionable)}")
    if not features.is_relevant:
        found.append(f"doubt: about {city.name} {features.relevant:.2f}")
    if features.kind.value in COUNTED_ONLY:
        found.append(f"doubt: {features.kind.value}")
    if features.language in LOW_QUALITY_LANGUAGES:
        found.append(f"language: posts in {features.language} are not read well enough to decide by")
    return found


def probability_of_any(scores: Sequence[float]) -> float:
    """Return the probability that at least one independent voice is right.

    >>> round(probability_of_any([0.5, 0.5]), 2)
    0.75
    """
    return 1 - prod(1 - score for score in scores)


def is_evidence(city: City, features: PostFeatures, first: PostFeatures) -> bool:
    """Return whether a post can make a case of its incident.

    If the incident is about the city.
    """
    is_read = not features.thing.unread and features.language not in LOW_QUALITY_LANGUAGES
    return is_read and route_of(city, features, first) == "case"


def is_sure(city: City, features: PostFeatures) -> bool:
    """Return whether a post alone is enough for a case."""
    return features.actionable >= thresholds_of(city, features).act


def stale_labels(city: City, features: PostFeatures, annotation: Annotation) -> tuple[str, ...]:
    """Return the labels that contradict the case that a post opens.

    They were set under other thresholds than the decision, or against the word of the citizen.
    """
    stated = is_stated(features.post)
    if not stated and not is_sure(city, features):
        return ()
    doubted = ("relevance",) if not features.is_relevant and (stated or features.relevant >= PERHAPS) else ()
    return (("actionable",) if annotation.labels["actionable"].value is False else ()) + doubted


def thresholds_of(city: City, features: PostFeatures) -> Cutoffs:
    """Return the thresholds of a post."""
    return city.cutoffs(features.post.source, features.language, features.post.text, features.post.style)


def format_score(score: float) -> str:
    """Format a score for a reason.

    Small ones get one more digit, like review thresholds.

    >>> format_score(0.5), format_score(0.0312)
    ('0.50', '0.031')
    """
    return f"{score:.2f}" if score >= SMALL else f"{score:.3f}"


def review_threshold(city: City) -> float:
    """Return the joint probability from which several people's posts are reviewed."""
    return DOUBTFUL if city.triage.review is None else city.triage.review


def _by_score(city: City, features: PostFeatures, label: Label, is_relevant: bool, together: float, voices: int) -> Ruling:
    review, act = thresholds_of(city, features)
    labelled = label.value is True and features.actionable < review  # labelled under other thresholds than the decision
    if features.actionable >= review or labelled:
        if not is_relevant:
            reason = f"relevance: not about {city.name} (score {features.relevant:.2f}), but actionable {features.actionable:.2f}"
            return Ruling("in_review", reason)
        if labelled:
            return Ruling("in_review", f"review: labelled actionable at {format_score(features.actionable)}, below {format_score(review)}")
        return Ruling("in_review", f"review: actionable {format_score(features.actionable)} between {format_score(review)} and {act:.2f}")
    if not is_relevant:
        return Ruling("no_case", f"relevance: not about {city.name} (score {features.relevant:.2f})")
    if features.kind.value in COUNTED_ONLY:
        return Ruling("no_case", _counted_reason(features))
    if features.intent == "praise" and features.kind.value == "report" and not features.kind.by_person:
        return Ruling("in_review", "irony: praises something broken")
    if together >= review_threshold(city):
        return Ruling("in_review", f"review: {voices} people, together {together:.2f} >= {review_threshold(city):.2f}")
    return Ruling("no_case", f"below: actionable {format_score(features.actionable)} < {format_score(review)}")


def _counted_reason(features: PostFeatures) -> str:
    return _ROUTED["service"].format(kind=features.kind.value)


def voice_scores(members: Sequence[PostFeatures]) -> list[float]:
    """Return the highest score of each voice.

    One voice per author, one for all posts without an author, one for copies and near copies of a text.
    """
    found: list[Voice] = []
    for one in sorted(members, key=lambda features: (-features.actionable, features.at, features.post_id)):
        known = next((voice for voice in found if one.author in voice.authors), None)
        if known is None and len(found) < COMPARED:
            known = next((voice for voice in found if voice.says(one)), None)
        elif known is None:
            same = (voice for voice in found if voice.texts[0].fingerprint == one.fingerprint)
            known = next((voice for voice in same if is_near_copy(voice.texts[0], one)), None)
        if known is None:
            found.append(Voice({one.author}, [one]))
        else:
            known.add(one)
    return [min(voice.texts[0].actionable, 0.999) for voice in found]


class Voice(NamedTuple):
    """Hold the authors and texts that count as one person."""

    authors: set[str | None]
    texts: list[PostFeatures]
    """The highest score first; of many variants of one text only some."""

    def says(self, features: PostFeatures) -> bool:
        """Return whether a text copies one of these."""
        return any(is_near_copy(one, features) for one in self.texts)

    def add(self, features: PostFeatures) -> None:
        """Add a post of the same author, or a copy."""
        self.authors.add(features.author)
        if len(self.texts) < VARIANTS and self.says(features):
            self.texts.append(features)
