"""Work out a share with its interval."""

from collections import Counter
from math import sqrt
from typing import Any

Z = 1.959964


def wilson_share(counts: Counter[bool]) -> dict[str, Any]:
    """Return hits, total, their share and its 95 % Wilson interval.

    >>> wilson_share(Counter({True: 9, False: 1}))
    {'hits': 9, 'of': 10, 'share': 0.9, 'low': 0.5958, 'high': 0.9821}
    """
    hits, total = counts[True], counts.total()
    part = hits / total
    middle = (part + Z * Z / (2 * total)) / (1 + Z * Z / total)
    half = Z * sqrt(part * (1 - part) / total + Z * Z / (4 * total * total)) / (1 + Z * Z / total)
    return {
        "hits": hits,
        "of": total,
        "share": round(part, 4),
        "low": round(max(0.0, middle - half), 4),
        "high": round(min(1.0, middle + half), 4),
    }
