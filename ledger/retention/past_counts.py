"""Keep how many complaints there were, when their posts are forgotten.

A forecast learns the season from years, and posts are kept for months. Numbers alone stay: no text, author, place or hour.
"""

from collections import Counter
from collections.abc import Sequence

from sqlalchemy import Connection, select

from core.records.post import is_example
from ledger import schema
from ledger.cases.counts import is_complaint
from ledger.database import insert


def keep_counts(connection: Connection, post_ids: Sequence[str]) -> None:
    """Count posts that the same transaction forgets.

    By the day they were written (UTC), source, service and district.
    """
    posts, labels = schema.posts.c, schema.labels.c
    statement = (
        select(posts.created_at, posts.source, posts.replayed_from, labels.topic, labels.district)
        .join(schema.labels, labels.post_id == posts.post_id)
        .where(posts.post_id.in_(post_ids), is_complaint())
    )
    found = Counter(
        (row.created_at.date(), row.source, row.replayed_from is not None or is_example(row.source), row.topic or "", row.district or "")
        for row in connection.execute(statement)
    )
    table = schema.past_counts
    for key, number in sorted(found.items()):
        row = dict(zip(("day", "source", "made_up", "topic", "district"), key, strict=True))
        statement_of_row = insert(connection, table).values(**row, number=number)
        connection.execute(statement_of_row.on_conflict_do_update(index_elements=list(row), set_={"number": table.c.number + number}))
