"""List the sixteen everyday tasks with the most clicks, and the most presses of a key, that each may take."""

import sys
from typing import NamedTuple

from tests.support.desk_hands import Hands


class Most(NamedTuple):
    """Hold the limits of a task."""

    clicks: int
    keys: int


TASKS = {
    "Complaints about a service in a district in the last 7 days": Most(4, 20),
    "Why a post is a case": Most(2, 2),
    "Correct the topic of a post": Most(3, 10),
    "Merge two cases": Most(3, 8),
    "Split a post off its case": Most(3, 10),
    "Answer in the citizen's language": Most(4, 24),
    "Is listening healthy?": Most(1, 1),
    "This week against the same a month ago": Most(2, 5),
    "Export the posts shown": Most(2, 3),
    "The report of last week": Most(2, 4),
    "The public page": Most(1, 2),
    "Take a case": Most(2, 4),
    "Put a case aside until tomorrow": Most(3, 2),
    "The map": Most(1, 2),
    "Save a view with an alert": Most(3, 8),
    "Review one post": Most(1, 1),
}


def done(hands: Hands, task: str) -> None:
    """Write what a task took, and compare it with its limits."""
    most = TASKS[task]
    if hands.device == "mouse":
        sys.stdout.write(f"\n{task}: {hands.made} clicks")
        assert hands.made <= most.clicks
    else:
        sys.stdout.write(f"\n{task}: {hands.keys} keys")
        assert hands.keys <= most.keys
