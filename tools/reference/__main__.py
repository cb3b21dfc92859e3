"""Write the generated pages of docs/, or with `--check` say which of them are stale (exit 1)."""

import argparse
import sys

from tools.reference import stale, write


def main() -> int:
    """Write or check the pages; print each that changed."""
    parser = argparse.ArgumentParser(prog="python -m tools.reference", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a page is stale")
    asked = parser.parse_args()
    changed = stale() if asked.check else write()
    for name in changed:
        sys.stdout.write(f"docs/{name} {'is stale: run make docs-reference' if asked.check else 'written'}\n")
    return 1 if asked.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
