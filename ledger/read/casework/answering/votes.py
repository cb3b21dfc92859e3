"""Count what citizens replied to "was it solved?"."""

from collections import defaultdict
from datetime import datetime

from sqlalchemy import select

from core.records import Record
from ledger import schema
from ledger.database import Ledger


class Votes(Record):
    """Count the replies of one case, the last one to each answer."""

    solved: int = 0
    unsolved: int = 0

    @property
    def count(self) -> int:
        """Return the number of replies."""
        return self.solved + self.unsolved


def solved_votes(ledger: Ledger, since: datetime | None = None, until: datetime | None = None) -> dict[str, Votes]:
    """Return the replies by case key, those received in [since, until)."""
    votes = schema.solved_votes.c
    statement = select(votes.case_key, votes.answer_key, votes.solved)
    if since is not None:
        statement = statement.where(votes.at >= since)
    if until is not None:
        statement = statement.where(votes.at < until)
    last: dict[tuple[str, str], bool] = {}
    with ledger.read() as connection:
        for row in connection.execute(statement.order_by(votes.at, votes.post_id)):
            last[row.case_key, row.answer_key] = row.solved
    counts: dict[str, list[int]] = defaultdict(lambda: [0, 0])
    for (case_key, _), solved in last.items():
        counts[case_key][not solved] += 1
    return {key: Votes(solved=yes, unsolved=no) for key, (yes, no) in counts.items()}
