"""What comes in: a page of posts and the cursor behind it are stored together, or not at all."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, update

from core.collection import Gap
from core.post import Post, Rejected
from core.privacy.pseudonyms import keyed_hash
from core.records import Json, Record
from ledger import schema
from ledger.database import Ledger
from ledger.ingest.cursors import CursorMovedError, begin_run, end_run, move_cursor, read_cursor
from ledger.ingest.dedupe import Known, known_posts, sort_out
from ledger.ingest.gaps import OpenGap, drop_gaps, fill_gaps, note_gap, open_gaps
from ledger.ingest.spending import Spent, spend, spent
from ledger.mapping import post_values, unread_again
from ledger.processing import memberships
from ledger.retention import suppressions
from ledger.retention.anonymise_cases import drop_old_titles
from ledger.retention.forget import forget_upstream
from ledger.retention.vacuum import wipe_if_due

__all__ = [
    "Counts",
    "CursorMovedError",
    "OpenGap",
    "Spent",
    "begin_run",
    "end_run",
    "open_gaps",
    "read_cursor",
    "spend",
    "spent",
    "store_page",
]


class Counts(Record):
    """What became of the records of a page."""

    stored: int
    duplicate: int
    updated: int
    rejected: int
    withdrawn: int = 0
    """Posts of before that the page says were deleted."""
    objected: int = 0
    """Of the rejected: posts of authors who object."""


def store_page(
    ledger: Ledger,
    run_id: str,
    source: str,
    posts: Sequence[Post],
    rejects: Sequence[Rejected],
    cursor: Json,
    gap: Gap | None,
    now: datetime,
    *,
    filled: Collection[str] = (),
    dropped: Collection[str] = (),
    deleted: Sequence[str] = (),
    deleted_anywhere: Sequence[str] = (),
) -> Counts:
    """Store a page and the cursor behind it in one transaction. A page that was stored before only counts duplicates.

    Args:
        ledger: the open ledger.
        run_id: the run that read it.
        source: whose page it is.
        posts: what came through the door.
        rejects: what did not.
        cursor: where to go on.
        gap: what was not read.
        now: the time.
        filled: streams that have no open gap any more.
        dropped: streams that nobody asks for any more.
        deleted: ids of posts that the network says were deleted, whether they are here or not.
        deleted_anywhere: ids of all that was deleted on the whole network; those that are not here leave no trace.

    Raises:
        CursorMovedError: another run of this source stored a page since this run began.
        TypeError: something that did not come through `core.privacy.pseudonymise`.
        ValueError: a post of another source.
    """
    for post in posts:
        if type(post) is not Post:  # a Raw has the same look and must never get here
            raise TypeError(
                f"the ledger takes hidden posts only, not {type(post).__name__}: use core.privacy.pseudonymise"
            )
        if post.source != source:
            raise ValueError(f"a post of {post.source} in a page of {source}")
    with ledger.write() as connection:
        objecting = suppressions.objecting(connection, {post.author for post in posts if post.author is not None})
        admitted = [post for post in posts if post.author not in objecting]
        objected = len(posts) - len(admitted)
        move_cursor(connection, run_id, source, cursor, now)
        sorted_out = sort_out(admitted, known_posts(connection, [post.post_id for post in admitted]))
        _insert(connection, sorted_out, run_id)
        _update(connection, sorted_out)
        _refuse(connection, ledger.salt, run_id, source, rejects, now)
        fill_gaps(connection, source, filled, now)
        drop_gaps(connection, source, dropped, now)
        if gap is not None:
            note_gap(connection, source, run_id, gap, now)
        _count(connection, run_id, sorted_out, received=len(posts) + len(rejects), objected=objected)
        withdrawn = forget_upstream(connection, source, deleted, now)
        withdrawn += forget_upstream(connection, source, deleted_anywhere, now, refuse_others=False)
    if withdrawn:
        wipe_if_due(ledger)
    return Counts(
        stored=len(sorted_out.new),
        duplicate=sorted_out.duplicate,
        updated=len(sorted_out.changed),
        rejected=len(rejects) + sorted_out.returned + objected,
        withdrawn=withdrawn,
        objected=objected,
    )


def _insert(connection: Connection, known: Known, run_id: str) -> None:
    if not known.new:
        return
    new = known.new.values()
    connection.execute(schema.posts.insert(), [post_values(post, run_id) for post in new])
    origins = [
        {"post_id": post.post_id, "origin": post.origin, "source": post.source, "seen_at": post.received_at}
        for post in new
        if post.origin
    ]
    if origins:
        connection.execute(schema.origins.insert(), origins)


def _update(connection: Connection, known: Known) -> None:
    """A changed text is read again; whoever reads the old one right now loses the lease, so that it is not written."""
    if not known.changed:
        return
    posts = schema.posts
    drop_old_titles(connection, list(known.changed))
    statement = (
        update(posts)
        .where(posts.c.post_id == bindparam("the_post"))
        .values(
            text=bindparam("new_text"),
            edited_at=bindparam("new_edited_at"),
            text_version=posts.c.text_version + 1,
            **unread_again(),
        )
    )
    changed = known.changed.values()
    rows = [{"the_post": p.post_id, "new_text": p.text, "new_edited_at": p.edited_at} for p in changed]
    connection.execute(statement, rows)
    for table in (schema.readings, schema.labels):  # what was found in the old text says nothing about the new one
        connection.execute(table.delete().where(table.c.post_id.in_(list(known.changed))))
    memberships.unfile(connection, list(known.changed))
    still_undecided = posts.c.post_id.in_(list(known.changed)) & (posts.c.decision != "in_case")
    connection.execute(
        update(posts).where(still_undecided).values(decision="untriaged", decision_reason="", decided_by=None)
    )


def _refuse(
    connection: Connection, salt: bytes, run_id: str, source: str, rejects: Sequence[Rejected], now: datetime
) -> None:
    """A record that could not be kept leaves where it stood and why, never its text."""
    if not rejects:
        return
    rows = [
        {
            "run_id": run_id,
            "source": source,
            "place": one.place,
            "size": one.size,
            "digest": keyed_hash(salt, "record", one.digest),
            "reason": one.reason,
            "at": now,
        }
        for one in rejects
    ]
    connection.execute(schema.rejects.insert(), rows)


def _count(connection: Connection, run_id: str, known: Known, received: int, objected: int) -> None:
    runs = schema.runs
    connection.execute(
        update(runs)
        .where(runs.c.run_id == run_id)
        .values(
            received=runs.c.received + received,
            stored=runs.c.stored + len(known.new),
            duplicate=runs.c.duplicate + known.duplicate,
            updated=runs.c.updated + len(known.changed),
            returned=runs.c.returned + known.returned,
            objected=runs.c.objected + objected,
        )
    )
