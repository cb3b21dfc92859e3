"""Compute how probable a count is by chance."""

from math import inf, lgamma, log, log1p, sqrt

LN10 = log(10.0)


def surprise(count: int, expected: float, size: float) -> float:
    """Return -log10 of the probability of `count` or more people.

    Args:
        count: people seen.
        expected: people expected, above 0.
        size: shape of the negative binomial; the variance is expected + expected**2 / size.

    A count within one standard deviation of the expected one gives 0.

    >>> round(surprise(3, 0.01, 100.0), 1), surprise(0, 1.0, 5.0)
    (6.8, 0.0)
    """
    if count <= 0:
        return 0.0
    if count < expected + sqrt(expected + expected**2 / size):
        return 0.0  # within one standard deviation: no surprise, and a long sum
    p = expected / (expected + size)
    term = lgamma(count + size) - lgamma(size) - lgamma(count + 1) + size * log1p(-p) + count * log(p)
    total, ratio, k = 1.0, 1.0, count
    while ratio > 1e-6 * total and k < count + 10_000:
        ratio *= (k + size) / (k + 1) * p
        total += ratio
        k += 1
    found = -(term + log(total)) / LN10
    return max(0.0, found) if found < inf else 300.0
