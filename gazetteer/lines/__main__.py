"""Count the streets of a gazetteer folder that can be drawn.

python -m gazetteer.lines cities/madrid
"""

import sys
from pathlib import Path

from gazetteer.lines import city_streets


def main(folder: Path) -> int:
    """Print the number of streets with a course, and their length."""
    found = city_streets(folder)
    drawn = [one for one in found.streets if one.courses]
    how = "from a map" if found.surveyed else "approximated from addresses"
    kilometres = sum(one.metres for one in drawn) / 1000
    named = len(found.streets) - len(drawn)
    sys.stdout.write(f"{len(drawn):,} streets with a course ({how}), {kilometres:,.0f} km; of {named:,} more the name\n")
    return 0


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(f"{__doc__}")
    sys.exit(main(Path(sys.argv[1])))
