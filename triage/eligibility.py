"""Decide whether an incident is something the city can act on, something a person must look at, or neither.

The evidence of all its posts counts together: one post that is sure enough, or several people who each say it less clearly. Copies
of one text count once, unnamed authors together as one, and a post that says something was mended never opens a case. Praise and thanks are
counted and shown and open no case; what may be irony (from the threshold of review on) a person sees.
"""

from collections.abc import Sequence
from math import prod
from typing import Literal, NamedTuple

from core.annotation import NOT_READ, Annotation, Label
from core.config.city import City
from core.config.thresholds import Bars
from core.kind import COUNTED_ONLY
from core.post import Post
from triage.incident_matching.post_features import PostFeatures

Outcome = Literal["act", "in_review", "no_case"]
NEAR_COPY = 0.8
"""Share of 4-grams from which on two texts are copies."""
DOUBTFUL = 0.5
"""Chance from which on what several people say together is looked at, where the profile names no threshold."""
SMALL = 0.095
"""Scores below are written with three digits."""
COMPARED = 8
"""Of more voices than these the surest are compared for near copies."""


class Ruling(NamedTuple):
    """What the gate says, and why in one line."""

    outcome: Outcome
    reason: str


def never_a_case(post: Post, reading: Annotation) -> str | None:
    """Return why a post belongs to no incident; None: it may belong to one. A person's word comes before the reader's."""
    if post.own:
        return "own: written by the city itself"
    if post.kind == "repost":
        return "repost: counted, never a case of its own"
    spam, actionable = reading.labels.get("spam"), reading.labels["actionable"]
    if spam is not None and spam.value is True and not (actionable.model == "person" and actionable.value is True):
        return "spam: a test of the platform or advertising"
    return None


def gate(city: City, form: PostFeatures, reading: Annotation, members: Sequence[PostFeatures]) -> Ruling:
    """Rule on an incident without a case when `form` has just joined its `members` (which hold it)."""
    label = reading.labels["actionable"]
    if label.model == "person":
        if label.value is True:
            return Ruling("act", "person: marked actionable")
        return Ruling("no_case", "person: marked not actionable")
    if form.kind.by_person and form.kind.value in COUNTED_ONLY:
        return Ruling("no_case", _counted(form))
    said = [one for one in members if is_evidence(one)]
    sure = [one for one in said if one.actionable >= bars_of(city, one).act]
    if sure:
        surest = max(sure, key=lambda one: (one.actionable, one.post_id))
        whose, act = "" if surest.post_id == form.post_id else " in an earlier post", bars_of(city, surest).act
        return Ruling("act", f"act: actionable {surest.actionable:.2f}{whose} >= {act:.2f}")
    scores = people(said)
    together = any_of(scores)
    if len(scores) > 1 and together >= city.triage.pooled:
        return Ruling("act", f"pooled: {len(scores)} people, {together:.2f} >= {city.triage.pooled:.2f}")
    if form.language in NOT_READ and (form.is_relevant or form.actionable >= bars_of(city, form).review):
        return Ruling("in_review", f"language: posts in {form.language} are not read well enough to decide by")
    return _by_score(city, form, label, together if len(scores) > 1 else 0.0, len(scores))


def any_of(scores: Sequence[float]) -> float:
    """Return the chance that at least one of several independent voices is right."""
    return 1 - prod(1 - score for score in scores)


def is_evidence(form: PostFeatures) -> bool:
    """Tell whether a post can make a case of its incident."""
    if form.kind.value in COUNTED_ONLY or form.language in NOT_READ:
        return False
    return form.is_relevant and not says_mended(form)


def bars_of(city: City, form: PostFeatures) -> Bars:
    """Return the thresholds of a post."""
    return city.bars(form.post.source, form.language, form.post.text)


def shown(score: float) -> str:
    """Write a score for a reason; small ones with one more digit, as thresholds of review are."""
    return f"{score:.2f}" if score >= SMALL else f"{score:.3f}"


def doubtful(city: City) -> float:
    """Return the chance from which on what several people say together is looked at."""
    return DOUBTFUL if city.triage.review is None else city.triage.review


def _by_score(city: City, form: PostFeatures, label: Label, together: float, people_: int) -> Ruling:
    review, act = bars_of(city, form)
    labelled = label.value is True and form.actionable < review  # read under other thresholds than it is decided by
    if form.actionable >= review or labelled:
        if not form.is_relevant:
            reason = (
                f"relevance: not about {city.name} (score {form.relevant:.2f}), but actionable {form.actionable:.2f}"
            )
            return Ruling("in_review", reason)
        if says_mended(form):
            return Ruling("in_review", f"mended: says that it was mended, and actionable {form.actionable:.2f}")
        if labelled:
            return Ruling(
                "in_review", f"review: labelled actionable at {shown(form.actionable)}, below {shown(review)}"
            )
        return Ruling("in_review", f"review: actionable {shown(form.actionable)} between {shown(review)} and {act:.2f}")
    if not form.is_relevant:
        return Ruling("no_case", f"relevance: not about {city.name} (score {form.relevant:.2f})")
    if form.kind.value in COUNTED_ONLY:
        return Ruling("no_case", _counted(form))
    if together >= doubtful(city):
        return Ruling("in_review", f"review: {people_} people, together {together:.2f} >= {doubtful(city):.2f}")
    return Ruling("no_case", f"below: actionable {shown(form.actionable)} < {shown(review)}")


def _counted(form: PostFeatures) -> str:
    return f"kind: {form.kind.value}, counted and shown"


def says_mended(form: PostFeatures) -> bool:
    """Tell whether a post says that something was mended, and complains of nothing."""
    return form.closing and not form.ongoing and form.sentiment != "negative" and form.intent != "complaint"


def people(members: Sequence[PostFeatures]) -> list[float]:
    """Return the surest score of each voice: one an author, one for all unnamed, one for copies and near copies of a text."""
    found: list[tuple[set[str], PostFeatures]] = []
    for one in sorted(members, key=lambda form: (-form.actionable, form.at, form.post_id)):
        author = one.author or ""
        known = next((names for names, _ in found if author in names), None)
        if known is None and len(found) < COMPARED:
            known = next((names for names, surest in found if _is_copy(surest, one)), None)
        elif known is None:
            known = next((names for names, surest in found if surest.fingerprint == one.fingerprint), None)
        if known is None:
            found.append(({author}, one))
        else:
            known.add(author)
    return [min(surest.actionable, 0.999) for _, surest in found]


def _is_copy(one: PostFeatures, other: PostFeatures) -> bool:
    if one.fingerprint == other.fingerprint:
        return True
    shared = len(one.grams & other.grams)
    return shared > 0 and shared >= NEAR_COPY * (len(one.grams) + len(other.grams) - shared)
