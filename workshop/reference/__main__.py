"""Write what is generated from code and manifests, or check it (`--check`)."""

import argparse
import sys

from workshop.reference import stale, write


def main() -> int:
    """Write or check; print each changed file."""
    parser = argparse.ArgumentParser(prog="python -m workshop.reference", description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 when a file is stale")
    options = parser.parse_args()
    changed = stale() if options.check else write()
    for name in changed:
        sys.stdout.write(f"{name} {'is stale: run make docs-reference' if options.check else 'written'}\n")
    return 1 if options.check and changed else 0


if __name__ == "__main__":
    sys.exit(main())
