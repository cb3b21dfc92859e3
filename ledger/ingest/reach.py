"""Store the counts that a network shows beside a post."""

from collections.abc import Collection

from sqlalchemy import Connection, select, update

from core.records.post import REACH, Post
from ledger import schema
from ledger.mapping import CHUNK


def update_reach(connection: Connection, posts: Collection[Post]) -> int:
    """Store the counts of posts fetched again; return how many changed.

    A count that the network does not return this time keeps its value. The post keeps its version: nothing that a person or triage
    decides depends on the counts. The index takes the same version with new counts, since it compares versions with `external_gte`.
    """
    given = {post.post_id: post for post in posts if any(getattr(post, name) is not None for name in REACH)}
    changed = 0
    for post_id, stored in sorted(_stored(connection, sorted(given)).items()):
        new = {name: getattr(given[post_id], name) for name in REACH if getattr(given[post_id], name) is not None}
        if any(stored[name] != value for name, value in new.items()):
            which = schema.posts.c.post_id == post_id
            connection.execute(
                update(schema.posts).where(which).values(**new, index_state="pending", index_reason=None)
            )
            changed += 1
    return changed


def _stored(connection: Connection, post_ids: list[str]) -> dict[str, dict[str, int | None]]:
    columns = [schema.posts.c[name] for name in REACH]
    found = {}
    for start in range(0, len(post_ids), CHUNK):
        some = schema.posts.c.post_id.in_(post_ids[start : start + CHUNK])
        for row in connection.execute(select(schema.posts.c.post_id, *columns).where(some)):
            found[row.post_id] = {name: getattr(row, name) for name in REACH}
    return found
