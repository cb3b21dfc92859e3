"""Define the command that labels JSON lines."""

from escucha.arguments.common import Add
from escucha.commands.label import label


def add_label(add: Add) -> None:
    """Add the command that labels JSON lines."""
    one = add(
        "label",
        "label posts: JSON lines in, JSON lines out, same order. Reads standard input, stores nothing.",
        label,
    )
    one.add_argument(
        "--explain",
        action="store_true",
        help="also list the words that decided each label: each word is left out in turn and the post annotated again, "
        "so a post takes as many inferences as it has words (typically 20 times the time, 56 times at most)",
    )
