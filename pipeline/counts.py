"""Name what a step has done: counts by name, for logs and results."""

from collections import Counter

Counts = dict[str, int]


def format_counts(counts: Counter[str]) -> str:
    """Format counts for a log line: `12 stored, 3 duplicate`."""
    return ", ".join(f"{n:,} {name}" for name, n in counts.items() if n) or "nothing new"
