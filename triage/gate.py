"""The gate: is this post something the city can act on, something a person must look at, or neither?"""

from typing import Literal

from core.city import City
from core.post import Post
from core.reading import Label, Reading

Outcome = Literal["act", "in_review", "no_case"]


def gate(city: City, post: Post, reading: Reading) -> tuple[Outcome, str]:
    """What the thresholds of the profile say of this post, and the reason in one line."""
    if post.own:
        return "no_case", "own: written by the city itself"
    if post.kind == "repost":
        return "no_case", "repost: counted, never a case of its own"
    relevance = reading.labels["relevance"]
    if relevance.value is False:
        return "no_case", f"relevance: not about {city.name} (score {relevance.score:.2f})"
    return _by_score(city, reading.labels["actionable"])


def _by_score(city: City, actionable: Label) -> tuple[Outcome, str]:
    if actionable.model == "person":
        return (
            ("act", "person: marked actionable")
            if actionable.value is True
            else ("no_case", "person: marked not actionable")
        )
    score = actionable.score
    if score >= city.triage.act:
        return "act", f"act: actionable {score:.2f} >= {city.triage.act:.2f}"
    if score >= city.triage.review:
        return "in_review", f"review: actionable {score:.2f} between {city.triage.review:.2f} and {city.triage.act:.2f}"
    return "no_case", f"below: actionable {score:.2f} < {city.triage.review:.2f}"
