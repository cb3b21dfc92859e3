"""Format the counts a step returns, for logs and results."""

from collections import Counter

Counts = dict[str, int]


def format_counts(counts: Counter[str]) -> str:
    """Format counts for a log line; zeros are left out.

    >>> format_counts(Counter(stored=12, duplicate=3, updated=0))
    '12 stored, 3 duplicate'
    >>> format_counts(Counter())
    'nothing new'
    """
    return ", ".join(f"{n:,} {name}" for name, n in counts.items() if n) or "nothing new"
