"""Store reach of posts, and what people confirmed or changed."""

import json
from typing import Any

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"

COUNTS = ("likes", "shares", "replies", "views")
BATCH = 500


def upgrade() -> None:
    """Add the columns; compute `confirmed` and the machine's scores.

    The counts of stored posts come with the next fetch. Labelled posts are indexed again.
    """
    for name in COUNTS:
        op.add_column("posts", sa.Column(name, sa.BigInteger()))
    op.add_column("labels", sa.Column("confirmed", sa.JSON(), nullable=False, server_default="[]"))
    for question in ("topic", "actionable"):
        op.add_column("labels", sa.Column(f"{question}_certainty", sa.Float()))
    connection = op.get_bind()
    corrections = sa.table("corrections", sa.column("id"), sa.column("post_id"), sa.column("question"), sa.column("value", sa.JSON))
    annotations = sa.table("annotations", sa.column("post_id"), sa.column("labels"))
    labels = sa.table(
        "labels",
        *(sa.column(name) for name in ("post_id", "topic_score", "actionable_score")),
        *(sa.column(name) for name in ("topic_certainty", "actionable_certainty")),
        sa.column("confirmed", sa.JSON),
    )
    as_read = {f"{one}_certainty": labels.c[f"{one}_score"] for one in ("topic", "actionable")}
    connection.execute(sa.update(labels).values(as_read))
    last: dict[str, dict[str, Any]] = {}
    for row in connection.execute(sa.select(corrections).order_by(corrections.c.id)):
        last.setdefault(row.post_id, {})[row.question] = row.value
    ids = sorted(last)
    for start in range(0, len(ids), BATCH):
        some = annotations.c.post_id.in_(ids[start : start + BATCH])
        for row in connection.execute(sa.select(annotations).where(some)).all():
            read = json.loads(row.labels)
            said = last[row.post_id]
            same = sorted(one for one, value in said.items() if one in read and read[one]["value"] == value)
            scores = {f"{one}_certainty": read[one]["score"] for one in ("topic", "actionable") if one in read}
            known = sa.update(labels).where(labels.c.post_id == row.post_id)
            connection.execute(known.values(confirmed=same, **scores))
    # the documents lack the hours until a post was collected: all are written to the index again, in the background
    posts = sa.table("posts", sa.column("index_state", sa.String))
    connection.execute(sa.update(posts).where(posts.c.index_state == "indexed").values(index_state="pending"))
