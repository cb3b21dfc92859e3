"""Label JSON lines: the command that needs the models and nothing else.

It imports no ledger, no search engine and no source, so that it starts quickly.
"""

import sys
from argparse import Namespace

from core.config.overlay import load_laid
from core.errors import ConfigurationError
from escucha.commands import command, option
from nlp.annotator import Annotator
from nlp.label import bounded_lines, label_lines


@command(
    "label",
    "label posts: JSON lines in, JSON lines out, same order. Reads standard input, stores nothing.",
    option(
        "--explain",
        action="store_true",
        help="also list the words that decided each label: each word is left out in turn and the post annotated again, "
        "so a post takes as many inferences as it has words (typically 20 times the time, 56 times at most)",
    ),
)
def label(a: Namespace) -> int:
    """Label posts from standard input."""
    if sys.stdin is None or sys.stdout is None:
        raise ConfigurationError("label reads standard input and writes standard output; one of them is closed")
    city = load_laid(a.city, a.settings.home).city
    for line in label_lines(city, Annotator(city), bounded_lines(sys.stdin.buffer), a.explain):
        sys.stdout.buffer.write(line.encode() + b"\n")  # UTF-8 whatever the encoding of the terminal
        sys.stdout.buffer.flush()
    return 0
