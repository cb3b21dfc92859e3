"""Measure how incidents grew in a ledger: `make score-snowballs`.

Reads the ledger of this installation (after `make run`: the sample) and prints posts in cases, the largest cases, how many threads each
holds, what waits for review and what is suggested there. A case of hundreds, or one of many threads, is a snowball.
"""

import sys
from collections import Counter, defaultdict
from collections.abc import Iterable

from core.config.settings import Settings
from core.read_models import PostRecord
from core.stdio import set_up_stdio
from ledger import read
from ledger.database import open_ledger

LARGEST = 10


def figures(facts: Iterable[PostRecord], suggested: Iterable[float]) -> list[str]:
    """Return the lines that are printed.

    Args:
        facts: all posts of a ledger.
        suggested: the chances of all suggestions that are shown for posts in review.
    """
    facts, chances = list(facts), list(suggested)
    outcomes = Counter(one.decision for one in facts)
    cases: dict[str, list[PostRecord]] = defaultdict(list)
    for one in facts:
        if one.case_key is not None:
            cases[one.case_key].append(one)
    threads = sorted((len({one.thread or one.post_id for one in posts}) for posts in cases.values()), reverse=True)
    sizes = sorted(map(len, cases.values()), reverse=True)
    return [
        f"posts                        {len(facts):,}",
        f"in {len(cases):,} cases{'':<{21 - len(f'{len(cases):,}')}}{outcomes['in_case']:,}",
        f"largest cases                {sizes[:LARGEST]}",
        f"threads glued to another     {sum(threads) - len(threads):,} in {sum(n > 1 for n in threads):,} cases; most {threads[:LARGEST]}",
        f"answers only read            {sum((one.reason or '').startswith('thread: ') for one in facts):,}",
        f"in review                    {outcomes['in_review']:,}",
        f"suggestions shown there      {len(chances):,}, of them below 10 %: {sum(one < 0.1 for one in chances):,}",
    ]


def main() -> None:
    """Print the figures of the ledger that the settings name."""
    set_up_stdio()
    settings = Settings()
    ledger = open_ledger(settings.ledger, settings.salt_bytes())
    facts = list(read.post_records(ledger))
    waiting = [one.post_id for one in facts if one.decision == "in_review"]
    members = read.memberships(ledger, waiting)
    chances = [chance for one in members.values() for _, chance in one.suggested]
    sys.stdout.write("".join(f"{line}\n" for line in figures(facts, chances)))


if __name__ == "__main__":
    main()
