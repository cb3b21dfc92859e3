"""Measure how incidents grew in a ledger: `make score-snowballs`.

Queries the ledger of this installation (after `make run`: the sample) and prints the number of posts in cases, the largest cases, the
threads in each, and reviews with their suggestions. A case of hundreds of posts, or of many threads, is a snowball: wrong joins that
attract more.
"""

import argparse
import sys
from collections import Counter, defaultdict
from collections.abc import Iterable

from core.config.settings import Settings
from core.records.read_models import PostRecord
from core.runtime.stdio import set_up_stdio
from ledger import read
from ledger.database import open_ledger

LARGEST = 10


def figures(posts: Iterable[PostRecord], suggested: Iterable[float]) -> list[str]:
    """Return the lines to print.

    Args:
        posts: all posts of a ledger.
        suggested: the probabilities of all suggestions shown for posts in review.
    """
    posts, chances = list(posts), list(suggested)
    outcomes = Counter(one.decision for one in posts)
    cases: dict[str, list[PostRecord]] = defaultdict(list)
    for one in posts:
        if one.case_key is not None:
            cases[one.case_key].append(one)
    threads = sorted((len({one.thread or one.post_id for one in members}) for members in cases.values()), reverse=True)
    sizes = sorted(map(len, cases.values()), reverse=True)
    return [
        f"posts                        {len(posts):,}",
        f"in {len(cases):,} cases{'':<{21 - len(f'{len(cases):,}')}}{outcomes['in_case']:,}",
        f"largest cases                {sizes[:LARGEST]}",
        f"threads joined to others     {sum(threads) - len(threads):,} in {sum(n > 1 for n in threads):,} cases; most {threads[:LARGEST]}",
        f"answers only read            {sum((one.reason or '').startswith('thread: ') for one in posts):,}",
        f"in review                    {outcomes['in_review']:,}",
        f"suggestions shown there      {len(chances):,}, of them below 10 %: {sum(one < 0.1 for one in chances):,}",
    ]


def main() -> None:
    """Print the figures of the configured ledger."""
    argparse.ArgumentParser(prog="python -m workshop.incidents.snowballs", description=__doc__).parse_args()
    set_up_stdio()
    settings = Settings()
    ledger = open_ledger(settings.ledger, settings.salt_bytes())
    posts = list(read.post_records(ledger))
    waiting = [one.post_id for one in posts if one.decision == "in_review"]
    members = read.memberships(ledger, waiting)
    chances = [chance for one in members.values() for _, chance in one.suggested]
    asked = read.count_cases(ledger, topic_asked=True)
    lines = [*figures(posts, chances), f"cases asking for a service   {asked:,}"]
    sys.stdout.write("".join(f"{line}\n" for line in lines))


if __name__ == "__main__":
    main()
