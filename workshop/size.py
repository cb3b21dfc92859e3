"""Print lines, files and folders of the product's Python.

`python -m workshop.size [REVISION ...]`, beside those of the workshop and the tests.
The product is what a council runs: all tracked Python outside `tests/` and `workshop/` (`tools/` and `samples/` before 1 December 2026).
"""

import argparse
import io
import subprocess
import sys
import tarfile
from collections import Counter, defaultdict
from collections.abc import Mapping
from pathlib import PurePosixPath

from core.config.plugins import ROOT

BESIDE = frozenset(("tests", "workshop", "tools"))


def main() -> int:
    """Print one table row for each revision."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("revisions", nargs="*", default=["HEAD"])
    rows = [[revision, *row_of(lines_in(revision))] for revision in parser.parse_args().revisions]
    head = ("revision", "product lines", "files", "folders", "deepest", "largest room", "workshop lines", "test lines")
    for row in (head, ("---",) * len(head), *rows):
        sys.stdout.write(f"| {' | '.join(map(str, row))} |\n")
    return 0


def lines_in(revision: str) -> dict[PurePosixPath, int]:
    """Return the lines of each Python file of a revision."""
    archive = subprocess.run(["git", "archive", "--format=tar", revision], cwd=ROOT, stdout=subprocess.PIPE, check=True).stdout  # noqa: S603, S607
    found = {}
    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isfile() and member.name.endswith(".py") else None
            if content is not None:
                found[PurePosixPath(member.name)] = content.read().count(b"\n")
    return found


def row_of(lines: Mapping[PurePosixPath, int]) -> list[str]:
    """Return the figures of one revision.

    >>> row_of({PurePosixPath("desk/pages/a.py"): 10, PurePosixPath("core/b.py"): 4, PurePosixPath("tests/c.py"): 7})
    ['14', '2', '2', '2 folders', 'desk: 10', '0', '7']
    """
    product = {path: n for path, n in lines.items() if path.parts[0] not in BESIDE}
    rooms: defaultdict[str, int] = defaultdict(int)
    for path, n in product.items():
        rooms[path.parts[0]] += n
    beside: Counter[str] = Counter()
    for path, n in lines.items():
        beside[path.parts[0]] += n
    largest = max(rooms, key=rooms.__getitem__)
    return [
        f"{sum(product.values()):,}",
        f"{len(product):,}",
        f"{len({path.parent for path in product}):,}",
        f"{max(len(path.parts) - 1 for path in product)} folders",
        f"{largest}: {rooms[largest]:,}",
        f"{beside['workshop'] + beside['tools']:,}",
        f"{beside['tests']:,}",
    ]


if __name__ == "__main__":
    sys.exit(main())
