"""Load labelled authors, each with a matcher trained without that author."""

import argparse
from collections.abc import Iterator
from pathlib import Path

from core.config.settings import Settings
from core.runtime.stdio import set_up_stdio
from triage.incident_matching import Weights, load as load_weights
from workshop.incidents.dataset import Author, load_authors


def left_out(program: str, description: str | None) -> Iterator[tuple[Author, Weights]]:
    """Read the command's arguments; yield the authors that they name.

    Args:
        program: the command, for its help.
        description: what it does, for its help.
    """
    parser = argparse.ArgumentParser(prog=program, description=description)
    parser.add_argument(
        "--folds", type=Path, help="folder with without_AUTHOR.npz; default: that of `make score-incidents`"
    )
    parser.add_argument("--authors", nargs="*", default=[], help="authors to measure; default: all")
    options = parser.parse_args()
    set_up_stdio()
    home = Settings().home / "incidents"
    folds = options.folds or home / "folds"
    for author in load_authors(home)[1]:
        if not options.authors or author.name in options.authors:
            yield author, load_weights(folds / f"without_{author.name}.npz")
