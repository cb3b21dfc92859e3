"""Count pairs and format tables of the measurements of joining."""

from collections.abc import Sequence

from workshop.incidents.dataset import Row


def pair_count(n: int) -> int:
    """Return the number of pairs of n items.

    >>> pair_count(4)
    6
    """
    return n * (n - 1) // 2


def format_table(rows: Sequence[Row]) -> str:
    """Format the rows as a Markdown table."""
    names = list(rows[0])
    lines = [names, ["---"] * len(names), *([_cell(row[name]) for name in names] for row in rows)]
    return "".join(f"| {' | '.join(map(str, line))} |\n" for line in lines)


def _cell(value: object) -> str:
    return (
        f"{value:.3f}".lstrip("0") if isinstance(value, float) and value < 1 else f"{value:.3f}" if isinstance(value, float) else str(value)
    )
