"""Query receipts and sightings for the portal and the desk."""

from collections.abc import Sequence

from sqlalchemy import func, select

from core.records import Record, UtcDatetime
from ledger import schema
from ledger.database import Ledger
from ledger.mapping import CHUNK


class Receipt(Record):
    """Hold the receipt of a report and what became of it."""

    number: str
    post_id: str
    at: UtcDatetime
    decision: str
    """Of its post: untriaged, in_case, in_review, no_case."""
    case_key: str | None
    """The case of its post; of a merged case, the one it was merged into."""


def receipt(ledger: Ledger, number: str) -> Receipt | None:
    """Return a receipt by its number; None when there is none."""
    table, posts, members, cases = schema.receipts.c, schema.posts.c, schema.case_posts.c, schema.cases.c
    statement = (
        select(table.number, table.post_id, table.at, posts.decision, cases.case_key, cases.merged_into)
        .join(schema.posts, posts.post_id == table.post_id)
        .join(schema.case_posts, members.post_id == table.post_id, isouter=True)
        .join(schema.cases, cases.case_key == members.case_key, isouter=True)
        .where(table.number == number)
    )
    with ledger.read() as connection:
        row = connection.execute(statement).first()
    if row is None:
        return None
    return Receipt(
        number=row.number,
        post_id=row.post_id,
        at=row.at,
        decision=row.decision or "untriaged",
        case_key=row.merged_into or row.case_key,
    )


def sightings(ledger: Ledger, case_keys: Sequence[str]) -> dict[str, int]:
    """Count "I see it too" by case.

    Cases without any are left out.
    """
    table = schema.sightings.c
    found: dict[str, int] = {}
    with ledger.read() as connection:
        for start in range(0, len(case_keys), CHUNK):
            some = table.case_key.in_(list(case_keys[start : start + CHUNK]))
            statement = select(table.case_key, func.count().label("seen")).where(some).group_by(table.case_key)
            found |= {row.case_key: row.seen for row in connection.execute(statement)}
    return found
