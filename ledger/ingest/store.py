"""Store incoming pages: posts and cursor in one transaction."""

from collections.abc import Collection, Sequence
from datetime import datetime

from sqlalchemy import Connection, bindparam, update

from core.privacy.pseudonyms import keyed_hash
from core.records import Json, Record
from core.records.collection import Gap
from core.records.post import Post, Rejected
from ledger import schema
from ledger.database import Ledger
from ledger.database.writing import writing
from ledger.ingest.cursors import move_cursor
from ledger.ingest.dedupe import SortedPage, find_known, sort_page
from ledger.ingest.gaps import drop_gaps, fill_gaps, note_gap
from ledger.ingest.reach import reach_of, update_reach
from ledger.mapping import post_values, requeue_values
from ledger.processing import memberships
from ledger.retention import objections
from ledger.retention.anonymise_cases import replace_old_titles
from ledger.retention.forget import forget_upstream
from ledger.retention.vacuum import vacuum_if_due


class Counts(Record):
    """Count the records of a page by what was done with them."""

    stored: int
    duplicate: int
    updated: int
    rejected: int
    withdrawn: int = 0
    """Stored posts that the page reports as deleted."""
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
    """Store a page and its cursor in one transaction.

    A page that was stored before only counts duplicates.

    Args:
        ledger: the open ledger.
        run_id: the run that fetched it.
        source: the source of the page.
        posts: the accepted posts.
        rejects: the rejected records.
        cursor: where the next page begins.
        gap: the range that was not collected.
        now: the time.
        filled: streams that have no open gap any more.
        dropped: streams that are no longer in the profile.
        deleted: ids of posts that the network reports as deleted, whether they are stored or not.
        deleted_anywhere: ids of all posts deleted on the whole network; those that are not stored leave no tombstone.

    Raises:
        CursorMovedError: another run of this source stored a page since this run began.
        TypeError: something that did not come through `core.privacy.pseudonymise`.
        ValueError: a post of another source.
    """
    for post in posts:
        if type(post) is not Post:  # a Raw has the same fields and must never get here
            raise TypeError(f"the ledger takes pseudonymised posts only, not {type(post).__name__}: use core.privacy.pseudonymise")
        if post.source != source:
            raise ValueError(f"a post of {post.source} in a page of {source}")
    with writing(ledger) as connection:
        objecting = objections.objecting(connection, {post.author for post in posts if post.author is not None})
        admitted = [post for post in posts if post.author not in objecting]
        objected = len(posts) - len(admitted)
        move_cursor(connection, run_id, source, cursor, now)
        page = sort_page(admitted, find_known(connection, [post.post_id for post in admitted]))
        _insert(connection, page, run_id)
        _update(connection, page)
        update_reach(connection, {one.post_id: reach_of(one) for one in (*page.seen_again.values(), *page.changed.values())})
        _store_rejects(connection, ledger.salt, run_id, source, rejects, now)
        fill_gaps(connection, source, filled, now)
        drop_gaps(connection, source, dropped, now)
        if gap is not None:
            note_gap(connection, source, run_id, gap, now)
        _count(connection, run_id, page, received=len(posts) + len(rejects), objected=objected)
        withdrawn = forget_upstream(connection, source, deleted, now)
        withdrawn += forget_upstream(connection, source, deleted_anywhere, now, refuse_others=False)
    if withdrawn:
        vacuum_if_due(ledger)
    return Counts(
        stored=len(page.new),
        duplicate=page.duplicate,
        updated=len(page.changed),
        rejected=len(rejects) + page.returned + objected,
        withdrawn=withdrawn,
        objected=objected,
    )


def _insert(connection: Connection, known: SortedPage, run_id: str) -> None:
    if not known.new:
        return
    new = known.new.values()
    connection.execute(schema.posts.insert(), [post_values(post, run_id) for post in new])
    origins = [
        {"post_id": post.post_id, "origin": post.origin, "source": post.source, "seen_at": post.received_at} for post in new if post.origin
    ]
    if origins:
        connection.execute(schema.origins.insert(), origins)


def _update(connection: Connection, known: SortedPage) -> None:
    """Queue changed texts for annotation again.

    A worker that is annotating the old text loses its lease, so that its result is not stored.
    """
    if not known.changed:
        return
    posts = schema.posts
    replace_old_titles(connection, list(known.changed))
    statement = (
        update(posts)
        .where(posts.c.post_id == bindparam("the_post"))
        .values(
            text=bindparam("new_text"),
            edited_at=bindparam("new_edited_at"),
            lat=bindparam("new_lat"),
            lon=bindparam("new_lon"),
            service=bindparam("new_service"),
            text_version=posts.c.text_version + 1,
            **requeue_values(),
        )
    )
    changed = known.changed.values()
    rows = [
        {
            "the_post": p.post_id,
            "new_text": p.text,
            "new_edited_at": p.edited_at,
            "new_lat": p.lat,
            "new_lon": p.lon,
            "new_service": p.service,
        }
        for p in changed
    ]
    connection.execute(statement, rows)
    for table in (schema.annotations, schema.labels):  # the old annotation does not apply to the new text
        connection.execute(table.delete().where(table.c.post_id.in_(list(known.changed))))
    memberships.drop_changed_keys(connection, list(known.changed))
    still_undecided = posts.c.post_id.in_(list(known.changed)) & (posts.c.decision != "in_case")
    connection.execute(update(posts).where(still_undecided).values(decision="untriaged", decision_reason="", decided_by=None))


def _store_rejects(connection: Connection, salt: bytes, run_id: str, source: str, rejects: Sequence[Rejected], now: datetime) -> None:
    """Store where a rejected record was and why, never its text."""
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


def _count(connection: Connection, run_id: str, known: SortedPage, received: int, objected: int) -> None:
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
