"""Decide whether a report waits for posts that are not read yet."""

from datetime import datetime, timedelta

from ledger import read
from ledger.read import Ledger
from reports.build.period import Interval

LONGEST_WAIT = timedelta(hours=3)
"""How long after it was due a report waits; then it is written, and says how many posts are missing."""


def count_waiting(ledger: Ledger, interval: Interval, source: str | None = None) -> int:
    """Count the unread posts of an interval and the one before.

    `source`: of a report about one channel; a post that is not read yet has no service or place that could leave it out.
    """
    return read.unread_posts(ledger, interval.previous, interval.end, source)


def waits(unread: int, due: datetime, now: datetime) -> bool:
    """Tell whether a report still waits for these posts.

    >>> seven = datetime(2026, 11, 23, 7)
    >>> [waits(unread, seven, seven + timedelta(hours=hours)) for unread, hours in ((0, 0), (834, 2), (834, 3))]
    [False, True, False]
    """
    return unread > 0 and now < due + LONGEST_WAIT
