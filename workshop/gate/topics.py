"""Measure the topics that are decided, with bars derived without the author."""

from collections.abc import Iterator, Sequence

from core.config.thresholds import ALL
from triage.thresholds import Matter, derive_topics
from triage.thresholds.conformal import lower_bound

BARS = (0.0, 0.3, 0.4, 0.45, 0.5, 0.55, 0.6, 0.7, 0.8)


def topic_rows(matters: Sequence[Matter], posts: int) -> Iterator[str]:
    """Yield a row per left-out population, then a row per bar.

    Matters are labelled incidents, and actionable posts of none.
    """
    yield "topic of an incident or a single actionable post; bar derived from the other files; right: of those decided"
    yield f"{'judged':<34} {'matters':>7} {'bar':>6} {'right before':>12} {'right':>6} {'':<16} {'asked':>6}"
    every: list[tuple[Matter, float]] = []
    for name in sorted({one.population for one in matters}):
        own = [one for one in matters if one.population == name]
        bars = {one.kind: one.bar for one in derive_topics([one for one in matters if one.population != name])}
        with_bar = [(one, bars.get(one.kind, bars.get(ALL, 0.0))) for one in own]
        every += with_bar
        yield _line(name, with_bar)
    yield _line("all", every)
    yield from one_bar_rows(matters, posts)


def one_bar_rows(matters: Sequence[Matter], posts: int) -> Iterator[str]:
    """Yield a row per bar of topics, the same for all matters."""
    yield f"topics, one bar for all (keys: per 100 of the {posts} posts):"
    for bar in BARS:
        asked = sum(one.certainty < bar for one in matters)
        yield f"{_line('', [(one, bar) for one in matters])} {100 * asked / posts:>6.1f}"


def _line(name: str, some: Sequence[tuple[Matter, float]]) -> str:
    decided = [one for one, bar in some if one.certainty >= bar]
    hits, bars = sum(one.is_right for one in decided), sorted({bar for _, bar in some})
    low, high = lower_bound(hits, len(decided), 0.975), 1 - lower_bound(len(decided) - hits, len(decided), 0.975)
    before = sum(one.is_right for one, _ in some) / len(some)
    return (
        f"{name:<34} {len(some):>7} {bars[0]:>6.3f} {before:>12.3f} {hits / len(decided):>6.3f} [{low:.3f}, {high:.3f}] "
        f"{1 - len(decided) / len(some):>6.3f}"
    )
