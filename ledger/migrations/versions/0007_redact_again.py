"""Redact stored texts again, by newer rules (names of private persons).

The city's own handles need no profile here: the older rules replaced every other handle by `@user`, so a handle that is still in a
stored text is one that the city keeps. Labels and decisions stay; documents are indexed again. One transaction.
"""

import logging
import re
from collections.abc import Iterator
from typing import Any, TypeVar

import sqlalchemy as sa
from alembic import op

from core.privacy.redaction.text import redact

revision = "0007"
down_revision = "0006"

log = logging.getLogger("escucha")
PIECE = 500
T = TypeVar("T")
_LEFT_STANDING = re.compile(r"(?<![\w/@])@(\w+)")
"""The older rules' pattern of a handle."""

posts = sa.table("posts", *(sa.column(c) for c in ("post_id", "text", "text_version", "version", "index_state", "index_reason")))
readings = sa.table("readings", sa.column("post_id"), sa.column("text_version"))
cases = sa.table("cases", *(sa.column(c) for c in ("case_key", "title", "version", "index_state", "index_reason")))
case_posts = sa.table("case_posts", sa.column("post_id"), sa.column("case_key"))
meta = sa.table("meta", sa.column("name"), sa.column("value"))
QUOTING = (
    ("notes", "case_key", "text"),
    ("transitions", "case_key", "why"),
    ("corrections", "post_id", "why"),
    ("audit", "subject", "why"),
)
"""Texts of staff about a post or a case, which may quote it."""


def upgrade() -> None:
    connection = op.get_bind()
    kept = _kept(connection)
    total, changed = 0, []
    for post_id, text in _rows(connection, posts.c.post_id, posts.c.text):
        total += 1
        left = redact(text, keep=kept).strip() or text
        if left != text:
            changed.append({"the_id": post_id, "the_text": left})
    if not total:
        return
    for piece in _pieces(changed):
        values = {"text": sa.bindparam("the_text"), "text_version": posts.c.text_version + 1, **_indexed_again(posts)}
        connection.execute(sa.update(posts).where(posts.c.post_id == sa.bindparam("the_id")).values(values), piece)
        which = readings.c.post_id == sa.bindparam("the_id")
        connection.execute(
            sa.update(readings).where(which).values(text_version=readings.c.text_version + 1), [{"the_id": one["the_id"]} for one in piece]
        )
    titles = _titles(connection, kept)
    quotes = _quotes(connection, [one["the_id"] for one in changed], kept)
    if changed or titles or quotes:
        _wipe_later(connection)
    log.info(
        "ledger: redacted again: %d of %d posts changed, %d titles of cases, %d notes and reasons that quote them",
        len(changed),
        total,
        titles,
        quotes,
    )


def _kept(connection: sa.Connection) -> frozenset[str]:
    found: set[str] = set()
    for _, text in _rows(connection, posts.c.post_id, posts.c.text):
        if "@" in text:
            found |= {name.lower() for name in _LEFT_STANDING.findall(text)}
    return frozenset(found - {"user"})


def _rows(connection: sa.Connection, key: sa.ColumnElement[str], text: sa.ColumnElement[str]) -> Iterator[sa.Row[tuple[str, str]]]:
    """Yield all rows in pieces: a large ledger exceeds memory."""
    last = None
    while True:
        statement = sa.select(key, text).order_by(key).limit(PIECE)
        found = connection.execute(statement if last is None else statement.where(key > last)).all()
        yield from found
        if len(found) < PIECE:
            return
        last = found[-1][0]


def _pieces(rows: list[T]) -> list[list[T]]:
    return [rows[start : start + PIECE] for start in range(0, len(rows), PIECE)]


def _indexed_again(table: sa.TableClause) -> dict[str, Any]:
    return {"version": table.c.version + 1, "index_state": "pending", "index_reason": None}


def _titles(connection: sa.Connection, kept: frozenset[str]) -> int:
    """Redact case titles.

    A title is the place and the first words of a post; cut off, it may end within a name that the post has whole.
    """
    changed = [
        {"the_key": key, "the_title": left}
        for key, title in _rows(connection, cases.c.case_key, cases.c.title)
        if (left := redact(title, keep=kept)) != title
    ]
    for piece in _pieces(changed):
        statement = sa.update(cases).where(cases.c.case_key == sa.bindparam("the_key"))
        connection.execute(statement.values(title=sa.bindparam("the_title"), **_indexed_again(cases)), piece)
    return len(changed)


def _quotes(connection: sa.Connection, post_ids: list[str], kept: frozenset[str]) -> int:
    """Redact staff texts about the changed posts and their cases.

    Texts about other posts cannot quote them.
    """
    subjects = set(post_ids)
    for piece in _pieces(post_ids):
        found = sa.select(case_posts.c.case_key).where(case_posts.c.post_id.in_(piece))
        subjects |= set(connection.execute(found).scalars())
    changed = 0
    for name, subject, column in QUOTING:
        table = sa.table(name, sa.column("id"), sa.column(subject), sa.column(column))
        for piece in _pieces(sorted(subjects)):
            rows = connection.execute(sa.select(table.c.id, table.c[column]).where(table.c[subject].in_(piece))).all()
            for number, text in rows:
                left = redact(text, keep=kept)
                if left != text:
                    connection.execute(sa.update(table).where(table.c.id == number).values({column: left}))
                    changed += 1
    return changed


def _wipe_later(connection: sa.Connection) -> None:
    """Schedule a vacuum: free pages of the file still hold old texts.

    The next erasing step overwrites them (`ledger/retention/vacuum.py`).
    """
    from ledger.retention.vacuum import schedule_vacuum

    schedule_vacuum(connection)
