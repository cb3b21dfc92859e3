"""Decides for each post, oldest first: a case (new or known), a person's look, or no case; every decision with its reason."""

from collections.abc import Sequence

from core.city import City
from core.decision import Decision, KnownIncident
from core.post import Post
from core.reading import Reading
from triage.gate import gate
from triage.open_case import append, new_case
from triage.same import Memory, find_same, recall


def decide(city: City, posts: Sequence[tuple[Post, Reading]], known: Sequence[KnownIncident]) -> list[Decision]:
    """One decision a post, in the order given (oldest first).

    Args:
        city: the profile with thresholds, departments and working hours.
        posts: posts with their readings, corrections of people already laid over the labels.
        known: the incidents of the last days with their cases and members.
    """
    memory = recall(known)
    return [_decide_one(city, post, reading, memory) for post, reading in posts]


def accept(city: City, post: Post, reading: Reading, known: Sequence[KnownIncident], who: str) -> Decision:
    """The decision for a post of the review queue that a person took for a case."""
    return _into_case(city, post, reading, recall(known), f"person: {who} accepted it")


def _decide_one(city: City, post: Post, reading: Reading, memory: Memory) -> Decision:
    outcome, reason = gate(city, post, reading)
    if outcome != "act":
        return Decision(post_id=post.post_id, outcome=outcome, reason=reason)
    return _into_case(city, post, reading, memory, reason)


def _into_case(city: City, post: Post, reading: Reading, memory: Memory, reason: str) -> Decision:
    same = find_same(city, post, reading, memory)
    if same is None:
        opened = new_case(city, post, reading, reason)
        memory.add(opened, post, reading)
        return Decision(
            post_id=post.post_id,
            outcome="in_case",
            reason=reason,
            incident=opened.incident,
            case=opened.case,
            opens=True,
        )
    memory.add(same, post, reading)
    reopens = append(same, post, reading)
    joined = f"{reason}; same incident as {same.posts - 1} more"
    return Decision(
        post_id=post.post_id, outcome="in_case", reason=joined, incident=same.incident, case=same.case, reopens=reopens
    )
