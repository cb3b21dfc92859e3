"""Score as obsei 1.1.1 does: the last week against the seven before."""

from collections import deque
from statistics import fmean, pstdev

from workshop.trends.rivals.detector import WEEK

LEAST_PEOPLE, LEAST_WEEKS = 5, 3


class WeeklyZ:
    """Compare whole weeks; fewer than five people score 0."""

    def __init__(self) -> None:
        """Begin without history."""
        self.hours: deque[float] = deque(maxlen=8 * WEEK - 1)

    def learn(self, count: float) -> None:
        """Take an hour."""
        self.hours.append(count)

    def score(self, count: float) -> float:
        """Return the z of the week that ends now."""
        known = [*self.hours, count]
        weeks = [sum(known[max(0, end - WEEK) : end]) for end in range(len(known), 0, -WEEK)]
        if len(weeks) < LEAST_WEEKS or weeks[0] < LEAST_PEOPLE:
            return 0.0
        return (weeks[0] - fmean(weeks[1:])) / max(1.0, pstdev(weeks[1:]))
