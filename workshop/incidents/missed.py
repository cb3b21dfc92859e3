"""Count where posts about an incident end that miss its case.

`python -m workshop.incidents.missed --folds DIR`: complete triage runs over each author's posts with a matcher trained without that author.
Two tables: what became of the posts that miss their case, and how often a suggestion is right by what the post shares with the incident.
"""

import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from core.config.city import City
from core.records.decision import Decision
from triage import decide
from triage.incident_matching import IncidentIndex, Weights
from triage.incident_matching.post_features import PostFeatures
from triage.location import metres
from workshop.incidents.dataset import Author, Row, profile_of
from workshop.incidents.left_out import left_out
from workshop.incidents.linear_map import with_map
from workshop.incidents.measures import format_table
from workshop.incidents.score import own_cases
from workshop.incidents.train import majority

NEAR_M = 150.0
"""Metres within which two places agree."""
LIKENESS = ((0.06, 0.15), (0.15, 0.3), (0.3, 0.45), (0.45, 0.6))
"""Ranges of likeness, from the bar of suggestions to that of joining."""


def main() -> None:
    """Print both tables."""
    pairs = list(left_out("python -m workshop.incidents.missed", __doc__))
    found = {author.name: outcomes(profile_of(author.name), author, weights) for author, weights in pairs}
    sys.stdout.write(format_table(list(missed_rows(found))))
    shared = [one for author, weights in pairs for one in suggested(author, weights)]
    sys.stdout.write("\n" + format_table(list(suggested_rows(shared))))


def outcomes(city: City, author: Author, weights: Weights) -> Counter[str]:
    """Count the posts about an incident by where they end."""
    posts = [(post, author.own[post.post_id]) for post in author.posts]
    decisions = {one.post_id: one for one in decide(city, posts, weights=weights)}
    case_of = {key: one.case.key for key, one in decisions.items() if one.case is not None}
    own = own_cases(author, case_of)
    reached = {incident for incident in own.values() if incident}
    found: Counter[str] = Counter()
    for key, gold in author.gold.items():
        if gold.incident is None:
            continue
        found["posts"] += 1
        if own.get(case_of.get(key, "")) == gold.incident:
            found["in their case"] += 1
            continue
        found["their incident has a case" if gold.incident in reached else "their incident has no case"] += 1
        found[ending(decisions[key])] += 1
        right = [majority_of(author, decisions, one.incident) == gold.incident for one in decisions[key].suggestions]
        found["the right incident is suggested"] += any(right)
    return found


def ending(decision: Decision) -> str:
    """Return where a post ended that missed its case."""
    if decision.outcome == "in_case":
        return "in a case of another incident"
    where = "review" if decision.outcome == "in_review" else "no case"
    return f"{where}: {decision.reason.partition(':')[0]}"


def majority_of(author: Author, decisions: dict[str, Decision], incident: str) -> str | None:
    """Return the labelled incident of most posts of an incident."""
    members = [key for key, one in decisions.items() if one.belongs_to == incident]
    return majority(author, members) if members else None


def missed_rows(found: dict[str, Counter[str]]) -> Iterator[Row]:
    """Yield a row for each ending, in shares of posts."""
    names = sorted({name for one in found.values() for name in one if name != "posts"})
    first = [
        "in their case",
        "their incident has a case",
        "their incident has no case",
        "the right incident is suggested",
    ]
    for name in [*first, *(one for one in names if one not in first)]:
        shares = {author: one[name] / one["posts"] for author, one in found.items()}
        yield {"share of the posts about an incident": name, **shares, "mean": sum(shares.values()) / len(shares)}


@dataclass(frozen=True)
class BestSuggestion:
    """Hold the likeliest suggestion of a post, and what both share."""

    likeness: float
    place: bool
    thing: bool
    outcome: str
    """`right`, `wrong` or `noise`: a post that reports nothing."""


def suggested(author: Author, weights: Weights) -> Iterator[BestSuggestion]:
    """Yield the likeliest suggestion of each post that did not join."""
    matcher, index = weights.matcher(), IncidentIndex()
    for form in with_map(author.forms, weights.vocabulary.map):
        verdict = matcher.match(form, index)
        if verdict.join is None and verdict.suggestions:
            best = verdict.suggestions[0]
            members = index.of(index.members[best.incident])
            gold = author.gold[form.post_id]
            right = gold.incident is not None and majority(author, index.members[best.incident]) == gold.incident
            outcome = "right" if right else "wrong" if gold.incident or gold.actionable else "noise"
            yield BestSuggestion(
                best.probability, agrees_on_place(form, members), agrees_on_thing(form, members), outcome
            )
        index.add(form, verdict.join or form.post_id)


def agrees_on_place(form: PostFeatures, members: Sequence[PostFeatures]) -> bool:
    """Return whether a post and any of these share a place."""
    return any(
        not form.candidates.isdisjoint(one.candidates)
        or not form.houses.isdisjoint(one.houses)
        or not form.lines.isdisjoint(one.lines)
        or any(metres(a, b) <= NEAR_M for a in form.near for b in one.near)
        for one in members
    )


def agrees_on_thing(form: PostFeatures, members: Sequence[PostFeatures]) -> bool:
    """Return whether a post and any of these name one thing."""
    return any(not form.subjects.isdisjoint(one.subjects) for one in members)


def suggested_rows(found: Sequence[BestSuggestion]) -> Iterator[Row]:
    """Yield how often suggestions are right, by likeness and what is shared."""
    groups = {
        "place and thing": (True, True),
        "place alone": (True, False),
        "thing alone": (False, True),
        "neither": (False, False),
    }
    for title, shares in groups.items():
        for low, high in LIKENESS:
            some = Counter(
                one.outcome for one in found if (one.place, one.thing) == shares and low <= one.likeness < high
            )
            if some:
                counts = {name: some[name] for name in ("right", "wrong", "noise")}
                yield {
                    "shared": title,
                    "likeness": f"{low:.2f} to {high:.2f}",
                    **counts,
                    "right, share": some["right"] / some.total(),
                }


if __name__ == "__main__":
    main()
