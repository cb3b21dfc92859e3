"""Reduce the number of an author's followers to a band.

A pseudonym with 48,213 followers is one known account: anyone who lists the followers of the city's accounts finds it. A band holds
thousands of accounts.
"""

from core.records.post import REACH, FollowersBand, Raw, Reach, StoredReach

BANDS: tuple[tuple[int, FollowersBand], ...] = ((100, "under_100"), (1_000, "100_1k"), (10_000, "1k_10k"))
"""Each band ends below its number."""
HIGHEST: FollowersBand = "over_10k"
"""Has no end, and no band lies above it: 100,000 followers would name one or two people in a small city."""


def followers_band(followers: int | None) -> FollowersBand | None:
    """Return the band of a number of followers; None: unknown.

    >>> followers_band(99), followers_band(100), followers_band(48_213), followers_band(None)
    ('under_100', '100_1k', 'over_10k', None)
    """
    if followers is None:
        return None
    return next((band for below, band in BANDS if followers < below), HIGHEST)


def stored_reach(given: Raw | Reach) -> StoredReach:
    """Return counts and band of followers, which may be stored."""
    return StoredReach(**{name: getattr(given, name) for name in REACH}, followers_band=followers_band(given.followers))
