"""Label JSON lines: the command that needs the models and nothing else.

It imports no ledger, no search engine and no source, so that it starts quickly.
"""

import sys
from argparse import Namespace

from core.config.overlay import load_laid
from core.errors import ConfigurationError
from nlp.annotator import Annotator
from nlp.label import bounded_lines, label_lines


def label(a: Namespace) -> int:
    """Label posts from standard input."""
    if sys.stdin is None or sys.stdout is None:
        raise ConfigurationError("label reads standard input and writes standard output; one of them is closed")
    city = load_laid(a.city, a.settings.home).city
    for line in label_lines(city, Annotator(city), bounded_lines(sys.stdin.buffer), a.explain):
        sys.stdout.buffer.write(line.encode() + b"\n")  # UTF-8 whatever the encoding of the terminal
        sys.stdout.buffer.flush()
    return 0
