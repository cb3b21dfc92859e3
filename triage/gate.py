"""Decide whether an incident is something the city can act on, something a person must look at, or neither.

The evidence of all its posts counts together: one post that is sure enough, or several people who each say it less clearly. Copies
of one text count once, unnamed authors together as one, and a post that says something was mended never opens a case.
"""

from collections.abc import Sequence
from math import prod
from typing import Literal, NamedTuple

from core.city import City
from core.post import Post
from core.reading import NOT_READ, Reading
from triage.incident_matching.forms import PostForm

Outcome = Literal["act", "in_review", "no_case"]
NEAR_COPY = 0.8
"""Share of 4-grams from which on two texts are copies."""
COMPARED = 8
"""Of more voices than these the surest are compared for near copies."""


class Ruling(NamedTuple):
    """What the gate says, and why in one line."""

    outcome: Outcome
    reason: str


def never_a_case(post: Post) -> str | None:
    """Return why a post belongs to no incident; None: it may belong to one."""
    if post.own:
        return "own: written by the city itself"
    if post.kind == "repost":
        return "repost: counted, never a case of its own"
    return None


def gate(city: City, form: PostForm, reading: Reading, members: Sequence[PostForm]) -> Ruling:
    """Rule on an incident without a case when `form` has just joined its `members` (which hold it)."""
    label = reading.labels["actionable"]
    if label.model == "person":
        if label.value is True:
            return Ruling("act", "person: marked actionable")
        return Ruling("no_case", "person: marked not actionable")
    act, review = city.triage.act, city.triage.review
    said = [one for one in members if one.is_relevant and one.language not in NOT_READ and not says_mended(one)]
    surest = max(said, key=lambda one: (one.actionable, one.post_id), default=None)
    if surest is not None and surest.actionable >= act:
        whose = "" if surest.post_id == form.post_id else " in an earlier post"
        return Ruling("act", f"act: actionable {surest.actionable:.2f}{whose} >= {act:.2f}")
    scores = people(said)
    together = 1 - prod(1 - score for score in scores)
    if len(scores) > 1 and together >= city.triage.pooled:
        return Ruling("act", f"pooled: {len(scores)} people, {together:.2f} >= {city.triage.pooled:.2f}")
    if form.language in NOT_READ and (form.is_relevant or form.actionable >= review):
        return Ruling("in_review", f"language: posts in {form.language} are not read well enough to decide by")
    return _by_score(city, form, together, len(scores), review, act)


def _by_score(city: City, form: PostForm, together: float, people_: int, review: float, act: float) -> Ruling:
    if form.actionable >= review:
        if not form.is_relevant:
            reason = (
                f"relevance: not about {city.name} (score {form.relevant:.2f}), but actionable {form.actionable:.2f}"
            )
            return Ruling("in_review", reason)
        if says_mended(form):
            return Ruling("in_review", f"mended: says that it was mended, and actionable {form.actionable:.2f}")
        return Ruling("in_review", f"review: actionable {form.actionable:.2f} between {review:.2f} and {act:.2f}")
    if not form.is_relevant:
        return Ruling("no_case", f"relevance: not about {city.name} (score {form.relevant:.2f})")
    if people_ > 1 and together >= review:
        return Ruling("in_review", f"review: {people_} people, together {together:.2f} >= {review:.2f}")
    return Ruling("no_case", f"below: actionable {form.actionable:.2f} < {review:.2f}")


def says_mended(form: PostForm) -> bool:
    """Tell whether a post says that something was mended, and complains of nothing."""
    return form.closing and not form.ongoing and form.sentiment != "negative" and form.intent != "complaint"


def people(members: Sequence[PostForm]) -> list[float]:
    """Return the surest score of each voice: one an author, one for all unnamed, one for copies and near copies of a text."""
    found: list[tuple[set[str], PostForm]] = []
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


def _is_copy(one: PostForm, other: PostForm) -> bool:
    if one.fingerprint == other.fingerprint:
        return True
    shared = len(one.grams & other.grams)
    return shared > 0 and shared >= NEAR_COPY * (len(one.grams) + len(other.grams) - shared)
